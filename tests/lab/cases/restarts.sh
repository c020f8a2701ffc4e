# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# Registers live as long as their domain: not over a reboot, but over all else.
#
# lab-long-only
# lab: --timeout 500 --guest-package xenstore-utils

ZERO=0000000000000000000000000000000000000000

guest()
{
	. /lab/lib.sh
	tpm_load
	tpm_pcr 16
}

extend()
{
	. /lab/lib.sh
	tpm_extend 16 "$(sha1_of 01)" >/dev/null
	tpm_extend 3 "$(sha1_of 02)"
}

registers()
{
	. /lab/lib.sh
	tpm_pcr 3
	tpm_pcr 16
}

# A bound xenbus driver holds its module.
reload()
{
	. /lab/lib.sh
	echo vtpm-0 >/sys/bus/xen/drivers/vtpm/unbind
	rmmod xen-tpmfront
	[ ! -e /dev/tpm0 ]
	tpm_load
}

rebind()
{
	. /lab/lib.sh
	echo vtpm-0 >/sys/bus/xen/drivers/vtpm/unbind
	echo vtpm-0 >/sys/bus/xen/drivers/vtpm/bind
	tpm_load
}

# What a new kernel does that finds the device connected: start anew.  The
# driver of this one drops the device at that; the second write brings it back.
kexec_like()
{
	. /lab/lib.sh
	xenstore-write device/vtpm/0/state 1
	while [ -e /sys/bus/xen/devices/vtpm-0 ]; do
		sleep 0.1
	done
	xenstore-write device/vtpm/0/state 1
	tpm_load
}

in_guest()
{
	guest_run life "set -e; . /lab/case; $1" || fail "$1"
}

keeps()
{
	step "$1"
	shift
	"$@"
	[ "$(in_guest registers)" = "$kept" ] || fail "the registers are other"
}

restart()
{
	stop_userback
	[ "$(xenstore-read "/local/domain/0/backend/vtpm/$(guest_domid life)/0/state")" = 4 ] ||
		fail "the device was closed"
	start_userback
}

crash()
{
	kill_userback
	start_userback
}

worker_crash()
{
	local pid

	pid=$(pidof vtpm-worker)
	kill -KILL "$pid"
	wait_for 5 other_worker "$pid"
}

other_worker()
{
	[ "$(pidof vtpm-worker || echo "$1")" != "$1" ]
}

dom0()
{
	local kept

	start_userback
	lab_guest_cfg life "$(vtpm_line)"
	guest_create life || fail "xl create"
	guest_wait life || fail "in the guest"
	in_guest extend
	kept=$(in_guest registers)
	keeps "module reload" in_guest reload
	keeps "driver unbound and bound" in_guest rebind
	keeps "as after kexec" in_guest kexec_like
	keeps "the daemon is restarted" restart
	keeps "the daemon is killed" crash
	keeps "the worker is killed" worker_crash

	step "xl reboot"
	guest_mark life
	xl reboot life || in_guest 'reboot -f' || :
	guest_wait life 120 || fail "in the rebooted guest"
	[ "$(in_guest registers)" = "$(printf '%s\n%s' $ZERO $ZERO)" ] ||
		fail "registers have survived a reboot: $(in_guest registers)"
	step "all registers are zero again"
	stop_userback
}
