#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# vtpm-xl becomes xl: the right one, with the right words, descriptors and
# status.

build=$PWD
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
tests=0
failures=0

mkdir "$work/bin" "$work/alias"
cat >"$work/bin/xl" <<'END'
#!/bin/sh
for word; do
	echo "<$word>"
	case $word in
	*/proc/self/fd/*) cat "/proc/self/fd/${word##*/}" ;;
	esac
done
cat
exit 7
END
chmod +x "$work/bin/xl"
cat >"$work/U1.cfg" <<'END'
name = "U1"
vtpm = ['backend=0,uuid=0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a01']
END
sed 's/uuid=[^'"'"']*/type=pvm/' "$work/U1.cfg" >"$work/U2.cfg"
ln -s "$build/vtpm-xl" "$work/alias/xl"

# expect STATUS TEXT NAME COMMAND...: it ends so, and prints TEXT.
expect()
{
	wanted=$1 text=$2 name=$3
	shift 3
	status=0
	"$@" >"$work/out" 2>&1 </dev/null || status=$?
	tests=$((tests + 1))
	if [ "$status" -ne "$wanted" ] || ! grep -qF -- "$text" "$work/out"; then
		failures=$((failures + 1))
		echo "FAIL $name: ended with $status, not $wanted"
		sed 's/^/	/' "$work/out"
	fi
}

run()
{
	PATH="$work/bin:$PATH" "$build/vtpm-xl" --state-dir="$work/state" "$@"
}

# same WANTED NAME COMMAND...: all that it prints, on one line.
same()
{
	wanted=$1 name=$2
	shift 2
	"$@" 2>&1 </dev/null | tr '\n' ' ' | sed 's/ $//' >"$work/out"
	tests=$((tests + 1))
	if ! [ "$(cat "$work/out")" = "$wanted" ]; then
		failures=$((failures + 1))
		echo "FAIL $name: not $wanted"
		sed 's/^/	/' "$work/out"
	fi
}

# Under the name of xl, where PATH comes to it first.
run_alias()
{
	PATH="$work/alias:$work/bin:$PATH" xl "$@"
}

run_without_xl()
{
	PATH=$work/alias "$build/vtpm-xl" list
}

run_broken()
{
	PATH=$work/broken:$work/bin:$PATH "$build/vtpm-xl" list
}

uuid()
{
	sed -n "s/ $1\$//p" "$work/state/vtpm.db" | head -n 1
}

expect 0 "Usage: vtpm-xl" "help" run_alias --help
expect 0 "vtpm-userback" "version" run_alias --version
expect 7 "<-l>" "status" run list -l
same "<list> <-l> <--help>" "words" run list -l --help
same "<create> <$work/U1.cfg>" "a configuration that xl takes" \
	run create "$work/U1.cfg"
same "<create> <$work/none.cfg>" "none to read" run create "$work/none.cfg"
same "<list>" "under its name" run_alias list
expect 127 "there is no xl" "without xl" run_without_xl
mkdir -p "$work/broken"
printf '#!/nonexistent\n' >"$work/broken/xl"
chmod +x "$work/broken/xl"
expect 126 "$work/broken/xl: " "an xl that cannot be run" run_broken
expect 1 "No such file" "no state for these" find "$work/state"
echo through | run list >"$work/through"
same "<list> through" "standard input" cat "$work/through"

# Making a vTPM's directory is root's.
if [ "$(id -u)" -eq 0 ]; then
	run create "$work/U2.cfg" </dev/null >"$work/first"
	line="vtpm=[\"backend=0,uuid=$(uuid 1)\"]"
	same "<create> <$work/U2.cfg> <$line>" "an override" \
		run create "$work/U2.cfg"
	same "<create> <$work/U2.cfg> <$line>" "for life" cat "$work/first"
	expect 7 "$line" "a file that has no override" \
		run restore "$work/U2.cfg" saved
	expect 7 "<saved>" "the words behind it" \
		run restore "$work/U2.cfg" saved
	expect 1 "instance 0 is" "what is refused" \
		run create "$work/U2.cfg" "vtpm=['instance=0']"
	run create "$work/U2.cfg" 'name="U3"' </dev/null >"$work/first"
	same "<create> <$work/U2.cfg> <name=\"U3\"> \
<vtpm=[\"backend=0,uuid=$(uuid 2)\"]>" "settings of the command line count" \
		cat "$work/first"
fi

printf '%d tests, %d failures\n' "$tests" "$failures"
[ "$failures" -eq 0 ]
