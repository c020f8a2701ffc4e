/* SPDX-License-Identifier: BSD-2-Clause */
/* The associations: see vtpmdb.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "files.h"
#include "log.h"
#include "vtpmdb.h"
#include "xs.h"

#define FILE_NAME	 "vtpm.db"
#define FILE_NAME_RECENT "vtpm.recent"
#define TABLE_MAX	 (16 * 1024 * 1024)

/* What a line of ours takes, with the end of the one before and a final 0. */
#define LINE_SIZE (VTPMDB_KEY_MAX + 16)

static const char head[] = "#Database for VM to vTPM association\n"
			   "#1st column: domain name\n"
			   "#2nd column: TPM instance number\n";
static const char head_recent[] =
	"#Uuids that toolstacks made up, the latest of each vTPM\n"
	"#Kept by vtpm-userback; associations belong into vtpm.db\n";

/* A file's lines, as they are. */
struct table {
	const char *name;
	char *text; /* with a final 0 */
	size_t len;
	bool changed;
};

struct vtpmdb {
	int dir_fd; /* our own description of it, which holds the lock */
	struct table table;
	struct table recent;
	uint8_t taken[VTPMDB_INSTANCE_MAX / 8 + 1];
};

struct line {
	unsigned int number;
	size_t start, end; /* where it is, with its end of line */
	char key[VTPMDB_KEY_MAX];
	uint32_t instance; /* 0: the line has no key */
	bool senseless;
};

bool vtpmdb_is_uuid(const char *text)
{
	size_t i;

	for (i = 0; i < 36; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
		} else if (!text[i] ||
			   !strchr("0123456789abcdefABCDEF", text[i])) {
			return false;
		}
	}
	return !text[36];
}

bool vtpmdb_is_key(const char *text)
{
	size_t len;

	for (len = 0; text[len]; len++)
		/* Beyond ASCII it is somebody's language. */
		if ((unsigned char)text[len] <= ' ' || text[len] == 0x7f)
			return false;
	return len > 0 && len < VTPMDB_KEY_MAX && text[0] != '#';
}

/* Two domains' names may differ in nothing but upper and lower case. */
static bool same_key(const char *a, const char *b)
{
	return vtpmdb_is_uuid(a) ? !strcasecmp(a, b) : !strcmp(a, b);
}

/* Splits "<key> <instance>"; comments and empty lines have no key. */
static void parse_line(char *text, struct line *line)
{
	char *save, *key, *number;

	line->instance = 0;
	line->senseless = false;
	key = strtok_r(text, " \t\r\n", &save);
	if (!key || key[0] == '#')
		return;
	number = strtok_r(NULL, " \t\r\n", &save);
	if (vtpmdb_is_key(key) && number && !strtok_r(NULL, " \t\r\n", &save) &&
	    !xs_parse_u32(number, VTPMDB_INSTANCE_MAX, &line->instance) &&
	    line->instance)
		snprintf(line->key, sizeof(line->key), "%s", key);
	else
		line->senseless = true;
	if (line->senseless)
		line->instance = 0;
}

/* Goes on from where line ends, at first 0; false: there is none any more. */
static bool next_line(const struct table *t, struct line *line)
{
	char text[2 * VTPMDB_KEY_MAX];
	const char *end;
	size_t len;

	if (line->end >= t->len)
		return false;
	line->number++;
	line->start = line->end;
	end = strchr(t->text + line->start, '\n');
	line->end = end ? (size_t)(end - t->text) + 1 : t->len;
	len = line->end - line->start;
	if (t->text[line->start] == '#') {
		line->instance = 0;
		line->senseless = false;
	} else if (len >= sizeof(text)) {
		line->instance = 0;
		line->senseless = true;
	} else {
		memcpy(text, t->text + line->start, len);
		text[len] = '\0';
		parse_line(text, line);
	}
	return true;
}

static void note_taken(struct vtpmdb *db)
{
	struct line line = { 0 };

	memset(db->taken, 0, sizeof(db->taken));
	while (next_line(&db->table, &line))
		if (line.instance)
			db->taken[line.instance / 8] |=
				(uint8_t)(1u << line.instance % 8);
}

static void report(const struct table *t)
{
	struct line line = { 0 };

	while (next_line(t, &line))
		if (line.senseless)
			log_warning("%s line %u makes no sense and is left "
				    "alone (wanted: a key, a space, a number "
				    "from 1 to %u)",
				    t->name, line.number, VTPMDB_INSTANCE_MAX);
}

static int read_table(int dir_fd, struct table *t, const char *new_text)
{
	int r = files_read(dir_fd, t->name, TABLE_MAX, &t->text, &t->len);

	if (r == -ENOENT) {
		t->text = strdup(new_text);
		t->len = strlen(new_text);
		return t->text ? 0 : -ENOMEM;
	}
	if (r)
		return r;
	/* What is behind it would be lost, and its owners get new vTPMs. */
	return strlen(t->text) != t->len ? -EBADMSG : 0;
}

/* Nothing depends on it: what cannot be read begins anew. */
static int read_recent(struct vtpmdb *db)
{
	struct table *t = &db->recent;
	int r = read_table(db->dir_fd, t, head_recent);

	if (!r || r == -ENOMEM)
		return r;
	log_warning("%s: %s; it is made anew", t->name, strerror(-r));
	free(t->text);
	t->text = strdup(head_recent);
	t->len = sizeof(head_recent) - 1;
	return t->text ? 0 : -ENOMEM;
}

int vtpmdb_open(int dir_fd, struct vtpmdb **out)
{
	struct vtpmdb *db = calloc(1, sizeof(*db));
	int r = 0;

	if (!db)
		return -ENOMEM;
	db->table.name = FILE_NAME;
	db->recent.name = FILE_NAME_RECENT;
	db->dir_fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (db->dir_fd < 0 || flock(db->dir_fd, LOCK_EX) < 0)
		r = -errno;
	if (!r)
		r = read_table(db->dir_fd, &db->table, head);
	if (!r)
		r = read_recent(db);
	if (r) {
		vtpmdb_close(db);
		return r;
	}
	report(&db->table);
	note_taken(db);
	*out = db;
	return 0;
}

void vtpmdb_close(struct vtpmdb *db)
{
	if (!db)
		return;
	free(db->table.text);
	free(db->recent.text);
	if (db->dir_fd >= 0)
		close(db->dir_fd);
	free(db);
}

static uint32_t find_in(const struct table *t, const char *key)
{
	struct line line = { 0 };
	uint32_t found = 0;

	while (next_line(t, &line)) {
		if (!line.instance || !same_key(line.key, key))
			continue;
		if (!found)
			found = line.instance;
		else if (line.instance != found)
			log_warning("%s line %u does not count: %s has "
				    "instance %u in a line before it",
				    t->name, line.number, line.key, found);
	}
	return found;
}

uint32_t vtpmdb_find(const struct vtpmdb *db, const char *key)
{
	uint32_t found = find_in(&db->table, key);

	if (!found && vtpmdb_is_uuid(key))
		found = find_in(&db->recent, key);
	return found;
}

bool vtpmdb_taken(const struct vtpmdb *db, uint32_t instance)
{
	return instance <= VTPMDB_INSTANCE_MAX &&
	       (db->taken[instance / 8] & 1u << instance % 8);
}

int vtpmdb_each(const struct vtpmdb *db, vtpmdb_each_fn *each, void *ctx)
{
	struct line line = { 0 };
	int r = 0;

	while (!r && next_line(&db->table, &line))
		if (line.instance)
			r = each(ctx, line.key, line.instance);
	return r;
}

bool vtpmdb_key_of(const struct vtpmdb *db, uint32_t instance, bool is_uuid,
		   char key[VTPMDB_KEY_MAX])
{
	struct line line = { 0 };

	while (next_line(&db->table, &line)) {
		if (!line.instance || line.instance != instance ||
		    vtpmdb_is_uuid(line.key) != is_uuid)
			continue;
		memcpy(key, line.key, sizeof(line.key));
		return true;
	}
	return false;
}

/* Room for a line more, so that changing the text cannot fail. */
static int make_room(struct table *t)
{
	char *text = realloc(t->text, t->len + LINE_SIZE + 1);

	if (!text)
		return -ENOMEM;
	t->text = text;
	return 0;
}

/* The next line is then the one behind it. */
static void drop_line(struct table *t, struct line *line)
{
	memmove(t->text + line->start, t->text + line->end,
		t->len - line->end + 1);
	t->len -= line->end - line->start;
	line->end = line->start;
	t->changed = true;
}

static void insert_line(struct table *t, size_t at, const char *text)
{
	const size_t len = strlen(text);

	memmove(t->text + at + len, t->text + at, t->len - at + 1);
	memcpy(t->text + at, text, len);
	t->len += len;
	t->changed = true;
}

static void append_line(struct table *t, const char *text)
{
	if (t->len && t->text[t->len - 1] != '\n')
		insert_line(t, t->len, "\n");
	insert_line(t, t->len, text);
}

static unsigned int drop_lines(struct table *t, uint32_t instance,
			       const char *key)
{
	struct line line = { 0 };
	unsigned int n = 0;

	while (next_line(t, &line)) {
		if (!line.instance || (line.instance != instance &&
				       !(key && same_key(line.key, key))))
			continue;
		drop_line(t, &line);
		n++;
	}
	return n;
}

/* The new line takes the place of the key's first, and the others go. */
static void set_line(struct table *t, const char *key, uint32_t instance)
{
	struct line line = { 0 };
	char text[LINE_SIZE];
	bool placed = false;

	snprintf(text, sizeof(text), "%s %u\n", key, instance);
	while (next_line(t, &line)) {
		if (!line.instance || !same_key(line.key, key))
			continue;
		if (!placed && line.instance == instance) {
			placed = true;
			continue;
		}
		drop_line(t, &line);
		if (!placed) {
			insert_line(t, line.start, text);
			line.end += strlen(text);
			placed = true;
		}
	}
	if (!placed)
		append_line(t, text);
}

static bool can_be_set(const char *key, uint32_t instance)
{
	return vtpmdb_is_key(key) && instance &&
	       instance <= VTPMDB_INSTANCE_MAX;
}

int vtpmdb_set(struct vtpmdb *db, const char *key, uint32_t instance)
{
	if (!can_be_set(key, instance))
		return -EINVAL;
	if (make_room(&db->table))
		return -ENOMEM;
	set_line(&db->table, key, instance);
	note_taken(db);
	return 0;
}

int vtpmdb_note(struct vtpmdb *db, const char *uuid, uint32_t instance)
{
	char text[LINE_SIZE];

	if (!can_be_set(uuid, instance))
		return -EINVAL;
	if (find_in(&db->recent, uuid) == instance)
		return 0;
	if (make_room(&db->recent))
		return -ENOMEM;
	drop_lines(&db->recent, instance, uuid);
	snprintf(text, sizeof(text), "%s %u\n", uuid, instance);
	append_line(&db->recent, text);
	return 0;
}

unsigned int vtpmdb_remove(struct vtpmdb *db, uint32_t instance)
{
	const unsigned int n = drop_lines(&db->table, instance, NULL);

	drop_lines(&db->recent, instance, NULL);
	note_taken(db);
	return n;
}

unsigned int vtpmdb_remove_key(struct vtpmdb *db, const char *key)
{
	const unsigned int n = drop_lines(&db->table, 0, key);

	drop_lines(&db->recent, 0, key);
	note_taken(db);
	return n;
}

static int save_table(int dir_fd, struct table *t)
{
	int r;

	if (!t->changed)
		return 0;
	r = files_replace(dir_fd, t->name, t->text, t->len);
	if (!r)
		t->changed = false;
	return r;
}

int vtpmdb_save(struct vtpmdb *db)
{
	int r = save_table(db->dir_fd, &db->table);

	return r ? r : save_table(db->dir_fd, &db->recent);
}
