# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# A guest that writes nonsense loses its device; the next guest notices nothing.
#
# lab-long-only
# lab: --timeout 500 --guest-package xenstore-utils

guest()
{
	# The stock driver comes last, when the nonsense is over.
	xenstore-read device/vtpm/0/backend
}

# What a front end writes: ring, channel, protocol, then state.
offer()
{
	local state=$4

	xenstore-rm device/vtpm/0/ring-ref
	xenstore-rm device/vtpm/0/event-channel
	[ "$1" = none ] || xenstore-write -- device/vtpm/0/ring-ref "$1"
	[ "$2" = none ] || xenstore-write -- device/vtpm/0/event-channel "$2"
	[ "$3" = none ] || xenstore-write -- device/vtpm/0/feature-protocol-v2 "$3"
	xenstore-write -- device/vtpm/0/state "$state"
}

drive()
{
	. /lab/lib.sh
	tpm_load
	tpm_pcr 0
}

in_guest()
{
	guest_run "$1" "set -e; . /lab/case; $2"
}

state_is()
{
	[ "$(xenstore-read "/local/domain/0/backend/vtpm/$domid/0/state")" = "$1" ]
}

warnings()
{
	grep -c "domain $domid vtpm 0: " "$LOG" || :
}

# Offers nonsense: the device closes, with a line of log; then all begins anew.
refused()
{
	local before

	before=$(warnings)
	in_guest bad "offer $*" || fail "offer $*"
	wait_for 5 state_is 6
	[ "$(warnings)" -eq $((before + 1)) ] ||
		fail "$(($(warnings) - before)) lines of log for: $*"
	step "$(tail -n 1 "$LOG")"
	in_guest bad "xenstore-write -- device/vtpm/0/state 6"
	in_guest bad "xenstore-write -- device/vtpm/0/state 1"
	wait_for 5 state_is 2
}

dom0()
{
	local domid good

	# What an administrator sees: no line but the reason.
	start_userback --log-level warning
	lab_guest_cfg good "$(vtpm_line)"
	guest_create good || fail "xl create"
	guest_wait good || fail "good"
	good=$(in_guest good drive) || fail "no TPM in good"
	lab_guest_cfg bad "$(vtpm_line)"
	guest_create bad || fail "xl create"
	guest_wait bad || fail "bad"
	domid=$(guest_domid bad)

	# Seven, as who fails more often than that is made to wait; tests/unit
	# has all the others.
	refused none 9 1 3
	refused 9 none 1 3
	refused nine 9 1 3
	refused 9 -1 1 3
	refused 99999999999999999999 9 1 3
	refused 1 1 1 3
	refused none none 1 4
	[ "$(in_guest good '. /lab/lib.sh; tpm_pcr 0')" = "$good" ] ||
		fail "the good guest has lost its TPM"
	in_guest bad 'xenstore-rm device/vtpm/0/ring-ref'
	in_guest bad drive || fail "a device that was abused cannot be used again"

	# The directory of the front end goes, whatever is going on.
	in_guest bad 'xenstore-rm device/vtpm/0/state'
	sleep 1
	[ "$(in_guest good '. /lab/lib.sh; tpm_pcr 0')" = "$good" ] ||
		fail "the good guest has lost its TPM"
	guest_destroy bad
	guest_destroy good
	stop_userback
}
