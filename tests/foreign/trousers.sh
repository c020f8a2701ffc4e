#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# TrouSerS' tcsd and every program of tpm-tools, tpm-quote-tools and
# simple-tpm-pk11.
#
# FOREIGN_TPM=swtpm runs it against swtpm (a package of that name) instead, to
# tell whether it is the script that fails.

# check calls the functions.
# shellcheck disable=SC2317
# shellcheck source=tests/foreign/lib.bash
. "$(dirname "$0")/lib.bash"

FOREIGN_TPM=${FOREIGN_TPM:-vtpm-emulator}

need tcsd trousers
need tpm_version tpm-tools
need tpm_mkaik tpm-quote-tools
need stpm-keygen simple-tpm-pk11
need swtpm_ioctl swtpm-tools
need script bsdutils
need openssl openssl

# ---- The TPM and tcsd ----

# Both ports are this script's until it ends.
free_port()
{
	local candidate

	while :; do
		candidate=$((20000 + RANDOM % 10000))
		(exec {fd}<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null || break
	done
	echo "$candidate"
}

export TSS_TCSD_HOSTNAME=127.0.0.1 TSS_TCSD_PORT
TSS_TCSD_PORT=$(free_port)
export TCSD_USE_TCP_DEVICE=1 TCSD_TCP_DEVICE_HOSTNAME=127.0.0.1
export TCSD_TCP_DEVICE_PORT

# What tcsd wants of its files; it runs as tss.
mkdir "$work/tss"
chown tss:tss "$work/tss"
chmod 711 "$work"
printf '%s\n' "port = $TSS_TCSD_PORT" "system_ps_file = $work/tss/system.data" \
	>"$work/tcsd.conf"
chown root:tss "$work/tcsd.conf"
chmod 640 "$work/tcsd.conf"

start_swtpm()
{
	local control

	mkdir -p "$work/state"
	TCSD_TCP_DEVICE_PORT=$(free_port)
	control=$(free_port)
	swtpm socket --tpmstate dir="$work/state" --flags not-need-init \
		--server type=tcp,port="$TCSD_TCP_DEVICE_PORT" \
		--ctrl type=tcp,port="$control" \
		>"$work/tpm.log" 2>&1 </dev/null &
	pids[tpm]=$!
	channel=(--tcp ":$control")
	wait_for 10 swtpm_ioctl "${channel[@]}" -c >/dev/null 2>&1
	swtpm_ioctl "${channel[@]}" -i
}

start_tpm()
{
	if [ "$FOREIGN_TPM" = swtpm ]; then
		start_swtpm
		return
	fi
	start tpm --tcp=0 --control=tcp:0 --state-dir="$work/state" \
		--presence-by-command --startup=none --log-level=debug
	TCSD_TCP_DEVICE_PORT=$(port tpm commands)
	channel=(--tcp ":$(port tpm control)")
}

tcsd_listens()
{
	(exec {fd}<>"/dev/tcp/127.0.0.1/$TSS_TCSD_PORT") 2>/dev/null
}

start_tcsd()
{
	tcsd -f -e -c "$work/tcsd.conf" >>"$work/tcsd.log" 2>&1 </dev/null &
	pids[tcsd]=$!
	wait_for 20 tcsd_listens
}

# firmware COMMAND...: what a machine's firmware sends before tcsd can.
firmware()
{
	local command response

	for command; do
		response=$(tpm "$TCSD_TCP_DEVICE_PORT" "$command")
		is "$response" "$DONE" || return
	done
}
CMD_ENABLE='00c1 0000000c 4000000a 0020'
PRESENT='00c1 0000000c 4000000a 0008'
SELF_TEST='00c1 0000000a 00000050'

# A power cycle, with somebody before the machine.
reboot_machine()
{
	[ -z "${pids[tcsd]:-}" ] || stop tcsd
	swtpm_ioctl "${channel[@]}" -i
	firmware "$STARTUP_CLEAR" "$SELF_TEST" "$CMD_ENABLE" "$PRESENT"
	start_tcsd
}

# says TEXT COMMAND...: it succeeds and prints a line with the text.
says()
{
	local text=$1

	shift
	"$@" 2>&1 | tee "$work/said"
	grep -F -e "$text" "$work/said"
}

# refused TEXT COMMAND...: it fails, and prints a line with the text.
refused()
{
	local text=$1

	shift
	set -o pipefail
	if "$@" >"$work/said" 2>&1; then
		cat "$work/said"
		echo "did not fail: $*"
		return 1
	fi
	cat "$work/said"
	grep -F -e "$text" "$work/said"
}

# typed ANSWERS COMMAND...: a program that asks at the terminal.
typed()
{
	local answer answers=$1

	shift
	for answer in $answers; do
		sleep 1
		echo "$answer"
	done | script -qec "$*" /dev/null
}

start_tpm
if [ "$FOREIGN_TPM" = swtpm ]; then
	# It comes disabled and deactivated.
	firmware "$STARTUP_CLEAR" "$SELF_TEST" "$CMD_ENABLE" "$PRESENT" \
		'00c1 0000000a 0000006f' '00c1 0000000b 00000072 00'
	swtpm_ioctl "${channel[@]}" -i
fi
firmware "$STARTUP_CLEAR" "$SELF_TEST" "$CMD_ENABLE" "$PRESENT"
start_tcsd

# ---- Before there is an owner ----

version()
{
	says "Chip Version:        1.2" tpm_version
	says "Spec Level:          2" tpm_version
}
check tpm_version version

selftest()
{
	says "TPM Test Results:" tpm_selftest
	says "TPM Test Results:" tpm_selftest -r
}
check tpm_selftest selftest

# A TPM has an endorsement key from its maker, which nobody can revoke; swtpm's
# has none, and revoking trust leaves it disabled and deactivated.
createek()
{
	if [ "$FOREIGN_TPM" = swtpm ]; then
		tpm_createek -r -g -o "$work/revoke"
		tpm_revokeek -i "$work/revoke"
		tpm_setenable --enable --force
		tpm_setactive --active
	else
		refused 0x00000008 tpm_createek
		head -c 20 /dev/zero >"$work/revoke"
		refused "" tpm_revokeek -i "$work/revoke"
	fi
}
check tpm_createek createek
if [ "$FOREIGN_TPM" = swtpm ]; then
	reboot_machine
	check tpm_createek-again tpm_createek
fi

pubek()
{
	says "Public Endorsement Key:" tpm_getpubek
}
check tpm_getpubek pubek

forced_flags()
{
	tpm_setenable --enable --force
	tpm_setactive --inactive
	tpm_setactive --active
	tpm_setownable --prevent
	refused "" tpm_takeownership -y -z
	tpm_setownable --allow
}
check flags-by-presence forced_flags

# ---- With one ----

check tpm_takeownership tpm_takeownership -y -z
# It is TPM_ReadPubek, which comes first, that the owner's being there forbids.
check tpm_takeownership-once refused 0x00000008 tpm_takeownership -y -z
# Debian's tcsd leaves all that it would change out: "Not implemented".
check tpm_setpresence says "Command Enable: true" tpm_setpresence -s -z

owner_pubek()
{
	refused 0x00000008 tpm_getpubek </dev/null
	says "Public Endorsement Key:" tpm_getpubek -z
	says "readable by: owner" tpm_restrictpubek -s -z
	tpm_restrictpubek -r -z
	says "readable by: owner" tpm_restrictpubek -s -z
}
check tpm_restrictpubek owner_pubek

srk()
{
	tpm_restrictsrk -a -z
	tpm_restrictsrk -r -z
	tpm_restrictsrk -s -z
}
check tpm_restrictsrk srk

enabled()
{
	says "Disabled status: false" tpm_setenable -s -z
	tpm_setenable -d -z
	refused 0x00000007 tpm_setenable -s -z
	tpm_setenable -e -z
	says "Disabled status: false" tpm_setenable -s -z
}
check tpm_setenable enabled

active()
{
	says "Persistent Deactivated Status: false" tpm_setactive -s -z
	says "Volatile Deactivated Status: false" tpm_setactive -s -z
}
check tpm_setactive active

ownable()
{
	says "Ownable status: true" tpm_setownable -s -z
}
check tpm_setownable ownable

clearable()
{
	says "Owner Clear Disabled: false" tpm_setclearable -s -z
	tpm_setclearable -f
	says "Force Clear Disabled: true" tpm_setclearable -s -z
}
check tpm_setclearable clearable

check tpm_resetdalock tpm_resetdalock -z
check tpm_setoperatorauth tpm_setoperatorauth -z

nv()
{
	tpm_nvdefine -i 0x00011101 -s 32 -p 'OWNERREAD|OWNERWRITE' -y -z
	says 0x00011101 tpm_nvinfo -n
	says "OWNERWRITE" tpm_nvinfo -i 0x00011101
	tpm_nvwrite -i 0x00011101 -z -d "what was written"
	tpm_nvwrite -i 0x00011101 -z -s 8 -n 24 -m 0x5a
	tpm_nvread -i 0x00011101 -z -f "$work/nv"
	is "$(head -c 16 "$work/nv")" "what was written"
	is "$(tail -c 8 "$work/nv")" ZZZZZZZZ
	tpm_nvread -i 0x00011101 -z -s 3 -n 5 -f "$work/nv"
	is "$(cat "$work/nv")" was
	refused "" tpm_nvwrite -i 0x00011101 -z -s 16 -n 24 -m 1
	tpm_nvrelease -i 0x00011101 -y
	refused "" tpm_nvread -i 0x00011101 -z
}
check tpm_nv nv

# An area with a secret of its own.
nv_secret()
{
	tpm_nvdefine -i 0x00011102 -s 16 -p 'AUTHREAD|AUTHWRITE' -y -a secret
	tpm_nvwrite -i 0x00011102 --password=secret -d 0123456789abcdef
	tpm_nvread -i 0x00011102 --password=secret -f "$work/nv"
	is "$(cat "$work/nv")" 0123456789abcdef
	refused "" tpm_nvread -i 0x00011102 --password=wrong
	tpm_nvrelease -i 0x00011102 -y
}
check tpm_nv-secret nv_secret

seal()
{
	head -c 3000 /dev/urandom >"$work/plain"
	tpm_sealdata -z -i "$work/plain" -o "$work/sealed"
	tpm_sealdata -z -p 16 -p 0 -i "$work/plain" -o "$work/sealed-pcr"
	tpm_unsealdata -z -i "$work/sealed" -o "$work/unsealed"
	cmp "$work/plain" "$work/unsealed"
	rm "$work/unsealed"
	tpm_unsealdata -z -i "$work/sealed-pcr" -o "$work/unsealed"
	cmp "$work/plain" "$work/unsealed"
}
check tpm_sealdata seal

# ---- Quotes ----

# tpm_verifyquote itself cannot read a public key with OpenSSL 3; so, by hand:
# TPM_QUOTE_INFO2 (Part 2, 11.4) without version, of this nonce, was signed.
verify()
{
	local q=$work/quote

	printf '%s\n' asn1=SEQUENCE:key '[key]' \
		"n=INTEGER:0x$(tail -c 256 "$q/aik.pub" | od -An -v -tx1 |
			tr -d ' \n')" e=INTEGER:65537 >"$q/key.conf"
	openssl asn1parse -noout -genconf "$q/key.conf" -out "$q/key.der"
	openssl rsa -RSAPublicKey_in -inform DER -in "$q/key.der" \
		-pubout -out "$q/key.pem"
	{
		head -c 6 "$q/hash"
		cat "$1"
		tail -c 26 "$q/hash"
	} >"$q/info"
	openssl dgst -sha1 -verify "$q/key.pem" -signature "$2" "$q/info"
}

quote()
{
	local q=$work/quote

	mkdir "$q"
	tpm_mkuuid "$q/uuid"
	tpm_mkaik -z "$q/blob" "$q/aik.pub"
	tpm_loadkey "$q/blob" "$q/uuid"
	tpm_getpcrhash "$q/uuid" "$q/hash" "$q/values" 0 7 16
	is "$(sed 's/=.*//' "$q/values" | tr '\n' ' ')" "0 7 16 "
	head -c 20 /dev/urandom >"$q/nonce"
	tpm_getquote "$q/uuid" "$q/nonce" "$q/signed" 0 7 16
	verify "$q/nonce" "$q/signed"
	head -c 20 /dev/urandom >"$q/other"
	fails verify "$q/other" "$q/signed"
	tpm_getquote "$q/uuid" "$q/nonce" "$q/signed-more" 0 7 23
	fails verify "$q/nonce" "$q/signed-more"
	tpm_updatepcrhash "$q/hash" "$q/values" "$q/new"
	cmp "$q/hash" "$q/new"
}
check tpm_quote quote

check tpm_unloadkey tpm_unloadkey "$work/quote/uuid"

# ---- Signatures ----

pk11()
{
	echo "to be signed" >"$work/message"
	stpm-keygen -o "$work/stpm-key"
	stpm-sign -k "$work/stpm-key" -f "$work/message" -r >"$work/signature"
	stpm-verify -k "$work/stpm-key" -f "$work/message" \
		-s "$work/signature"
}
check simple-tpm-pk11 pk11

# ---- Other secrets ----

secrets()
{
	typed "secret secret" tpm_changeownerauth -o -z
	refused "" tpm_setenable -s -z
	typed "secret" tpm_changeownerauth -o -r
	says "Disabled status: false" tpm_setenable -s -z
}
check tpm_changeownerauth secrets

# ---- A power cycle later ----

keeps()
{
	tpm_unsealdata -z -i "$work/sealed" -o "$work/again"
	cmp "$work/plain" "$work/again"
	rm "$work/again"
	refused "" tpm_unsealdata -z -i "$work/sealed-pcr" -o "$work/again"
}
stop tcsd
swtpm_ioctl "${channel[@]}" -i
firmware "$STARTUP_CLEAR" "$SELF_TEST" "$CMD_ENABLE" "$PRESENT"
extend "$TCSD_TCP_DEVICE_PORT" 16 >/dev/null
start_tcsd
check owner-outlives-power keeps

temporarily()
{
	tpm_setactive --inactive --temp
	refused 0x00000006 tpm_sealdata -z -i "$work/plain" -o "$work/none"
}
check tpm_setactive-temporarily temporarily

# ---- The end of the owner ----

reboot_machine
check tpm_clear tpm_clear -z
reboot_machine
check cleared refused "" tpm_setenable -s -z
check sealed-data-is-lost refused "" \
	tpm_unsealdata -z -i "$work/sealed" -o "$work/again"
# Clearing leaves it disabled and deactivated (Part 3, 6.2).
revive()
{
	tpm_setenable --enable --force
	tpm_setactive --active
}
check enabled-again revive
reboot_machine
check taken-again tpm_takeownership -y -z
check tpm_clear-by-presence tpm_clear --force

stop tcsd
check tcsd-ended-well is "$status" 0

finish
