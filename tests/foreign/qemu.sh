#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A machine of QEMU's: SeaBIOS measures, Linux' tpm_tis and IMA go on with it.

# check calls the functions.
# shellcheck disable=SC2317
# shellcheck source=tests/foreign/lib.bash
. "$(dirname "$0")/lib.bash"

need qemu-system-x86_64 qemu-system-x86
need cpio cpio

# The lab's way to a kernel and to busybox, from Debian's archive.
LAB=$TREE/tests/lab
CACHE=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vtpm-lab}
trouble()
{
	echo "qemu: $*"
	exit 1
}
# shellcheck source=tests/lab/images.bash
. "$LAB/images.bash"

# A minute at most where nothing else runs; the lab's own limit is of that kind.
LIMIT=${QEMU_LIMIT:-300}

# ---- What the machine boots: the kernel as Debian packs it, for SeaBIOS ----

build_machine()
{
	local dir=$1

	shift
	unpack_packages "$dir/from" "$@"
	mv "$dir"/from/boot/vmlinuz-* "$dir/vmlinuz"
	busybox_root "$dir/root" "$dir/from"
	cat >"$dir/root/init" <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t securityfs securityfs /sys/kernel/security
exec >/dev/ttyS1 2>&1 </dev/null
echo "[pcrs]"
cat /sys/class/tpm/tpm0/pcrs
echo "[log]"
od -An -v -tx1 /sys/kernel/security/tpm0/binary_bios_measurements
echo "[ima]"
cat /sys/kernel/security/ima/ascii_runtime_measurements
echo "[dmesg]"
dmesg
echo "[flags]"
head -n 20 /sys/class/tpm/tpm0/enabled /sys/class/tpm/tpm0/active \
	/sys/class/tpm/tpm0/owned
echo "[random]"
dd if=/dev/hwrng bs=64 count=1 2>/dev/null | od -An -v -tx1
case $(cat /proc/cmdline) in
*lab-wait*)
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		echo "[again]"
		cat /sys/class/tpm/tpm0/pcrs
		sleep 1
	done
	;;
esac
echo "[late]"
dmesg | grep -E 'tpm|TPM|WARNING:|BUG:'
echo "[end]"
poweroff -f
END
	chmod 755 "$dir/root/init"
	pack "$dir/root" >"$dir/initrd"
	rm -rf "$dir/from" "$dir/root"
}

machine_image()
{
	local kernel versions

	kernel=$(LC_ALL=C apt-cache depends linux-image-amd64 2>/dev/null |
		sed -n 's/.*Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
	[ -n "$kernel" ] || trouble "apt knows no linux-image-amd64: apt-get update"
	versions=$(package_versions busybox-static "$kernel")
	mkdir -p "$CACHE"
	# shellcheck disable=SC2086 # one word for each package
	make_image "qemu-$({ echo "$versions"; declare -f build_machine
		cat "$LAB/images.bash"; } | hash_of)" build_machine $versions
	machine=$image
}

# qemu NAME WORDS OPTION...: a machine with the emulator's control socket
# NAME.ctl; WORDS are the kernel's.
qemu()
{
	local name=$1 words=$2

	shift 2
	timeout -k 5 "$LIMIT" qemu-system-x86_64 -machine q35,accel=tcg -cpu max \
		-m 512 -display none -nic none -no-reboot \
		-serial "file:$work/$name.console" \
		-serial "file:$work/$name.said" \
		-chardev "socket,id=chrtpm,path=$work/$name.ctl" \
		-tpmdev emulator,id=tpm0,chardev=chrtpm \
		-device tpm-tis,tpmdev=tpm0 \
		-kernel "$machine/vmlinuz" -initrd "$machine/initrd" \
		-append "console=ttyS0 panic=-1 mitigations=off \
cryptomgr.notests ima_policy=tcb $words" "$@"
}

# look_at NAME: what that machine said is what the tests are about.
look_at()
{
	tr -d '\r' <"$work/$1.said" >"$work/said"
	tr -d '\r' <"$work/$1.console" >"$work/console"
}

boot()
{
	status=0
	qemu "$1" '' -monitor none >"$work/$1.qemu" 2>&1 </dev/null ||
		status=$?
	look_at "$1"
}

# A part of what the machine said: [NAME] to the next.
said()
{
	awk -v name="[$1]" '
		/^\[[a-z]+\]$/ { on = $0 == name; next }
		on' "$work/said"
}

# What PCR $1 holds, as 40 lower case digits.
pcr_said()
{
	said pcrs | sed -n "s/^PCR-$(printf %02d "$1"): //p" | tr -d ' ' |
		tr A-F a-f
}

# ---- The replay: what the registers must hold, from the logs alone ----

# sha1 HEX...: of the bytes, as hexadecimal.
sha1()
{
	# shellcheck disable=SC2059 # it is what printf is to make bytes of
	printf "$(printf %s "$@" | sed 's/../\\x&/g')" | sha1sum | cut -c 1-40
}

# "PCR TYPE DIGEST" of each event of a log of 1.2 (PC Client Implementation
# Specification for BIOS, TCG_PCClientPCREventStruct): PCR, type, SHA-1, size of
# the event, event; the numbers little-endian.
events()
{
	said log | tr -s ' \n' '\n' | awk '
		function number(at,	i, n)
		{
			for (i = 3; i >= 0; i--)
				n = n * 256 + value[b[at + i]]
			return n
		}
		BEGIN {
			for (i = 0; i < 256; i++)
				value[sprintf("%02x", i)] = i
		}
		NF { b[n++] = $1 }
		END {
			for (at = 0; at < n; at += 32 + number(at + 28)) {
				digest = ""
				for (i = 8; i < 28; i++)
					digest = digest b[at + i]
				print number(at), number(at + 4), digest
			}
			if (at != n)
				print "torn", at, n
		}'
}

# replayed PCR: the value that the digests on standard input make of zeros.
replayed()
{
	local value digest

	value=$(printf '0%.0s' {1..40})
	while read -r digest; do
		value=$(sha1 "$value" "$digest")
	done
	echo "$value"
}

# ---- The tests ----

ended_well()
{
	is "$status" 0
	grep -Fx '[end]' "$work/said"
}

found()
{
	grep -E 'tpm_tis .*: 1\.2 TPM \(device-id 0x1, rev-id 1\)' "$work/console"
}

# Nothing that the kernel says of the TPM is a complaint, nor is anything else.
no_warning()
{
	said dmesg | grep -q tpm_tis
	is "$(said dmesg |
		grep -E 'tpm|TPM|\bima:|WARNING:|BUG:|Oops|Call Trace' |
		grep -vE 'tpm_tis [^ ]+ 1\.2 TPM \(device-id 0x1, rev-id 1\)$' |
		grep -vE 'ima: (Allocated hash algorithm|No architecture pol)')" ''
}

# EV_NO_ACTION, 3, is not extended.
bios_log_replays()
{
	local i list

	list=$(events)
	echo "$list"
	fails grep torn <<<"$list"
	[ "$(wc -l <<<"$list")" -ge 12 ]
	for i in 0 1 2 3 4 5 6 7; do
		is "$(awk -v i="$i" '$1 == i && $2 != 3 { print $3 }' \
			<<<"$list" | replayed)" "$(pcr_said "$i")"
	done
}

# SeaBIOS measures into each of them, if only a separator.
bios_measured()
{
	local i zeros

	zeros=$(printf '0%.0s' {1..40})
	for i in 0 1 2 3 4 5 6 7; do
		fails [ "$(pcr_said "$i")" = "$zeros" ]
		events | grep "^$i "
	done
	for i in 8 9 11 12 13 14 15 16 23; do
		is "$(pcr_said "$i")" "$zeros"
	done
	for i in 17 18 19 20 21 22; do
		is "$(pcr_said "$i")" "$(printf 'f%.0s' {1..40})"
	done
}

# The kernel's own log: "10 TEMPLATE-HASH ...", the first being the registers
# of the BIOS.
ima_replays()
{
	local registers=''

	said ima
	is "$(said ima | awk '{ print $2 }' | replayed)" "$(pcr_said 10)"
	for i in 0 1 2 3 4 5 6 7; do
		registers+=$(pcr_said "$i")
	done
	said ima | head -n 1 | grep -F "sha1:$(sha1 "$registers") boot_aggregate"
}

flags()
{
	is "$(said flags | grep -xE '[01]' | tr -d '\n')" 110
}

random_bytes()
{
	[ "$(said random | tr -s ' \n' '\n' | grep -c .)" -eq 64 ]
}

machine_image

start first --control=unix:"$work/first.ctl" --state-dir="$work/state" \
	--presence-by-command --log-level=debug
boot first
check machine-ends ended_well
check tpm-found found
check no-warning no_warning
check bios-measured bios_measured
check bios-log-replays bios_log_replays
check ima-replays ima_replays
check sysfs-flags flags
check hwrng random_bytes
for i in 0 1 2 3 4 5 6 7 8; do
	pcr_said "$i"
done >"$work/first.pcrs"
# QEMU asks for the end with its own.
ended first
check emulator-ends-with-qemu is "$status" 0

# The same machine, the same TPM, after a power cycle; the emulator outlives a
# QEMU that is killed.
same_registers()
{
	for i in 0 1 2 3 4 5 6 7 8; do
		pcr_said "$i"
	done | diff "$work/first.pcrs" -
}
start second --control=unix:"$work/second.ctl" --state-dir="$work/state" \
	--presence-by-command --log-level=debug
qemu-system-x86_64 -machine q35,accel=tcg -m 64 -display none -monitor none \
	-nic none -chardev "socket,id=chrtpm,path=$work/second.ctl" \
	-tpmdev emulator,id=tpm0,chardev=chrtpm -device tpm-tis,tpmdev=tpm0 \
	>/dev/null 2>&1 </dev/null &
pids[victim]=$!
wait_for 60 grep -q TPM_Extend "$work/second.log"
kill -KILL "${pids[victim]}"
ended victim 2>/dev/null
check emulator-outlives-a-killed-qemu kill -0 "${pids[second]}"
boot second
check second-boot-ends ended_well
check second-boot-no-warning no_warning
check second-boot-is-the-same same_registers
ended second
check second-emulator-ends is "$status" 0

# ---- A machine that moves: QEMU carries the TPM's state with its own ----

moves()
{
	local monitor=$work/monitor

	mkfifo "$monitor"
	exec {fd}<>"$monitor"
	qemu from lab-wait -monitor stdio <"$monitor" >"$work/monitor.said" 2>&1 &
	pids[qemu]=$!
	wait_for "$LIMIT" grep -qs '^.again.' "$work/from.said"
	echo "migrate -d \"exec:cat >$work/machine\"" >&"$fd"
	wait_for 60 migrated
	echo quit >&"$fd"
	exec {fd}>&-
	ended qemu
	status=0
	qemu to lab-wait -monitor none -incoming "exec:cat $work/machine" \
		>"$work/to.qemu" 2>&1 </dev/null || status=$?
}

migrated()
{
	echo "info migrate" >&"$fd"
	grep -q 'Migration status: completed' "$work/monitor.said"
}

goes_on()
{
	cat "$work/to.qemu"
	is "$status" 0
	grep -Fx '[end]' "$work/said"
	# It began on the other side.
	fails grep -Fx '[pcrs]' "$work/said"
	[ "$(grep -c -Fx '[again]' "$work/said")" -ge 2 ]
	said again | tail -n 24 |
		diff <(tr -d '\r' <"$work/from.said" |
			sed -n '/^\[pcrs\]$/,/^\[log\]$/p' | grep PCR) -
	is "$(said late | grep -vE 'tpm_tis [^ ]+ 1\.2 TPM \(device-id 0x1, rev-id 1\)$')" ''
}

start from --control=unix:"$work/from.ctl" --presence-by-command
start to --control=unix:"$work/to.ctl" --presence-by-command --log-level=debug
moves
look_at to
check moved-machine-goes-on goes_on
ended from
ended to
check moved-emulator-ends is "$status" 0

finish
