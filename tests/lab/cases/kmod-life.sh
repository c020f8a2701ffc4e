# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# tpm_xenu is loaded, unloaded, attached, detached, cancelled and killed under load; nothing is left.
#
# lab-long-only
# lab: --guest-driver tpm_xenu --timeout 400
# lab: --guest-file @build@/tests/lab/tpm-chain:/bin/tpm-chain
# lab-long: --timeout 3000

ROUNDS=${LAB_LONG:+100}
ROUNDS=${ROUNDS:-4}
# shellcheck disable=SC2034 # for guest_run
GUEST_TIMEOUT=$((60 + 3 * ROUNDS))

SYSFS=/sys/devices/xen/vtpm-0
PCR_READ=00c10000000e0000001500000000

guest()
{
	. /lab/lib.sh
	tpm_load
	[ -e $SYSFS/pcrs ]
}

# modprobe comes back when the TPM is there, and not later than it has to.
reload()
{
	. /lab/lib.sh
	for round in $(seq "$1"); do
		modprobe -r tpm_xenu
		[ ! -e /dev/tpm0 ] && [ ! -e /sys/devices/xen ]
		modprobe tpm_xenu
		if ! tpm_ready || [ ! -e $SYSFS/pcrs ]; then
			echo "round $round: no TPM"
			return 1
		fi
	done
	tpm_pcr 0
}

# While two processes use it as fast as they can.
reload_under_load()
{
	. /lab/lib.sh
	(
		set +e
		while [ ! -e /tmp/enough ]; do
			cat "$TPM_SYSFS/pcrs" || sleep 0.1
		done
	) >/dev/null 2>&1 &
	first=$!
	(
		set +e
		while [ ! -e /tmp/enough ]; do
			tpm-chain /dev/tpm0 16 /tmp/chain || sleep 0.1
		done
	) >/dev/null 2>&1 &
	second=$!
	for round in $(seq "$1"); do
		modprobe -r tpm_xenu
		modprobe tpm_xenu
		sleep "0.$((round % 10))"
	done
	touch /tmp/enough
	# Again and again: it may be about to start.
	(
		set +e
		while :; do
			killall tpm-chain
			sleep 0.1
		done
	) >/dev/null 2>&1 &
	last=$!
	wait $first $second
	kill $last
	tpm_ready
	tpm_pcr 0
}

# The four that follow find the worker stopped.  A command is given:
given()
{
	. /lab/lib.sh
	(set +e; tpm_command $PCR_READ >/tmp/given 2>&1; echo "ended" >>/tmp/given) &
	sleep 1
	[ ! -s /tmp/given ]
}

# The process that gave it goes at once.
killed()
{
	pid=$(pidof dd | tr ' ' '\n' | sort -n | head -n 1)
	kill -9 "$pid"
	sleep 1
	! kill -0 "$pid" 2>/dev/null
}

# The writer hears of it, as soon as the back end does.
cancelled()
{
	echo 1 >$SYSFS/cancel
}

# Nor does unloading wait for the back end.
unloaded()
{
	modprobe -r tpm_xenu
	[ ! -e /dev/tpm0 ]
}

given_ended()
{
	try=0
	until grep -q ended /tmp/given; do
		try=$((try + 1))
		[ $try -lt 50 ]
		sleep 0.1
	done
	cat /tmp/given
}

works()
{
	. /lab/lib.sh
	[ -e /dev/tpm0 ] || tpm_load
	tpm_ok $PCR_READ >/dev/null
}

in_guest()
{
	guest_run life "set -e; . /lab/case; $1" || fail "$1"
}

worker()
{
	kill "-$1" "$(pidof vtpm-worker)"
}

stopped()
{
	worker STOP
	in_guest given
	in_guest "$1"
	worker CONT || :
	in_guest given_ended
	in_guest works
}

cancel()
{
	stopped cancelled | tee /tmp/said
	in_guest 'dmesg | grep "error -125"' || fail "ECANCELED was not said"
}

no_device()
{
	! xenstore-exists "/local/domain/0/backend/vtpm/$1/0"
}

attached()
{
	try=0
	until [ -e $SYSFS/pcrs ]; do
		try=$((try + 1))
		[ $try -lt 100 ]
		sleep 0.1
	done
	grep -c ^PCR $SYSFS/pcrs
}

# The guest hears of it when the toolstack is done.
detached()
{
	try=0
	while [ -e /dev/tpm0 ] || [ -e $SYSFS ]; do
		try=$((try + 1))
		[ $try -lt 20 ]
		sleep 0.1
	done
}

attach_detach()
{
	local round uuid domid

	domid=$(guest_domid life)
	uuid=$(cat /proc/sys/kernel/random/uuid)
	for round in $(seq "$1"); do
		xl vtpm-detach life 0 || fail "detach, round $round"
		wait_for 5 no_device "$domid"
		in_guest detached
		xl vtpm-attach life backend=0 "uuid=$uuid" ||
			fail "attach, round $round"
		in_guest attached >/dev/null
		note_ring
	done
}

# Grants and event channels that are given back are given out again: were each
# round to lose one, each would see another.
note_ring()
{
	local dir

	dir=/local/domain/$(guest_domid life)/device/vtpm/0
	xenstore-read "$dir/ring-ref" >>/tmp/refs
	xenstore-read "$dir/event-channel" >>/tmp/ports
}

check_rings()
{
	local what

	for what in refs ports; do
		step "$what: $(sort -n -u /tmp/$what | paste -s -d ' ')"
		[ "$(sort -u /tmp/$what | wc -l)" -le $((ROUNDS / 2 + 1)) ] ||
			fail "each round had other $what"
	done
}

# Two in one guest, each with registers of its own.
two()
{
	xl vtpm-attach life backend=0 \
		"uuid=$(cat /proc/sys/kernel/random/uuid)" || fail "attach"
	in_guest "try=0; until [ -e /sys/devices/xen/vtpm-1/pcrs ]; do
		sleep 0.1; try=\$((try + 1)); [ \$try -lt 100 ]; done
		. /lab/lib.sh
		tpm_extend 16 $(printf '%040d' 0) >/dev/null
		grep PCR-16 /sys/devices/xen/vtpm-*/pcrs" | tee /tmp/said
	[ "$(sed 's/.*PCR-16//' /tmp/said | sort -u | wc -l)" -eq 2 ] ||
		fail "they are one"
	xl vtpm-detach life 1 || fail "detach"
	in_guest "try=0; while [ -e /sys/devices/xen/vtpm-1 ]; do
		sleep 0.1; try=\$((try + 1)); [ \$try -lt 20 ]; done"
}

# What the kernel says when something is wrong.
check_log()
{
	in_guest dmesg >/tmp/dmesg
	sed -n '/tpm_xenu: loading/,$p' /tmp/dmesg >/tmp/since
	! grep -nE 'BUG|WARNING|Call Trace|Oops|fault|leak|stall|lockup|hung' \
		/tmp/since || fail "the guest's kernel complains"
}

dom0()
{
	start_userback
	lab_guest_cfg life "$(vtpm_line)"
	guest_create life || fail "xl create"
	guest_wait life || fail "in the guest"
	part "reload, $ROUNDS times" in_guest "reload $ROUNDS"
	part "reload under load" in_guest "reload_under_load $((ROUNDS / 4))"
	part "a killed process" stopped killed
	part "a cancelled command" cancel
	part "unloading during a command" stopped unloaded
	part "attach and detach, $ROUNDS times" attach_detach "$ROUNDS"
	part "no grant or port is lost" check_rings
	part "two vTPMs" two
	part "the kernel's log" check_log
	guest_destroy life
	stop_userback
}
