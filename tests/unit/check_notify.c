/* SPDX-License-Identifier: BSD-2-Clause */
/* The service manager hears of us, where there is one. */
#include "config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"
#include "suite.h"

static char dir[64], path[100];
static int manager;

static void listen_at(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const size_t len = strlen(name);

	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(manager, 0);
	memcpy(addr.sun_path, name, len);
	if (name[0] == '@')
		addr.sun_path[0] = '\0';
	ck_assert_int_eq(
		bind(manager, (const struct sockaddr *)&addr,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
		0);
	setenv("NOTIFY_SOCKET", name, 1);
}

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/check_notify.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/notify", dir);
}

static void teardown(void)
{
	close(manager);
	unlink(path);
	rmdir(dir);
	unsetenv("NOTIFY_SOCKET");
}

static const char *heard(void)
{
	static char text[100];
	ssize_t n = recv(manager, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

START_TEST(the_manager_hears_us)
{
	char name[64];

	snprintf(name, sizeof(name), "@check_notify.%d", (int)getpid());
	listen_at(_i ? name : path);
	notify_send("READY=1");
	ck_assert_str_eq(heard(), "READY=1");
	ck_assert_str_eq(heard(), "");
	notify_send("STOPPING=1\nSTATUS=x");
	ck_assert_str_eq(heard(), "STOPPING=1\nSTATUS=x");
}
END_TEST

/* ... and files stay as they are, descriptors as well. */
START_TEST(without_a_manager_nothing_happens)
{
	char longest[200];
	int next;

	listen_at(path);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	next = dup(0);
	close(next);
	unsetenv("NOTIFY_SOCKET");
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "", 1);
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "/", 1);
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "notify", 1);
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "vsock:2:1", 1);
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", longest, 1);
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	notify_send("READY=1");
	ck_assert_int_eq(dup(0), next);
	close(next);
	ck_assert_str_eq(heard(), "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("notify");
	TCase *t = tcase_create("notify");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, the_manager_hears_us, 0, 2);
	tcase_add_test(t, without_a_manager_nothing_happens);
	suite_add_tcase(s, t);
	return suite_run(s);
}
