#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# swtpm_ioctl and swtpm_bios, the tools of another emulator, find all they ask.

# check calls the functions.
# shellcheck disable=SC2317
# shellcheck source=tests/foreign/lib.bash
. "$(dirname "$0")/lib.bash"

need swtpm_ioctl swtpm-tools
need swtpm_bios swtpm-tools

# What swtpm's own tests find in PCR 17 after launching "1234", and a megabyte
# of zeros; what an extended PCR holds.
LAUNCHED=97e976e4f22cd6d24afd212085ad7a86647f2ae5
LAUNCHED_ZEROS=d80e7a7b3c37887db4c288081da753f64b113a9c
EXTENDED=c3ad7f64b8d976aaf2b3a9c98f7ee5631cde7125
ZEROS=0000000000000000000000000000000000000000

ioctl()
{
	swtpm_ioctl "${channel[@]}" "$@"
}

capabilities()
{
	is "$(ioctl -c)" "ptm capability is 0x7fff"
}

config()
{
	is "$(ioctl -g)" "ptm configuration flags: $1"
}

info()
{
	is "$(ioctl --info 1)" \
		'{"TPMSpecification":{"family":"1.2","level":2,"revision":116}}'
}

# Switched off, what needs a TPM is refused, and the TPM itself says so.
off()
{
	fails ioctl -e
	fails ioctl -h 1234
	fails ioctl -v
	fails ioctl -C
	fails ioctl --save permanent "$work/none"
	is "$(tpm "$data" "$STARTUP_CLEAR")" 00c40000000a00000009
}

buffer_size()
{
	local wanted

	for wanted in 0 1 4096 100000; do
		is "$(ioctl -b "$wanted" | tr -s ' \n' ' ')" \
			"TPM buffersize: 4088 minimum size : 4088 maximum size : 4088 "
	done
	ioctl -i
	is "$(ioctl -b 0 | head -n 1)" "TPM buffersize: 4088"
	fails ioctl -b 4096
}

startup()
{
	ioctl -i
	is "$(tpm "$data" "$STARTUP_CLEAR")" "$DONE"
}

launch()
{
	is "$(ioctl -e)" "tpmEstablished is 0"
	ioctl -h 1234
	is "$(pcr "$data" 17)" "$LAUNCHED"
	is "$(ioctl -e)" "tpmEstablished is 1"
	fails ioctl -r 2
	is "$(ioctl -e)" "tpmEstablished is 1"
	ioctl -r 3
	is "$(ioctl -e)" "tpmEstablished is 0"
}

launch_much()
{
	head -c 1M /dev/zero | ioctl -h -
	is "$(pcr "$data" 17)" "$LAUNCHED_ZEROS"
	ioctl -r 4
}

locality()
{
	is "$(extend "$data" 22)" 0000003d
	ioctl -l 2
	is "$(extend "$data" 22)" 00000000
	ioctl -l 0
	is "$(extend "$data" 22)" 0000003d
}

cancel()
{
	ioctl -C
	is "$(tpm "$data" '00c1 0000000a 00000053')" "$DONE"
}

store_volatile()
{
	startup
	is "$(extend "$data" 7)" 00000000
	ioctl -v
	is "$(extend "$data" 7)" 00000000
	ioctl --stop
	ioctl -i
	is "$(pcr "$data" 7)" "$EXTENDED"
	# swtpm_ioctl's -i has the state deleted that it took.
	startup
	is "$(pcr "$data" 7)" "$ZEROS"
}

save()
{
	local type

	is "$(extend "$data" 7)" 00000000
	ioctl -h 1234
	for type in permanent volatile savestate; do
		ioctl --save "$type" "$work/$type"
	done
	[ -s "$work/permanent" ]
	[ -s "$work/volatile" ]
}

load()
{
	local type

	fails ioctl --load permanent "$work/permanent"
	ioctl --stop
	sed 's/T/U/' "$work/permanent" >"$work/damaged"
	fails ioctl --load permanent "$work/damaged"
	for type in permanent volatile savestate; do
		ioctl --load "$type" "$work/$type"
	done
	ioctl -i
	is "$(pcr "$data" 7)" "$EXTENDED"
	is "$(pcr "$data" 17)" "$LAUNCHED"
	is "$(ioctl -e)" "tpmEstablished is 1"
}

shut_down()
{
	ioctl -s
	wait_for 10 eval "! kill -0 ${pids[$1]} 2>/dev/null || \
grep -q '^State:.*Z' /proc/${pids[$1]}/status"
}

all_of_it()
{
	local name=$1

	check "$name-capabilities" capabilities
	check "$name-info" info
	check "$name-off" off
	check "$name-buffer-size" buffer_size
	check "$name-startup" startup
	check "$name-launch" launch
	check "$name-launch-much" launch_much
	check "$name-locality" locality
	check "$name-cancel" cancel
	check "$name-store-volatile" store_volatile
}

# ---- Over TCP in memory, over a Unix socket in a directory ----

start tcp --tcp=0 --control=tcp:0
data=$(port tcp commands)
channel=(--tcp ":$(port tcp control)")
check tcp-config config 0x0
all_of_it tcp
check tcp-save save

start unix --tcp=:0 --control=unix:"$work/unix" --state-dir="$work/state"
data=$(port unix commands)
channel=(--unix "$work/unix")
check unix-config config 0x1
all_of_it unix
check unix-load load
check unix-shutdown shut_down unix
ended unix
check unix-exit-status is "$status" 0
check unix-socket-removed [ ! -e "$work/unix" ]
check unix-pid-file-removed [ ! -e "$work/unix.pid" ]

channel=(--tcp ":$(port tcp control)")
check tcp-shutdown shut_down tcp
ended tcp
check tcp-exit-status is "$status" 0

# ---- swtpm_bios ----

start bios --unix="$work/data" --presence-by-command
bios_startup()
{
	# Done at start: TPM_INVALID_POSTINIT is what it must say.
	fails swtpm_bios --unix "$work/data" -c -o
	swtpm_bios --unix "$work/data" -n -cs
}
check bios-startup bios_startup
stop bios
check bios-ended is "$status" 0

start bios --unix="$work/data" --startup=none --presence-by-command
bios_all()
{
	# Startup, presence, enabled, activated, presence given up.
	swtpm_bios --unix "$work/data" -c -u
}
check bios-all bios_all
stop bios
check bios-all-ended is "$status" 0

# ---- What an administrator sees ----

# The state outlives the process; a power cycle has been between.
outlives()
{
	is "$(tpm "$data" '00c1 0000000c 4000000a 0020')" "$DONE"
	is "$(extend "$data" 7)" 00000000
}
cmd_enabled()
{
	# TPM_CAP_FLAG, permanent: physicalPresenceCMDEnable is the ninth.
	local flags

	flags=$(tpm "$data" '00c1 00000016 00000065 00000004 00000004 00000108')
	is "${flags:$((2 * (14 + 2 + 8))):2}" 01
	is "$(pcr "$data" 7)" "$ZEROS"
}
start first --tcp=0 --state-dir="$work/kept" --presence-by-command
data=$(port first commands)
check state-written outlives
stop first
check sigterm-ends-well is "$status" 0
check sigterm-removes-the-pid-file [ ! -e "$work/first.pid" ]
start again --tcp=0 --state-dir="$work/kept"
data=$(port again commands)
check state-read cmd_enabled

one_line()
{
	local status=0

	timeout 30 "$EMULATOR" "$@" >"$work/said" 2>&1 || status=$?
	cat "$work/said"
	is "$status" 1
	is "$(wc -l <"$work/said")" 1
}
second_process()
{
	one_line --tcp=0 --state-dir="$work/kept"
	grep "another process serves this TPM" "$work/said"
}
check one-process-each second_process
stop again
check again-ended is "$status" 0

damaged()
{
	cp -a "$work/kept" "$work/damaged-dir"
	printf x | dd of="$work/damaged-dir/permanent" bs=1 seek=100 \
		conv=notrunc status=none
	one_line --tcp=0 --state-dir="$work/damaged-dir"
	grep "is damaged" "$work/said"
	rm "$work/damaged-dir/permanent"
	one_line --tcp=0 --state-dir="$work/damaged-dir"
	grep "is missing" "$work/said"
	[ ! -e "$work/damaged-dir/permanent" ]
}
check damaged-state-is-refused damaged

taken()
{
	one_line --tcp="$data" --log-level=error
	grep "port $data" "$work/said"
}
start taken --tcp=0
data=$(port taken commands)
check port-in-use-is-told taken
stop taken
check taken-ended is "$status" 0

start wide --tcp=0.0.0.0:0
check other-machines-are-warned-of grep -q WARNING "$work/wide.log"
stop wide
check wide-ended is "$status" 0
start local --tcp=localhost:0
check loopback-is-not-warned-of fails grep WARNING "$work/local.log"
stop local
check local-ended is "$status" 0

finish
