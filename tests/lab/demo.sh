# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# What tests/demo shows: a guest with a vtpm line reads its PCRs and its key.
#
# Lines "step: ..." are progress; all else is shown as it is.
#
# lab: --timeout 600

UUID=0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a01
DEVICE=/sys/devices/vtpm-0

tell()
{
	echo "step: $*"
}

# Types a command at the guest's console and shows what it says.
at_guest()
{
	tell "guest's shell: $1"
	guest_run guest "$1" >/tmp/said || fail "in the guest: $1"
	cat /tmp/said
}

in_guest()
{
	guest_run guest "$@"
}

dom0()
{
	tell "dom0 is up: $(xl info | awk '/^xen_version/ { print "Xen " $3 }'), \
Linux $(uname -r)"
	tell "dom0: vtpm-userback --sandbox=enforce"
	LAB_SANDBOX=enforce start_userback

	lab_guest_cfg guest "$(vtpm_line $UUID)"
	tell "dom0: xl create guest.cfg, with the line:"
	grep ^vtpm /etc/xen/guest.cfg
	guest_create guest || fail "xl create"
	tell "guest $(guest_domid guest) is booting"
	guest_wait guest

	at_guest "modprobe tpm_xenu"
	wait_for 30 in_guest "[ -e $DEVICE/pcrs ]"
	at_guest "ls $DEVICE"
	at_guest "cat $DEVICE/pcrs"
	expect_same "the number of PCR lines" 24 \
		"$(grep -cE '^PCR-[0-9][0-9]:( [0-9A-F]{2}){20} *$' /tmp/said)"
	at_guest "cat $DEVICE/pubek"
	expect_same "the key's bytes" 256 \
		"$(sed '1,/^Modulus:/d' /tmp/said | wc -w)"

	tell "dom0: the process that serves it"
	for pid in $(pidof vtpm-worker); do
		grep -E '^(Name|Pid|Uid|NoNewPrivs|Seccomp):' "/proc/$pid/status"
	done
	tell "dom0: xl destroy, and vtpm-userback ends"
	guest_destroy guest
	stop_userback
}
