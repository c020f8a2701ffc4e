# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# --domain N serves N while xl waits, ends with it and leaves others alone.
#
# lab-long-only
# lab: --timeout 400

guest()
{
	. /lab/lib.sh
	tpm_load
	tpm_pcr 0
}

has_backend()
{
	xenstore-exists "/local/domain/0/backend/vtpm/$1/0/state"
}

# In a shell of its own, which tells how it ended.
serve()
{
	local status=0

	vtpm-userback --sandbox=enforce --log-level debug --domain "$1" \
		--pid-file "/run/userback-$1.pid" >>"$LOG" 2>&1 || status=$?
	echo "$status" >"/tmp/ended.$1"
}

pid_of()
{
	cat "/run/userback-$1.pid"
}

check_ended()
{
	wait_for 5 test -s "/tmp/ended.$1"
	[ "$(cat "/tmp/ended.$1")" -eq 0 ] ||
		fail "for domain $1 it ended with $(cat "/tmp/ended.$1")"
}

# Creates guest $1, which will be domain $2, and serves it once xl waits.
create_and_serve()
{
	lab_guest_cfg "$1" "$(vtpm_line)"
	guest_mark "$1"
	xl create -q "/etc/xen/$1.cfg" &
	creator=$!
	wait_for 20 has_backend "$2"
	sleep 3
	LOG=/var/log/vtpm-userback-$2.log
	serve "$2" &
	wait_for 20 test -s "/run/userback-$2.pid"
	step "serving domain $2 by process $(pid_of "$2")"
	wait "$creator" || {
		cat "$LOG"
		fail "xl create $1"
	}
	guest_wait "$1" || fail "$1"
}

dom0()
{
	local before second

	# A device that nobody is asked to serve.
	vtpm-attach 0 || fail "vtpm-attach"
	before=$(xenstore-ls -f /local/domain/0/backend/vtpm/0)

	create_and_serve one 1
	create_and_serve two 2
	second=$(pid_of 2)
	guest_run one '. /lab/lib.sh; tpm_pcr 0' || fail "one has lost it"

	xl destroy one || fail "xl destroy"
	check_ended 1
	step "the first has ended by itself"
	kill -0 "$second" || fail "the second has ended, too"
	guest_run two '. /lab/lib.sh; tpm_pcr 0' || fail "two has lost it"
	[ "$(xenstore-ls -f /local/domain/0/backend/vtpm/0)" = "$before" ] ||
		fail "a device of another domain was touched"

	# For people: no domain, or none that exists.
	expect 1 vtpm-userback --sandbox=enforce --domain 4711
	expect 2 vtpm-userback --domain many
	kill -TERM "$second"
	check_ended 2
}
