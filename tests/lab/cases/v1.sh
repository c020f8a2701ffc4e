# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# Guests of 2006, PV and PVH, are served beside one of today: all that a guest can ask.
#
# lab-long-only
# lab: --guest-driver tpm_xenu --guest-package xenstore-utils --memory 1536 --timeout 400

GUESTS="old oldhvm new"
SYSFS=/sys/devices/xen/vtpm-0
ZERO=0000000000000000000000000000000000000000

# The driver is loaded when it is known which protocol it is to speak.
guest()
{
	[ ! -e /dev/tpm0 ]
}

load()
{
	. /lab/lib.sh
	modprobe tpm_xenu protocol="$1"
	tpm_load
	tpm_pcr 16
}

# "pcrs" and what else is in sysfs, and what comes of the random numbers.
answers()
{
	. /lab/lib.sh
	[ "$(grep -cE '^PCR-[0-9]{2}:( [0-9A-F]{2}){20} ?$' $SYSFS/pcrs)" -eq 24 ]
	sed '1,/^Modulus:/d' $SYSFS/pubek | wc -w | grep -qx 256
	for name in active caps enabled owned temp_deactivated; do
		grep -q . $SYSFS/$name
	done
	dd if=/dev/hwrng bs=32 count=4 2>/dev/null | wc -c | grep -qx 128
}

# Extends a register N times; prints what it is and what it must be.
chain()
{
	. /lab/lib.sh
	value=$(tpm_pcr "$1")
	i=0
	while [ $i -lt "$2" ]; do
		i=$((i + 1))
		digest=$(sha1_of "$(printf %08x $i)")
		tpm_extend "$1" "$digest" >/dev/null || exit
		value=$(sha1_of "$value$digest")
	done
	tpm_pcr "$1"
	echo "$value"
}

register()
{
	. /lab/lib.sh
	tpm_pcr "$1"
}

reload()
{
	. /lab/lib.sh
	modprobe -r tpm_xenu
	[ ! -e /dev/tpm0 ]
	load 1
}

in_guest()
{
	guest_run "$1" "set -e; . /lab/case; $2" || fail "$1: $2"
}

front()
{
	echo "/local/domain/$(guest_domid "$1")/device/vtpm/0/$2"
}

back()
{
	echo "/local/domain/0/backend/vtpm/$(guest_domid "$1")/0/$2"
}

# Its vTPM's worker.
worker_of()
{
	local pid instance

	instance=$(xenstore-read "$(back "$1" instance)")
	for pid in $(pidof vtpm-worker); do
		[ "$(readlink "/proc/$pid/root")" != "/var/vtpm/$instance" ] ||
			echo "$pid"
	done
}

has_gntdev()
{
	local fd

	for fd in "/proc/$(worker_of "$1")/fd/"*; do
		[ "$(readlink "$fd")" != /dev/xen/gntdev ] || return 0
	done
	return 1
}

is_protocol_1()
{
	! xenstore-exists "$(front "$1" feature-protocol-v2)" ||
		fail "$1 says that it speaks protocol 2"
	expect_same "ready" 1 "$(xenstore-read "$(back "$1" ready)")"
	# Each packet is mapped, and with a filter all the same.
	has_gntdev "$1" || fail "$1's worker has no grant device"
	grep -q '^Seccomp:[[:space:]]*2$' "/proc/$(worker_of "$1")/status" ||
		fail "$1's worker has no filter"
}

all_answer()
{
	local name

	for name in $GUESTS; do
		expect_same "a new register" $ZERO \
			"$(in_guest "$name" "load $([ "$name" = new ] && echo 2 || echo 1)")"
		in_guest "$name" answers
	done
	is_protocol_1 old
	is_protocol_1 oldhvm
	xenstore-exists "$(front new feature-protocol-v2)" ||
		fail "the guest of today speaks protocol 1"
	! has_gntdev new || fail "the worker of today's guest can map grants"
}

# The two lines of chain are the same, and nobody else sees them.
isolated()
{
	local name said

	for name in old oldhvm; do
		said=$(in_guest "$name" "chain 16 5")
		expect_same "$name's register" "$(echo "$said" | tail -n 1)" \
			"$(echo "$said" | head -n 1)"
		[ "$(in_guest "$name" "register 16")" != $ZERO ] ||
			fail "nothing was extended"
	done
	[ "$(in_guest old "register 16")" = \
		"$(in_guest oldhvm "register 16")" ] ||
		fail "the same digests made different registers"
	expect_same "the other's register" $ZERO "$(in_guest new "register 16")"
	in_guest new "chain 12 1" >/dev/null
	expect_same "the old one's" $ZERO "$(in_guest old "register 12")"
}

other_worker()
{
	[ -n "$(worker_of old)" ] && [ "$(worker_of old)" != "$1" ]
}

kill_worker()
{
	local pid

	pid=$(worker_of old)
	kill -KILL "$pid"
	wait_for 5 other_worker "$pid"
}

# A long chain, while whoever serves it is killed.
restarted()
{
	local said

	guest_send old "set -e; . /lab/case; chain 13 150 >/tmp/chain; echo ended >>/tmp/chain"
	for _ in 1 2 3; do
		sleep 1
		kill_worker
	done
	kill_userback
	start_userback
	sleep 1
	stop_userback
	start_userback
	said=$(in_guest old "while ! grep -q ended /tmp/chain; do sleep 1; done; cat /tmp/chain")
	expect_same "the register" "$(echo "$said" | sed -n 2p)" \
		"$(echo "$said" | sed -n 1p)"
	is_protocol_1 old
}

reloaded()
{
	local kept

	kept=$(in_guest old "register 16")
	expect_same "the register" "$kept" "$(in_guest old reload)"
	is_protocol_1 old
}

detached()
{
	local uuid kept

	kept=$(in_guest oldhvm "register 16")
	uuid=$(xenstore-read "$(back oldhvm uuid)")
	xl vtpm-detach oldhvm 0 || fail "xl vtpm-detach"
	wait_for 5 guest_run oldhvm '[ ! -e /dev/tpm0 ]'
	xl vtpm-attach oldhvm "uuid=$uuid" backend=0 || fail "xl vtpm-attach"
	expect_same "the register" "$kept" \
		"$(in_guest oldhvm '. /lab/lib.sh; while ! tpm_ready; do sleep 1; done; register 16')"
	is_protocol_1 oldhvm
}

no_domain()
{
	! xl list | grep -qE '^(\(null\)|old|new)'
}

dom0()
{
	local name

	start_userback
	for name in $GUESTS; do
		lab_guest_cfg "$name" "type = \"$([ "$name" = oldhvm ] && echo pvh || echo pv)\"" \
			"$(vtpm_line "$(cat /proc/sys/kernel/random/uuid)")"
		guest_create "$name" || fail "xl create $name"
	done
	for name in $GUESTS; do
		guest_wait "$name" || fail "$name"
	done
	# The first makes what the others look at.
	all_answer
	part "what one extends no other sees" isolated
	part "the daemon and workers are killed and restarted" restarted
	part "the module is loaded again" reloaded
	part "the device is detached and attached again" detached
	for name in $GUESTS; do
		guest_destroy "$name"
	done
	wait_for 5 no_domain
	stop_userback
}
