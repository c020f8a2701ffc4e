# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# The session of 2006 with tpm_xenu and both protocols, PV and PVH: same paths, same format.
#
# lab: --guest-driver tpm_xenu

# What is typed in docs/misc/vtpm.txt of 2006, and what it printed.
guest()
{
	modprobe tpm_xenu
	cd /sys/devices/xen/vtpm-0 || exit
	ls
	cat pcrs
}

NAMES="active cancel caps enabled owned pcrs pubek temp_deactivated"

# The format, with the blank that Linux has at the end.
check_pcrs()
{
	local n row=0

	while [ $row -lt 24 ]; do
		n=$(printf 'PCR-%02d:' $row)
		grep -qE "^$n( (00|FF)){20} ?$" "$1" || fail "no row $n"
		row=$((row + 1))
	done
	grep -c ^PCR- "$1" | grep -qx 24 || fail "more rows than registers"
}

attributes()
{
	cd /sys/devices/xen/vtpm-0 || return
	for name in active caps enabled owned pubek temp_deactivated; do
		[ -s $name ] || cat $name | grep -q . || echo "$name is empty"
	done
	cmp pcrs /sys/class/tpm/tpm0/pcrs
	[ "$(readlink -f /sys/class/tpm/tpm0/device/driver)" = \
		/sys/bus/xen/drivers/tpm_xenu ]
}

protocol_used()
{
	local node

	node=/local/domain/$(guest_domid "$1")/device/vtpm/0/feature-protocol-v2
	if xenstore-exists "$node"; then
		echo 2
	else
		echo 1
	fi
}

# session TYPE PROTOCOL
session()
{
	lab_guest_cfg "$1" "type = \"$1\"" "$(vtpm_line)" \
		"extra = \"console=hvc0 mitigations=off cryptomgr.notests \
tpm_xenu.protocol=$2\""
	guest_create "$1" || fail "xl create"
	guest_wait "$1" || {
		guest_output "$1"
		fail "in the guest"
	}
	guest_output "$1" | tee /tmp/said
	for name in $NAMES; do
		grep -qx "$name" /tmp/said || fail "ls shows no $name"
	done
	check_pcrs /tmp/said
	expect_same "the protocol" "$2" "$(protocol_used "$1")"
	expect 0 guest_run "$1" ". /lab/case; set -e; attributes"
	guest_destroy "$1"
}

dom0()
{
	start_userback
	part "a PV guest, protocol 1" session pv 1
	part "a PVH guest, protocol 2" session pvh 2
	if [ -n "${LAB_LONG:-}" ]; then
		part "a PV guest, protocol 2" session pv 2
		part "a PVH guest, protocol 1" session pvh 1
	fi
	stop_userback
}
