# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# The lab itself: both types of guest, their consoles, and that failures are seen.
#
# lab: --no-project --timeout 300

guest()
{
	echo "kernel $(uname -r)"
	modprobe xen-tpmfront
	echo "no end of line: $(cat /lab/note 2>/dev/null)"
	printf 'end'
	# What goes on in the background does not keep the boot from ending.
	sleep 1000 &
	return 5
}

boot()
{
	name=$1

	shift
	lab_guest_cfg "$name" "$@"
	guest_create "$name"
	expect 5 guest_wait "$name"
	guest_output "$name" >/tmp/output
	expect 0 grep -qx "kernel $LAB_RELEASE" /tmp/output
	expect_same "the last line" end "$(tail -n 1 /tmp/output)"
	expect_same "an answer" "two words" "$(guest_run "$name" 'echo two words')"
	expect 3 guest_run "$name" 'exit 3'
	expect_same "a long command's answer" 6000 \
		"$(guest_run "$name" "printf %s $(printf '%06000d' 0) | wc -c")"
	guest_run "$name" lsmod | grep -q xen_tpmfront
}

pv_guest()
{
	boot pv
}

pvh_guest()
{
	boot pvh 'type = "pvh"'
}

# The guests' and dom0's registers stay their own: see -xsave in lab.
registers()
{
	guest_run pv 'while :; do ls -l / /bin; done >/dev/null 2>/tmp/err &'
	i=0
	while [ "$i" -lt 30 ]; do
		expect 0 xl domid pv >/dev/null
		i=$((i + 1))
	done
	expect_same "what went wrong in the guest" "" "$(guest_run pv 'cat /tmp/err')"
}

gone()
{
	guest_destroy pv
	guest_mark pvh
	xl reboot pvh
	expect 5 guest_wait pvh
	xl shutdown pvh
	wait_for 30 guest_gone pvh
	expect_same "domains left" 2 "$(xl list | wc -l)"
}

# Each in a shell of its own, as a case is, in which MARKS are its own too.
fails()
{
	wanted=$1
	shift
	status=0
	MARKS=$(mktemp -d) sh -c ". /lab/lib.sh; $*" >/tmp/said 2>&1 || status=$?
	[ "$status" -eq "$wanted" ] ||
		fail "status $status, not $wanted, of: $* ($(cat /tmp/said))"
}

failures()
{
	fails 0 'dom0() { expect 3 sh -c "exit 3"; }; run_case'
	fails 1 'dom0() { expect 0 false; echo went on; }; run_case'
	expect 0 grep -q 'FAILED: ended with 1, not 0: false' /tmp/said
	expect 1 grep -q 'went on' /tmp/said
	fails 1 'dom0() { false; echo went on; }; run_case'
	expect 0 grep -q 'FAILED: a command ended with status 1' /tmp/said
	expect 1 grep -q 'went on' /tmp/said
	fails 1 'dom0() { wait_for 1 false; }; run_case'
	fails 1 'dom0() { expect_same x 1 2; }; run_case'
	# shellcheck disable=SC2016 # for the other shell
	fails 1 'dom0() { x=$(fail inside); echo "$x"; }; run_case'
	expect 0 grep -q 'FAILED: inside' /tmp/said
	fails 1 'bad() { false; true; }
		dom0() { part one bad; part two echo went on; }; run_case'
	expect 0 grep -q 'failed: one' /tmp/said
	expect 0 grep -q 'passed: two' /tmp/said
	expect 0 grep -q 'went on' /tmp/said
	fails 0 'dom0() { part one true; part two true; }; run_case'
}

dom0()
{
	part "failures are seen" failures
	# Whether guests work every other case shows.
	[ -n "${LAB_LONG:-}" ] || return 0
	part "a PV guest" pv_guest
	part "a PVH guest" pvh_guest
	part "registers" registers
	part "guests end" gone
}
