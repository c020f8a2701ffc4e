# SPDX-License-Identifier: BSD-2-Clause

dist_pkgdata_DATA += xenstore-schema/vtpm.paths
dist_pkgdata_SCRIPTS += xenstore-schema/check-paths
dist_man_MANS += \
	xenstore-schema/vtpm-attach.8 \
	xenstore-schema/vtpm-xenstore.7

sbin_SCRIPTS += xenstore-schema/vtpm-attach
EXTRA_DIST += xenstore-schema/vtpm-attach.in
CLEANFILES += xenstore-schema/vtpm-attach
xenstore-schema/vtpm-attach: $(srcdir)/xenstore-schema/vtpm-attach.in
	$(SUBSTITUTE) $< >$@ && chmod +x $@
