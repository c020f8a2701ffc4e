# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the lints share; sourced by each with its arguments.  They name the files
# to look at, none: all that git tracks.  A lint prints a line per finding,
# "FILE:LINE: what", and ends with status 0 (none), 1 (some) or 2 (it could not
# look, and says why).
#
#	LINT_ROOT	the tree to look at, in place of the one around this file
#	BUILD		a directory where configure and make have run

set -Eeuo pipefail
export LC_ALL=C.UTF-8

LINT=$(basename "$0")
LINTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "${LINT_ROOT:-$LINTS/../..}" && pwd)
GIVEN=()
for LINT_ARG; do
	GIVEN+=("$(realpath -s --relative-to="$ROOT" "$LINT_ARG")")
done
[ -z "${BUILD:-}" ] || BUILD=$(realpath -s "$BUILD")
cd "$ROOT"

# Ends the lint: it cannot look.
cannot()
{
	echo "$1"
	exit 2
}

TRACKED=$(git ls-files) || cannot "needs a git checkout"

# need COMMAND PACKAGE
need()
{
	[ -n "$(type -P "$1")" ] || cannot "needs $1: apt-get install $2"
}

# Sets BUILD when the caller has not: the tree itself or its only build*/.
need_build()
{
	local dirs=("$ROOT"/config.status "$ROOT"/build*/config.status) dir
	local found=()

	if [ -z "${BUILD:-}" ]; then
		for dir in "${dirs[@]}"; do
			[ ! -e "$dir" ] || found+=("$(dirname "$dir")")
		done
		[ ${#found[@]} -eq 1 ] || cannot \
			"needs BUILD=DIR, where configure and make have run"
		BUILD=${found[0]}
	fi
	[ -e "$BUILD/Makefile" ] || cannot "no Makefile in BUILD=$BUILD"
}

# The files whose path matches the ERE $1 and, with $2, does not match that.
files()
{
	local all=$TRACKED

	[ ${#GIVEN[@]} -eq 0 ] || all=$(printf '%s\n' "${GIVEN[@]}")
	# A tracked file may have been deleted just now.
	printf '%s\n' "$all" | grep -E -e "$1" | grep -Ev -e "${2:-^$}" |
		while IFS= read -r file; do
			[ ! -f "$file" ] || printf '%s\n' "$file"
		done || true
}

# Those of all files that are scripts of sh or bash.
scripts()
{
	files . | while IFS= read -r file; do
		if [[ $file =~ \.(sh|bash)$ ]] || head -n 3 "$file" |
			tr -d '\0' | grep -qE \
			'^#! *(/usr)?/bin/(env +)?(ba|da)?sh( |$)|shellcheck shell='; then
			printf '%s\n' "$file"
		fi
	done
}

# "FILE:LINE:text" of C files, without comments and what is in strings.
code()
{
	[ $# -eq 0 ] || awk -f "$LINTS/code.awk" "$@"
}

# Prints the findings it is given but those that the file allow excuses, and
# the lines of that file that excuse nothing.
judge()
{
	local allow=$ROOT/tests/lint/allow

	[ -e "$allow" ] || allow=/dev/null
	sort -u | sort -s -t: -k1,1 -k2,2n | awk -v lint="$LINT" \
		-v all="$((${#GIVEN[@]} == 0))" -v allow="$allow" '
		BEGIN {
			while ((getline line <allow) > 0) {
				row++
				n = split(line, f, /[ \t]+/)
				if (line ~ /^#/ || n == 0 || f[1] != lint)
					continue
				if (n < 4)
					bad[row] = "gives no reason"
				file[row] = f[2]
				what[row] = f[3]
			}
		}
		{
			for (r in file) {
				if (index($0, file[r] ":") != 1 ||
				    !index($0, what[r]))
					continue
				used[r] = 1
				next
			}
			print
			found = 1
		}
		END {
			for (r in file) {
				if (all && !(r in used))
					bad[r] = "excuses nothing"
				if (r in bad) {
					print "tests/lint/allow:" r ": " bad[r]
					found = 1
				}
			}
			exit found
		}'
}
