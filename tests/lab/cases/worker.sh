# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# A running worker: own user, own root, filtered calls, three descriptors.

guest()
{
	. /lab/lib.sh
	tpm_load
	tpm_pcr 0
}

status_of()
{
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# What each descriptor is, sorted, a line each.
descriptors()
{
	local fd

	for fd in "/proc/$1/fd/"*; do
		readlink "$fd" | sed 's/:\[.*//'
	done | sort
}

dom0()
{
	local pid uid

	start_userback
	lab_guest_cfg one "$(vtpm_line)"
	guest_create one || fail "xl create"
	guest_wait one || fail "in the guest"
	pid=$(pidof vtpm-worker) || fail "no worker"
	cat "/proc/$pid/status"
	ls -l "/proc/$pid/fd" "/proc/$pid/root" 2>&1
	cat "/proc/$pid/limits"

	uid=$(status_of "$pid" Uid | cut -f 1)
	[ "$uid" -ne 0 ] || fail "it is root"
	status_of "$pid" Uid | tr '\t' '\n' | sort -u | grep -qx "$uid" ||
		fail "it can become another user"
	[ "$(status_of "$pid" Uid | tr '\t' '\n' | sort -u | wc -l)" -eq 1 ] ||
		fail "it has more than one user"
	[ "$(status_of "$pid" Gid | tr '\t' '\n' | sort -u | wc -l)" -eq 1 ] ||
		fail "it has more than one group"
	[ "$(status_of "$pid" Seccomp)" = 2 ] || fail "no filter"
	[ "$(status_of "$pid" NoNewPrivs)" = 1 ] || fail "new privileges"
	[ "$(status_of "$pid" CapEff)" = 0000000000000000 ] ||
		fail "it has capabilities"
	[ "$(status_of "$pid" CapPrm)" = 0000000000000000 ] ||
		fail "it can have capabilities"
	readlink "/proc/$pid/root" | grep -qx /var/vtpm/1 ||
		fail "its root is $(readlink "/proc/$pid/root")"
	[ "$(stat -c %u:%a /var/vtpm/1)" = "$uid:700" ] ||
		fail "/var/vtpm/1 is $(stat -c %u:%a /var/vtpm/1)"
	descriptors "$pid"
	check_descriptors "$pid"
	stop_userback
}

# The event channel, the daemon's socket, the state; no grant device.
check_descriptors()
{
	descriptors "$1" | grep -vE \
		'^(/dev/xen/evtchn|socket|/dev/null|/var/vtpm/1|/run/vtpm-userback/live-1-[0-9]+|pipe|anon_inode)$' &&
		fail "it has what it does not need"
	descriptors "$1" | grep -qx /dev/xen/evtchn || fail "no event channel"
	return 0
}
