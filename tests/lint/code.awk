# SPDX-License-Identifier: BSD-2-Clause
#
# C without comments and without what is in strings and characters, each line
# as "FILE:LINE:text"; #include lines keep their names.

FNR == 1 {
	in_comment = 0
}

function strip(s,	out, c, two, i, quote)
{
	out = ""
	quote = ""
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		two = substr(s, i, 2)
		if (in_comment) {
			if (two == "*/") {
				in_comment = 0
				out = out " "
				i++
			}
		} else if (quote != "") {
			if (c == "\\") {
				i++
			} else if (c == quote) {
				out = out c
				quote = ""
			}
		} else if (two == "/*") {
			in_comment = 1
			i++
		} else if (two == "//") {
			break
		} else {
			if (c == "\"" || c == "'")
				quote = c
			out = out c
		}
	}
	return out
}

!in_comment && /^[ \t]*#[ \t]*include[ \t]/ {
	print FILENAME ":" FNR ":" $0
	next
}

{
	print FILENAME ":" FNR ":" strip($0)
}
