/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench-many: a host with many vTPMs, on the fakes: how long a daemon that is
 * started again takes to have all that guests are connected to, and what memory
 * a worker has.  The workers are real, with a TPM 1.2, storage and sandbox;
 * guests, xenstore and the ring are not.
 */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "figures.h"
#include "parent_rig.h"
#include "suite.h"
#include "template.h"
#include "worker_fake.h"
#include "xenbus.h"

#define STORED	  200u
#define CONNECTED 50u

static void uuid_of(unsigned int n, char uuid[40])
{
	snprintf(uuid, 40, "6f1c2a10-58be-4d1c-9d53-70c1b0a4%04u", n);
}

/*
 * An instance of its own for each, of which the last ones stay.  They are not
 * all one domain's: that would say more in its log than a domain may.
 */
static void make_all(void)
{
	char uuid[40];
	unsigned int n;

	for (n = CONNECTED; n < STORED; n++) {
		uuid_of(n, uuid);
		attach_uuid(1 + n % CONNECTED, uuid);
		wait_state(1 + n % CONNECTED, XENBUS_INIT_WAIT);
		detach(1 + n % CONNECTED);
	}
	for (n = 0; n < CONNECTED; n++) {
		uuid_of(n, uuid);
		attach_uuid(1 + n, uuid);
		connect_guest(1 + n);
	}
}

/* In KiB. */
static double of_rollup(pid_t pid, const char *field)
{
	char path[64], line[128];
	double kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, field, strlen(field)))
			kib = strtod(line + strlen(field), NULL);
	if (f)
		fclose(f);
	return kib;
}

static void print_memory(const char *name)
{
	double pss[2 * CONNECTED], dirty[2 * CONNECTED];
	pid_t pids[2 * CONNECTED];
	const unsigned int n = processes(name, pids, 2 * CONNECTED);

	ck_assert_uint_gt(n, 0);
	ck_assert_uint_le(n, 2 * CONNECTED);
	for (unsigned int i = 0; i < n; i++) {
		pss[i] = of_rollup(pids[i], "Pss:");
		dirty[i] = of_rollup(pids[i], "Private_Dirty:");
	}
	/* They are sorted then. */
	printf("%u %s: PSS median %.0f", n, name, median(pss, n));
	printf(", most %.0f KiB; private dirty median %.0f", pss[n - 1],
	       median(dirty, n));
	printf(", most %.0f KiB\n", dirty[n - 1]);
}

static double ticks_of(pid_t pid)
{
	char path[64], line[512];
	char *p;
	double ticks;
	FILE *f;
	int i;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	p = f && fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	/* utime is the twelfth behind the name. */
	for (i = 0; p && i < 12; i++)
		p = strchr(p + 1, ' ');
	ticks = p ? strtod(p, NULL) : 0;
	if (f)
		fclose(f);
	return ticks;
}

/*
 * Until the endorsement keys of all of them are made, which is done when there
 * is nothing else to do.
 */
static void wait_quiet(void)
{
	double before, ticks = 0;
	pid_t pids[2 * CONNECTED];
	unsigned int n;

	do {
		before = ticks;
		sleep(5);
		ticks = 0;
		n = processes(WORKER_NAME, pids, 2 * CONNECTED);
		while (n--)
			ticks += ticks_of(pids[n]);
	} while (ticks - before > 2);
}

START_TEST(many)
{
	double start;

	start = now_us();
	start_daemon();
	make_all();
	printf("%u made, %u of them connected: %.1f s\n", STORED, CONNECTED,
	       (now_us() - start) / 1e6);
	wait_quiet();
	ck_assert_uint_eq(complaints(), 0);
	print_memory(WORKER_NAME);
	print_memory(TEMPLATE_NAME);
	ck_assert_int_eq(stop_daemon(), 0);
	h.n_lines = 0;
	start = now_us();
	start_daemon();
	wait_lines(LOG_LEVEL_INFO, "goes on (instance ", CONNECTED);
	printf("daemon started again, all adopted: %.3f s\n",
	       (now_us() - start) / 1e6);
	print_memory(WORKER_NAME);
	ck_assert_uint_eq(complaints(), 0);
}
END_TEST

static int work(void)
{
	return worker_fake_serve(&engine_tpm12, true);
}

int main(int argc, char **argv)
{
	TCase *t = tcase_create("many");
	Suite *s;

	if (argc == 1 && !strcmp(argv[0], TEMPLATE_NAME)) {
		template_warm_up(&engine_tpm12);
		return template_serve(argv[0], work);
	}
	setvbuf(stdout, NULL, _IONBF, 0);
	s = suite_create("many");
	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	tcase_set_timeout(t, 600);
	tcase_add_test(t, many);
	suite_add_tcase(s, t);
	return suite_run(s);
}
