# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# A guest's process keeps /dev/tpm0 open and in use while back ends die and restart: no command fails.
#
# lab: --guest-driver tpm_xenu --timeout 400
# lab: --guest-file @build@/tests/lab/tpm-chain:/bin/tpm-chain

# The long form (make soak): so many times as often.
TIMES=${LAB_ROUNDS:-1}

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
	until read -r count longest value <$REPORT &&
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

# times N COMMAND
times()
{
	local round

	for round in $(seq $(($1 * TIMES))); do
		$2
		in_guest alive
	done
}

ends_well()
{
	in_guest 'kill -TERM $(pidof tpm-chain)
		until grep "with status" /tmp/chain; do sleep 0.1; done
		cat /tmp/report
		. /lab/lib.sh
		grep -q "status 0" /tmp/chain
		read -r count longest value </tmp/report
		[ "$(tpm_pcr 10)" = "$value" ]'
}

dom0()
{
	start_userback
	lab_guest_cfg chain "$(vtpm_line)"
	guest_create chain || fail "xl create"
	guest_wait chain || fail "in the guest"
	in_guest alive
	part "the worker is killed" times 10 worker_killed
	part "the daemon is restarted" times 2 daemon_restarted
	part "the daemon is killed" times 1 daemon_killed
	part "the register is the chain" ends_well
	guest_destroy chain
	stop_userback
}
