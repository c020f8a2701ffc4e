# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC1091
# Stock PV and PVH guests: sysfs is complete, hwrng delivers, Extend chains.
#
# lab: --memory 1536

DIGEST=00112233445566778899aabbccddeeff01234567
ZERO=0000000000000000000000000000000000000000

# Each file that Linux' driver has for a TPM 1.2, and what must be in it.
sysfs()
{
	local file text

	while read -r file text; do
		[ "$(cat "$TPM_SYSFS/$file")" = "$text" ] || {
			echo "$file: $(cat "$TPM_SYSFS/$file"), not $text"
			return 1
		}
	done <<-END
		tpm_version_major 1
		owned 0
		enabled 1
		active 1
		temp_deactivated 0
		timeouts 30000000 30000000 30000000 30000000 [original]
		durations 50000000 100000000 300000000 [original]
	END
	cat "$TPM_SYSFS/caps"
	grep -q '^TCG version: 1.2$' "$TPM_SYSFS/caps"
}

pcrs()
{
	cat "$TPM_SYSFS/pcrs"
	[ "$(grep -cE '^PCR-[0-9]{2}:( [0-9A-F]{2}){20} ?$' \
		"$TPM_SYSFS/pcrs")" -eq 24 ]
}

pubek()
{
	cat "$TPM_SYSFS/pubek"
	[ "$(sed '1,/^Modulus:/d' "$TPM_SYSFS/pubek" | wc -w)" -eq 256 ]
}

hwrng()
{
	cat /sys/class/misc/hw_random/rng_current
	grep -q tpm-rng /sys/class/misc/hw_random/rng_current
	[ "$(head -c 512 /dev/hwrng | wc -c)" -eq 512 ]
}

extend()
{
	local first second

	[ "$(tpm_pcr 16)" = $ZERO ]
	first=$(tpm_extend 16 $DIGEST)
	[ "$first" = "$(sha1_of $ZERO$DIGEST)" ]
	second=$(tpm_extend 16 $DIGEST)
	[ "$second" = "$(sha1_of "$first$DIGEST")" ]
	[ "$(tpm_pcr 16)" = "$second" ]
	echo "PCR-16 is $second"
	grep "^PCR-16:" "$TPM_SYSFS/pcrs" | tr -d ' ' | tr A-F a-f |
		grep -q "$second"
}

guest()
{
	. /lab/lib.sh
	tpm_load
	for part in sysfs pcrs pubek hwrng extend; do
		echo "== $part"
		$part
	done
}

dom0()
{
	local type

	start_userback
	for type in pv pvh; do
		step "a guest of type $type"
		lab_guest_cfg "$type" "type = \"$type\"" \
			"$(vtpm_line "$(cat /proc/sys/kernel/random/uuid)")"
		guest_create "$type" || fail "xl create"
		guest_wait "$type" || {
			guest_output "$type"
			fail "in the guest"
		}
		guest_output "$type"
		check_paths || fail "nodes that the schema does not have"
	done
	stop_userback
}
