# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# What tests/lab/bench measures: the same commands from a guest and in process.
#
# lab: --timeout 300 --guest-driver tpm_xenu
# lab: --dom0-file @build@/tests/bench/bench-library:/bin/bench-library
# lab: --guest-file @build@/tests/bench/bench-device:/bin/bench-device

ROUNDS=1000

in_guest()
{
	guest_run "$@"
}

# What an interrupt saves: the median is a fifth of the polling driver's, at
# most.
check_medians()
{
	awk '$2 ~ /guest/ { split($2, of, ",_"); median[$1, of[1], of[2]] = $4
			row[$1 SUBSEP of[1]] = 1 }
		END {
			for (r in row) {
				stock = median[r, "xen-tpmfront"]
				ours = median[r, "tpm_xenu"]
				if (!(ours > 0 && ours * 5 <= stock))
					slow = 1
			}
			exit slow
		}' /tmp/figures || fail "tpm_xenu is not five times as fast"
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

# The driver of the kernel, then ours, in the same guest.
measure_driver()
{
	expect 0 guest_run "$1" "modprobe $2"
	wait_for 30 in_guest "$1" "[ -c /dev/tpm0 ]"
	# The first key that a TPM makes takes a while, in the background.
	expect 0 guest_run "$1" "cat /sys/class/tpm/tpm0/pubek" >/dev/null
	guest_run "$1" "bench-device /dev/tpm0 $ROUNDS" >/tmp/said ||
		fail "$(cat /tmp/said)"
	sed "s| device | $1_guest,_$2 |" /tmp/said >>/tmp/figures
}

measure_guest()
{
	lab_guest_cfg "$1" "type = \"$1\"" \
		"$(vtpm_line "$(cat /proc/sys/kernel/random/uuid)")"
	guest_create "$1" || fail "xl create"
	guest_wait "$1"
	measure_driver "$1" xen-tpmfront
	expect 0 guest_run "$1" \
		"echo vtpm-0 >/sys/bus/xen/drivers/vtpm/unbind
		rmmod xen-tpmfront"
	measure_driver "$1" tpm_xenu
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
	expect_same "lines of figures" 10 "$(wc -l </tmp/figures)"
	echo
	table </tmp/figures
	echo
	echo "$ROUNDS rounds each, in one run of one emulated machine"
	check_medians
	stop_userback
}
