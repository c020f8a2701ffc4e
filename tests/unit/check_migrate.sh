#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# vtpm-migrate, between two hosts that are directories: whatever fails, the
# guest lives on one side at most, and on the one that it says.
#
# A host is a directory with these files: domain (a guest runs), vtpm (a copy of
# the vTPM that may start), moved (one that may not).

top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
tests=0
failures=0
UUID=0d7c1a52-9c44-4f0e-9a3b-5b6f2f6b7a01
migrate=$work/vtpm-migrate
sed 's/@VERSION@/0/' "$top/vtpmback-user/migrate/vtpm-migrate.in" >"$migrate"
chmod +x "$migrate"
mkdir "$work/bin"

# fake NAME: a program, whose text is read.  It fails, with a status, when the
# file $HOST/fail has a line "its arguments' beginning:status".
fake()
{
	{
		cat <<'END'
#!/bin/sh
status=$(while IFS=: read -r text status; do
	case "${0##*/} $*" in
	"$text"*) echo "$status" ;;
	esac
done <"$HOST/fail")
before=${status#after }
[ "$before" != "$status" ] || [ -z "$status" ] || exit "$status"
END
		cat
		# shellcheck disable=SC2016 # when it runs
		echo 'case $status in after*) exit "$before" ;; esac'
	} >"$work/bin/$1"
	chmod +x "$work/bin/$1"
}

fake xl <<'END'
case $1 in
domid) [ -e "$HOST/domain" ] && echo 7 || exit 1 ;;
save)
	[ -e "$HOST/domain" ] || exit 1
	mv "$HOST/domain" "$3"
	;;
restore)
	# Without its vTPM it does not come up.
	[ -e "$HOST/vtpm" ] && ! [ -e "$HOST/domain" ] &&
		cp "$2" "$HOST/domain" || exit 1
	;;
esac
END
fake xenstore-read <<'END'
case $1 in
/local/domain/7/device/vtpm/0/backend) echo /back ;;
/back/uuid) cat "$HOST/uuid" ;;
*) exit 1 ;;
esac
END
fake vtpmctl <<'END'
last() { shift $(($# - 1)); echo "$1"; }
case $1 in
show) [ -e "$HOST/vtpm" ] || exit 4 ;;
export)
	[ ! -e "$HOST/domain" ] || exit 5
	cp "$HOST/vtpm" "$(last "$@")" && mv "$HOST/vtpm" "$HOST/moved"
	;;
import)
	[ ! -e "$HOST/domain" ] || exit 5
	cp "$(last "$@")" "$HOST/vtpm" && rm -f "$HOST/moved"
	;;
set)
	[ ! -e "$HOST/domain" ] || exit 5
	[ -e "$HOST/vtpm" ] && mv "$HOST/vtpm" "$HOST/moved" || exit 4
	;;
esac
END
# HOST is the other one there.
cat >"$work/bin/ssh" <<'END'
#!/bin/sh
[ "$1" = hostb ] || exit 255
n=$(($(cat "$WORK/calls") + 1))
echo "$n" >"$WORK/calls"
[ "$n" -lt "${LOST_FROM:-1000}" ] || exit 255
if [ "$n" -eq "${LOST_AFTER:-1000}" ]; then
	HOST=$WORK/b sh -c "$2" >/dev/null 2>&1
	exit 255
fi
HOST=$WORK/b exec sh -c "$2"
END
chmod +x "$work/bin/ssh"

result()
{
	tests=$((tests + 1))
	[ "$1" -eq 0 ] && return
	failures=$((failures + 1))
	echo "FAIL $name: $2"
	sed 's/^/	/' "$work/out"
	(cd "$work" && ls a b)
}

# Two hosts, the guest on the first.
hosts()
{
	rm -rf "$work/a" "$work/b" "$work/tmp"
	mkdir "$work/a" "$work/b" "$work/tmp"
	echo memory >"$work/a/domain"
	echo keys >"$work/a/vtpm"
	echo $UUID >"$work/a/uuid"
	: >"$work/a/fail"
	: >"$work/b/fail"
	echo 0 >"$work/calls"
}

# run STATUS: migrates, and sees that it ends so.
run()
{
	wanted=$1 status=0
	HOST=$work/a WORK=$work PATH=$work/bin:$PATH \
		VTPM_MIGRATE_SSH="${SSH-ssh}" \
		"$migrate" --directory="$work/tmp" mail hostb \
		>"$work/out" 2>&1 || status=$?
	[ "$status" -eq "$wanted" ] || {
		result 1 "ended with $status, not $wanted"
		return
	}
	result 0
}

# is HOST FILE...: exactly these are there; all else that may live is not.
is()
{
	dir=$work/$1
	shift
	for file in domain vtpm moved; do
		case " $* " in
		*" $file "*) [ -e "$dir/$file" ] || result 1 "no $dir/$file" ;;
		*) [ ! -e "$dir/$file" ] || result 1 "there is $dir/$file" ;;
		esac
	done
}

moved()
{
	is a moved
	is b domain vtpm
	grep -q 'runs on hostb' "$work/out" || result 1 "did not say so"
	[ -z "$(ls "$work/tmp")" ] || result 1 "left $(ls "$work/tmp")"
	[ "$(cat "$work/b/domain" "$work/b/vtpm")" = "$(printf 'memory\nkeys')" ] ||
		result 1 "another guest"
}

stayed()
{
	is a domain vtpm
	[ ! -e "$work/b/domain" ] || result 1 "there is a guest there"
	[ -z "$(ls "$work/tmp")" ] || [ -n "${LEFT-}" ] ||
		result 1 "left $(ls "$work/tmp")"
	grep -qE 'runs here|no domain|no vTPM|already|cannot be reached|no room|not of this host|cannot be read' \
		"$work/out" || result 1 "did not say so"
}

name='all is well'
hosts
run 0
moved

# Each thing that is done there or here fails in turn.
while IFS='|' read -r host text status; do
	name="$host: $text fails with $status"
	hosts
	echo "$text:$status" >"$work/$host/fail"
	run 1
	stayed
	[ ! -e "$work/b/vtpm" ] || result 1 "a copy may start there"
done <<'END'
a|xl save|1
a|vtpmctl export|1
a|vtpmctl show|1
a|xenstore-read /back|1
a|xenstore-read /local|1
b|vtpmctl import|1
b|vtpmctl import|after 1
b|xl restore|1
END

name='the worker lets go late'
hosts
echo 'vtpmctl export:5' >"$work/a/fail"
(sleep 2 && : >"$work/a/fail") &
run 0
wait
moved

name='the guest is up there though xl says no'
hosts
echo 'xl restore:after 1' >"$work/b/fail"
run 3
is a moved
is b domain vtpm
grep -q 'may run there' "$work/out" || result 1 "did not say so"

name='it cannot be restored anywhere'
hosts
echo 'xl restore:1' | tee "$work/a/fail" >"$work/b/fail"
run 3
is a vtpm
is b moved
grep -q 'cannot be resumed here' "$work/out" || result 1 "did not say so"
cat "$work"/tmp/vtpm-migrate.*/domain >/dev/null || result 1 "it is lost"

name='it cannot be taken back'
hosts
echo 'vtpmctl import:1' | tee "$work/a/fail" >"$work/b/fail"
run 3
is a moved
is b
grep -q 'cannot be taken back' "$work/out" || result 1 "did not say so"

# The connection is lost at each of its uses, before or just after it.
n=1
while [ $n -le 9 ]; do
	for how in FROM AFTER; do
		name="lost $how call $n"
		hosts
		LEFT=yes
		if [ $how = FROM ]; then
			LOST_FROM=$n
		else
			LOST_AFTER=$n LOST_FROM=$((n + 1))
		fi
		export LOST_FROM LOST_AFTER
		case $n$how in
		8*)
			run 3
			grep -q 'may run there' "$work/out" ||
				result 1 "did not say so"
			[ ! -e "$work/a/domain" ] || result 1 "runs here"
			;;
		9*)
			# Only what was copied is left there.
			run 0
			is a moved
			is b domain vtpm
			;;
		*)
			run 1
			stayed
			;;
		esac
		unset LOST_FROM LOST_AFTER LEFT
	done
	n=$((n + 1))
done

name='a name that is there already'
hosts
echo other >"$work/b/domain"
run 1
is a domain vtpm

name='no such host'
hosts
SSH=false
run 1
unset SSH
stayed

name='a host that plays tricks'
hosts
# shellcheck disable=SC2016 # that program expands it
sed -i 's/^HOST=.*exec.*/case $2 in *mktemp*) echo "; rm -rf x"; exit ;; esac\n&/' \
	"$work/bin/ssh"
run 1
is a domain vtpm

name='usage'
for args in '' mail 'mail hostb more' '-x mail hostb' '-d mail hostb' \
	'-d rel mail hostb' 'ma;il hostb' 'mail -oProxyCommand=x'; do
	status=0
	# shellcheck disable=SC2086 # words
	PATH=$work/bin:$PATH "$migrate" $args >"$work/out" 2>&1 || status=$?
	[ $status -eq 2 ]
	result $? "\"$args\" ended with $status"
done
"$migrate" --help | grep -q '^Usage: '
result $? "--help"
"$migrate" --version | grep -q '^vtpm-migrate '
result $? "--version"

echo "$tests checks, $failures failed"
[ $failures -eq 0 ]
