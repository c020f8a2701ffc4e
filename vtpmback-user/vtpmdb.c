/* SPDX-License-Identifier: BSD-2-Clause */
/* The associations: see vtpmdb.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "vtpmdb.h"
#include "xs.h"

#define FILE_NAME     "vtpm.db"
#define FILE_NAME_NEW "vtpm.db.new"
#define FILE_MAX      (16 * 1024 * 1024)

static const char head[] = "#Database for VM to vTPM association\n"
			   "#1st column: domain name\n"
			   "#2nd column: TPM instance number\n";

struct vtpmdb {
	int dir_fd;	/* our own description of it, which holds the lock */
	char *text;	/* the file, with a final 0 */
	size_t len;
	uint8_t taken[VTPMDB_INSTANCE_MAX / 8 + 1];
};

static void db_close(struct vtpmdb *db)
{
	free(db->text);
	if (db->dir_fd >= 0)
		close(db->dir_fd);
	free(db);
}

static int read_text(struct vtpmdb *db, int fd, size_t size)
{
	ssize_t n;

	db->text = malloc(size + 1);
	if (!db->text)
		return -ENOMEM;
	while (db->len < size) {
		n = read(fd, db->text + db->len, size - db->len);
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		db->len += (size_t)n;
	}
	db->text[size] = '\0';
	/* What is behind it would be lost, and its owners get new vTPMs. */
	return memchr(db->text, '\0', size) ? -EBADMSG : 0;
}

static int read_file(struct vtpmdb *db)
{
	struct stat st;
	int fd, r;

	fd = openat(db->dir_fd, FILE_NAME,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		db->text = strdup(head);
		db->len = sizeof(head) - 1;
		return db->text ? 0 : -ENOMEM;
	}
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		r = -EFBIG;
	else
		r = read_text(db, fd, (size_t)st.st_size);
	close(fd);
	return r;
}

static int db_open(int dir_fd, struct vtpmdb **out)
{
	struct vtpmdb *db = calloc(1, sizeof(*db));
	int r = 0;

	if (!db)
		return -ENOMEM;
	db->dir_fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (db->dir_fd < 0 || flock(db->dir_fd, LOCK_EX) < 0)
		r = -errno;
	if (!r)
		r = read_file(db);
	if (r) {
		db_close(db);
		return r;
	}
	*out = db;
	return 0;
}

/*
 * Splits "<key> <instance>"; returns false for a line that makes no sense.
 * Comments and empty lines have no key.
 */
static bool parse_line(char *line, char **key, uint32_t *instance)
{
	char *save, *number;

	*key = strtok_r(line, " \t\r", &save);
	if (!*key || (*key)[0] == '#') {
		*key = NULL;
		return true;
	}
	number = strtok_r(NULL, " \t\r", &save);
	return number && !strtok_r(NULL, " \t\r", &save) &&
	       !xs_parse_u32(number, VTPMDB_INSTANCE_MAX, instance) &&
	       *instance != 0;
}

/* Notes every number that is taken; returns key's, or 0. */
static int scan(struct vtpmdb *db, const char *key, uint32_t *found)
{
	char *copy = strdup(db->text), *line, *next, *entry;
	unsigned int number = 0;
	uint32_t instance;

	if (!copy)
		return -ENOMEM;
	*found = 0;
	for (line = copy; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		number++;
		if (!parse_line(line, &entry, &instance)) {
			log_warning(FILE_NAME " line %u makes no sense and is "
					      "left alone (wanted: a key, a "
					      "space, a number from 1)",
				    number);
		} else if (entry) {
			db->taken[instance / 8] |=
				(uint8_t)(1u << instance % 8);
			if (!*found && !strcasecmp(entry, key))
				*found = instance;
		}
	}
	free(copy);
	return 0;
}

static int write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, text, len);
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int replace_file(struct vtpmdb *db, const char *line)
{
	bool unended = db->len && db->text[db->len - 1] != '\n';
	int fd, r;

	fd = openat(db->dir_fd, FILE_NAME_NEW,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	r = write_all(fd, db->text, db->len);
	if (!r && unended)
		r = write_all(fd, "\n", 1);
	if (!r)
		r = write_all(fd, line, strlen(line));
	if (!r && fsync(fd) < 0)
		r = -errno;
	close(fd);
	if (!r &&
	    renameat(db->dir_fd, FILE_NAME_NEW, db->dir_fd, FILE_NAME) < 0)
		r = -errno;
	if (r)
		unlinkat(db->dir_fd, FILE_NAME_NEW, 0);
	else if (fsync(db->dir_fd) < 0)
		r = -errno;
	return r;
}

static int assign_free(struct vtpmdb *db, const char *key,
		       int (*claim)(void *ctx, uint32_t instance), void *ctx,
		       uint32_t *instance)
{
	char line[VTPMDB_KEY_MAX + 16];
	uint32_t n;
	int r = -EEXIST;

	for (n = 1; r == -EEXIST && n <= VTPMDB_INSTANCE_MAX; n++) {
		if (db->taken[n / 8] & 1u << n % 8)
			continue;
		*instance = n;
		r = claim(ctx, n);
	}
	if (r)
		return r == -EEXIST ? -ENOSPC : r;
	snprintf(line, sizeof(line), "%s %u\n", key, *instance);
	return replace_file(db, line);
}

int vtpmdb_find(int dir_fd, const char *key, uint32_t *instance)
{
	struct vtpmdb *db;
	int r = db_open(dir_fd, &db);

	if (r)
		return r;
	r = scan(db, key, instance);
	db_close(db);
	return r ? r : *instance ? 0 : -ENOENT;
}

int vtpmdb_assign(int dir_fd, const char *key,
		  int (*claim)(void *ctx, uint32_t instance), void *ctx,
		  uint32_t *instance)
{
	struct vtpmdb *db;
	int r;

	if (!key[0] || strlen(key) >= VTPMDB_KEY_MAX ||
	    key[strcspn(key, " \t\r\n#")])
		return -EINVAL;
	r = db_open(dir_fd, &db);
	if (r)
		return r;
	r = scan(db, key, instance);
	if (!r && !*instance)
		r = assign_free(db, key, claim, ctx, instance);
	db_close(db);
	return r;
}
