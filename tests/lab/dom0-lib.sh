# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
#
# For the scripts that the lab runs in dom0: ". /lab/lib.sh".
#
#	step MESSAGE			a line of progress
#	fail MESSAGE			the end, with what the logs say
#	wait_for SECONDS COMMAND...	until COMMAND succeeds, else fail
#	expect STATUS COMMAND...	fail unless COMMAND ends with STATUS
#	expect_same WHAT WANTED GOT	fail unless they are the same text
#	part MESSAGE COMMAND...		one of several things that a case tests:
#					when it fails the case goes on, and
#					fails at its end
#
#	start_userback [OPTION...]	the daemon, sandboxed, until it is ready
#	stop_userback			as an init system stops it
#	kill_userback			as a fault stops it
#
#	lab_guest_cfg NAME [LINE...]	/etc/xen/NAME.cfg: lab/guest.cfg with
#					LINEs added
#	vtpm_line [UUID]		prints a vtpm = [...] line
#	guest_create NAME [XL OPTION...]
#	guest_mark NAME			"from here on", for the two below: before
#					a reboot or a restore
#	guest_wait NAME [SECONDS]	until its boot script ended; its status
#	guest_output NAME		what the boot script printed
#	guest_run NAME COMMAND		runs it in the guest's shell, prints what
#					it prints, ends with its status
#	guest_send NAME COMMAND		does not wait
#	guest_log NAME			the whole console
#	guest_domid NAME
#	guest_gone NAME			true when no such domain is left
#	guest_destroy NAME
#	check_paths			xenstore against the schema of its paths
#
# GUEST_TIMEOUT is how many seconds guest_run waits (60).

# shellcheck source=/dev/null
. /lab/settings

LOG=/var/log/vtpm-userback.log
PID_FILE=/run/vtpm-userback.pid
MARKS=${MARKS:-/run/lab}

step()
{
	local up

	read -r up _ </proc/uptime
	printf '%6ss  %s\n' "${up%?}" "$*"
}

# The last lines of every log that this host's daemons write.
show_logs()
{
	local log

	for log in "$LOG" /var/log/xen/xl-*.log \
		/var/log/xen/console/guest-*.log; do
		[ -s "$log" ] || continue
		echo "--- the end of $log"
		tail -n 20 "$log" | tr -d '\r'
	done
}

# To stderr: the caller may be catching what it prints.
fail()
{
	{
		step "FAILED: $*"
		show_logs
		echo "--- xl list"
		xl list 2>&1
	} >&2
	touch "$MARKS/failed"
	exit 1
}

part()
{
	local name=$1 status

	shift
	step "part: $name"
	# Not as a condition: it would run the command without set -e.
	set +e
	(
		set -e
		trap ended EXIT
		"$@"
	)
	status=$?
	set -e
	if [ "$status" -eq 0 ]; then
		step "passed: $name"
	else
		step "failed: $name"
		touch "$MARKS/parts-failed"
	fi
	rm -f "$MARKS/failed"
}

# A command that failed under set -e leaves no word of its own.
ended()
{
	local status=$?

	trap - EXIT
	[ "$status" -eq 0 ] || [ -e "$MARKS/failed" ] ||
		(fail "a command ended with status $status")
	exit "$status"
}

# What the lab runs of a case.
run_case()
{
	trap ended EXIT
	set -e
	dom0
	[ -e "$MARKS/parts-failed" ] || return 0
	touch "$MARKS/failed"
	exit 1
}

wait_for()
{
	local seconds=$1 end now

	shift
	read -r now _ </proc/uptime
	end=$((${now%.*} + seconds))
	until "$@" >/dev/null 2>&1; do
		read -r now _ </proc/uptime
		[ "${now%.*}" -lt "$end" ] ||
			fail "waited $seconds seconds in vain for: $*"
		sleep 0.1
	done
}

expect()
{
	local wanted=$1 status=0

	shift
	"$@" || status=$?
	[ "$status" -eq "$wanted" ] ||
		fail "ended with $status, not $wanted: $*"
}

expect_same()
{
	[ "$2" = "$3" ] || fail "$1 is \"$3\", not \"$2\""
}

userback_ready()
{
	[ -s "$PID_FILE" ] && kill -0 "$(cat "$PID_FILE")"
}

# USERBACK is its process; it may be stopped from another shell than the one that
# started it, so its status is in a file.
start_userback()
{
	rm -f "$PID_FILE" "$MARKS/userback.status"
	(
		status=0
		vtpm-userback --sandbox="${LAB_SANDBOX:-enforce}" \
			--log-level debug --pid-file "$PID_FILE" "$@" &
		echo "$!" >"$MARKS/userback"
		wait "$!" || status=$?
		echo "$status" >"$MARKS/userback.status"
	) >>"$LOG" 2>&1 </dev/null &
	wait_for 20 userback_ready_or_dead
	read -r USERBACK <"$MARKS/userback"
	[ ! -e "$MARKS/userback.status" ] || fail "vtpm-userback did not start"
}

userback_ready_or_dead()
{
	userback_ready || userback_ended
}

userback_ended()
{
	[ -s "$MARKS/userback.status" ]
}

# Sets USERBACK_STATUS.
signal_userback()
{
	read -r USERBACK <"$MARKS/userback"
	if userback_ended || ! kill "-$1" "$USERBACK"; then
		fail "vtpm-userback had died"
	fi
	wait_for 20 userback_ended
	read -r USERBACK_STATUS <"$MARKS/userback.status"
}

stop_userback()
{
	signal_userback TERM
	[ "$USERBACK_STATUS" -eq 0 ] ||
		fail "vtpm-userback ended with status $USERBACK_STATUS"
}

kill_userback()
{
	signal_userback KILL
}

lab_guest_cfg()
{
	local name=$1

	shift
	{
		sed "s/^name = .*/name = \"$name\"/" /lab/guest.cfg
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >"/etc/xen/$name.cfg"
}

vtpm_line()
{
	echo "vtpm = [ 'backend=0${1:+,uuid=$1}' ]"
}

# A domain that is being migrated here has a log under another name.
guest_logs()
{
	cat "/var/log/xen/console/guest-$1.log" \
		"/var/log/xen/console/guest-$1--incoming.log" 2>/dev/null |
		tr -d '\r'
}

guest_log()
{
	guest_logs "$1"
}

# How often the guest has said TEXT at the begin of a line.
guest_count()
{
	guest_logs "$1" | grep -c "^$2"
}

guest_mark()
{
	guest_count "$1" @boot= >"$MARKS/$1.mark" || :
}

guest_create()
{
	local name=$1

	shift
	guest_mark "$name"
	xl create -q "/etc/xen/$name.cfg" "$@" || {
		tail -n 5 "/var/log/xen/xl-$name.log" 2>/dev/null
		return 1
	}
}

guest_booted()
{
	local mark=0

	[ ! -s "$MARKS/$1.mark" ] || read -r mark <"$MARKS/$1.mark"
	[ "$(guest_count "$1" @boot=)" -gt "$mark" ]
}

guest_wait()
{
	wait_for "${2:-90}" guest_booted "$1"
	check_paths || fail "nodes in xenstore that the schema does not have"
	return "$(guest_logs "$1" | sed -n 's/^@boot=//p' | tail -n 1)"
}

# The lines of the latest boot.
guest_output()
{
	guest_logs "$1" | awk '
		/^@boot:/ { text = "" }
		sub(/^@boot[|]/, "") { text = text $0 "\n" }
		END { printf "%s", text }'
}

guest_domid()
{
	xl domid "$1"
}

guest_gone()
{
	! xl domid "$1" >/dev/null 2>&1
}

guest_destroy()
{
	xl destroy "$1" || fail "xl destroy $1"
	wait_for 15 guest_gone "$1"
}

# Types COMMAND, in pieces that a terminal's line takes, at the guest's console;
# sets RUN to its number.
guest_type()
{
	local name=$1 domid tty

	domid=$(guest_domid "$name") || fail "no domain is called $name"
	tty=$(xenstore-read "/local/domain/$domid/console/tty") ||
		fail "domain $name has no console"
	RUN=$(cut -c 1-8 /proc/sys/kernel/random/uuid)
	{
		printf '%s' "$2" | base64 -w 1000 | sed "s/^/@put $RUN /"
		printf '@run %s\n' "$RUN"
	} >"$tty"
}

guest_send()
{
	guest_type "$@"
}

guest_answered()
{
	[ "$(guest_count "$1" "@$2=")" -gt 0 ]
}

guest_run()
{
	local RUN

	guest_type "$@"
	wait_for "${GUEST_TIMEOUT:-60}" guest_answered "$1" "$RUN"
	guest_logs "$1" | sed -n "s/^@$RUN|//p"
	return "$(guest_logs "$1" | sed -n "s/^@$RUN=//p")"
}

# Every node of a vTPM device, as it is now, must be one that the schema has.
check_paths()
{
	[ -n "${LAB_PKGDATADIR:-}" ] || return 0
	xenstore-ls -f -p >"$MARKS/xenstore"
	"$LAB_PKGDATADIR/check-paths" --dump "$MARKS/xenstore" \
		"$LAB_PKGDATADIR/vtpm.paths"
}
