# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# What tests/lab/bench measures: the same commands from a guest and in process.
#
# lab: --timeout 300
# lab: --dom0-file @build@/tests/bench/bench-library:/bin/bench-library
# lab: --guest-file @build@/tests/bench/bench-device:/bin/bench-device

ROUNDS=1000

in_guest()
{
	guest_run "$@"
}

# Lines of latency.h, with the label in their second word, to a table.
table()
{
	sort | awk '
		BEGIN {
			printf "%-14s %-22s %9s %9s %9s %9s\n", "microseconds",
				"", "least", "median", "99 %", "most"
		}
		{
			gsub(/_/, " ", $2)
			printf "%-14s %-22s %9.1f %9.1f %9.1f %9.1f\n", $1, $2,
				$3, $4, $5, $6
		}'
}

measure_guest()
{
	lab_guest_cfg "$1" "type = \"$1\"" \
		"$(vtpm_line "$(cat /proc/sys/kernel/random/uuid)")"
	guest_create "$1" || fail "xl create"
	guest_wait "$1"
	expect 0 guest_run "$1" "modprobe tpm_xenu"
	wait_for 30 in_guest "$1" "[ -c /dev/tpm0 ]"
	# The first key that a TPM makes takes a while, in the background.
	expect 0 guest_run "$1" "cat /sys/class/tpm/tpm0/pubek" >/dev/null
	guest_run "$1" "bench-device /dev/tpm0 $ROUNDS" >/tmp/said ||
		fail "$(cat /tmp/said)"
	sed "s| device | guest_($1),_/dev/tpm0 |" /tmp/said >>/tmp/figures
	guest_destroy "$1"
}

dom0()
{
	start_userback
	for type in pv pvh; do
		step "measuring in a $type guest"
		measure_guest "$type"
	done
	step "measuring in process, in dom0"
	bench-library "$ROUNDS" | sed 's/ library / dom0,_in_process /' \
		>>/tmp/figures
	expect_same "lines of figures" 6 "$(wc -l </tmp/figures)"
	echo
	table </tmp/figures
	echo
	echo "$ROUNDS rounds each, in one run of one emulated machine"
	stop_userback
}
