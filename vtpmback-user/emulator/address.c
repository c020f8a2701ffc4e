/* SPDX-License-Identifier: BSD-2-Clause */
/* Where clients connect to: see address.h. */

#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "address.h"
#include "log.h"

#define BACKLOG 8

/* ---- Parsing ---- */

static int copy_text(char *to, size_t size, const char *from, size_t len)
{
	if (len >= size)
		return -EINVAL;
	memcpy(to, from, len);
	to[len] = '\0';
	return 0;
}

static int parse_port(const char *text, struct address *a)
{
	unsigned int n = 0;
	const char *p;

	for (p = text; *p >= '0' && *p <= '9' && n <= 65535; p++)
		n = n * 10 + (unsigned int)(*p - '0');
	if (p == text || *p || n > 65535)
		return -EINVAL;
	return copy_text(a->port, sizeof(a->port), text, strlen(text));
}

/* An IPv6 address has colons of its own, and brackets around it. */
static int parse_host(const char *text, size_t len, struct address *a)
{
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']')
		return copy_text(a->host, sizeof(a->host), text + 1, len - 2);
	if (memchr(text, ':', len))
		return -EINVAL;
	return copy_text(a->host, sizeof(a->host), text, len);
}

int address_parse_tcp(const char *text, struct address *a)
{
	const char *colon = strrchr(text, ':');

	memset(a, 0, sizeof(*a));
	a->kind = ADDRESS_TCP;
	if (!colon)
		return parse_port(text, a);
	if (parse_host(text, (size_t)(colon - text), a))
		return -EINVAL;
	return parse_port(colon + 1, a);
}

int address_parse_unix(const char *text, struct address *a)
{
	memset(a, 0, sizeof(*a));
	a->kind = ADDRESS_UNIX;
	a->path = text;
	if (!text[0] ||
	    strlen(text) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return -EINVAL;
	return 0;
}

int address_parse(const char *text, struct address *a)
{
	if (!strncmp(text, "tcp:", 4))
		return address_parse_tcp(text + 4, a);
	if (!strncmp(text, "unix:", 5))
		return address_parse_unix(text + 5, a);
	return -EINVAL;
}

/* ---- TCP ---- */

static bool is_loopback(const struct sockaddr *sa)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		return ntohl(in.sin_addr.s_addr) >> 24 == 127;
	}
	if (sa->sa_family != AF_INET6)
		return false;
	memcpy(&in6, sa, sizeof(in6));
	return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
}

static int bind_tcp(const struct addrinfo *ai)
{
	const int on = 1;
	int fd, r;

	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    0);
	if (fd < 0)
		return -errno;
	/* A port in TIME_WAIT is as good as free. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Connections that are accepted have it too. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!bind(fd, ai->ai_addr, ai->ai_addrlen) && !listen(fd, BACKLOG))
		return fd;
	r = -errno;
	close(fd);
	return r;
}

static void announce_tcp(int fd, const char *what)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) ||
	    getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host), port,
			sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		return;
	log_info("%s: listens on %s port %s", what, host, port);
	if (!is_loopback((struct sockaddr *)&ss))
		log_warning("WARNING: %s %s:%s can be reached from other "
			    "machines; whoever connects there uses this TPM, "
			    "unencrypted and without being asked who he is",
			    what, host, port);
}

static int listen_tcp(const struct address *a, const char *what)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_PASSIVE };
	const char *host = a->host[0] ? a->host : "127.0.0.1";
	struct addrinfo *found, *ai;
	int fd = -EADDRNOTAVAIL, r;

	r = getaddrinfo(host, a->port, &hints, &found);
	if (r) {
		log_error("%s: %s: %s", what, host, gai_strerror(r));
		return -EADDRNOTAVAIL;
	}
	/* A name may have both, and clients of 2004 know IPv4 only. */
	for (ai = found; ai && fd < 0; ai = ai->ai_next)
		if (ai->ai_family == AF_INET)
			fd = bind_tcp(ai);
	for (ai = found; ai && fd < 0; ai = ai->ai_next)
		if (ai->ai_family == AF_INET6)
			fd = bind_tcp(ai);
	freeaddrinfo(found);
	if (fd < 0)
		log_error("%s: %s port %s: %s", what, host, a->port,
			  strerror(-fd));
	else
		announce_tcp(fd, what);
	return fd;
}

/* ---- Unix sockets ---- */

/* A file that is no socket refuses connections too. */
static bool is_stale(const struct sockaddr_un *un)
{
	struct stat st;
	bool stale;
	int fd;

	if (lstat(un->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	stale = connect(fd, (const struct sockaddr *)un, sizeof(*un)) < 0 &&
		errno == ECONNREFUSED;
	close(fd);
	return stale;
}

static int bind_unix(int fd, const struct sockaddr_un *un)
{
	/* From the first moment on. */
	const mode_t mask = umask(077);
	int r;

	r = bind(fd, (const struct sockaddr *)un, sizeof(*un)) ? -errno : 0;
	if (r == -EADDRINUSE && is_stale(un) && !unlink(un->sun_path))
		r = bind(fd, (const struct sockaddr *)un, sizeof(*un)) ? -errno
								       : 0;
	umask(mask);
	return r;
}

static int listen_unix(const struct address *a, const char *what)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd, r;

	memcpy(un.sun_path, a->path, strlen(a->path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	r = fd < 0 ? -errno : bind_unix(fd, &un);
	if (!r && listen(fd, BACKLOG) < 0)
		r = -errno;
	if (!r) {
		log_info("%s: listens on %s", what, a->path);
		return fd;
	}
	log_error("%s: %s: %s", what, a->path, strerror(-r));
	if (fd >= 0)
		close(fd);
	return r;
}

int listener_open(struct listener *l, const struct address *a, const char *what)
{
	int fd;

	l->fd = -1;
	l->path = NULL;
	if (a->kind == ADDRESS_NONE)
		return 0;
	fd = a->kind == ADDRESS_TCP ? listen_tcp(a, what)
				    : listen_unix(a, what);
	if (fd < 0)
		return fd;
	l->fd = fd;
	l->path = a->kind == ADDRESS_UNIX ? a->path : NULL;
	return 0;
}

void listener_close(struct listener *l)
{
	if (l->fd >= 0)
		close(l->fd);
	if (l->path)
		unlink(l->path);
	l->fd = -1;
	l->path = NULL;
}
