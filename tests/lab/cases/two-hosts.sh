# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# A guest moves to another host with its registers and keys; vtpmctl sees it all.
#
# lab-long-only
# lab: --timeout 600 --boots 2

UUID=0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a01

guest()
{
	. /lab/lib.sh
	tpm_load
	tpm_pcr 10
}

extend()
{
	. /lab/lib.sh
	tpm_extend 10 "$(sha1_of 01)" >/dev/null
	tpm_extend 16 "$(sha1_of 02)" >/dev/null
}

pcrs()
{
	. /lab/lib.sh
	tpm_look
	sed 's/ *$//' "$TPM_SYSFS/pcrs"
}

pubek()
{
	. /lab/lib.sh
	tpm_look
	sed -n '/^Modulus:/,$p' "$TPM_SYSFS/pubek"
}

# The driver finds its device again after a restore.
back_again()
{
	. /lab/lib.sh
	try=0
	until tpm_ready; do
		try=$((try + 1))
		[ $try -lt 200 ]
		sleep 0.1
	done
}

in_guest()
{
	guest_run mail "set -e; . /lab/case; $1" || fail "$1"
}

# What vtpmctl shows has a line like this.
shows()
{
	vtpmctl show "$1" >/run/lab/page || fail "show $1"
	grep -q "^$2" /run/lab/page || {
		cat /run/lab/page
		fail "no $2"
	}
}

connected()
{
	grep -q 'connected (instance 2)' "$LOG"
}

suspended()
{
	vtpmctl show mail | grep -q '^state *suspended$'
}

# While its guest runs, and before.
look()
{
	expect 0 vtpmctl add --name=other >/run/lab/line
	grep -q "^vtpm = \\[ 'backend=0,uuid=" /run/lab/line ||
		fail "add printed $(cat /run/lab/line)"
	vtpmctl list
	shows mail "state *running\$"
	shows mail "domain *$(guest_domid mail)\$"
	shows mail "device_state *Connected\$"
	shows mail "owned *no\$"
	expect_same "what vtpmctl shows of the registers" "$(in_guest pcrs)" \
		"$(vtpmctl pcrs mail)"
	expect_same "the key's modulus" \
		"$(in_guest pubek | sed 1d | tr -d ' \n' | tr A-F a-f)" \
		"$(vtpmctl show mail | sed -n 's/^pubek *//p')"
	vtpmctl list --json >/run/lab/json
	grep -q '"daemon": true' /run/lab/json || fail "no daemon in the list"
	expect 0 vtpmctl check
	expect 5 vtpmctl delete --yes mail
	expect 5 vtpmctl export --move --copy-key-file=/disk/key mail /disk/no
	expect 0 vtpmctl delete --yes other
	expect 4 vtpmctl show other
}

first_host()
{
	lab_guest_cfg mail "$(vtpm_line $UUID)"
	start_userback
	expect 0 vtpmctl add --name=mail --uuid=$UUID
	guest_create mail || fail "xl create"
	guest_wait mail || fail "in the guest"
	in_guest extend
	part "vtpmctl of a guest that runs" look
	in_guest pcrs >/disk/pcrs
	in_guest pubek >/disk/pubek
	(umask 077 && dd if=/dev/urandom of=/disk/key bs=32 count=1 2>/dev/null)
	step "save"
	xl save mail /tmp/memory || fail "xl save"
	wait_for 20 suspended
	expect_same "what vtpmctl shows of a suspended one" "$(cat /disk/pcrs)" \
		"$(vtpmctl pcrs mail)"
	expect 0 vtpmctl export --move --to=hostb --copy-key-file=/disk/key \
		mail /disk/vtpm
	gzip -1 </tmp/memory >/disk/memory.gz
	step "moved; $(wc -c </disk/vtpm) bytes, the guest's memory $(wc -c \
		</disk/memory.gz)"

	step "the copy that stays does not start"
	! xl restore /tmp/memory 2>/dev/null || fail "it starts"
	grep -q 'has moved to hostb: not started here' "$LOG" ||
		fail "the daemon did not say why"
	shows mail 'moved *yes$'
	vtpmctl list
	stop_userback
}

second_host()
{
	start_userback
	# It is another host: another key, and a vTPM of its own.
	expect 0 vtpmctl add --name=web
	expect 0 vtpmctl import --copy-key-file=/disk/key /disk/vtpm
	shows $UUID 'instance *2$'
	gzip -d </disk/memory.gz >/tmp/memory
	xl restore /tmp/memory || fail "xl restore"
	rm /tmp/memory
	# The device of before the save is there for a moment longer.
	wait_for 30 connected
	in_guest back_again
	expect_same "the registers" "$(cat /disk/pcrs)" "$(in_guest pcrs)"
	expect_same "the endorsement key" "$(cat /disk/pubek)" \
		"$(in_guest pubek)"
	step "registers and keys are what they were"
	vtpmctl list
	expect 0 vtpmctl check
	guest_destroy mail
	stop_userback
}

dom0()
{
	if [ "$LAB_BOOT" = 1 ]; then
		first_host
	else
		second_host
	fi
}
