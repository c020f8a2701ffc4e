#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# xenstore-schema: vtpm.paths is well-formed, check-paths sees each kind of
# offence, and vtpm-attach, on a xenstore of files, makes what it must and
# leaves nothing behind.
#
# ~ and $DEVID are the notation's, not the shell's:
# shellcheck disable=SC2016,SC2088

top=$(cd "$(dirname "$0")/../.." && pwd)
schema=$top/xenstore-schema
check=$schema/check-paths
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
store=$work/store
tests=0
failures=0
UUID=0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a01

# result STATUS NAME: 0 is good.
result()
{
	tests=$((tests + 1))
	[ "$1" -eq 0 ] && return
	failures=$((failures + 1))
	echo "FAIL $2"
	sed 's/^/	/' "$work/out"
}

# expect STATUS TEXT NAME COMMAND...: it ends so, and says TEXT.
expect()
{
	wanted=$1 text=$2 name=$3
	shift 3
	status=0
	"$@" >"$work/out" 2>&1 || status=$?
	if [ "$status" -ne "$wanted" ]; then
		echo "ended with $status, not $wanted" >>"$work/out"
		result 1 "$name"
	elif [ -n "$text" ] && ! grep -qF -- "$text" "$work/out"; then
		echo "did not say: $text" >>"$work/out"
		result 1 "$name"
	else
		result 0 "$name"
	fi
}

# vtpm.paths and its notation.

schema_of()
{
	printf '%s\n' "$@" >"$work/paths"
}

test_schema()
{
	expect 0 '' 'the schema is well-formed' "$check"
	expect 0 '' 'by its name' "$check" "$schema/vtpm.paths"
	schema_of '# one' '' '~/a/$DEVID = ("0" | "1" | INTEGER) [w,PV]' \
		'/b/$DOMID/c = "/x/$DOMID" []'
	expect 0 '' 'all of the notation' "$check" "$work/paths"
	while IFS='@' read -r line why; do
		schema_of "$line"
		expect 1 "paths:1: $why" "notation: $line" "$check" "$work/paths"
	done <<-'END'
	~/a = INTEGER@is not PATH
	~/a INTEGER []@is not PATH
	~/a = []@is not PATH
	a/b = INTEGER []@PATH starts with
	~ = INTEGER []@PATH starts with
	~a/b = INTEGER []@PATH starts with
	~/a//b = INTEGER []@"" is no part
	~/a/ = INTEGER []@"" is no part
	~/a b = INTEGER []@"a b" is no part
	~/$DOM = INTEGER []@"$DOM" is no part
	~/~ = INTEGER []@"~" is no part
	~/a = NUMBER []@NUMBER is no VALUE
	~/a = 1 []@1 is no VALUE
	~/a = "1 []@"1 is no VALUE
	~/a = ("1") []@( ) without |
	~/a = ("1" | 2) []@2 is no VALUE
	~/a = "$DEVID" []@$DEVID is not in PATH
	~/a = STRING [x]@"x" is no TAG
	~/a = STRING [w,x]@"x" is no TAG
	~/a = STRING [w,n]@w and n contradict
	END
	schema_of '~/a = STRING []' '~/a = INTEGER []'
	expect 1 'paths:2: PATH is on line 1, too' twice "$check" "$work/paths"
	schema_of '# nothing'
	expect 1 'has no entry' 'empty schema' "$check" "$work/paths"
}

test_usage()
{
	expect 0 Usage --help "$check" --help
	expect 2 'no option' 'unknown option' "$check" --what
	expect 2 'needs a file' '--dump alone' "$check" --dump
	expect 2 'one PATHS' 'two schemas' "$check" a b
	expect 2 'cannot be read' 'no schema' "$check" "$work/none"
	expect 2 'cannot be read' 'no dump' "$check" --dump "$work/none"
}

# Dumps.

good_dump()
{
	cat <<-END
	/tool = ""
	/tool/xenstored = ""
	/local/domain/0 = ""
	/local/domain/0/domid = "0"
	/local/domain/0/name = "Domain-0"
	/local/domain/0/backend = ""
	/local/domain/0/backend/vbd/5/51712/online = "1"
	/local/domain/0/backend/vtpm = ""
	/local/domain/0/backend/vtpm/5 = ""
	/local/domain/0/backend/vtpm/5/1 = ""
	/local/domain/0/backend/vtpm/5/1/frontend = "/local/domain/5/device/vtpm/1"
	/local/domain/0/backend/vtpm/5/1/frontend-id = "5"
	/local/domain/0/backend/vtpm/5/1/online = "1"
	/local/domain/0/backend/vtpm/5/1/state = "4"
	/local/domain/0/backend/vtpm/5/1/handle = "1"
	/local/domain/0/backend/vtpm/5/1/uuid = "$UUID"
	/local/domain/0/backend/vtpm/5/1/resume = "False"
	/local/domain/0/backend/vtpm/5/1/feature-protocol-v2 = "1"
	/local/domain/0/backend/vtpm/5/1/instance = "3"
	/local/domain/0/error/backend/vtpm/5/1/error = "its "front end" = "x""
	/local/domain/5/name = "vtpm"
	/local/domain/5/device/vtpm = ""
	/local/domain/5/device/vtpm/1 = ""
	/local/domain/5/device/vtpm/1/backend = "/local/domain/0/backend/vtpm/5/1"
	/local/domain/5/device/vtpm/1/backend-id = "0"
	/local/domain/5/device/vtpm/1/state = "4"
	/local/domain/5/device/vtpm/1/handle = "1"
	/local/domain/5/device/vtpm/1/ring-ref = "8"
	/local/domain/5/device/vtpm/1/event-channel = "4294967295"
	/local/domain/5/device/vtpm/1/feature-protocol-v2 = "1"
	/local/domain/5/error/device/vtpm/1/error = "-19 \\n"
	/libxl/5/device/vtpm/1/frontend = "/local/domain/5/device/vtpm/1"
	/libxl/5/device/vtpm/1/backend = "/local/domain/0/backend/vtpm/5/1"
	/libxl/5/device/vtpm/1/uuid = "$UUID"
	/libxl/5/device/vtpm/1/state = "1"
	END
}

# bad SED-COMMAND TEXT: the good dump, so changed, has that offence alone.
bad()
{
	good_dump | sed "$1" >"$work/dump"
	expect 1 "$2" "dump: $1" "$check" --dump "$work/dump"
	[ "$(wc -l <"$work/out")" -eq 1 ]
	result $? "dump: $1: one offence"
}

test_dump()
{
	good_dump >"$work/dump"
	expect 0 '' 'good dump' "$check" --dump "$work/dump"
	expect 0 '' 'its schema named' "$check" "--dump=$work/dump" \
		"$schema/vtpm.paths"
	expect 0 '' 'from standard input' sh -c \
		"'$check' --dump - <'$work/dump'"
	(cd "$work" && cp dump a=b && "$check" --dump a=b) >"$work/out" 2>&1
	result $? 'a name with ='

	BE=/local/domain/0/backend/vtpm/5/1
	FE=/local/domain/5/device/vtpm/1
	no='there is no such node'
	bad "s|vtpm/5/1/instance|vtpm/5/1/instanz|" "$BE/instanz: $no"
	bad "s|^$FE/ring-ref|$FE/ring-ref/x|" "$FE/ring-ref/x: $no"
	bad "s|^$FE/ring-ref|/local/domain/5/data/vtpm/x|" "data/vtpm/x: $no"
	bad "s|^$BE/online|/local/domain/0/backend/vtpm/05/1/online|" "$no"
	bad "s|^$BE/online|/local/domain/0/backend/vtpm/32752/1/online|" "$no"
	bad "s|^$BE/online|/local/domain/0/backend/vtpm/5/x/online|" "$no"
	bad "s|^$FE/state|/local/domain/x/device/vtpm/1/state|" "$no"
	bad "s|\(^/libxl/5/device/vtpm/1/\)state|\1ring-ref|" "$no"
	bad "s|\(instance = \).*|\1\"three\"|" '"three" is not INTEGER'
	bad "s|\(instance = \).*|\1\"03\"|" '"03" is not INTEGER'
	bad "s|\(instance = \).*|\1\"-3\"|" '"-3" is not INTEGER'
	bad "s|\(instance = \).*|\1\"\"|" '"" is not INTEGER'
	bad "s|\($BE/state = \).*|\1\"7\"|" '"7" is not ("1"'
	bad "s|\($FE/state = \).*|\1\"04\"|" '"04" is not ("1"'
	bad "s|\($BE/uuid = \).*|\1\"0d7c1a52\"|" 'is not UUID'
	bad "s|\($BE/uuid = \"\)0d|\1xd|" 'is not UUID'
	bad "s|\(ring-ref = \).*|\1\"4294967296\"|" 'is not GNTREF'
	bad "s|\(event-channel = \).*|\1\"1e3\"|" 'is not EVTCHN'
	bad "s|\($FE/backend = \).*|\1\"none\"|" 'is not PATH'
	bad "s|\($FE/backend = \).*|\1\"/a//b\"|" 'is not PATH'
	bad "s|\($BE/frontend = .*\)5/device|\16/device|" "$BE/frontend:"
	bad "s|\($BE/frontend-id = \).*|\1\"6\"|" '"6" is not "$DOMID"'
	bad "s|\($FE/handle = \).*|\1\"0\"|" '"0" is not "$DEVID"'
	bad "s|\(^$BE = \).*|\1\"x\"|" '"x" where nothing should be'
	bad "s|\(^/local/domain/0/domid = \).*|\1\"x\"|" '"x" is not INTEGER'
	bad '3s|.*|  domain = ""|' 'line 3 of the dump'
	bad '3s|.*|no connection|' 'line 3 of the dump'
	: >"$work/dump"
	expect 1 'dump: is empty' 'empty dump' "$check" --dump "$work/dump"
	# Gone while it was listed.
	good_dump | sed "s|\($BE/state\) = .*|\1:|" >"$work/dump"
	expect 0 '' 'unread value' "$check" --dump "$work/dump"
}

# As xenstore-ls -fp shows permissions.
permissions()
{
	good_dump | awk '
		/^\/local\/domain\/5\/name / { print $0 " . .  (n0,r5)"; next }
		/^\/local\/domain\/5\// { print $0 " . .  (n5,r0)"; next }
		/^\/local\/domain\/0\/backend/ { print $0 "  (n0,r5)"; next }
		{ print $0 "  (n0)" }'
}

bad_permissions()
{
	permissions | sed "$1" >"$work/dump"
	expect 1 "$2" "permissions: $1" "$check" --dump "$work/dump"
	[ "$(wc -l <"$work/out")" -eq 1 ]
	result $? "permissions: $1: one offence"
}

test_permissions()
{
	permissions >"$work/dump"
	expect 0 '' 'good permissions' "$check" --dump "$work/dump"
	bad_permissions '/5\/1\/uuid/s/r5/w5/' 'domain 5 may write it (n0,w5)'
	bad_permissions '/5\/1\/uuid/s/r5/b5/' 'domain 5 may write it'
	bad_permissions '/5\/1\/uuid/s/n0/n5/' 'domain 5 may write it'
	bad_permissions '/5\/1\/uuid/s/n0/w0/' 'every domain may write it'
	bad_permissions '/5\/1 = /s/n0,r5/n5,r0/' 'domain 5 may write it'
	bad_permissions '/ring-ref/s/r0/w6/' 'domain 6 may write it'
	bad_permissions '/libxl.*uuid/s/n0/r0/' 'every domain may read it'
	bad_permissions '/libxl.*uuid/s/n0/n0,r5/' 'domain 5 may read it'
	bad_permissions '/libxl.*uuid/s/n0/n5/' 'domain 5 may write it'
}

# A xenstore of files: a node is a directory; "=value" and "=perms" are in it,
# since no node can have such a name.  FAKE_FAIL=tool:N fails its Nth call.

fake_tools()
{
	mkdir -p "$work/bin"
	cat >"$work/bin/xenstore" <<-'END'
	#!/bin/sh
	tool=${0##*/xenstore-}
	echo x >>"$STORE.$tool"
	if [ "${FAKE_FAIL:-}" = "$tool:$(wc -l <"$STORE.$tool")" ]; then
		echo "xenstore-$tool: refused" >&2
		exit 1
	fi
	# make PATH VALUE
	make()
	{
		if [ ! -d "$STORE$1" ]; then
			[ -d "$STORE${1%/*}" ] || make "${1%/*}" ''
			mkdir "$STORE$1"
			cp "$STORE${1%/*}/=perms" "$STORE$1/=perms"
		fi
		printf '%s' "$2" >"$STORE$1/=value"
	}
	case $tool in
	read)
		[ -d "$STORE$1" ] || exit 1
		cat "$STORE$1/=value" && echo
		;;
	list)
		ls "$STORE$1"
		;;
	write)
		while [ $# -gt 0 ]; do
			make "$1" "$2"
			shift 2
		done
		;;
	chmod)
		[ "$1" = -r ] && shift
		path=$1
		shift
		perms=$(echo "$@" | tr ' ' ',')
		find "$STORE$path" -name =perms | while read -r file; do
			printf '%s' "$perms" >"$file"
		done
		;;
	rm)
		tidy=no
		[ "$1" = -t ] && tidy=yes && shift
		for path; do
			[ -d "$STORE$path" ] || exit 1
			rm -r "$STORE$path"
			while [ $tidy = yes ]; do
				path=${path%/*}
				[ -n "$path" ] || break
				[ -z "$(ls "$STORE$path" | grep -v =)" ] || break
				rm -r "$STORE$path"
			done
		done
		;;
	ls)
		find "$STORE" -mindepth 1 -type d | sort | while read -r dir; do
			printf '%s = "%s"  (%s)\n' "${dir#"$STORE"}" \
				"$(cat "$dir/=value")" "$(cat "$dir/=perms")"
		done
		;;
	esac
	END
	chmod +x "$work/bin/xenstore"
	for tool in read list write chmod rm ls; do
		ln -s xenstore "$work/bin/xenstore-$tool"
	done
	# Waiting in vain is not worth real time.
	printf '#!/bin/sh\n' >"$work/bin/sleep"
	chmod +x "$work/bin/sleep"
	sed 's|@VERSION@|0.0.0|' "$schema/vtpm-attach.in" >"$work/vtpm-attach"
	chmod +x "$work/vtpm-attach"
}

new_store()
{
	rm -rf "$store" "$store".*
	mkdir "$store"
	printf '' >"$store/=value"
	printf 'n0' >"$store/=perms"
	run xenstore-write /local/domain/0/domid 0 /local/domain/5/domid 5 \
		/local/domain/5/device '' /local/domain/9/domid 9
	run xenstore-chmod /local/domain/5 n0 r5
	rm "$store".*
}

run()
{
	STORE=$store PATH=$work/bin:$PATH FAKE_FAIL=$fail "$@"
}

attach()
{
	run "$work/vtpm-attach" "$@"
}

dump()
{
	run xenstore-ls -fp
}

# holds PATH VALUE PERMS
holds()
{
	[ "$(dump | grep -F "$1 = ")" = "$1 = \"$2\"  ($3)" ]
	result $? "$1 is \"$2\" ($3)"
}

# The back end: closes what it is told to.
closes()
{
	node=$store$1/state
	tries=300
	until [ "$(cat "$node/=value")" = 5 ] || [ $tries -eq 0 ]; do
		tries=$((tries - 1))
		/bin/sleep 0.02
	done
	printf 6 >"$node/=value"
}

test_attach_usage()
{
	fail=
	new_store
	dump >"$work/before"
	expect 0 Usage 'help' attach --help
	expect 0 'vtpm-attach (vtpm-userback 0.0.0)' version attach -V
	expect 2 'DOMID is missing' 'no DOMID' attach
	expect 2 'DOMID is empty' 'empty DOMID' attach ''
	expect 2 'one DOMID only' 'two DOMIDs' attach 5 9
	expect 2 'no option -x' 'unknown option' attach -x 5
	expect 2 'needs a value' 'no value' attach 5 --uuid
	for id in x 05 -1 32752 99999999999 5x 1e1 '5 '; do
		expect 2 '' "DOMID $id" attach -- "$id"
		expect 2 'is not a number' "backend $id" attach "-b" "$id" 5
	done
	for n in x 01 4294967296 99999999999 ''; do
		expect 2 'is not a number' "handle $n" attach "--handle=$n" 5
	done
	for uuid in '' x "$UUID-" "${UUID}0" "${UUID%?}x" \
		0d7c1a52-9c44-4f0e-9a3b--b6f2f6b7a01 \
		0d7c1a529-c44-4f0e-9a3b-5b6f2f6b7a01; do
		expect 2 'is not of the form' "uuid $uuid" \
			attach 5 --uuid "$uuid"
	done
	expect 2 'no meaning' 'uuid and detach' attach -d -u "$UUID" 5
	expect 1 'no domain 7' 'no such domain' attach 7
	expect 1 'no domain 7' 'no such backend' attach -b 7 5
	dump | cmp -s - "$work/before"
	result $? 'nothing was written'
}

test_attach()
{
	fail=
	new_store
	be=/local/domain/0/backend/vtpm/5/0
	fe=/local/domain/5/device/vtpm/0
	expect 0 "$be: $UUID" 'attach' attach --uuid "$(echo $UUID | tr a-f A-F)" 5
	dump >"$work/dump"
	expect 0 '' 'as the schema wants it' "$check" --dump "$work/dump"
	holds $be/uuid $UUID n0,r5
	holds $be/state 1 n0,r5
	holds $be/frontend $fe n0,r5
	holds $fe/backend $be n5,r0
	holds $fe/state 1 n5,r0
	! grep -q libxl "$work/dump"
	result $? 'no record where libxl has none'
	expect 1 'has a vTPM 0 already' 'twice' attach 5
	expect 1 'has a vTPM 0 already' 'by another back end' attach -b 9 5
	expect 0 '/local/domain/9/backend/vtpm/5/1: ' 'driver domain' \
		attach --backend 9 -n 1 5
	dump >"$work/dump"
	expect 0 '' 'as the schema wants it, too' "$check" --dump "$work/dump"
	holds /local/domain/9/backend/vtpm/5/1/state 1 n9,r5
	expect 0 '' 'dom0' attach 0
	holds /local/domain/0/device/vtpm/0/state 1 n0,r0
}

test_attach_record()
{
	fail=
	new_store
	run xenstore-write /libxl/5/type pv
	expect 0 '' 'a domain of libxl' attach 5
	dump >"$work/dump"
	expect 0 '' 'its record is as the schema wants it' \
		"$check" --dump "$work/dump"
	holds /libxl/5/device/vtpm/0/backend /local/domain/0/backend/vtpm/5/0 n0
}

# Whatever step fails, nothing stays.
test_attach_faults()
{
	for fault in write:1 chmod:1 chmod:2 write:2; do
		fail=
		new_store
		run xenstore-write /libxl/5/type pv \
			/local/domain/0/backend/vtpm/9 x
		rm "$store".*
		dump | grep -v /device/vtpm >"$work/before"
		fail=$fault
		expect 1 'vtpm-attach: ' "fault $fault" attach 5
		fail=
		dump | grep -v '^/local/domain/5/device/vtpm = ' |
			cmp -s - "$work/before"
		result $? "nothing stays after $fault"
	done
	fail=list:1
	new_store
	expect 1 'run as root' 'no xenstore' attach 5
	fail=
	PATH=/nowhere STORE=$store expect 1 '' 'no tools' /bin/sh \
		"$work/vtpm-attach" 5
}

test_detach()
{
	fail=
	new_store
	run xenstore-write /libxl/5/type pv
	dump >"$work/before"
	expect 1 'has no vTPM 0' 'nothing there' attach --detach 5
	attach 5 >"$work/out"
	printf 4 >"$store/local/domain/0/backend/vtpm/5/0/state/=value"
	closes /local/domain/0/backend/vtpm/5/0 &
	expect 0 '' 'detach' attach -d 5
	wait
	dump | grep -v '^/local/domain/5/device/vtpm = ' >"$work/out"
	grep -v '^/local/domain/0/backend' "$work/before" |
		cmp -s "$work/out" -
	result $? 'detach removes all'
	# The domain is gone, and what was its device has been closed.
	attach 5 >"$work/out"
	printf 6 >"$store/local/domain/0/backend/vtpm/5/0/state/=value"
	rm -r "$store/local/domain/5"
	expect 0 '' 'detach from a domain that is gone' attach -d 5
	[ ! -e "$store/local/domain/0/backend" ]
	result $? 'and all is gone'
}

test_detach_stuck()
{
	fail=
	new_store
	attach 5 >"$work/out"
	printf 4 >"$store/local/domain/0/backend/vtpm/5/0/state/=value"
	expect 1 'was not closed' 'nobody closes' attach -d 5
	holds /local/domain/0/backend/vtpm/5/0/state 5 n0,r5
	holds /local/domain/0/backend/vtpm/5/0/online 0 n0,r5
	# One that nobody had served yet.
	new_store
	attach 5 >"$work/out"
	expect 0 '' 'nobody served it' attach -d 5
	# A front end alone.
	new_store
	attach 5 >"$work/out"
	rm -r "$store/local/domain/0/backend"
	expect 0 '' 'what is left of it' attach -d 5
	new_store
	attach 5 >"$work/out"
	printf 6 >"$store/local/domain/0/backend/vtpm/5/0/state/=value"
	rm "$store".*
	fail=rm:1
	expect 1 'can be removed' 'it cannot be removed' attach -d 5
	rm "$store".*
	fail=write:1
	expect 1 'cannot be written' 'it cannot be told' attach -d 5
}

test_usage
test_schema
test_dump
test_permissions
fake_tools
test_attach_usage
test_attach
test_attach_record
test_attach_faults
test_detach
test_detach_stuck
echo "$tests checks, $failures failures"
[ $failures -eq 0 ]
