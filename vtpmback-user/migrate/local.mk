# SPDX-License-Identifier: BSD-2-Clause

sbin_SCRIPTS += vtpmback-user/migrate/vtpm-migrate
dist_man_MANS += vtpmback-user/migrate/vtpm-migrate.8
EXTRA_DIST += vtpmback-user/migrate/vtpm-migrate.in
CLEANFILES += vtpmback-user/migrate/vtpm-migrate
vtpmback-user/migrate/vtpm-migrate: $(srcdir)/vtpmback-user/migrate/vtpm-migrate.in
	$(SUBSTITUTE) $< >$@ && chmod +x $@
