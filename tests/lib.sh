# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What tests/demo, tests/all and .ci/run share: a fresh clone on a fresh Debian
# becomes a built tree.  Sourced by bash with set -euo pipefail.
#
#	say MESSAGE		a line of progress, with the time since the start
#	trouble WHAT [DO]	ends: what is wrong, and what to do about it
#	check_host		ends unless this is Debian 12, as root
#	install_packages GROUP...	those of tests/packages
#	build_tree DIR [OPTION...]	configure, with OPTIONs, and make in DIR;
#				without any, as it was configured before

TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PROGRAM=${0##*/}
JOBS=$(nproc)

# git in a clone that somebody else made.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory
export GIT_CONFIG_VALUE_0=$TREE

say()
{
	printf '%4d s  %s\n' "$SECONDS" "$*"
}

trouble()
{
	local line

	echo "$PROGRAM: $1" >&2
	shift
	for line; do
		echo "$PROGRAM: $line" >&2
	done
	exit 1
}

# What /etc/os-release calls $1.
os()
{
	# shellcheck source=/dev/null
	(. /etc/os-release 2>/dev/null && echo "${!1:-}")
}

check_host()
{
	local machine

	machine=$(os PRETTY_NAME)
	machine="${machine:-unknown to /etc/os-release} on $(uname -m)"
	[ "$(os ID) $(os VERSION_ID) $(uname -m)" = "debian 12 x86_64" ] ||
		trouble "needs Debian 12 (bookworm) on x86_64; this is $machine" \
			"any such machine or container will do, also one without KVM:" \
			"podman run --rm -it -v '$TREE:/src' debian:12 /src/tests/$PROGRAM"
	[ "$(id -u)" -eq 0 ] ||
		trouble "must be root: it installs packages and packs root file systems" \
			"run: sudo $TREE/tests/$PROGRAM" \
			"it changes nothing outside $TREE but packages, the cache" \
			"\${XDG_CACHE_HOME:-~/.cache}/vtpm-lab and files in /tmp"
}

# The packages of the groups that this machine does not have.
missing_packages()
{
	local group

	for group; do
		awk -v group="$group" '$1 == group { print $2 }' \
			"$TREE/tests/packages"
	done | while read -r package; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" \
			2>/dev/null)" = installed ] || echo "$package"
	done
}

apt()
{
	DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -q -y \
		-o Acquire::Retries=2 -o Dpkg::Lock::Timeout=120 "$@"
}

# Has apt heard of what the lab unpacks?
lists_known()
{
	LC_ALL=C apt-cache policy xen-hypervisor-4.17-amd64 linux-image-amd64 |
		awk '$1 == "Candidate:" && $2 != "(none)" { n++ }
			END { exit n != 2 }'
}

install_packages()
{
	local missing log

	mapfile -t missing < <(missing_packages "$@")
	if [ ${#missing[@]} -eq 0 ] && lists_known; then
		say "packages: all there"
		return
	fi
	say "packages: reading Debian's lists, installing ${#missing[@]}"
	log=$(mktemp)
	if ! { apt update && lists_known && install_those "${missing[@]}"; } \
		>"$log" 2>&1; then
		grep -E '^[EW]:' "$log" >&2 || tail -n 5 "$log" >&2
		rm -f "$log"
		trouble "cannot have from Debian's archive: ${missing[*]:-its lists}" \
			"check the network (\$http_proxy may name a proxy), and that" \
			"/etc/apt/sources.list has Debian 12's main; by hand it is:" \
			"apt-get update${missing[*]:+ && apt-get install ${missing[*]}}"
	fi
	rm -f "$log"
}

install_those()
{
	[ $# -eq 0 ] || apt --no-install-recommends install "$@"
}

# Prints what COMMAND printed only if it fails.
quietly()
{
	local log status=0

	log=$(mktemp)
	"$@" >"$log" 2>&1 || status=$?
	[ "$status" -eq 0 ] || tail -n 60 "$log" >&2
	rm -f "$log"
	return "$status"
}

# configure is older than what it is made from, or not there.
configure_is_old()
{
	[ ! -x "$TREE/configure" ] || [ ! -e "$TREE/Makefile.in" ] ||
		[ -n "$(find "$TREE" -mindepth 1 -name 'build*' -prune -o \
			\( -name configure.ac -o -name Makefile.am -o -name '*.mk' \) \
			-newer "$TREE/configure" -print -quit)" ]
}

configure_in()
{
	local dir=$1

	shift
	mkdir -p "$dir" || return
	if [ -e "$dir/config.status" ]; then
		if [ $# -eq 0 ] || [ "$*" = "$(cat "$dir/.options")" ]; then
			return
		fi
		# Objects made with other options would stay.
		make -C "$dir" distclean || return
	fi
	(cd "$dir" && "$TREE/configure" "$@") && echo "$*" >"$dir/.options"
}

build_tree()
{
	local dir=$1

	shift
	if configure_is_old; then
		quietly autoreconf -fi "$TREE" || trouble "autoreconf failed"
	fi
	quietly configure_in "$dir" "$@" ||
		trouble "configure failed in $dir" "see $dir/config.log"
	quietly make -C "$dir" -j"$JOBS" ||
		trouble "make failed in $dir" "see above for why"
}
