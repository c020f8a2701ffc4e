# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
#
# The guest's module, built for kernels of Debian's archive; sourced after
# images.bash.  The kernels' headers are unpacked into the cache, as all else.

# What goes into the module.
MODULE_SOURCES=("$TREE"/guest-kmod/{Kbuild,*.[ch]} "$TREE"/libvring/tpmif*.h)

unpack_headers()
{
	local dir=$1 makefile

	shift
	unpack_packages "$dir" "$@"
	for makefile in "$dir"/usr/src/linux-headers-*/Makefile; do
		sed -i "s|^include /usr|include \$(LINUX_HEADERS)/usr|" \
			"$makefile"
	done
}

# Sets headers to where those of kernel RELEASE are unpacked; make there wants
# LINUX_HEADERS=$headers.
headers_image()
{
	local package=linux-headers-$1 needed versions

	needed=$(LC_ALL=C apt-cache depends "$package" 2>/dev/null | sed -nE \
		's/^ *Depends: (linux-headers-.*-common.*|linux-kbuild-.*)$/\1/p')
	# shellcheck disable=SC2086 # one word for each package
	versions=$(package_versions "$package" $needed)
	[ "$(wc -l <<<"$versions")" -eq 3 ] ||
		trouble "apt does not know $package and what it needs" \
			"run apt-get update (Debian 12, amd64)"
	# shellcheck disable=SC2086 # one word for each package
	make_image "headers-$1-$(hash_of <<<"$versions")" unpack_headers \
		$versions
	headers=$image
}

# Builds the module for RELEASE in DIR, with the words of make that follow.
make_module()
{
	local release=$1 dir=$2

	shift 2
	cp "${MODULE_SOURCES[@]}" "$dir"
	# Type information would want pahole, and the whole kernel.
	make -C "$headers/usr/src/linux-headers-$release" \
		LINUX_HEADERS="$headers" M="$dir" \
		CONFIG_DEBUG_INFO_BTF_MODULES= "$@" modules
}

# The guest's base with the module: what differs from the base alone.
build_guest_module()
{
	local dir=$1 release=$2 root=$1/root modules

	mkdir "$dir/build" "$root"
	make_module "$release" "$dir/build" >"$dir/log" 2>&1 || {
		tail -n 20 "$dir/log" >&2
		trouble "tpm_xenu does not build for kernel $release"
	}
	modules=$root/usr/lib/modules/$release
	(cd "$root" && cpio --quiet -id "*usr/lib/modules/*" \
		<"$base/guest.cpio")
	ln -s usr/lib "$root/lib"
	mkdir "$modules/updates"
	cp "$dir/build/tpm_xenu.ko" "$modules/updates/"
	/sbin/depmod -b "$root" "$release"
	rm -rf "$modules/kernel" "${root:?}/lib"
	pack "$root" >"$dir/cpio"
	rm -rf "$dir/build" "$root"
}

# Sets guest_module to an archive for guests of the lab, which base_images must
# have made.
guest_module_image()
{
	local release

	release=$(cat "$base/release")
	headers_image "$release"
	make_image "module-$({ echo "$headers"; echo "$base"
		cat "${MODULE_SOURCES[@]}" "$LAB/module.bash"; } | hash_of)" \
		build_guest_module "$release"
	# shellcheck disable=SC2034 # for the one who sources this
	guest_module=$image/cpio
}
