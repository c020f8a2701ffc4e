/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking the administrator: see ctl.h. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ctl.h"
#include "log.h"

/* A line without its end; -errno, -ENODATA: the terminal's end. */
static int read_line(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;
	char c;

	for (;;) {
		n = read(fd, &c, 1);
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ENODATA;
		if (c == '\n')
			break;
		if (len + 1 >= size)
			return -EMSGSIZE;
		text[len++] = c;
	}
	text[len] = '\0';
	return 0;
}

static void say(int fd, const char *text)
{
	(void)!write(fd, text, strlen(text));
}

static int open_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}

bool ask_yes(const struct options *options, const char *question)
{
	char text[16] = "";
	int fd;

	if (options->yes)
		return true;
	fd = open_terminal();
	if (fd < 0) {
		log_error("%s There is no terminal to ask at; --yes says yes",
			  question);
		return false;
	}
	say(fd, question);
	say(fd, " [y/N] ");
	if (read_line(fd, text, sizeof(text)))
		text[0] = '\0';
	close(fd);
	if (!strcmp(text, "y") || !strcmp(text, "yes"))
		return true;
	log_error("nothing was done");
	return false;
}

/* Whatever ends us waits until the terminal shows again what is typed. */
static int read_hidden(int fd, const char *prompt, char *text, size_t size)
{
	struct termios seen, hidden;
	sigset_t all, before;
	int r;

	if (tcgetattr(fd, &seen) < 0)
		return -errno;
	hidden = seen;
	hidden.c_lflag &= (tcflag_t) ~(ECHO | ECHONL);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	say(fd, prompt);
	r = tcsetattr(fd, TCSAFLUSH, &hidden) < 0 ? -errno : 0;
	if (!r) {
		r = read_line(fd, text, size);
		tcsetattr(fd, TCSAFLUSH, &seen);
		say(fd, "\n");
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

static int read_passphrase(int fd, bool twice, char *text, size_t size)
{
	char again[512];
	int r;

	r = read_hidden(fd, "Passphrase: ", text, size);
	if (r)
		log_error("the passphrase: %s", strerror(-r));
	else if (!text[0])
		r = -EINVAL;
	if (r || !twice)
		return r;
	r = read_hidden(fd, "Once more: ", again, sizeof(again));
	if (!r && strcmp(text, again) != 0) {
		log_error("these were two different passphrases");
		r = -EINVAL;
	}
	explicit_bzero(again, sizeof(again));
	return r;
}

int ask_passphrase(bool twice, char *text, size_t size)
{
	int fd = open_terminal(), r;

	if (fd < 0) {
		log_error("a passphrase is wanted, and there is no terminal to "
			  "ask at: give --copy-passphrase-file or "
			  "--copy-key-file");
		return fd;
	}
	r = read_passphrase(fd, twice, text, size);
	if (r == -EINVAL && !text[0])
		log_error("an empty passphrase will not do");
	close(fd);
	return r;
}
