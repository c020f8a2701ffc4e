# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# Guests at once (eight in the long form) have a vTPM each; none sees another's.
#
# lab: --memory 2560 --timeout 600

GUESTS="g1 g2${LAB_LONG:+ g3 g4 g5 g6 g7 g8}"
ZERO=0000000000000000000000000000000000000000

guest()
{
	. /lab/lib.sh
	tpm_load
	[ "$(grep -c '^PCR-' "$TPM_SYSFS/pcrs")" -eq 24 ]
	sed '1,/^Modulus:/d' "$TPM_SYSFS/pubek"
}

extend()
{
	. /lab/lib.sh
	tpm_extend 16 "$(sha1_of 00)"
}

register()
{
	. /lab/lib.sh
	tpm_pcr 16
}

register_of()
{
	guest_run "$1" '. /lab/case; register'
}

dom0()
{
	local name extended

	start_userback
	for name in $GUESTS; do
		step "creating $name"
		lab_guest_cfg "$name" "$(vtpm_line)"
		guest_create "$name" || fail "xl create $name"
	done
	for name in $GUESTS; do
		guest_wait "$name" 300 || fail "$name"
		guest_output "$name" >"/tmp/pubek.$name"
		step "$name has read its registers and its key"
	done
	# shellcheck disable=SC2086 # a list
	set -- $GUESTS
	[ "$(cat /tmp/pubek.* | wc -w)" -eq $(($# * 256)) ] ||
		fail "not $# keys of 256 bytes"
	for name in $GUESTS; do
		md5sum <"/tmp/pubek.$name"
	done | sort -u | wc -l | grep -qx $# || fail "two have the same key"

	extended=$(guest_run g1 '. /lab/case; extend') || fail "extending"
	[ "$(register_of g1)" = "$extended" ] || fail "g1 lost it"
	[ "$extended" != $ZERO ] || fail "nothing was extended"
	for name in ${GUESTS#g1 }; do
		[ "$(register_of "$name")" = $ZERO ] || fail "$name sees it"
	done
	step "only g1 has $extended"
	check_paths || fail "nodes that the schema does not have"
	stop_userback
}
