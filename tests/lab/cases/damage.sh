# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# Full disk, read-only directory, damaged state, wrong key: one message each, no fresh TPM.
#
# lab-long-only
# lab: --timeout 600

HURT=0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a01
WELL=0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a02
STATE=/var/vtpm/1/permanent

# An area of four bytes, in a TPM whose areas are not locked yet.
NV=00011101
PCR_INFO=00030000001f0000000000000000000000000000000000000000
DEFINE=00c100000065000000cc0018$NV$PCR_INFO${PCR_INFO}001700020002000000
DEFINE=${DEFINE}000000040000000000000000000000000000000000000000

guest()
{
	. /lab/lib.sh
	tpm_load
	# Its endorsement key is made, and stored, in its own time.
	grep -q . /sys/class/tpm/tpm0/pubek
}

define()
{
	. /lab/lib.sh
	tpm_ok "$DEFINE"
}

# Prints the result code.
write()
{
	. /lab/lib.sh
	tpm_command "00c10000001a000000cd${NV}0000000000000004$1" | cut -c 13-20
}

read_area()
{
	. /lab/lib.sh
	tpm_ok "00c100000016000000cf${NV}0000000000000004" | cut -c 29-36
}

live()
{
	. /lab/lib.sh
	tpm_extend 16 "$(sha1_of 01)"
}

in_guest()
{
	guest_run "$1" "set -e; . /lab/case; $2" || fail "$1: $2"
}

# ---- The log, where every line is a warning or worse ----

mark()
{
	wc -l <"$LOG" >/tmp/mark
}

said()
{
	tail -n "+$(($(cat /tmp/mark) + 1))" "$LOG"
}

has_said()
{
	said | grep -q "$1"
}

# said_once TEXT: that, and nothing else, since the mark.
said_once()
{
	wait_for 15 has_said "$1"
	said
	[ "$(said | wc -l)" -eq 1 ] || fail "that is not one message"
}

# ---- No room, no right ----

# bears BREAK MEND TEXT: what both guests have of it.
bears()
{
	local old new

	old=$(in_guest hurt read_area)
	new=$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
	mark
	$1
	for try in 1 2 3; do
		case $(in_guest hurt "write $new") in
		00000009 | 00000800) ;;
		*) fail "writing does not fail, or not so (attempt $try)" ;;
		esac
	done
	said_once "domain $(guest_domid hurt) vtpm 0: its state cannot be written ($3)"
	expect_same "the area" "$old" "$(in_guest hurt read_area)"
	in_guest well live
	step "and one that is created now"
	mark
	! xl create -q /etc/xen/third.cfg 2>/dev/null ||
		fail "it was created"
	said_once "$3"
	! grep -q third /var/vtpm/vtpm.db || fail "it is in vtpm.db"
	$2
	expect_same "the answer" 00000000 "$(in_guest hurt "write $new")"
	expect_same "the area" "$new" "$(in_guest hurt read_area)"
	in_guest well live
}

fill()
{
	! dd if=/dev/zero of=/var/vtpm/fill bs=512 2>/dev/null
	df /var/vtpm
}

empty()
{
	rm /var/vtpm/fill
}

forbid()
{
	mount -o remount,ro /var/vtpm
}

allow()
{
	mount -o remount,rw /var/vtpm
}

# ---- Damaged files ----

flip()
{
	local byte

	byte=$(dd if=$STATE bs=1 skip="$1" count=1 2>/dev/null |
		hexdump -v -e '/1 "%u"')
	# shellcheck disable=SC2059 # the format is what is wanted
	printf "\\$(printf %03o $((byte ^ 1)))" |
		dd of=$STATE bs=1 seek="$1" conv=notrunc 2>/dev/null
}

truncate_to()
{
	head -c "$1" /tmp/good >$STATE
	[ "$(stat -c %s $STATE)" -eq "$1" ] || fail "it was not truncated"
}

another()
{
	cat /var/vtpm/2/permanent >$STATE
}

later_format()
{
	printf '\002' | dd of=$STATE bs=1 seek=11 conv=notrunc 2>/dev/null
}

device_state()
{
	xenstore-read /local/domain/0/backend/vtpm/0/0/state
}

in_state()
{
	[ "$(device_state)" = "$1" ]
}

# A device of dom0's own, so that no guest need boot each time.
refuses()
{
	local text=$1

	shift
	step "$*"
	cat /tmp/good >$STATE
	mark
	"$@"
	[ ! -e $STATE ] || cp $STATE /tmp/bad
	vtpm-attach --uuid $HURT 0 || fail "vtpm-attach"
	said_once "domain 0 vtpm 0: .*$text"
	! in_state 2 || fail "it is served"
	vtpm-attach --detach 0 || fail "vtpm-attach --detach"
	if [ -e $STATE ]; then
		cmp $STATE /tmp/bad || fail "the state has changed"
	else
		[ "$*" = "rm $STATE" ] || fail "the state is gone"
	fi
}

damaged()
{
	local size offset

	guest_destroy hurt
	cp $STATE /tmp/good
	size=$(stat -c %s $STATE)
	for offset in 0 7 12 28 35 39 40 $((size / 3)) $((size / 2)) \
		$((size - 17)) $((size - 1)); do
		refuses "its state is damaged" flip "$offset"
	done
	refuses "its state is damaged" truncate_to 0
	refuses "its state is damaged" truncate_to 39
	refuses "its state is damaged" truncate_to $((size - 1))
	refuses "its state is damaged" another
	refuses "later version" later_format
	refuses "later version" flip 8
	cp -a $STATE /tmp/kept
	refuses "its state is missing" rm $STATE
	cp -a /tmp/kept $STATE
	cat /tmp/good >$STATE
	step "the good one"
	vtpm-attach --uuid $HURT 0 || fail "vtpm-attach"
	wait_for 15 in_state 2
	vtpm-attach --detach 0 || fail "vtpm-attach --detach"
	in_guest well live
}

# ---- The wrong key ----

refuses_to_start()
{
	expect 1 vtpm-userback --log-level warning "$@" >/tmp/said 2>&1
	cat /tmp/said
	[ "$(wc -l </tmp/said)" -eq 1 ] || fail "that is not one message"
}

wrong_key()
{
	stop_userback
	echo open barley >/tmp/wrong
	chmod 600 /tmp/wrong
	refuses_to_start --passphrase-file /tmp/wrong
	grep -q "not the one that the vTPMs" /tmp/said || fail "it says nothing"
	refuses_to_start
	grep -q "/key is missing" /tmp/said || fail "it says nothing"
	[ ! -e /var/vtpm/key ] || fail "there is another key now"
	start_userback --passphrase-file /tmp/passphrase --log-level warning
	in_guest well live
}

dom0()
{
	mount -t tmpfs -o mode=711,size=1m tmpfs /var/vtpm
	echo open sesame >/tmp/passphrase
	chmod 600 /tmp/passphrase
	start_userback --passphrase-file /tmp/passphrase --log-level warning
	lab_guest_cfg hurt "$(vtpm_line $HURT)"
	lab_guest_cfg well "$(vtpm_line $WELL)"
	lab_guest_cfg third "$(vtpm_line)"
	guest_create hurt || fail "xl create"
	guest_create well || fail "xl create"
	guest_wait hurt || fail "in the guest"
	guest_wait well || fail "in the guest"
	in_guest hurt "define; write 00000000"
	part "a full disk" bears fill empty "No space left on device"
	part "a read-only directory" bears forbid allow "Read-only file system"
	part "damaged state" damaged
	part "the wrong key" wrong_key
	stop_userback
}
