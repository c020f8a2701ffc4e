# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# A guest hammers its TPM while workers and daemons are killed at random: it sees no error, and each command happens once.
#
# lab: --timeout 400
# lab: --guest-file @build@/tests/lab/hammer:/bin/hammer
# lab-long: --timeout 900

# Of the guest's clock.
SECONDS_LONG=60
SECONDS_SHORT=8
KILLS_LONG=40
KILLS_SHORT=5

guest()
{
	. /lab/lib.sh
	tpm_load
	tpm_pcr 10
}

in_guest()
{
	guest_run hammered "$@"
}

now_ms()
{
	local up

	read -r up _ </proc/uptime
	echo $((${up%.*} * 1000 + 1${up#*.} * 10 - 1000))
}

# A number below 256.
dice()
{
	od -An -N1 -tu1 /dev/urandom | tr -d ' '
}

other_worker()
{
	[ "$(pidof vtpm-worker || echo "$1")" != "$1" ]
}

# Notes how long it took until there was another one.
worker_dies()
{
	local pid start

	pid=$(pidof vtpm-worker) || return 0
	start=$(now_ms)
	kill -KILL "$pid"
	until other_worker "$pid"; do
		[ $(($(now_ms) - start)) -lt 5000 ] || fail "no worker came"
		sleep 0.01
	done
	echo $(($(now_ms) - start)) >>/tmp/restarts
}

daemon_dies()
{
	kill_userback
	start_userback
}

# All that is ours, at once.
all_die()
{
	kill -KILL "$(pidof vtpm-worker)" "$(cat "$PID_FILE")"
	wait_for 20 userback_ended
	start_userback
}

# For so many seconds; prints how often.
kill_for()
{
	local end kills=0

	end=$(($(now_ms) + $1 * 1000))
	while [ "$(now_ms)" -lt "$end" ]; do
		sleep "0.$((100 + $(dice) * 3))"
		case $(($(dice) % 6)) in
		0 | 1 | 2 | 3) worker_dies ;;
		4) daemon_dies ;;
		5) all_die ;;
		esac
		kills=$((kills + 1))
	done
	echo $kills
}

dom0()
{
	local seconds=$SECONDS_SHORT wanted=$KILLS_SHORT kills

	if [ -n "${LAB_LONG:-}" ]; then
		seconds=$SECONDS_LONG wanted=$KILLS_LONG
	fi
	start_userback
	lab_guest_cfg hammered "$(vtpm_line)"
	guest_create hammered || fail "xl create"
	guest_wait hammered || fail "in the guest"
	in_guest "(hammer $seconds; echo status \$?) >/tmp/said 2>&1 &"
	wait_for 60 in_guest 'grep -q hammering /tmp/said'
	step "the guest hammers"
	kills=$(kill_for $((seconds - 2)))
	step "$kills kills; until the next worker, in ms: $(
		sort -n /tmp/restarts | tr '\n' ' ')"
	GUEST_TIMEOUT=120 in_guest \
		'until grep status /tmp/said; do sleep 0.2; done' >/dev/null
	in_guest 'cat /tmp/said' >/tmp/said
	cat /tmp/said
	grep -qx 'status 0' /tmp/said || fail "the guest has seen an error"
	[ "$kills" -ge "$wanted" ] || fail "only $kills kills, not $wanted"

	step "what was acknowledged is there"
	all_die
	expect_same "the state" "$(grep '^pcr ' /tmp/said)" \
		"$(in_guest 'hammer show')"
	guest_destroy hammered
	stop_userback
}
