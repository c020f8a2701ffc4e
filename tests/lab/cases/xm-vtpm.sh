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

# The vTPM of guest N, and the machine.
UUID=0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a0
MACHINE=5a1e0c4e-70f5-4f1f-8a6c-3f1b5f1c2d0
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
	until tpm_ready && cat "$TPM_SYSFS/pcrs" 2>/dev/null; do
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

rounds()
{
	"$@"
	[ -z "${LAB_LONG:-}" ] || {
		"$@"
		"$@"
	}
}

# The number of a guest, which its vTPM's instance is, too.
number()
{
	case $1 in
	pvh) echo 1 ;;
	*) echo 2 ;;
	esac
}

# A guest of the type that it is called for.
create()
{
	lab_guest_cfg "$1" "type = \"$1\"" \
		"uuid = \"$MACHINE$(number "$1")\"" \
		"$(vtpm_line "$UUID$(number "$1")")"
	guest_create "$1" || fail "xl create $1"
	guest_wait "$1" || fail "in guest $1"
	echo $ZERO >"/tmp/$1.sum"
}

# What its PCR 0 is, by what was extended.
sum()
{
	cat "/tmp/$1.sum"
}

expect_sum()
{
	expect_same "PCR 0" "PCR-00: $(sum "$1" | tr a-f A-F |
		sed 's/../& /g')" "$(in_guest "$1" found | head -n 1)"
}

# Until there is another domain of that name.
resumed()
{
	[ "$(guest_domid "$1")" != "$2" ]
}

# goes NAME COMMAND...: the guest has its TPM again after COMMAND, which moves it
# to another domain.
goes()
{
	local name=$1 domid

	shift
	domid=$(guest_domid "$name")
	"$@" "$name"
	wait_for 30 resumed "$name" "$domid"
	in_guest "$name" found >/tmp/pcrs
	step "domain $domid is $(guest_domid "$name")"
	check_one "$name"
}

# keeps NAME COMMAND...: and what was extended before is there.
keeps()
{
	extends "$1"
	goes "$@"
	expect_sum "$1"
}

extends()
{
	local digest sum

	digest=$(sum "$1" | sha1sum | cut -c 1-40)
	sum=$(extended "$(sum "$1")" "$digest")
	expect_same "extended" "$sum" "$(in_guest "$1" extend "$digest")"
	echo "$sum" >"/tmp/$1.sum"
}

# One worker and one state, whatever happened.
check_one()
{
	local live

	live=$(find /run/vtpm-userback -name "live-$(number "$1")-*")
	expect_same "live" "/run/vtpm-userback/live-$(number "$1")-$(guest_domid \
		"$1")" "$live"
	! find /var/vtpm -name saved | grep . || fail "it could be used again"
	check_paths || fail "nodes that the schema does not have"
}

save_and_restore()
{
	xl save "$1" "/tmp/$1.saved" >/dev/null 2>&1 || fail "xl save $1"
	wait_for 10 guest_gone "$1"
	[ -s "/var/vtpm/$(number "$1")/saved" ] || fail "nothing was saved"
	xl restore "/tmp/$1.saved" >/dev/null 2>&1 || fail "xl restore $1"
	rm "/tmp/$1.saved"
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
	in_guest pvh found >/tmp/pcrs
	expect_same "registers" 24 "$(grep -c '^PCR-' /tmp/pcrs)"
	expect_sum pvh
}

# In a guest of the other kind, which Debian's Xen cannot migrate.
registers_over_save()
{
	create pv
	rounds keeps pv save_and_restore
	guest_destroy pv
}

no_late_attach()
{
	stop_userback
	start_userback --no-late-attach
	! xl vtpm-attach pvh backend=0 "uuid=${UUID}9" 2>/dev/null ||
		fail "it was attached"
	grep -q 'refused (--no-late-attach)' "$LOG" || fail "nothing is said"
	# xl leaves what it could not attach.
	! xl vtpm-list pvh | grep -q "${UUID}9" || xl vtpm-detach pvh 1 ||
		fail "xl vtpm-detach"
	extends pvh
	stop_userback
	start_userback
}

attach_list_detach()
{
	xl vtpm-attach pvh backend=0 "uuid=${UUID}9" || fail "xl vtpm-attach"
	xl vtpm-list pvh | grep -q "${UUID}9" || fail "xl vtpm-list"
	grep -q "runs already: what its PCRs say" "$LOG" ||
		fail "nothing is said of a late vTPM"
	xl vtpm-detach pvh 1 || fail "xl vtpm-detach"
	! xl vtpm-list pvh | grep "${UUID}9" || fail "it is still there"
}

# ---- What else may happen ----

# The receiver dies when it has all of the new domain, and says so: the source is
# resumed with its ring, and its vTPM comes back to it.
failed_migration()
{
	local domid

	domid=$(guest_domid pvh)
	cat >/tmp/receive <<-'END'
		# In the background its input would be /dev/null.
		exec 3<&0
		rm -f /tmp/said
		mkfifo /tmp/said
		xl migrate-receive <&3 3<&- >/tmp/said &
		exec 4</tmp/said
		# That it is there is a line; what it says next stays here.
		read -r banner <&4
		echo "$banner"
		dd bs=1 count=1 <&4 >/dev/null 2>&1
		kill -KILL "$!"
	END
	extends pvh
	! xl migrate -s "" pvh "sh /tmp/receive" >/tmp/migrate 2>&1 ||
		fail "it has not failed"
	expect_same "the domain" "$domid" "$(guest_domid pvh)"
	expect_sum pvh
	extends pvh
	guest_destroy pvh--incoming
	extends pvh
	check_one pvh
}

# The guest runs on after it was saved, and its TPM with it.
checkpoint()
{
	local worker domid

	worker=$(pidof vtpm-worker)
	domid=$(guest_domid pvh)
	extends pvh
	xl save -c pvh /tmp/pvh.saved >/dev/null 2>&1 || fail "xl save -c"
	rm /tmp/pvh.saved
	expect_same "the domain" "$domid" "$(guest_domid pvh)"
	extends pvh
	expect_same "the worker" "$worker" "$(pidof vtpm-worker)"
	check_one pvh
}

# The daemon that restores is not the one that saved.
another_daemon()
{
	xl save "$1" "/tmp/$1.saved" >/dev/null 2>&1 || fail "xl save $1"
	kill_userback
	start_userback
	xl restore "/tmp/$1.saved" >/dev/null 2>&1 || fail "xl restore $1"
	rm "/tmp/$1.saved"
}

# Destroyed as it ran: the next domain's registers are those of a boot.
destroyed()
{
	extends pvh
	guest_destroy pvh
	create pvh
	cat_pcrs
}

dom0()
{
	start_userback
	create pvh
	part "01 vtpm-list" vtpm_list
	part "02 cat pcrs" cat_pcrs
	# What follows is more than these.
	if [ -n "${LAB_LONG:-}" ]; then
		part "03 suspend and resume" goes pvh save_and_restore
		part "04 local migration, live" rounds goes pvh migrate
		part "05 local migration, not live" \
			rounds goes pvh through_a_pipe
	fi
	part "06 registers over save and restore" registers_over_save
	part "07 registers over local migration, live" \
		rounds keeps pvh migrate
	part "08 registers over local migration, not live" \
		rounds keeps pvh through_a_pipe
	# What goes wrong, or not as far, is for the long form.  The stock
	# driver does not suspend after a device that never connected.
	if [ -n "${LAB_LONG:-}" ]; then
		part "registers over save and another daemon" \
			keeps pvh another_daemon
		part "a migration that fails" failed_migration
		part "a checkpoint" checkpoint
		part "a guest that is destroyed" destroyed
		part "--no-late-attach" no_late_attach
	fi
	part "09 vtpm-attach, vtpm-list, vtpm-detach" attach_list_detach
	stop_userback
}
