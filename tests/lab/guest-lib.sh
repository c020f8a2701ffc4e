# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
#
# For the scripts that run in the lab's guests: ". /lab/lib.sh".
#
#	tpm_load		the driver, and waits for its device
#	tpm_ready		whether there is a TPM; sets TPM_SYSFS
#	tpm_command HEX		sends a command; prints the answer, in hex
#	tpm_ok HEX		the same; fails unless the answer is success
#	tpm_pcr N		prints a register, in hex
#	tpm_extend N DIGEST	extends it; prints what it is then
#	sha1_of HEX		prints a digest, in hex, made without any TPM

# A driver that drops its TPM and finds it anew, after a restore, gives it
# another number.
tpm_look()
{
	for TPM_SYSFS in /sys/class/tpm/tpm[0-9]*; do
		TPM_DEVICE=/dev/${TPM_SYSFS##*/}
	done
}

tpm_ready()
{
	tpm_look
	[ -c "$TPM_DEVICE" ] && [ -e "$TPM_SYSFS/pcrs" ]
}

tpm_load()
{
	local try=0

	modprobe tpm_xenu || return 1
	until tpm_ready; do
		try=$((try + 1))
		[ $try -lt 100 ] || {
			echo "no TPM"
			return 1
		}
		sleep 0.1
	done
}

hex_to_bytes()
{
	# shellcheck disable=SC2059 # the format is what is wanted
	printf "$(printf '%s' "$1" | sed 's/../\\x&/g')"
}

bytes_to_hex()
{
	hexdump -v -e '/1 "%02x"'
}

tpm_command()
{
	# Where there is no device the shell would make a file.
	[ -c "$TPM_DEVICE" ] && exec 3<>"$TPM_DEVICE" || return 1
	hex_to_bytes "$1" | \
		dd bs=4096 iflag=fullblock 2>/dev/null >&3
	dd bs=4096 count=1 <&3 2>/dev/null | bytes_to_hex
	exec 3>&-
}

tpm_ok()
{
	local answer

	answer=$(tpm_command "$1") || return 1
	case $answer in
	????????????00000000*) echo "$answer" ;;
	*)
		echo "answer $answer to $1" >&2
		return 1
		;;
	esac
}

tpm_pcr()
{
	tpm_ok "00c10000000e00000015$(printf '%08x' "$1")" | cut -c 21-
}

tpm_extend()
{
	tpm_ok "00c10000002200000014$(printf '%08x' "$1")$2" | cut -c 21-
}

sha1_of()
{
	hex_to_bytes "$1" | sha1sum | cut -c 1-40
}

tpm_look
