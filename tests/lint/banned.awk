# SPDX-License-Identifier: BSD-2-Clause
#
# awk -f banned.awk banned.rules CODE, which is what code.awk makes.

FNR == NR {
	if ($0 ~ /^#/ || NF == 0)
		next
	n_rules++
	in_files[n_rules] = "^(" $1 ")$"
	functions[n_rules] = "^(" $2 ")$"
	$1 = $2 = ""
	sub(/^ +/, "")
	why[n_rules] = $0
	next
}

function calls(text,	before, name, i)
{
	while (match(text, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
		before = before substr(text, 1, RSTART - 1)
		name = substr(text, RSTART, RLENGTH - 1)
		text = substr(text, RSTART + RLENGTH)
		sub(/[ \t]+$/, "", name)
		if (before !~ /(\.|->)$/)
			for (i = 1; i <= n_rules; i++)
				if (name ~ functions[i] && file ~ in_files[i])
					print place name ": " why[i]
		before = before name "("
	}
}

# A declaration inside a function: constants are in capitals.
function array(text,	length_)
{
	gsub(/(sizeof|offsetof)[ ]*\([^()]*\)/, "1", text)
	if (text !~ /^[ \t]+[a-z][A-Za-z0-9_ *]*[ *][a-z_][a-z0-9_]*\[[^\]]+\]/)
		return
	if (text ~ /^[ \t]*(return|goto|else|case|typedef|extern)[^a-z0-9_]/)
		return
	if (text !~ /(;|= *\{.*)$/)
		return
	length_ = text
	sub(/^[^\[]*\[/, "", length_)
	sub(/\].*/, "", length_)
	gsub(/0[xX][0-9a-fA-F]+|[0-9]+[uUlL]*/, "", length_)
	if (length_ ~ /(^|[^A-Za-z0-9_])[a-z][a-z0-9_]*($|[^A-Za-z0-9_(])/)
		print place "array of variable length"
}

{
	file = $0
	sub(/:.*/, "", file)
	text = substr($0, length(file) + 2)
	line = text
	sub(/:.*/, "", line)
	text = substr(text, length(line) + 2)
	place = file ":" line ": "
	if (text ~ /^[ \t]*#[ \t]*include/)
		next
	calls(text)
	array(text)
}
