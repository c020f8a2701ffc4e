/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vtpm.db: which vTPM is whose.  The file and its format are those of 2006:
 *
 *	#Database for VM to vTPM association
 *	#1st column: domain name
 *	#2nd column: TPM instance number
 *	<key> <instance>
 *
 * The key is a vTPM's uuid.  Lines that make no sense are reported and kept; a
 * file that is no text is -EBADMSG.
 * Changes are made under a lock of the directory, by replacing the file, and
 * are on disk before a function returns.
 *
 * Functions return 0 or a negative errno value.
 */
#ifndef VTPMDB_H
#define VTPMDB_H

#include <stdint.h>

#define VTPMDB_INSTANCE_MAX 65535u
#define VTPMDB_KEY_MAX	    128

/*
 * The instance that key is associated with; -ENOENT.
 */
int vtpmdb_find(int dir_fd, const char *key, uint32_t *instance);

/*
 * Like vtpmdb_find, but makes an association where there is none: with the
 * lowest number from 1 that is nobody's and that `claim` takes.
 *
 * claim: 0, -EEXIST (taken: try the next) or another error, which ends it
 */
int vtpmdb_assign(int dir_fd, const char *key,
		  int (*claim)(void *ctx, uint32_t instance), void *ctx,
		  uint32_t *instance);

#endif
