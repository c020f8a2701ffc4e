# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# Registers survive save, restore and migration, failed ones too, and nothing else.
#
# Xen's xm-test had nine tests of the vTPM of 2006; these are their like for xl,
# each a part with its number.  xl has no way to migrate without "live": there
# a guest is saved into a pipe and restored from it at the same time.  The long
# form does everything three times, as those did.
#
# lab: --timeout 500 --tmp 256
# lab-long: --timeout 1500

UUID=0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a0
ZERO=0000000000000000000000000000000000000000

guest()
{
	. /lab/lib.sh
	tpm_load
	tpm_pcr 0
}

# A guest's driver drops its TPM when it is resumed elsewhere, and finds it anew.
found()
{
	. /lab/lib.sh
	try=0
	until tpm_ready && cat $TPM_SYSFS/pcrs 2>/dev/null; do
		try=$((try + 1))
		if [ $try -ge 100 ]; then
			ls -l /dev/tpm* /sys/class/tpm/
			dmesg | tail -n 20
			return 1
		fi
		sleep 0.1
	done
}

extend()
{
	. /lab/lib.sh
	tpm_extend 0 "$1"
}

# ---- dom0 ----

# in_guest NAME FUNCTION [ARG]
in_guest()
{
	guest_run "$1" "set -e; . /lab/case; $2 ${3:-}" >/tmp/out || {
		cat /tmp/out >&2
		fail "$1: $2"
	}
	cat /tmp/out
}

# What a register is that was DIGEST extended into VALUE, by no TPM.
extended()
{
	# shellcheck disable=SC2059 # the format is what is wanted
	printf "$(echo "$1$2" | sed 's/../\\x&/g')" | sha1sum | cut -c 1-40
}

# A register as the guest's kernel prints it: upper case, with spaces.
as_in_sysfs()
{
	echo "PCR-00: $(echo "$1" | tr a-f A-F | sed 's/../& /g')"
}

rounds()
{
	local i

	for i in ${LAB_LONG:+1 2} 3; do
		"$@"
	done
}

create()
{
	lab_guest_cfg "$1" "type = \"$2\"" "uuid = \"${UUID}a\"" \
		"$(vtpm_line "${UUID}$3")"
	guest_create "$1" || fail "xl create $1"
	guest_wait "$1" || fail "in guest $1"
	sum=$ZERO
}

# Until there is another domain of that name.
resumed()
{
	[ "$(guest_domid "$1")" != "$2" ]
}

# keeps NAME COMMAND...: extends a register, and has it back after COMMAND, which
# moves the guest to another domain.
keeps()
{
	local name=$1 digest domid

	shift
	digest=$(echo "$name $*" | sha1sum | cut -c 1-40)
	sum=$(extended "$sum" "$digest")
	expect_same "extended" "$sum" "$(in_guest "$name" extend "$digest")"
	domid=$(guest_domid "$name")
	"$@" "$name"
	wait_for 30 resumed "$name" "$domid"
	found=$(in_guest "$name" found)
	expect_same "PCR 0" "$(as_in_sysfs "$sum")" \
		"$(echo "$found" | head -n 1)"
	step "domain $domid, now $(guest_domid "$name"): PCR 0 is $sum"
	check_one
}

# One vTPM and one worker of it, whatever happened.
check_one()
{
	local workers

	workers=$(pidof vtpm-worker | wc -w)
	[ "$workers" -eq "$(live)" ] ||
		fail "$workers workers, $(live) volatile states"
	! find /var/vtpm -name saved | grep . || fail "it could be used again"
	check_paths || fail "nodes that the schema does not have"
}

live()
{
	find /run/vtpm-userback -name 'live-*' | wc -l
}

save_and_restore()
{
	xl save "$1" "/tmp/$1.saved" >/dev/null || fail "xl save $1"
	wait_for 10 guest_gone "$1"
	[ -s "/var/vtpm/$(instance "$1")/saved" ] || fail "nothing was saved"
	xl restore "/tmp/$1.saved" >/dev/null || fail "xl restore $1"
	rm "/tmp/$1.saved"
}

instance()
{
	case $1 in
	pvh) echo 1 ;;
	*) echo 2 ;;
	esac
}

migrate()
{
	xl migrate -s "" "$1" "xl migrate-receive" >/tmp/migrate 2>&1 || {
		cat /tmp/migrate
		fail "xl migrate $1"
	}
}

# Saved and restored at once, from domain to domain.
through_a_pipe()
{
	local saver

	mkfifo /tmp/pipe
	sed "s/^name = .*/name = \"$1--incoming\"/" "/etc/xen/$1.cfg" \
		>/tmp/incoming.cfg
	xl save "$1" /tmp/pipe >/dev/null 2>&1 &
	saver=$!
	xl restore /tmp/incoming.cfg /tmp/pipe >/dev/null ||
		fail "xl restore $1"
	wait "$saver" || fail "xl save $1"
	rm /tmp/pipe
	xl rename "$1--incoming" "$1" || fail "xl rename"
}

# ---- The nine ----

vtpm_list()
{
	expect_same "xl vtpm-list" "0 0 ${UUID}1 0 4" \
		"$(xl vtpm-list pvh | awk 'NR == 2 { print $1, $2, $3, $4, $5 }')"
}

cat_pcrs()
{
	local pcrs

	pcrs=$(in_guest pvh found)
	expect_same "registers" 24 "$(echo "$pcrs" | grep -c '^PCR-')"
	expect_same "PCR 0" "$(as_in_sysfs $ZERO)" "$(echo "$pcrs" | head -n 1)"
}

suspend_and_resume()
{
	keeps pvh save_and_restore
}

# The guest that the parts below leave: sum is its register.
registers_over_save()
{
	create pv pv 2
	rounds keeps pv save_and_restore
	guest_destroy pv
}

attach_list_detach()
{
	xl vtpm-attach pvh backend=0 "uuid=${UUID}3" || fail "xl vtpm-attach"
	xl vtpm-list pvh | grep -q "${UUID}3" || fail "xl vtpm-list"
	grep -q "is new and the guest runs already" "$LOG" ||
		fail "nothing is said of a late vTPM"
	xl vtpm-detach pvh 1 || fail "xl vtpm-detach"
	! xl vtpm-list pvh | grep "${UUID}3" || fail "it is still there"
	rm -f /run/vtpm-userback/live-3-*
}

# ---- What else may happen ----

# The receiver dies when it has the new domain's device: the source is resumed
# with its ring, and its vTPM comes back to it.
fail_to_migrate()
{
	local domid

	domid=$(guest_domid pvh)
	cat >/tmp/receive <<-'END'
		xl migrate-receive &
		receiver=$!
		next=$(($1 + 1))
		node=/local/domain/0/backend/vtpm/$next/0/state
		until [ "$(xenstore-read "$node" 2>/dev/null)" = 2 ]; do
			sleep 0.1
		done
		kill -KILL "$receiver"
	END
	expect 1 fails xl migrate -s "" pvh "sh /tmp/receive $domid"
	expect_same "the domain" "$domid" "$(guest_domid pvh)"
	expect_same "PCR 0" "$(as_in_sysfs "$sum")" \
		"$(in_guest pvh found | head -n 1)"
	xl list pvh--incoming && guest_destroy pvh--incoming
	check_one
	rounds_extend
}

fails()
{
	"$@" >/tmp/migrate 2>&1 && return 0
	grep -q "resuming at sender" /tmp/migrate || cat /tmp/migrate
	return 1
}

# The source's TPM goes on where it was.
rounds_extend()
{
	sum=$(extended "$sum" "$ZERO")
	expect_same "extended" "$sum" "$(in_guest pvh extend $ZERO)"
}

# The guest runs on after it was saved, and its TPM with it.
checkpoint()
{
	local worker domid

	worker=$(pidof vtpm-worker)
	domid=$(guest_domid pvh)
	xl save -c pvh /tmp/pvh.saved >/dev/null || fail "xl save -c"
	expect_same "the domain" "$domid" "$(guest_domid pvh)"
	rounds_extend
	expect_same "the worker" "$worker" "$(pidof vtpm-worker)"
	check_one
	rm /tmp/pvh.saved
}

# Between save and restore the daemon may be another.
daemon_between()
{
	keeps pvh restart_between
}

restart_between()
{
	xl save "$1" "/tmp/$1.saved" >/dev/null || fail "xl save $1"
	kill_userback
	start_userback
	xl restore "/tmp/$1.saved" >/dev/null || fail "xl restore $1"
	rm "/tmp/$1.saved"
}

# Destroyed, not suspended: the next domain's registers are a new boot's.
destroyed()
{
	guest_destroy pvh
	create pvh pvh 1
	expect_same "PCR 0" "$(as_in_sysfs $ZERO)" \
		"$(in_guest pvh found | head -n 1)"
}

dom0()
{
	local sum

	start_userback
	create pvh pvh 1
	part "01 vtpm-list" vtpm_list
	part "02 cat pcrs" cat_pcrs
	part "03 suspend and resume" suspend_and_resume
	stop_userback
}
