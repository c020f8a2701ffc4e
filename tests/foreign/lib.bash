# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the scripts of tests/foreign share; sourced by each.
#
#	need COMMAND PACKAGE	ends the script: it cannot test anything
#	check NAME COMMAND...	runs a function; "ok NAME" or "FAIL NAME"
#	finish			the count, and the script's status
#	start NAME OPTION...	starts a vtpm-emulator, and waits for it
#	port NAME CHANNEL	the port of its channel, commands or control
#	stop NAME		SIGTERM; sets status to its exit status
#	ended NAME		the same of one that somebody else ends
#	is WHAT WANTED		they are the same text
#	fails COMMAND...	it must not succeed
#	tpm PORT HEX		a TPM command; the response, in hexadecimal
#	pcr, extend		see below
#
# A function that check runs does so in a subshell with set -e: only the script
# itself can start and stop.

# A library: others use what it sets.
# shellcheck disable=SC2034

set -euo pipefail

TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$TREE/build}
EMULATOR=$BUILD/vtpm-emulator
PATH=$PATH:/usr/sbin:/sbin

work=$(mktemp -d "${TMPDIR:-/tmp}/vtpm-foreign.XXXXXX")
passed=0 failed=0 status=0
declare -A pids

# shellcheck disable=SC2317 # a trap calls it
clean_up()
{
	local name

	for name in "${!pids[@]}"; do
		kill "${pids[$name]}" 2>/dev/null || :
	done
	wait
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

need()
{
	type -P "$1" >/dev/null || {
		echo "$1 is missing: apt-get install $2"
		echo "FAIL $1"
		echo "0 passed, 1 failed"
		exit 1
	}
}

check()
{
	local name=$1 result

	shift
	# No condition may be around it: that would undo set -e.
	set +e
	(
		set -ex
		"$@"
	) >"$work/out" 2>&1 </dev/null
	result=$?
	set -e
	if [ "$result" -eq 0 ]; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "FAIL $name"
		tail -n 20 "$work/out" | sed 's/^/      | /'
		failed=$((failed + 1))
	fi
}

finish()
{
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] || exit 1
	exit 0
}

# wait_for SECONDS COMMAND...
wait_for()
{
	local until=$((SECONDS + $1))

	shift
	while ! "$@"; do
		[ "$SECONDS" -lt "$until" ] || return 1
		sleep 0.05
	done
}

# Its last channel is open when the pid file is there.
is_started()
{
	[ -s "$work/$1.pid" ] || ! kill -0 "${pids[$1]}" 2>/dev/null
}

start()
{
	local name=$1

	shift
	rm -f "$work/$name.pid"
	"$EMULATOR" --pid-file="$work/$name.pid" "$@" \
		>"$work/$name.log" 2>&1 </dev/null &
	pids[$name]=$!
	wait_for 30 is_started "$name"
}

port()
{
	sed -n "s/.* $2: listens on .* port //p" "$work/$1.log"
}

stop()
{
	kill "${pids[$1]}"
	ended "$1"
}

ended()
{
	status=0
	wait "${pids[$1]}" || status=$?
	unset "pids[$1]"
}

is()
{
	[ "$1" = "$2" ] || {
		echo "is:     $1"
		echo "wanted: $2"
		return 1
	}
}

fails()
{
	if "$@"; then
		echo "did not fail: $*"
		return 1
	fi
}

tpm()
{
	local fd bytes

	bytes=$(tr -d ' ' <<<"$2" | sed 's/../\\x&/g')
	exec {fd}<>"/dev/tcp/127.0.0.1/$1"
	# In one piece, which printf's are not where a byte is a newline.
	# shellcheck disable=SC2059 # it is what printf is to make bytes of
	printf "$bytes" | dd bs=4096 iflag=fullblock status=none >&"$fd"
	timeout 60 dd bs=4096 count=1 status=none <&"$fd" |
		od -An -v -tx1 | tr -d ' \n'
	exec {fd}>&-
}

STARTUP_CLEAR='00c1 0000000c 00000099 0001'
DONE=00c40000000a00000000
export STARTUP_CLEAR DONE

# pcr PORT NUMBER: what it holds.
pcr()
{
	local response

	response=$(tpm "$1" "00c1 0000000e 00000015 $(printf '%08x' "$2")")
	is "${response:0:20}" 00c40000001e00000000 >&2
	echo "${response:20}"
}

# extend PORT NUMBER: with twenty bytes of 01; the response's result.
extend()
{
	local response

	response=$(tpm "$1" "00c1 00000022 00000014 $(printf '%08x' "$2") \
$(printf '01%.0s' {1..20})")
	echo "${response:12:8}"
}
