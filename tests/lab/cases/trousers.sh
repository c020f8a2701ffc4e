# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# TrouSerS in a guest: owner and sealed data outlive a reboot; dom0 checks a quote.
#
# lab-long-only
# lab: --timeout 900 --guest-package tpm-tools --guest-package tpm-quote-tools
# lab: --dom0-file /usr/bin/openssl:/usr/bin/openssl

# shellcheck disable=SC2034 # guest_run looks at it
GUEST_TIMEOUT=300
DIGEST=00112233445566778899aabbccddeeff01234567
ZERO=0000000000000000000000000000000000000000

# What the packages' maintainer scripts would do.
guest()
{
	. /lab/lib.sh
	tpm_load
	echo tss:x:110:110:tss:/var/lib/tpm:/bin/false >>/etc/passwd
	echo tss:x:110: >>/etc/group
	mkdir -p /var/lib/tpm
	chown tss:tss /var/lib/tpm /dev/tpm0
	chown root:tss /etc/tcsd.conf
	chmod 640 /etc/tcsd.conf
}

start_tcsd()
{
	local try=0

	tcsd -f >/tmp/tcsd.log 2>&1 </dev/null &
	until grep -qs ":$(printf %04X 30003) .* 0A " /proc/net/tcp \
		/proc/net/tcp6; do
		try=$((try + 1))
		[ $try -lt 300 ] || {
			cat /tmp/tcsd.log
			return 1
		}
		sleep 0.1
	done
}

own()
{
	start_tcsd
	# Its stderr is a buffer that it has not filled.
	tpm_version 2>/dev/null
	tpm_takeownership -y -z
}

# Prints what was sealed, as a digest: it is nowhere else when this ends.
seal()
{
	head -c 3000 /dev/urandom >/tmp/plain
	tpm_sealdata -z -i /tmp/plain -o /tmp/sealed
	tpm_sealdata -z -p 16 -i /tmp/plain -o /tmp/sealed-pcr
	sha1sum </tmp/plain
	rm /tmp/plain
}

# A guest of the lab has no disk.  Besides the sealed data: tcsd's store, in
# which it finds the SRK.
save()
{
	tar -cz -C / tmp/sealed tmp/sealed-pcr var/lib/tpm | base64 -w 72
}

restore()
{
	base64 -d /tmp/saved | tar -xz -C /
	start_tcsd
}

unseal()
{
	rm -f /tmp/plain
	tpm_unsealdata -z -i "/tmp/$1" -o /tmp/plain || return
	sha1sum </tmp/plain
}

extend()
{
	. /lab/lib.sh
	# Only one process at a time can have the device.
	killall tcsd
	while pidof tcsd >/dev/null; do
		sleep 0.1
	done
	tpm_extend 16 $DIGEST
	start_tcsd
}

# Makes an AIK; prints its public part.
identity()
{
	cd /root || return
	tpm_mkuuid uuid
	tpm_mkaik -z blob aik.pub
	tpm_loadkey blob uuid
	base64 -w 72 aik.pub
}

# Prints the signature.
quote()
{
	cd /root || return
	printf %s "$1" | base64 -d >nonce
	tpm_getquote uuid nonce signed 0 7 16 >/dev/null
	base64 -w 72 signed
}

# What it printed is on stderr, too, if it fails.
in_guest()
{
	guest_run life "set -e; . /lab/case; $1" >/tmp/said || {
		cat /tmp/said >&2
		fail "in the guest: ${1%%"$(printf '\n')"*}"
	}
	cat /tmp/said
}

bytes()
{
	xxd -r -p
}

# The AIK as a SubjectPublicKeyInfo, from the modulus that ends a TPM_PUBKEY.
public_key()
{
	echo 30820122300d06092a864886f70d01010105000382010f00 | bytes
	echo 3082010a0282010100 | bytes
	tail -c 256
	echo 0203010001 | bytes
}

# TPM_QUOTE_INFO2 (Part 2, 11.4), for nonce $1, of registers 0 and 7 as they are
# at first and 16 with value $2: what the guest must have signed.
quote_info()
{
	local selection=0003810001 composite

	composite=$(echo "${selection}0000003c$ZERO$ZERO$2" | bytes |
		sha1sum | cut -c 1-40)
	echo "003651555432$1${selection}01$composite" | bytes
}

verify()
{
	quote_info "$1" "$2" >/tmp/info
	openssl dgst -sha1 -keyform DER -verify /tmp/aik.der \
		-signature /tmp/signed /tmp/info
}

refused()
{
	! "$@"
}

boot()
{
	guest_wait life 200 || {
		guest_output life
		fail "in the guest"
	}
}

check_sealed()
{
	local plain=$1 saved=$2 kept

	kept=$(in_guest "echo '$saved' >/tmp/saved; restore; unseal sealed")
	expect_same "what was sealed" "$plain" "$kept"
	step "it is unsealed"
	expect_same "what was sealed to a register" "$plain" \
		"$(in_guest "unseal sealed-pcr")"
	step "it is unsealed with register 16 as it was"
	in_guest extend >/dev/null
	in_guest "! unseal sealed-pcr"
	expect_same "what was sealed" "$plain" "$(in_guest "unseal sealed")"
	step "it is not with register 16 extended"
}

check_quote()
{
	local nonce extended

	nonce=$(head -c 20 /dev/urandom | xxd -p)
	extended=$(echo "$ZERO$DIGEST" | bytes | sha1sum | cut -c 1-40)
	in_guest identity | base64 -d | public_key >/tmp/aik.der
	step "there is an AIK"
	in_guest "quote $(echo "$nonce" | bytes | base64)" |
		base64 -d >/tmp/signed
	step "there is a quote"
	verify "$nonce" "$extended" || fail "the quote is not what it should be"
	expect 0 refused verify "$ZERO" "$extended"
	expect 0 refused verify "$nonce" $ZERO
}

dom0()
{
	local plain saved

	start_userback
	lab_guest_cfg life "$(vtpm_line "$(cat /proc/sys/kernel/random/uuid)")"
	guest_create life || fail "xl create"
	boot
	step "taking ownership"
	in_guest own
	step "sealing"
	plain=$(in_guest seal)
	saved=$(in_guest save)

	step "xl reboot"
	guest_mark life
	xl reboot life || fail "xl reboot"
	boot
	check_sealed "$plain" "$saved"
	check_quote
	stop_userback
}
