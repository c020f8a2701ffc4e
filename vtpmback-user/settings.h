/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the administrator, and what happened, say about one vTPM: the file
 * STATE/N.conf, root's.  Text: lines "key value"; empty ones and those that
 * begin with "#" say nothing.
 *
 *	localities 0,2		which a guest may use; 0 to 4
 *	moved yes		its state lives on elsewhere: it must not start
 *	moved-to TEXT		where
 *	attached-late yes	it was made for a guest that already ran
 *	protocol-1 no		a front end that has protocol 1 only is refused
 *
 * Functions return 0 or a negative errno value, after logging what is wrong
 * and what to do.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct settings {
	uint32_t localities; /* bit N: locality N */
	bool moved;
	char moved_to[128]; /* "": not known; one line of text */
	bool attached_late;
	bool protocol_1; /* such a front end may connect */
};

/* Where there is no file: locality 0, and either protocol. */
#define SETTINGS_DEFAULT                                  \
	{                                                 \
		.localities = 1u << 0, .protocol_1 = true \
	}

/*
 * Reads instance's settings from the directory state_fd.
 *
 * Errors: -EINVAL (a line is wrong), -EBADMSG (no text), -EFBIG, -ENOMEM, or
 * what reading said.  *settings is the default then.
 */
int settings_read(int state_fd, uint32_t instance, struct settings *settings);

/*
 * Replaces them; on disk before it returns.  Comments that were in the file
 * are lost.  -EINVAL when settings has what cannot be written.
 */
int settings_write(int state_fd, uint32_t instance,
		   const struct settings *settings);

/*
 * Sets one of them as a line of the file does.  -ENOENT: there is no such
 * setting; -EINVAL: it cannot be that, and *wanted says what it could be.
 */
int settings_set(struct settings *settings, const char *key, const char *value,
		 const char **wanted);

/* Forgets them; it is no error that there are none. */
int settings_remove(int state_fd, uint32_t instance);

#endif
