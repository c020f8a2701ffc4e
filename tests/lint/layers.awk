# SPDX-License-Identifier: BSD-2-Clause
#
# awk -v headers="PATH..." -f layers.awk layers.rules CODE
#
# CODE is what code.awk makes of the sources; headers are the tree's own.

BEGIN {
	n_headers = split(headers, own, " ")
}

# The rules.
FNR == NR {
	if ($0 ~ /^#/ || NF == 0)
		next
	if (NF != 3 || $1 !~ /^(only|may|never|calls)$/) {
		print "tests/lint/layers.rules:" FNR ": not a rule"
		next
	}
	n_rules++
	kind[n_rules] = $1
	a[n_rules] = "^(" $2 ")$"
	b[n_rules] = "^(" $3 ")$"
	next
}

# Where #include "name" in file leads to.
function resolve(file, name,	dir, i, tail, found)
{
	dir = file
	sub(/[^\/]*$/, "", dir)
	sub(/^(\.\.?\/)+/, "", name)
	for (i = 1; i <= n_headers; i++)
		if (own[i] == dir name || own[i] == name)
			return own[i]
	# Of several, those of the tests are for tests.
	for (i = 1; i <= n_headers; i++) {
		tail = substr(own[i], length(own[i]) - length(name))
		if (tail != "/" name)
			continue
		found = own[i]
		if (file ~ /^tests\// || found !~ /^tests\//)
			return found
	}
	return found != "" ? found : name
}

function include(place, file, text,	name, i, limited, granted)
{
	name = text
	sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
	if (name ~ /^"/) {
		sub(/^"/, "", name)
		sub(/".*/, "", name)
		name = resolve(file, name)
	} else {
		sub(/>.*/, ">", name)
	}
	for (i = 1; i <= n_rules; i++) {
		if (kind[i] == "only" && name ~ a[i] && file !~ b[i])
			print place "may not include " name
		else if (kind[i] == "never" && file ~ a[i] && name ~ b[i])
			print place "may not include " name
		else if (kind[i] == "may" && file ~ a[i]) {
			limited = 1
			granted = granted || name ~ b[i]
		}
	}
	if (limited && !granted)
		print place "may not include " name
}

# Each name before a parenthesis that is not a member's.
function calls(place, file, text,	before, name, i)
{
	while (match(text, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
		before = before substr(text, 1, RSTART - 1)
		name = substr(text, RSTART, RLENGTH - 1)
		text = substr(text, RSTART + RLENGTH)
		sub(/[ \t]+$/, "", name)
		if (before !~ /(\.|->)$/)
			for (i = 1; i <= n_rules; i++)
				if (kind[i] == "calls" && file ~ a[i] &&
				    name ~ b[i])
					print place "may not call " name
		before = before name "("
	}
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
		include(place, file, text)
	else
		calls(place, file, text)
}
