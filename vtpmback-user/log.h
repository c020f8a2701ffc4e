/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The programs' messages: one sink, chosen at start.  Libraries do not log.
 *
 * To standard error, each line is "vtpm-userback: text", or "<level>text" when
 * it is the systemd journal's (sd-daemon(3)); to a file, with date and time.
 * Bytes that are not printable ASCII appear as "?": texts may carry what a
 * guest wrote.  Never log a command's parameters or a secret.
 *
 * A worker has no sink of its own; it sends its lines to the daemon
 * (log_to_function).
 */
#ifndef LOG_H
#define LOG_H

#include <stdarg.h>

/* The numbers are syslog's. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* The longest line, in bytes with its terminating 0; longer ones are cut. */
#define LOG_LINE_MAX 512

#define LOG_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

void log_error(const char *fmt, ...) LOG_PRINTF(1, 2);
void log_warning(const char *fmt, ...) LOG_PRINTF(1, 2);
void log_info(const char *fmt, ...) LOG_PRINTF(1, 2);
void log_debug(const char *fmt, ...) LOG_PRINTF(1, 2);

/* A line of any level, as it came from a worker. */
void log_line(enum log_level level, const char *line);

/* Logs an error and ends the program with status 1. */
void fatal(const char *fmt, ...) LOG_PRINTF(1, 2) __attribute__((noreturn));

/* Lines less important than `level` are dropped (default: info). */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/* The level that `name` ("error", "warning", "info", "debug") says, or -1. */
int log_level_from_name(const char *name);

/*
 * Sends all that follows to the file at path, created with mode 0640.
 * log_reopen opens it anew, after log rotation.  0 or -errno; on an error the
 * earlier sink stays.
 */
int log_to_file(const char *path);
int log_reopen(void);

/* Hands all that follows to a function, line by line. */
typedef void log_function(void *ctx, enum log_level level, const char *line);
void log_to_function(log_function *function, void *ctx);

#endif
