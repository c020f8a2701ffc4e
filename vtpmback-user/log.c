/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages: see log.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

/*
 * The one mutable global of the programs: a message's sink belongs to the
 * process, and every module may have something to say.
 */
static struct {
	enum log_level level;
	const char *path;
	int fd;
	log_function *function;
	void *ctx;
} sink = { .level = LOG_LEVEL_INFO, .fd = STDERR_FILENO };

static void printable(char *line)
{
	for (; *line; line++)
		if (*line < ' ' || *line > '~')
			*line = '?';
}

static size_t prefix(char *buf, size_t size, enum log_level level)
{
	struct tm tm;
	time_t now;
	int n;

	if (sink.path) {
		now = time(NULL);
		localtime_r(&now, &tm);
		return strftime(buf, size, "%Y-%m-%d %H:%M:%S ", &tm);
	}
	if (getenv("JOURNAL_STREAM"))
		n = snprintf(buf, size, "<%d>", (int)level);
	else
		n = snprintf(buf, size, "%s: ", program_invocation_short_name);
	return n < 0 || (size_t)n >= size ? 0 : (size_t)n;
}

void log_line(enum log_level level, const char *text)
{
	char line[64 + LOG_LINE_MAX + 1];
	size_t start, n;
	ssize_t r;

	if (level > sink.level)
		return;
	if (sink.function) {
		sink.function(sink.ctx, level, text);
		return;
	}
	start = prefix(line, 64, level);
	n = strnlen(text, LOG_LINE_MAX - 1);
	memcpy(line + start, text, n);
	line[start + n] = '\0';
	printable(line + start);
	line[start + n] = '\n';
	/* A log that cannot be written is no reason to stop serving guests. */
	r = write(sink.fd, line, start + n + 1);
	(void)r;
}

__attribute__((format(printf, 2, 0)))
static void log_va(enum log_level level, const char *fmt, va_list ap)
{
	char text[LOG_LINE_MAX];
	int saved_errno = errno;

	vsnprintf(text, sizeof(text), fmt, ap);
	log_line(level, text);
	errno = saved_errno;
}

#define LOG_CALL(name, level)                                                  \
	void name(const char *fmt, ...)                                        \
	{                                                                      \
		va_list ap;                                                    \
                                                                               \
		va_start(ap, fmt);                                             \
		log_va(level, fmt, ap);                                        \
		va_end(ap);                                                    \
	}

LOG_CALL(log_error, LOG_LEVEL_ERROR)
LOG_CALL(log_warning, LOG_LEVEL_WARNING)
LOG_CALL(log_info, LOG_LEVEL_INFO)
LOG_CALL(log_debug, LOG_LEVEL_DEBUG)

void fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(LOG_LEVEL_ERROR, fmt, ap);
	va_end(ap);
	exit(1);
}

void log_set_level(enum log_level level)
{
	sink.level = level;
}

enum log_level log_get_level(void)
{
	return sink.level;
}

int log_level_from_name(const char *name)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {
		{ "error", LOG_LEVEL_ERROR },
		{ "warning", LOG_LEVEL_WARNING },
		{ "info", LOG_LEVEL_INFO },
		{ "debug", LOG_LEVEL_DEBUG },
	};
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (!strcmp(levels[i].name, name))
			return (int)levels[i].level;
	return -1;
}

int log_to_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd < 0)
		return -errno;
	if (sink.path)
		close(sink.fd);
	sink.path = path;
	sink.fd = fd;
	return 0;
}

int log_reopen(void)
{
	return sink.path ? log_to_file(sink.path) : 0;
}

void log_to_function(log_function *function, void *ctx)
{
	sink.function = function;
	sink.ctx = ctx;
}
