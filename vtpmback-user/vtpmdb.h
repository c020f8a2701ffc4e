/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vtpm.db: which vTPM is whose.  The file and its format are those of 2006:
 *
 *	#Database for VM to vTPM association
 *	#1st column: domain name
 *	#2nd column: TPM instance number
 *	<key> <instance>
 *
 * The key is a vTPM's uuid, or its guest's name.  Several keys may have the
 * same instance.  People edit the file: lines that begin with "#" are theirs,
 * lines that make no sense are reported with their numbers, and all are kept.
 *
 * Beside it, in the same format, vtpm.recent has for each vTPM that was found
 * by its guest's name the uuid that the toolstack had made up for it that time:
 * one line each, which the next such uuid replaces.  Its loss costs nothing
 * but that a guest that was renamed since is not known by that uuid.
 *
 * A database that is open is locked: others wait.  What was changed is lost
 * when it is closed without vtpmdb_save.
 *
 * Functions return 0 or a negative errno value.
 */
#ifndef VTPMDB_H
#define VTPMDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VTPMDB_INSTANCE_MAX 65535u
#define VTPMDB_KEY_MAX	    128 /* with its final 0 */
#define VTPMDB_UUID_SIZE    37	/* with its final 0 */

struct vtpmdb;

/*
 * Locks and reads the database in directory dir_fd; where there is none it is
 * empty.
 *
 * Errors: -EBADMSG (no text: bytes are 0), -EFBIG, -ELOOP (a link), -ENOMEM,
 * or what locking or reading said.
 */
int vtpmdb_open(int dir_fd, struct vtpmdb **db);
void vtpmdb_close(struct vtpmdb *db);

/*
 * The instance of a key; 0: none.  Uuids match in upper and in lower case, and
 * are looked for in vtpm.db and then in vtpm.recent.  Where a key has several
 * lines the first counts, and the log says so.
 */
uint32_t vtpmdb_find(const struct vtpmdb *db, const char *key);

/* Whether a line of vtpm.db has this instance. */
bool vtpmdb_taken(const struct vtpmdb *db, uint32_t instance);

/*
 * Calls `each` for every line of vtpm.db that has a key, in the order of the
 * file; it stops at the first that does not return 0, and returns that.
 */
typedef int vtpmdb_each_fn(void *ctx, const char *key, uint32_t instance);
int vtpmdb_each(const struct vtpmdb *db, vtpmdb_each_fn *each, void *ctx);

/* The first uuid, or (is_uuid false) name, of an instance; false: none. */
bool vtpmdb_key_of(const struct vtpmdb *db, uint32_t instance, bool is_uuid,
		   char key[VTPMDB_KEY_MAX]);

/*
 * Associates key with instance: a new line at the end, or in the place of the
 * one that it has.  -EINVAL: it cannot be a key, or no instance has such a
 * number; -ENOMEM.
 */
int vtpmdb_set(struct vtpmdb *db, const char *key, uint32_t instance);

/* Notes the uuid that was made up last for an instance; errors as above. */
int vtpmdb_note(struct vtpmdb *db, const char *uuid, uint32_t instance);

/* Removes all lines of an instance, or of a key; how many of vtpm.db's. */
unsigned int vtpmdb_remove(struct vtpmdb *db, uint32_t instance);
unsigned int vtpmdb_remove_key(struct vtpmdb *db, const char *key);

/*
 * Writes what was changed; on disk before it returns.  On an error the file is
 * as it was; only if the directory could not be synced it may be the new one.
 */
int vtpmdb_save(struct vtpmdb *db);

/*
 * Whether text is a uuid as xenstore has them, 36 characters; whether it may
 * be a key: not empty, shorter than VTPMDB_KEY_MAX, printable, without blanks,
 * and no comment.
 */
bool vtpmdb_is_uuid(const char *text);
bool vtpmdb_is_key(const char *text);

#endif
