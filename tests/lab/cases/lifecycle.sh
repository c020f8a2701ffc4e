# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# Creating, detaching, attaching again and destroying: quick, and no traces.
#
# lab: --timeout 500

guest()
{
	. /lab/lib.sh
	tpm_load
	tpm_pcr 0
}

# Attached devices appear and go while the guest runs.
attached()
{
	. /lab/lib.sh
	try=0
	until tpm_ready; do
		try=$((try + 1))
		[ $try -lt 200 ]
		sleep 0.1
	done
	tpm_pcr 16
}

# Hundredths of a second since the machine started.
now()
{
	local up

	read -r up _ </proc/uptime
	echo "${up%.*}${up#*.}"
}

# Runs a command; fails when it takes more than so many hundredths.
within()
{
	local most=$1 what=$2 start took

	shift 2
	start=$(now)
	"$@" || fail "$what"
	took=$(($(now) - start))
	step "$what took ${took}0 ms"
	[ "$took" -le "$most" ] || fail "$what: more than ${most}0 ms"
}

backend_state()
{
	xenstore-read "/local/domain/0/backend/vtpm/$1/0/state" 2>/dev/null
}

# Writes when the backend's directory appeared and when it was in state 2.
time_to_initwait()
{
	local seen

	until xenstore-exists "/local/domain/0/backend/vtpm/$1"; do
		:
	done
	seen=$(now)
	until [ "$(backend_state "$1")" = 2 ]; do
		:
	done
	echo $(($(now) - seen)) >/tmp/initwait
}

no_device()
{
	! xenstore-exists "/local/domain/0/backend/vtpm/$1/0"
}

no_worker()
{
	! pidof vtpm-worker
}

# What a device leaves behind when it goes: nothing.
check_traces()
{
	wait_for 5 no_worker
	! xenstore-ls /local/domain/0/backend/vtpm 2>/dev/null | grep . ||
		fail "nodes are left under backend/vtpm"
	! xenstore-ls /local/domain/0/error/backend/vtpm 2>/dev/null | grep . ||
		fail "errors are left"
	[ -z "$(find /run/vtpm-userback -name 'live*')" ] ||
		fail "$(ls /run/vtpm-userback) is left"
	xl list | awk 'NR > 1 && $1 != "Domain-0"' | grep . &&
		fail "a domain is left"
	return 0
}

descriptors()
{
	find "/proc/$USERBACK/fd" -type l | wc -l
}

destroy()
{
	xl destroy life && guest_gone life
}

detach()
{
	xl vtpm-detach life 0 && no_device "$1"
}

rounds()
{
	local i uuid

	uuid=$(cat /proc/sys/kernel/random/uuid)
	for i in 1 2 3${LAB_LONG:+ 4 5 6 7 8 9 10}; do
		xl vtpm-attach life backend=0 "uuid=$uuid" || fail "attach $i"
		guest_run life '. /lab/case; attached' >/dev/null ||
			fail "round $i: no TPM in the guest"
		within 200 "detach $i" detach "$1"
	done
}

dom0()
{
	local before domid

	start_userback
	lab_guest_cfg life "$(vtpm_line)"
	time_to_initwait 1 &
	guest_create life || fail "xl create"
	wait_for 5 test -s /tmp/initwait
	step "in state 2 after $(cat /tmp/initwait)0 ms"
	[ "$(cat /tmp/initwait)" -lt 100 ] || fail "xl was kept waiting"
	guest_wait life || fail "in the guest"
	domid=$(guest_domid life)
	within 200 "detach" detach "$domid"
	wait_for 5 no_worker
	# With one for all workers' template, which came with the first of them.
	before=$(descriptors)
	rounds "$domid"
	check_paths || fail "nodes that the schema does not have"
	within 200 "destroy" destroy
	check_traces

	# Destroyed while its vTPM is in use.
	guest_create life || fail "xl create"
	guest_wait life || fail "in the guest"
	within 200 "destroy while connected" destroy
	check_traces
	[ "$(descriptors)" -le "$before" ] ||
		fail "the daemon had $before descriptors, has $(descriptors)"
	step "the daemon has $(descriptors) descriptors as before"
	stop_userback
}
