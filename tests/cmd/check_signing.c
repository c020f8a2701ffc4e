/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 13: Cryptographic Functions, those that sign. */
#include "chapter.h"

#include "keycalls.h"
#include "rsa.h"

static uint32_t call_sign(uint32_t key, struct client_bytes what)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_Sign);
	tss_put_handle(&c, key);
	tss_put_blob(&c, what.p, what.len);
	use_oiap(m, &c, &s, &secret_key);
	return machine_run(m, &c);
}

static struct client_bytes answer_sig(void)
{
	struct client_bytes sig;

	sig.p = tss_get_blob(&m->answer, &sig.len);
	ck_assert(tss_end(&m->answer));
	return sig;
}

START_TEST(a_digest)
{
	const uint32_t key = setup_owner_and_key(m, &kind_signing);
	struct client_rsa *rsa = client_rsa_new(2048, m->primes_taken - 1);

	ck_assert_result(
		call_sign(key, (struct client_bytes){ ones.b, sizeof(ones.b) }),
		0);
	ck_assert(client_signed_sha1(rsa, ones.b, answer_sig()));
	client_rsa_free(rsa);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("signing");
	TCase *t = section(s, "13.5 TPM_Sign");

	tcase_add_test(t, a_digest);
	return suite_run(s);
}
