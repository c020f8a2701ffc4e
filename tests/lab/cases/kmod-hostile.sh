# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# A back end that means harm gets nowhere with tpm_xenu: its guest lives, readers hear of it in time.
#
# lab-long-only
# lab: --guest-driver tpm_xenu --timeout 300
# lab-long: --timeout 900
# lab: --dom0-file @build@/tests/lab/hostile-back:/bin/hostile-back

# Seconds for each way to be hostile, and most that a reader may wait: the TPM
# says that its commands take one.
SECONDS_EACH=${LAB_LONG:+20}
SECONDS_EACH=${SECONDS_EACH:-3}
LIMIT=4

# Reads for so many seconds; says how many reads there were, how many failed, and
# the longest in hundredths of a second.
readers()
{
	. /lab/lib.sh
	reads=0 failed=0 longest=0
	read -r first _ </proc/uptime
	now=$first
	while [ $((${now%.*} - ${first%.*})) -lt "$1" ]; do
		before=$now
		tpm_command 00c10000000e0000001500000000 >/tmp/answer 2>&1
		grep -q '^00c4' /tmp/answer || failed=$((failed + 1))
		reads=$((reads + 1))
		read -r now _ </proc/uptime
		took=$((${now%.*}${now#*.} - ${before%.*}${before#*.}))
		[ "$took" -le "$longest" ] || longest=$took
	done
	echo "$reads $failed $longest"
}

in_guest()
{
	guest_run victim ". /lab/case; $1" || fail "$1"
}

turned()
{
	[ "$(tail -n 1 /tmp/hostile)" = "$1" ]
}

way()
{
	local reads failed longest

	kill -USR1 "$HOSTILE" || fail "the hostile back end has died"
	wait_for 10 turned "$1"
	# shellcheck disable=SC2034 # for guest_run
	GUEST_TIMEOUT=$((SECONDS_EACH + LIMIT + 60))
	in_guest "readers $SECONDS_EACH" >/tmp/said
	read -r reads failed longest </tmp/said
	step "$1: $reads reads, $failed failed, the longest took ${longest}0 ms"
	[ "$reads" -gt 0 ] || fail "no read came back"
	[ "$longest" -le $((LIMIT * 100)) ] || fail "a reader was kept"
	in_guest dmesg | sed -n '/tpm_xenu: loading/,$p' >/tmp/dmesg
	! grep -nE 'BUG|WARNING|Call Trace|Oops|fault|stall|lockup|hung' \
		/tmp/dmesg || fail "the guest's kernel complains"
}

dom0()
{
	hostile-back 1 >/tmp/hostile 2>&1 &
	HOSTILE=$!
	lab_guest_cfg victim "$(vtpm_line)"
	guest_create victim || fail "xl create"
	guest_wait victim
	in_guest '. /lab/lib.sh; tpm_load && ls /sys/devices/xen/vtpm-0/pcrs' ||
		fail "no TPM"
	for way in silent storm lengths states; do
		part "$way" way "$way"
	done
	# A command waits a minute for a back end that is away, twice at most.
	[ -z "${LAB_LONG:-}" ] ||
		LIMIT=125 part "flaps" way flaps
	part "the module can be unloaded" in_guest \
		'modprobe -r tpm_xenu && [ ! -e /dev/tpm0 ]'
	kill "$HOSTILE"
	xl destroy victim
	wait_for 20 guest_gone victim
}
