# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# Configurations and a vtpm.db of 2006; each guest its own keys, also after the host's restart.
#
# lab-long-only
# lab: --boots 2 --timeout 500

DB=/var/vtpm/vtpm.db

guest()
{
	. /lab/lib.sh
	tpm_load
	# Its public endorsement key: no two are the same.
	sha1sum </sys/class/tpm/tpm0/pubek
}

# As in 2006, but for the kernel.
cfg()
{
	lab_guest_cfg "$1" "vtpm = ['$2']" "root = '/dev/ram0 console=tty ro'"
}

# create NAME TEXT [WORD...]: what it says is in /tmp/said.
create()
{
	local name=$1

	cfg "$name" "$2"
	shift 2
	guest_mark "$name"
	"$@" create -q "/etc/xen/$name.cfg" 2>/tmp/said || {
		cat /tmp/said
		fail "$1 create $name"
	}
	cat /tmp/said
	guest_wait "$name" || fail "in guest $name"
	[ "$(guest_output "$name" | wc -c)" -gt 40 ] ||
		fail "guest $name has no endorsement key"
}

key()
{
	guest_output "$1" | tail -n 1
}

has_instance()
{
	grep -qx "$1 $2" "$DB" || {
		cat "$DB"
		fail "$1 does not have instance $2 in $DB"
	}
	xenstore-read "/local/domain/0/backend/vtpm/$(guest_domid "$1")/0/instance" |
		grep -qx "$2" || fail "$1 is not served by instance $2"
}

check_db()
{
	cat "$DB"
	[ "$(grep -cv '^#' "$DB")" -eq "$1" ] ||
		fail "$DB does not have $1 associations"
}

first_boot()
{
	cat >"$DB" <<-'END'
		#Database for VM to vTPM association
		#1st column: domain name
		#2nd column: TPM instance number
		old 3
		nonsense
	END
	start_userback
	create U1 'instance=1,backend=0' vtpm-xl
	has_instance U1 1
	create U2 'instance=1,backend=0,type=pvm' vtpm-xl
	grep -q 'U2 has instance 2' /tmp/said || fail "it does not say so"
	has_instance U2 2

	step "instance 0"
	cfg U0 'instance=0,backend=0'
	expect 1 vtpm-xl create -q /etc/xen/U0.cfg 2>/tmp/said
	cat /tmp/said
	grep -q 'instance 0 is' /tmp/said || fail "it does not say why"
	guest_gone U0 || fail "it was created"

	step "plain xl, and a file of 2006"
	create old 'backend=0' xl
	has_instance old 3
	grep -qx nonsense "$DB" || fail "a line that makes no sense is gone"
	grep -q 'vtpm.db line 5 ' "$LOG" || fail "nobody was told of it"
	check_db 6
	[ "$(for name in U1 U2 old; do key "$name"; done | sort -u |
		wc -l)" -eq 3 ] || fail "guests have the same key"
	step "exit codes are xl's"
	expect 1 vtpm-xl destroy nobody
	for name in U1 U2 old; do
		key "$name" >"/disk/key.$name"
		guest_destroy "$name"
	done
	cp "$DB" /disk/db
	stop_userback
}

# U1 as before; U2 by plain xl, which makes up a uuid.
second_boot()
{
	start_userback
	create U1 'instance=1,backend=0' vtpm-xl
	create U2 'backend=0' xl
	for name in U1 U2; do
		expect_same "the key of $name" "$(cat "/disk/key.$name")" \
			"$(key "$name")"
	done
	has_instance U1 1
	has_instance U2 2
	cmp "$DB" /disk/db || fail "$DB has changed"
	stop_userback
}

dom0()
{
	mkdir -p /disk/vtpm
	mount -o bind /disk/vtpm /var/vtpm
	case $LAB_BOOT in
	1) first_boot ;;
	*) second_boot ;;
	esac
}
