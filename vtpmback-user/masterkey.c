/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the key of all state comes from: see masterkey.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "log.h"
#include "masterkey.h"

#define KEY_FILE   "key"
#define SALT_FILE  "key.salt"
#define CHECK_FILE "key.check"

#define HEX_SIZE (2 * SEAL_KEY_SIZE + 1) /* with an end of line */

/* What is asked for and found out, on the way to the key. */
struct search {
	int state_fd;
	const char *state_path;
	const struct masterkey_source *source;
	bool has_vtpms;
};

/*
 * Reads a secret to its end; more than size bytes are -EBADMSG.  Of a pipe it
 * is not asked whose it is.
 */
static int read_secret(int fd, uint8_t *buf, size_t size, size_t *len)
{
	struct stat st;
	uint8_t more;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode) &&
	    (st.st_uid != geteuid() || (st.st_mode & 077)))
		return -EPERM;
	for (*len = 0; *len < size; *len += (size_t)n) {
		n = read(fd, buf + *len, size - *len);
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
	}
	n = read(fd, &more, 1);
	return n < 0 ? -errno : n ? -EBADMSG : 0;
}

static int read_key(int fd, uint8_t master[SEAL_KEY_SIZE])
{
	size_t len = 0;
	int r = read_secret(fd, master, SEAL_KEY_SIZE, &len);

	return !r && len != SEAL_KEY_SIZE ? -EBADMSG : r;
}

/* name is under the directory dir, or is itself a path. */
static int complain_of_key(const char *dir, const char *name, int r)
{
	log_error("%s%s%s: %s; it must be %u bytes long, and root's and "
		  "readable by nobody else",
		  dir, dir[0] ? "/" : "", name, strerror(-r), SEAL_KEY_SIZE);
	return r;
}

/* ---- The administrator's file ---- */

static int from_file(const struct search *s, uint8_t master[SEAL_KEY_SIZE])
{
	const char *path = s->source->key_file;
	int fd = openat(AT_FDCWD, path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	int r = fd < 0 ? -errno : read_key(fd, master);

	if (fd >= 0)
		close(fd);
	return r ? complain_of_key("", path, r) : 0;
}

/* ---- The file that is made at the first start ---- */

/* What may be made now; without it the vTPMs that there are cannot be read. */
static int may_make(const struct search *s, const char *name)
{
	if (!s->has_vtpms)
		return 0;
	log_error("%s/%s is missing, and there are vTPMs: put it back from a "
		  "backup; without it they cannot be read",
		  s->state_path, name);
	return -ENODATA;
}

static int tell_made(const struct search *s, const char *name, int r)
{
	if (r)
		log_error("%s/%s cannot be made: %s", s->state_path, name,
			  strerror(-r));
	else
		log_info("made %s/%s: back it up", s->state_path, name);
	return r;
}

static int make_key(const struct search *s, uint8_t master[SEAL_KEY_SIZE])
{
	int r = may_make(s, KEY_FILE);

	if (r)
		return r;
	r = seal_random(master, SEAL_KEY_SIZE);
	if (!r)
		r = files_replace(s->state_fd, KEY_FILE, (const char *)master,
				  SEAL_KEY_SIZE);
	return tell_made(s, KEY_FILE, r);
}

static int from_state(const struct search *s, uint8_t master[SEAL_KEY_SIZE])
{
	int fd, r;

	fd = openat(s->state_fd, KEY_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return make_key(s, master);
	r = fd < 0 ? -errno : read_key(fd, master);
	if (fd >= 0)
		close(fd);
	return r ? complain_of_key(s->state_path, KEY_FILE, r) : 0;
}

/* ---- A passphrase ---- */

static int read_passphrase(const char *path, uint8_t *text, size_t *len)
{
	int fd = openat(AT_FDCWD, path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	int r = fd < 0 ? -errno
		       : read_secret(fd, text, MASTERKEY_PASSPHRASE_MAX, len);

	if (fd >= 0)
		close(fd);
	if (!r && *len && text[*len - 1] == '\n')
		--*len;
	if (!r && !*len)
		r = -EBADMSG;
	if (r)
		log_error("%s: %s; it must have 1 to %u bytes, and be root's "
			  "and readable by nobody else",
			  path, strerror(-r), MASTERKEY_PASSPHRASE_MAX);
	return r;
}

static int get_salt(const struct search *s, uint8_t salt[SEAL_KEY_SIZE])
{
	char *bytes;
	size_t len;
	int r;

	r = files_read(s->state_fd, SALT_FILE, SEAL_KEY_SIZE, &bytes, &len);
	if (r == -ENOENT) {
		r = may_make(s, SALT_FILE);
		if (r)
			return r;
		r = seal_random(salt, SEAL_KEY_SIZE);
		if (!r)
			r = files_replace(s->state_fd, SALT_FILE,
					  (const char *)salt, SEAL_KEY_SIZE);
		return tell_made(s, SALT_FILE, r);
	}
	if (!r) {
		if (len == SEAL_KEY_SIZE)
			memcpy(salt, bytes, SEAL_KEY_SIZE);
		else
			r = -EBADMSG;
		free(bytes);
	}
	if (r)
		log_error("%s/" SALT_FILE ": %s; it must be %u bytes long: put "
			  "it back from a backup",
			  s->state_path, strerror(-r), SEAL_KEY_SIZE);
	return r;
}

static int from_passphrase(const struct search *s,
			   uint8_t master[SEAL_KEY_SIZE])
{
	uint8_t text[MASTERKEY_PASSPHRASE_MAX], salt[SEAL_KEY_SIZE];
	size_t len = 0;
	int r;

	r = read_passphrase(s->source->passphrase_file, text, &len);
	if (!r)
		r = get_salt(s, salt);
	if (!r) {
		r = seal_passphrase(text, len, salt, master);
		if (r)
			log_error("scrypt: %s; it needs %u MiB of memory",
				  strerror(-r), SEAL_PASSPHRASE_MIB);
	}
	explicit_bzero(text, sizeof(text));
	return r;
}

/* ---- Is it the right one? ---- */

static void to_hex(const uint8_t bytes[SEAL_KEY_SIZE], char text[HEX_SIZE + 1])
{
	size_t i;

	for (i = 0; i < SEAL_KEY_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	snprintf(text + 2 * i, 2, "\n");
}

static int reject(const struct search *s)
{
	if (s->source->passphrase_file)
		log_error("the passphrase in %s is not the one that the vTPMs "
			  "in %s are sealed under",
			  s->source->passphrase_file, s->state_path);
	else
		log_error("the key in %s%s is not the one that the vTPMs in %s "
			  "are sealed under: put the right one there",
			  s->source->key_file ? s->source->key_file
					      : s->state_path,
			  s->source->key_file ? "" : "/" KEY_FILE,
			  s->state_path);
	return -EKEYREJECTED;
}

/* The sum that was noted; "" where there is none. */
static int read_check(const struct search *s, char text[HEX_SIZE + 1])
{
	char *bytes;
	size_t len;
	int r;

	text[0] = '\0';
	r = files_read(s->state_fd, CHECK_FILE, HEX_SIZE, &bytes, &len);
	if (r == -ENOENT)
		return 0;
	if (!r) {
		if (len == HEX_SIZE && strlen(bytes) == HEX_SIZE)
			memcpy(text, bytes, HEX_SIZE + 1);
		else
			r = -EBADMSG;
		free(bytes);
	}
	if (r)
		log_error("%s/" CHECK_FILE ": %s; put it back from a backup, "
			  "or remove it if you are sure of the key",
			  s->state_path, strerror(-r));
	return r;
}

static int check(const struct search *s, const uint8_t master[SEAL_KEY_SIZE])
{
	char text[HEX_SIZE + 1], noted[HEX_SIZE + 1];
	uint8_t sum[SEAL_KEY_SIZE];
	int r;

	r = read_check(s, noted);
	if (r)
		return r;
	r = seal_key_check(master, sum);
	if (!r) {
		to_hex(sum, text);
		if (!strcmp(text, noted))
			return 0;
		if (noted[0] && s->has_vtpms)
			return reject(s);
		r = files_replace(s->state_fd, CHECK_FILE, text, HEX_SIZE);
	}
	if (r)
		log_error("%s/" CHECK_FILE " cannot be made: %s", s->state_path,
			  strerror(-r));
	return r;
}

int masterkey_get(int state_fd, const char *state_path,
		  const struct masterkey_source *source, bool has_vtpms,
		  uint8_t master[SEAL_KEY_SIZE])
{
	const struct search s = { state_fd, state_path, source, has_vtpms };
	int r;

	if (source->key_file)
		r = from_file(&s, master);
	else if (source->passphrase_file)
		r = from_passphrase(&s, master);
	else
		r = from_state(&s, master);
	if (!r)
		r = check(&s, master);
	if (r)
		explicit_bzero(master, SEAL_KEY_SIZE);
	return r;
}
