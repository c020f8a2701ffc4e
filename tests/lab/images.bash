# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# The lab's images, sourced by lab.  Everything is taken from Debian's archive
# with apt-get download and unpacked into the cache: nothing is installed, since
# a Xen package would change how the machine itself boots.
#
# Each image lives in a directory named for a hash of what it was made from, so
# that a changed input is a new name and two labs never see half an image.

XEN=4.17

# What the hypervisor, its tools and the two kernels come from.
BASE_PACKAGES=(
	"xen-hypervisor-$XEN-amd64" "xen-utils-$XEN" "libxenmisc$XEN"
	xenstore-utils libxencall1 libxendevicemodel1 libxenevtchn1
	libxenforeignmemory1 libxengnttab1 libxenhypfs1 libxenstore4
	libxentoolcore1 libxentoollog1 libyajl2 busybox-static
)

DOM0_PROGRAMS=(xl xenstored xenconsoled xenconsole xen-init-dom0
	libxl-save-helper lsevtchn xenwatchdogd)

# Modules, with what they need: dom0's devices for the toolstack and for
# back ends, a disk for tests that outlive the machine.
DOM0_MODULES=(xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs virtio_pci
	virtio_blk ext4 crc32c_generic)

# The guest's: the stock front end, and what uses a TPM once it is there.
GUEST_MODULES=(xen-tpmfront tpm_vtpm_proxy encrypted-keys xen-evtchn
	xen-gntdev xen-gntalloc xenfs)

# Besides, the device model, the firmware and the option ROMs of an HVM guest.
HVM_PACKAGES=(qemu-system-xen qemu-system-data seabios)

# Packages that others depend on for their maintainer scripts only, which are
# not run, and those that no Linux system in the lab can use.
NOT_NEEDED='^(adduser|passwd|login|debconf|cdebconf|dpkg|perl-base|lsb-base'
NOT_NEEDED+='|init-system-helpers|sysvinit-utils|libpam.*|libaudit.*'
NOT_NEEDED+='|libcap-ng0|libdb5.3|libdebconfclient0|libsemanage.*|libsepol2'
NOT_NEEDED+='|tar|gcc-12-base|usrmerge|perl.*|libperl.*|.*-perl|libgdbm.*'
NOT_NEEDED+='|udev|tpm-udev|libudev1|libkmod2)$'

hash_of()
{
	sha256sum | cut -c 1-16
}

# Runs "make_image NAME-HASH FUNCTION ARG..." under a lock: FUNCTION fills an
# empty directory, its first argument, which then becomes $CACHE/NAME-HASH.
make_image()
{
	local dir=$CACHE/$1 new

	shift
	image=$dir
	if [ -d "$dir" ]; then
		touch "$dir"
		return
	fi
	# No condition may follow: it would run FUNCTION without set -e.
	(
		flock 9
		[ ! -d "$dir" ] || exit 0
		new=$(mktemp -d "$CACHE/new.XXXXXX")
		trap 'rm -rf "$new"' EXIT
		"$1" "$new" "${@:2}"
		chmod 755 "$new"
		mv "$new" "$dir"
	) 9>"$dir.lock"
}

# One archive of a directory's content, owned by root whoever made it.
pack()
{
	(cd "$1" && find . -mindepth 1 | LC_ALL=C sort |
		cpio --quiet -o -H newc -R 0:0)
}

# package=version of each argument, as apt would fetch them now.
package_versions()
{
	LC_ALL=C apt-cache policy "$@" | awk '
		/^[^ ]/ { name = substr($1, 1, length($1) - 1); seen[name] = 1 }
		$1 == "Candidate:" && $2 != "(none)" { print name "=" $2 }'
}

# Sets versions to package=version of each argument; all must be known.
known_versions()
{
	versions=$(package_versions "$@")
	[ "$(wc -l <<<"$versions")" -eq $# ] ||
		trouble "apt does not know all of: $*" \
			"run apt-get update (Debian 12, amd64)"
}

# Unpacks package=version... under DIR; archives are kept and used again.
unpack_packages()
{
	local dir=$1 spec name version deb

	shift
	mkdir -p "$CACHE/debs"
	for spec in "$@"; do
		name=${spec%%=*}
		version=${spec#*=}
		deb=$(printf '%s' "$version" | sed 's/:/%3a/g')
		deb=$(find "$CACHE/debs" -name "${name}_${deb}_*.deb" | head -n 1)
		if [ -z "$deb" ]; then
			(cd "$CACHE/debs" && apt-get -qq \
				-o APT::Sandbox::User="$(id -un)" \
				download "$spec" >&2) ||
				trouble "cannot download $spec" \
					"check the network, then apt-get update"
			deb=$(find "$CACHE/debs" -name "${name}_*.deb" \
				-printf '%T@ %p\n' | sort -n | tail -n 1)
			deb=${deb#* }
		fi
		dpkg-deb -x "$deb" "$dir" ||
			trouble "cannot unpack $deb" "delete it and try again"
	done
}

# Copies PROGRAM... with the libraries that they need to ROOT, under the names
# that the loader looks for.  Libraries below LIBROOT win over the machine's.
copy_libraries()
{
	local root=$1 libroot=$2 file lib

	shift 2
	for file in "$@"; do
		[ -f "$file" ] || continue
		head -c 4 "$file" | grep -q ELF || continue
		LD_LIBRARY_PATH=$libroot/usr/lib/x86_64-linux-gnu ldd "$file" \
			2>/dev/null || :
	done | awk '/not found/ { print "!" $1 } $2 == "=>" && $3 ~ "^/" { print $3 }
		$1 ~ "^/" { print $1 }' | sort -u | while read -r lib; do
		case $lib in
		!*)
			echo "lab: library ${lib#!} was not found" >&2
			exit 1
			;;
		*/ld-linux-x86-64.so.2)
			mkdir -p "$root/lib64"
			cp -L "$lib" "$root/lib64/"
			;;
		*)
			mkdir -p "$root/usr/lib/x86_64-linux-gnu"
			cp -L "$lib" "$root/usr/lib/x86_64-linux-gnu/"
			;;
		esac
	done
}

# A root directory with busybox under all its names.
busybox_root()
{
	local root=$1 from=$2 dir name

	for dir in bin dev etc proc root run sys tmp usr/bin usr/sbin var/log; do
		mkdir -p "$root/$dir"
	done
	chmod 1777 "$root/tmp"
	ln -s bin "$root/sbin"
	ln -s ../run "$root/var/run"
	ln -s usr/lib "$root/lib"
	mkdir -p "$root/usr/lib" "$root/usr/local"
	cp "$from/bin/busybox" "$root/bin/"
	"$from/bin/busybox" --list | while read -r name; do
		[ "$name" = busybox ] || ln -s busybox "$root/bin/$name"
	done
	printf '%s\n' root:x:0:0:root:/root:/bin/sh \
		nobody:x:65534:65534:nobody:/nonexistent:/bin/false \
		>"$root/etc/passwd"
	printf '%s\n' root:x:0: tty:x:5: nogroup:x:65534: >"$root/etc/group"
	printf '%s\n' 'passwd: files' 'group: files' >"$root/etc/nsswitch.conf"
	echo '127.0.0.1 localhost' >"$root/etc/hosts"
}

# Copies MODULE... and what they depend on from FROM to ROOT.
copy_modules()
{
	local root=$1 from=$2 release=$3 module path

	shift 3
	mkdir -p "$root/lib/modules/$release"
	cp "$from/lib/modules/$release"/modules.{order,builtin,builtin.modinfo} \
		"$root/lib/modules/$release/"
	for module in "$@"; do
		/sbin/modprobe -d "$from" -S "$release" --show-depends \
			--ignore-install "$module" |
			sed -n 's/^insmod \([^ ]*\).*/\1/p'
	done | sort -u | while read -r path; do
		path=${path#"$from"}
		mkdir -p "$root${path%/*}"
		# What a debugger wants of a module is nine tenths of it.
		cp "$from$path" "$root$path"
	done
	/sbin/depmod -b "$root" "$release"
}

# The ELF image inside a bzImage.  Unpacking xz takes an emulated processor
# longer than everything else that it does to start a guest.
extract_vmlinux()
{
	local setup offset length

	setup=$(od -An -tu1 -j 497 -N 1 "$1")
	offset=$(od -An -tu4 -j 584 -N 4 "$1")
	length=$(od -An -tu4 -j 588 -N 4 "$1")
	# The last four bytes are the length, which xz takes for a torn stream.
	dd if="$1" bs=1M iflag=skip_bytes,count_bytes status=none \
		skip=$(((setup + 1) * 512 + offset)) count=$((length - 4)) |
		xz -dc
}

# Xen, the kernel, dom0's and the guest's root: see the names at the end.
build_base()
{
	local dir=$1 from root release program

	echo "lab: building the images in $CACHE (once)" >&2
	shift
	from=$dir/from
	mkdir "$from"
	unpack_packages "$from" "$@"

	gunzip -c "$from/boot/xen-$XEN-amd64.gz" >"$dir/xen"
	release=$(ls "$from/lib/modules")
	echo "$release" >"$dir/release"
	cp "$from/boot/vmlinuz-$release" "$dir/vmlinuz"
	extract_vmlinux "$dir/vmlinuz" >"$dir/vmlinux"
	/sbin/depmod -b "$from" "$release"

	root=$dir/dom0
	busybox_root "$root" "$from"
	copy_modules "$root" "$from" "$release" "${DOM0_MODULES[@]}"
	mkdir -p "$root/usr/lib/xen-$XEN/bin" "$root/etc/xen/scripts" \
		"$root/var/lib/xen" "$root/var/log/xen/console" "$root/lab"
	for program in "${DOM0_PROGRAMS[@]}"; do
		cp "$from/usr/lib/xen-$XEN/bin/$program" \
			"$root/usr/lib/xen-$XEN/bin/"
	done
	cp -P "$from"/usr/bin/xenstore* "$root/usr/bin/"
	copy_libraries "$root" "$from" "$root/usr/lib/xen-$XEN"/bin/* \
		"$root"/usr/bin/xenstore*
	# xl ends a thread, for which glibc loads this by name.
	cp /usr/lib/x86_64-linux-gnu/libgcc_s.so.1 \
		"$root/usr/lib/x86_64-linux-gnu/"
	echo vtpm:x:120:120:vtpm:/var/vtpm:/bin/false >>"$root/etc/passwd"
	echo vtpm:x:120: >>"$root/etc/group"
	cp /sbin/ldconfig "$root/bin/"
	cp "$dir/vmlinux" "$root/lab/vmlinux"
	pack "$root" >"$dir/dom0.cpio"

	root=$dir/guest
	busybox_root "$root" "$from"
	copy_modules "$root" "$from" "$release" "${GUEST_MODULES[@]}"
	# What xl shutdown and xl reboot make the kernel run: there is no init
	# that would hear of it.
	for program in poweroff reboot; do
		rm "$root/bin/$program"
		printf '#!/bin/sh\nexec busybox %s -f\n' "$program" \
			>"$root/bin/$program"
		chmod 755 "$root/bin/$program"
	done
	pack "$root" >"$dir/guest.cpio"

	rm -rf "$from" "$dir/dom0" "$dir/guest"
}

# Sets base: the directory of the images that every run shares.
base_images()
{
	local kernel versions

	kernel=$(LC_ALL=C apt-cache depends linux-image-amd64 2>/dev/null |
		sed -n 's/.*Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
	[ -n "$kernel" ] ||
		trouble "apt knows no linux-image-amd64" \
			"run apt-get update (Debian 12, amd64)"
	known_versions "${BASE_PACKAGES[@]}" "$kernel"
	# shellcheck disable=SC2086 # one word for each package
	make_image "base-$({ echo "$versions"; cat "$LAB/images.bash"; } |
		hash_of)" build_base $versions
	# shellcheck disable=SC2034 # for the one who sources this
	base=$image
}

# A disk, which dom0 has at /hvm: it has no room for that in memory.
build_hvm()
{
	local dir=$1 kernel=$2 from root

	from=$dir/from root=$dir/root
	shift 2
	unpack_packages "$from" "$@"
	mkdir -p "$root/rom"
	cp "$kernel" "$root/vmlinuz"
	cp -r "$from/usr/lib/xen-$XEN/boot" "$root/boot"
	cp "$from/usr/share/seabios/bios-256k.bin" "$root/rom/"
	cp -r "$from"/usr/share/qemu/{keymaps,kvmvapic.bin,linuxboot*.bin} \
		"$root/rom/"
	cp "$from/usr/libexec/xen-qemu-system-i386" "$root/"
	copy_libraries "$root" "$from" "$root/xen-qemu-system-i386"
	cat >"$root/device-model" <<'END'
#!/bin/sh
export LD_LIBRARY_PATH=/hvm/usr/lib/x86_64-linux-gnu
exec /hvm/xen-qemu-system-i386 -L /hvm/rom "$@"
END
	chmod 755 "$root/device-model"
	/sbin/mkfs.ext4 -q -d "$root" "$dir/disk" 128M >/dev/null
	rm -rf "$from" "$root"
}

# Sets hvm to the disk with what dom0 needs for a guest of type hvm.
hvm_image()
{
	local versions

	known_versions "${BASE_PACKAGES[@]}" "${HVM_PACKAGES[@]}"
	# The base is named for this file, too.
	# shellcheck disable=SC2086 # one word for each package
	make_image "hvm-$(hash_of <<<"$base $versions")" \
		build_hvm "$base/vmlinuz" $versions
	# shellcheck disable=SC2034 # for the one who sources this
	hvm=$image/disk
}

build_package()
{
	local dir=$1

	shift
	mkdir -p "$dir/root/usr/lib"
	# What a package puts in /lib and /sbin goes where the base has them.
	unpack_packages "$dir/from" "$@"
	(cd "$dir/from" && rm -rf usr/share/{doc,man,info,locale,lintian,bug} \
		usr/share/{bash-completion,zsh,doc-base,perl5} usr/lib/systemd \
		usr/lib/*/gconv)
	for part in lib:usr/lib sbin:bin bin:bin; do
		[ ! -d "$dir/from/${part%:*}" ] || {
			mkdir -p "$dir/root/${part#*:}"
			cp -a "$dir/from/${part%:*}/." "$dir/root/${part#*:}"
			rm -rf "$dir/from/${part%:*}"
		}
	done
	cp -a "$dir/from/." "$dir/root"
	pack "$dir/root" >"$dir/cpio"
	rm -rf "$dir/from" "$dir/root"
}

# Sets package to an archive of packages NAME... and what they depend on.
package_image()
{
	local list

	mkdir -p "$CACHE"
	# Resolved against a machine that has nothing, whatever this one has.
	list=$(LC_ALL=C apt-get -s --no-install-recommends \
		-o Dir::State::status=/dev/null -o Debug::NoLocking=1 \
		install "$@" 2>&1 | awk '$1 == "Inst" {
			sub(/^\(/, "", $3); print $2 "=" $3 }' |
		awk -F= -v no="$NOT_NEEDED" '$1 !~ no') || :
	[ -n "$list" ] ||
		trouble "apt cannot resolve package $*" \
			"check the name, and run apt-get update"
	# shellcheck disable=SC2086 # one word for each package
	make_image "package-$1-$({ echo "$list"; cat "$LAB/images.bash"; } |
		hash_of)" build_package $list
	# shellcheck disable=SC2034 # for the one who sources this
	package=$image/cpio
}
