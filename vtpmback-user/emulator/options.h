/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of vtpm-emulator, made from options.def. */
#ifndef EMULATOR_OPTIONS_H
#define EMULATOR_OPTIONS_H

#include <stdbool.h>

#include "address.h"
#include "log.h"

/* What the program does to its TPM when it starts. */
enum startup {
	STARTUP_DEFAULT, /* OFF with a control channel, else CLEAR */
	STARTUP_OFF,	 /* nothing: the control channel switches it on */
	STARTUP_NONE,	 /* power */
	STARTUP_CLEAR,	 /* and TPM_Startup */
	STARTUP_STATE,
	STARTUP_DEACTIVATED,
};

struct options {
#define TYPE_TCP     struct address
#define TYPE_UNIX    struct address
#define TYPE_ADDRESS struct address
#define TYPE_TEXT    const char *
#define TYPE_STARTUP enum startup
#define TYPE_LEVEL   enum log_level
#define TYPE_FLAG    bool
#define OPTION(name, letter, field, kind, argument, dflt, help) \
	TYPE_##kind field;
#include "options.def"
#undef OPTION
};

/*
 * Reads the command line.  Texts point into argv.  Answers --help and
 * --version itself and exits 0; a wrong command line gets a message and exit
 * status 2.  There is a channel then, and startup is not STARTUP_DEFAULT.
 */
void options_parse(struct options *options, int argc, char **argv);

#endif
