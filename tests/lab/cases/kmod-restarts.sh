# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# /dev/tpm0 stays open and in use over kills, restarts, save, restore and migration: no command fails.
#
# lab: --guest-driver tpm_xenu --guest-type pvh --timeout 400 --tmp 256
# lab-long: --timeout 1500
# lab: --guest-file @build@/tests/lab/tpm-chain:/bin/tpm-chain

# The long form does all as often as its part says, the short one once or twice.
MOST=${LAB_LONG:+99}
MOST=${MOST:-2}

REPORT=/tmp/report

guest()
{
	. /lab/lib.sh
	tpm_load
	(
		tpm-chain /dev/tpm0 10 $REPORT >/tmp/chain 2>&1
		echo "tpm-chain ended with status $?" >>/tmp/chain
	) &
}

in_guest()
{
	guest_run chain "set -e; . /lab/case; $1" || fail "$1"
}

# So many commands since it last was asked; fails when there are no more.
alive()
{
	before=$(cat /tmp/before 2>/dev/null || echo 0)
	try=0
	until read -r count _ value <$REPORT &&
		[ "$count" -gt $((before + 5)) ]; do
		[ ! -s /tmp/chain ] || {
			cat /tmp/chain
			return 1
		}
		try=$((try + 1))
		[ $try -lt 300 ] || {
			echo "stuck at $count commands"
			return 1
		}
		sleep 0.1
	done
	echo "$count" >/tmp/before
	echo "$((count - before)) commands, $value"
}

other_worker()
{
	[ "$(pidof vtpm-worker || echo "$1")" != "$1" ]
}

worker_killed()
{
	local pid

	pid=$(pidof vtpm-worker)
	kill -KILL "$pid"
	wait_for 20 other_worker "$pid"
}

daemon_restarted()
{
	stop_userback
	start_userback
}

daemon_killed()
{
	kill_userback
	start_userback
}

saved_and_restored()
{
	xl save chain /tmp/chain.saved >/tmp/xl 2>&1 || {
		cat /tmp/xl
		fail "xl save"
	}
	wait_for 10 guest_gone chain
	xl restore /tmp/chain.saved >/tmp/xl 2>&1 || {
		cat /tmp/xl
		fail "xl restore"
	}
	rm /tmp/chain.saved
}

# The guest goes on where it was.
checkpoint()
{
	xl save -c chain /tmp/chain.saved >/tmp/xl 2>&1 || {
		cat /tmp/xl
		fail "xl save -c"
	}
	rm /tmp/chain.saved
}

migrated()
{
	xl migrate -s "" chain "xl migrate-receive" >/tmp/xl 2>&1 || {
		cat /tmp/xl
		fail "xl migrate"
	}
}

# repeat N COMMAND
repeat()
{
	for _ in $(seq $(($1 < MOST ? $1 : MOST))); do
		$2
		in_guest alive
	done
}

ends_well()
{
	# shellcheck disable=SC2016 # the guest expands it
	in_guest 'kill -TERM $(pidof tpm-chain)
		until grep "with status" /tmp/chain; do sleep 0.1; done
		cat /tmp/report
		. /lab/lib.sh
		grep -q "status 0" /tmp/chain
		read -r count _ value </tmp/report
		[ "$(tpm_pcr 10)" = "$value" ]'
}

dom0()
{
	start_userback
	lab_guest_cfg chain "$(vtpm_line)"
	guest_create chain || fail "xl create"
	guest_wait chain || fail "in the guest"
	in_guest alive
	part "the worker is killed" repeat 10 worker_killed
	part "the daemon is restarted" repeat 3 daemon_restarted
	part "the daemon is killed" repeat 1 daemon_killed
	part "xl save, xl restore" repeat 5 saved_and_restored
	part "xl save -c" repeat 1 checkpoint
	part "xl migrate" repeat 5 migrated
	part "the register is the chain" ends_well
	guest_destroy chain
	stop_userback
}
