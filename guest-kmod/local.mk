# SPDX-License-Identifier: BSD-2-Clause

dist_pkgdata_DATA += guest-kmod/tpm_xenu-stock.conf
EXTRA_DIST += guest-kmod/README
