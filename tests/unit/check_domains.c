/* SPDX-License-Identifier: BSD-2-Clause */
/* What is made of what Xen says of domains: libxenctrl's functions are ours. */
#include "config.h"

#include <string.h>
#include <xenctrl.h>

#include "domains.h"
#include "suite.h"

static xc_domaininfo_t said;
static int n_said;

/* It tells of that domain, or of the next that there is. */
int xc_domain_getinfolist(xc_interface *xch, uint32_t first, unsigned int max,
			  xc_domaininfo_t *info)
{
	(void)xch;
	(void)first;
	ck_assert_uint_ge(max, 1);
	*info = said;
	return n_said;
}

static const struct {
	uint32_t flags;
	enum domain_state state;
} states[] = {
	{ 0, DOMAIN_RUNNING },
	{ XEN_DOMINF_running, DOMAIN_RUNNING },
	{ XEN_DOMINF_blocked, DOMAIN_RUNNING },
	{ XEN_DOMINF_paused, DOMAIN_RUNNING },
	{ XEN_DOMINF_dying, DOMAIN_GONE },
	{ XEN_DOMINF_dying | XEN_DOMINF_shutdown, DOMAIN_GONE },
#define ENDED(reason) XEN_DOMINF_shutdown | (reason) << XEN_DOMINF_shutdownshift
	{ ENDED(SHUTDOWN_poweroff), DOMAIN_SHUTDOWN },
	{ ENDED(SHUTDOWN_reboot), DOMAIN_SHUTDOWN },
	{ ENDED(SHUTDOWN_suspend), DOMAIN_SUSPENDED },
	{ ENDED(SHUTDOWN_crash), DOMAIN_SHUTDOWN },
	{ ENDED(SHUTDOWN_watchdog), DOMAIN_SHUTDOWN },
	/* kexec, which resets no TPM */
	{ ENDED(SHUTDOWN_soft_reset), DOMAIN_RUNNING },
};
#define N_STATES (int)(sizeof(states) / sizeof(*states))

static struct domain_info look(void)
{
	struct domain_info info;

	memset(&info, 0xff, sizeof(info));
	domains_libxen.look(NULL, 7, &info);
	return info;
}

START_TEST(its_state_is_what_the_flags_say)
{
	said = (xc_domaininfo_t){ .domain = 7, .flags = states[_i].flags };
	n_said = 1;
	ck_assert_int_eq(look().state, states[_i].state);
}
END_TEST

START_TEST(another_domain_or_none_is_not_it)
{
	said = (xc_domaininfo_t){ .domain = 8, .flags = XEN_DOMINF_running };
	n_said = 1;
	ck_assert_int_eq(look().state, DOMAIN_GONE);
	said.domain = 7;
	n_said = 0;
	ck_assert_int_eq(look().state, DOMAIN_GONE);
	n_said = -1;
	ck_assert_int_eq(look().state, DOMAIN_GONE);
}
END_TEST

START_TEST(it_ran_if_it_has_used_time)
{
	n_said = 1;
	said = (xc_domaininfo_t){ .domain = 7, .cpu_time = 0 };
	ck_assert(!look().ran);
	said.cpu_time = 1;
	ck_assert(look().ran);
}
END_TEST

START_TEST(its_uuid_is_its_handle)
{
	n_said = 1;
	said = (xc_domaininfo_t){ .domain = 7 };
	memset(said.handle, 0x5a, sizeof(said.handle));
	ck_assert_mem_eq(look().uuid, said.handle, DOMAIN_UUID_SIZE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("domains");
	TCase *t = tcase_create("libxen");

	tcase_add_loop_test(t, its_state_is_what_the_flags_say, 0, N_STATES);
	tcase_add_test(t, another_domain_or_none_is_not_it);
	tcase_add_test(t, it_ran_if_it_has_used_time);
	tcase_add_test(t, its_uuid_is_its_handle);
	suite_add_tcase(s, t);
	return suite_run(s);
}
