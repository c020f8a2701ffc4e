# SPDX-License-Identifier: BSD-2-Clause
#
# make -f Makefile -f flags.mk lint-flags, in a build: one per line, what any
# of its targets gives the preprocessor.

lint_names = $(filter %CPPFLAGS %_CFLAGS,$(.VARIABLES))

lint-flags:
	@printf '%s\n' $(DEFS) $(DEFAULT_INCLUDES) \
		$(foreach name,$(lint_names),$($(name)))
.PHONY: lint-flags
