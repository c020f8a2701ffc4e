/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 10: Storage Functions. */
#include "chapter.h"

#include "keycalls.h"
#include "rsa.h"

static const struct client_bytes none;
static const struct client_bytes text = { "what nobody else sees", 21 };

/* The answer is one blob, which is this. */
static void assert_answer_is(struct client_bytes want)
{
	size_t len;
	const uint8_t *p = tss_get_blob(&m->answer, &len);

	ck_assert(tss_end(&m->answer));
	ck_assert_uint_eq(len, want.len);
	ck_assert_mem_eq(p, want.p, len);
}

/* ---- 10.1 TPM_Seal, 10.2 TPM_Unseal ---- */

START_TEST(what_is_sealed_is_given_back)
{
	struct key_blob sealed;

	setup_owner(m);
	ck_assert_result(call_seal(m, TPM_KH_SRK, &secret_srk, none, text,
				   &secret_key, &sealed),
			 0);
	ck_assert_result(
		call_unseal(m, TPM_KH_SRK, &secret_srk, &sealed, &secret_key),
		0);
	assert_answer_is(text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("storage");
	TCase *t = section(s, "10.1 TPM_Seal");

	tcase_add_test(t, what_is_sealed_is_given_back);
	return suite_run(s);
}
