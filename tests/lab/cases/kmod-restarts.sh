# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# /dev/tpm0 stays open and in use over kills, restarts, save, restore and migration: no command fails.
#
# lab: --guest-driver tpm_xenu --guest-type pvh --timeout 400 --tmp 256
# lab-long: --timeout 1500
# lab: --guest-file @build@/tests/lab/tpm-chain:/bin/tpm-chain

# The long form does all as often as its part says, the short one once.
MOST=${LAB_LONG:+99}
MOST=${MOST:-1}

REPORT=/tmp/report

guest()
{
	:
}

# In the guest, with a driver: extends in a loop, in the background.
begin()
{
	. /lab/lib.sh
	modprobe "$1"
	until tpm_ready; do
		sleep 0.1
	done
	(
		exec >/tmp/chain 2>&1 </dev/null
		tpm-chain "$TPM_DEVICE" 10 $REPORT
		echo "tpm-chain ended with status $?"
	) &
}

in_guest()
{
	guest_run "$NAME" "set -e; . /lab/case; $1" || fail "$1"
}

# boot NAME DRIVER
boot()
{
	NAME=$1
	lab_guest_cfg "$NAME" "$(vtpm_line)"
	guest_create "$NAME" || fail "xl create"
	guest_wait "$NAME" || fail "in the guest"
	in_guest "begin $2"
	in_guest alive
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
	xl save "$NAME" /tmp/saved >/tmp/xl 2>&1 || {
		cat /tmp/xl
		fail "xl save"
	}
	wait_for 10 guest_gone "$NAME"
	xl restore /tmp/saved >/tmp/xl 2>&1 || {
		cat /tmp/xl
		fail "xl restore"
	}
	rm /tmp/saved
}

# The guest goes on where it was.
checkpoint()
{
	xl save -c "$NAME" /tmp/saved >/tmp/xl 2>&1 || {
		cat /tmp/xl
		fail "xl save -c"
	}
	rm /tmp/saved
}

migrated()
{
	xl migrate -s "" "$NAME" "xl migrate-receive" >/tmp/xl 2>&1 || {
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

# In the guest: what has become of the loop, by the time that a device that was
# lost is known to be lost.
fate()
{
	read -r start _ <$REPORT
	try=0
	until [ -s /tmp/chain ]; do
		read -r count _ <$REPORT || count=0
		[ "$count" -lt $((start + 20)) ] || {
			echo "it goes on"
			return
		}
		try=$((try + 1))
		[ $try -lt 1500 ] || {
			echo "it hangs"
			return
		}
		sleep 0.1
	done
	tail -n 1 /tmp/chain
}

# What a guest with the kernel's own driver sees of the same.
beside()
{
	local what said

	boot stock xen-tpmfront
	for what in worker_killed daemon_restarted saved_and_restored migrated; do
		$what
		said=$(in_guest fate)
		step "xen-tpmfront, $what: $said"
		case $what:$said in
		*_restored:"it goes on" | migrated:"it goes on")
			fail "it did not lose its device"
			;;
		*:"it goes on") ;;
		*) in_guest "rm /tmp/chain; begin xen-tpmfront" ;;
		esac
	done
	guest_destroy stock
}

dom0()
{
	start_userback
	boot chain tpm_xenu
	part "the worker is killed" repeat 10 worker_killed
	part "the daemon is restarted" repeat 3 daemon_restarted
	part "the daemon is killed" repeat 1 daemon_killed
	part "xl save, xl restore" repeat 5 saved_and_restored
	part "xl save -c" repeat 1 checkpoint
	part "xl migrate" repeat 5 migrated
	part "the register is the chain" ends_well
	guest_destroy chain
	[ -z "${LAB_LONG:-}" ] || part "xen-tpmfront beside" beside
	stop_userback
}
