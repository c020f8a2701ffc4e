/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of vtpm-userback, made from options.def. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "log.h"

#define OPTIONS_ALL_DOMAINS UINT32_MAX

struct options {
#define TYPE_DOMAIN  uint32_t
#define TYPE_TEXT    const char *
#define TYPE_LEVEL   enum log_level
#define TYPE_SANDBOX enum sandbox_mode
#define TYPE_FLAG    bool
#define OPTION(name, letter, field, kind, argument, dflt, help)                \
	TYPE_##kind field;
#include "options.def"
#undef OPTION
};

/*
 * Reads the command line.  Texts point into argv.  Answers --help and
 * --version itself and exits 0; a wrong command line gets a message and
 * exit status 2.
 */
void options_parse(struct options *options, int argc, char **argv);

#endif
