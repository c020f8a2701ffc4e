# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# A kernel that kexec starts, on request or after a crash, finds its guest's TPM, with the registers as they were.
#
# lab-long-only
# lab: --guest-driver tpm_xenu --guest-type hvm --guest-memory 512 --timeout 600
# lab: --guest-package kexec-tools --guest-file @kernel@:/boot/vmlinuz

# A soft reset, which is how Xen has a domain start a kernel anew, libxl knows
# for HVM guests only.

DIGEST=0102030405060708091011121314151617181920

guest()
{
	. /lab/lib.sh
	tpm_load
}

registers()
{
	. /lab/lib.sh
	tpm_pcr 10
	tpm_pcr 16
}

extend()
{
	. /lab/lib.sh
	tpm_extend 10 $DIGEST >/dev/null
	tpm_extend 16 $DIGEST >/dev/null
	tpm_extend 16 $DIGEST >/dev/null
}

# load HOW NAME: the kernel and all that is here, to be known by its name.
load()
{
	(
		cd /
		find . -xdev ! -path './tmp/*' | cpio -o -H newc | gzip -1
	) >/tmp/initrd
	kexec -s "$1" /boot/vmlinuz --initrd=/tmp/initrd \
		--command-line="$(cat /proc/cmdline) lab.kernel=$2"
	rm /tmp/initrd
}

in_guest()
{
	GUEST_TIMEOUT=120 guest_run life "set -e; . /lab/case; $1" || fail "$1"
}

# starts NAME COMMAND: which starts the kernel of that name.
starts()
{
	guest_mark life
	guest_send life "$2"
	guest_wait life 200 || fail "kernel $1 does not have its TPM"
	in_guest "grep -q 'lab.kernel=$1' /proc/cmdline"
	expect_same "the domain" "$domid" "$(guest_domid life)"
	expect_same "the registers" "$kept" "$(in_guest registers)"
	in_guest extend
	kept=$(in_guest registers)
}

dom0()
{
	local kept domid

	start_userback
	lab_guest_cfg life "$(vtpm_line)" 'on_soft_reset = "soft-reset"' \
		'extra = "console=hvc0 mitigations=off crashkernel=160M"'
	guest_create life || fail "xl create"
	guest_wait life 120 || fail "in the guest"
	domid=$(guest_domid life)
	in_guest extend
	kept=$(in_guest registers)
	step "kexec"
	in_guest 'load -l second'
	starts second 'kexec -e'
	step "a crash"
	in_guest 'load -p third'
	starts third 'echo c >/proc/sysrq-trigger'
	in_guest 'dmesg | grep -i tpm'
	guest_destroy life
}
