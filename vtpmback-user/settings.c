/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings of one vTPM: see settings.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "log.h"
#include "settings.h"

#define SIZE_MAX_BYTES 4096u
#define LOCALITIES     5u

static void file_name(char name[FILES_NAME_MAX], uint32_t instance)
{
	snprintf(name, FILES_NAME_MAX, "%u.conf", instance);
}

static int parse_yes(const char *text, bool *value)
{
	*value = !strcmp(text, "yes");
	return *value || !strcmp(text, "no") ? 0 : -EINVAL;
}

/* "0,2": digits with commas between them. */
static int parse_localities(const char *text, struct settings *s)
{
	uint32_t mask = 0;
	unsigned int n;

	for (;; text += 2) {
		n = (unsigned int)text[0] - '0';
		if (n >= LOCALITIES)
			return -EINVAL;
		mask |= 1u << n;
		if (!text[1])
			break;
		if (text[1] != ',')
			return -EINVAL;
	}
	s->localities = mask;
	return 0;
}

static int parse_moved(const char *text, struct settings *s)
{
	return parse_yes(text, &s->moved);
}

static int parse_moved_to(const char *text, struct settings *s)
{
	if (strlen(text) >= sizeof(s->moved_to))
		return -EINVAL;
	snprintf(s->moved_to, sizeof(s->moved_to), "%s", text);
	return 0;
}

static int parse_attached_late(const char *text, struct settings *s)
{
	return parse_yes(text, &s->attached_late);
}

static int parse_protocol_1(const char *text, struct settings *s)
{
	return parse_yes(text, &s->protocol_1);
}

static const struct row {
	const char *key;
	int (*parse)(const char *text, struct settings *s);
	const char *wanted;
} rows[] = {
	{ "localities", parse_localities, "numbers from 0 to 4, as in 0,2" },
	{ "moved", parse_moved, "yes or no" },
	{ "moved-to", parse_moved_to, "at most 127 bytes" },
	{ "attached-late", parse_attached_late, "yes or no" },
	{ "protocol-1", parse_protocol_1, "yes or no" },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct row *find_row(const char *key)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (!strcmp(rows[i].key, key))
			return &rows[i];
	return NULL;
}

int settings_set(struct settings *s, const char *key, const char *value,
		 const char **wanted)
{
	const struct row *row = find_row(key);

	if (!row)
		return -ENOENT;
	*wanted = row->wanted;
	return row->parse(value, s);
}

/* What is wrong with the line; NULL: nothing. */
static const char *parse_line(char *line, struct settings *s, unsigned int *had)
{
	char *key, *value, *end = line + strlen(line);
	const struct row *row;

	while (end > line && strchr(" \t\r", end[-1]))
		*--end = '\0';
	key = line + strspn(line, " \t");
	if (!*key || *key == '#')
		return NULL;
	value = key + strcspn(key, " \t");
	if (*value) {
		*value++ = '\0';
		value += strspn(value, " \t");
	}
	row = find_row(key);
	if (!row)
		return "no such setting";
	if (*had & 1u << (row - rows))
		return "it was said before";
	*had |= 1u << (row - rows);
	return row->parse(value, s) ? row->wanted : NULL;
}

static int parse(const char *name, char *text, struct settings *s)
{
	unsigned int number = 0, had = 0;
	char *line, *next;
	const char *wrong;

	for (line = text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		number++;
		wrong = parse_line(line, s, &had);
		if (!wrong)
			continue;
		log_error("%s line %u will not do: %s; mend it by hand, or "
			  "with vtpmctl",
			  name, number, wrong);
		return -EINVAL;
	}
	return 0;
}

int settings_read(int state_fd, uint32_t instance, struct settings *settings)
{
	const struct settings none = SETTINGS_DEFAULT;
	char name[FILES_NAME_MAX], *text;
	struct settings s = none;
	size_t len;
	int r;

	*settings = none;
	file_name(name, instance);
	r = files_read(state_fd, name, SIZE_MAX_BYTES, &text, &len);
	if (r == -ENOENT)
		return 0;
	if (!r) {
		if (strlen(text) != len)
			r = -EBADMSG;
		if (r)
			log_error("%s is no text: mend it, or remove it", name);
		else
			r = parse(name, text, &s);
		free(text);
	} else {
		log_error("%s: %s", name, strerror(-r));
	}
	if (!r)
		*settings = s;
	return r;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A text that a line has room for, and that is read as it was written. */
static bool fits_line(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	return len < size && !text[strcspn(text, "\r\n")] &&
	       !is_blank(text[0]) && (!len || !is_blank(text[len - 1]));
}

static void format_localities(uint32_t mask, char text[2 * LOCALITIES])
{
	unsigned int n;

	for (n = 0; n < LOCALITIES; n++)
		if (mask & 1u << n) {
			*text++ = (char)('0' + n);
			*text++ = ',';
		}
	text[-1] = '\0';
}

static const char *yes_or_no(bool value)
{
	return value ? "yes" : "no";
}

int settings_write(int state_fd, uint32_t instance,
		   const struct settings *settings)
{
	char name[FILES_NAME_MAX], localities[2 * LOCALITIES], text[512];
	const char *to = settings->moved_to;
	int len, r = -EINVAL;

	file_name(name, instance);
	if (settings->localities && !(settings->localities >> LOCALITIES) &&
	    fits_line(to, sizeof(settings->moved_to))) {
		format_localities(settings->localities, localities);
		len = snprintf(text, sizeof(text),
			       "localities %s\nmoved %s\n%s%s%s"
			       "attached-late %s\nprotocol-1 %s\n",
			       localities, yes_or_no(settings->moved),
			       to[0] ? "moved-to " : "", to, to[0] ? "\n" : "",
			       yes_or_no(settings->attached_late),
			       yes_or_no(settings->protocol_1));
		r = files_replace(state_fd, name, text, (size_t)len);
	}
	if (r)
		log_error("%s cannot be written: %s; see to the directory that "
			  "vTPMs are kept in",
			  name, strerror(-r));
	return r;
}

int settings_remove(int state_fd, uint32_t instance)
{
	char name[FILES_NAME_MAX];
	int r = 0;

	file_name(name, instance);
	if (unlinkat(state_fd, name, 0) < 0)
		r = errno == ENOENT ? 0 : -errno;
	else if (fsync(state_fd) < 0)
		r = -errno;
	if (r)
		log_error("%s cannot be removed: %s", name, strerror(-r));
	return r;
}
