/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 15: Identity Creation and Activation. */
#include "chapter.h"

#include "ownercalls.h"
#include "rsa.h"

/* What precedes the modulus in a TPM_PUBKEY of an identity. */
static const uint8_t public_head[] = {
	0, 0, 0, 1, 0, 1, 0, 2, 0, 0, 0, 12, 0, 0,
	8, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0,  1, 0,
};

/* The machine's keys so far: the EK, then ours; the SRK is one of its own. */
static void own(void)
{
	ck_assert_int_eq(tpm12_make_ek(m->tpm), 0);
	setup_owner(m);
}

/* ---- 15.1 TPM_MakeIdentity ---- */

/* SHA-1 of the TPM_IDENTITY_CONTENTS of the key, for a label of zeros. */
static struct tss_digest contents_digest(const struct client_rsa *key)
{
	static const uint8_t head[] = { 1, 1, 0, 0, 0, 0, 0, 0x79 };
	uint8_t n[RSA_MAX];
	struct tss_digest d = { { 0 } };

	client_rsa_modulus(key, n);
	client_sha1((const struct client_bytes[]){ { head, sizeof(head) },
						   { zeros.b, 20 },
						   { public_head, 28 },
						   { n, sizeof(n) } },
		    4, d.b);
	return d;
}

START_TEST(it_signs_whose_it_is)
{
	struct client_rsa *rsa;
	struct identity id;
	struct tss_digest digest;

	own();
	ck_assert_result(call_make_identity(m, &kind_identity, &id), 0);
	rsa = client_rsa_new(2048, m->primes_taken - 1);
	digest = contents_digest(rsa);
	ck_assert(client_signed_sha1(
		rsa, digest.b,
		(struct client_bytes){ id.binding.b, id.binding.len }));
	client_rsa_free(rsa);
}
END_TEST

START_TEST(it_is_loaded_and_has_the_secret_that_was_sent)
{
	struct identity id;
	struct key_blob pub;
	uint32_t key;

	own();
	key = make_identity(m, &id);
	ck_assert_result(call_get_pub_key(m, key, &secret_wrong, &pub),
			 TPM_AUTHFAIL);
	ck_assert_result(call_get_pub_key(m, key, &secret_key, &pub), 0);
	ck_assert_mem_eq(pub.b, public_head, sizeof(public_head));
}
END_TEST

START_TEST(both_sessions_are_over)
{
	struct tss_command c;
	struct tss_session s[2];
	uint32_t free_ones;

	own();
	free_ones = property(m, TPM_CAP_PROP_AUTHSESS);
	build_make_identity(m, &c, s, &kind_identity, &secret_srk);
	c.auth[0].keep = c.auth[1].keep = true;
	ck_assert_result(machine_run(m, &c), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS), free_ones);
}
END_TEST

START_TEST(a_storage_root_key_without_a_secret)
{
	struct key_kind open = kind_srk;
	struct tss_command c;
	struct tss_session s[2];

	open.auth = TPM_AUTH_NEVER;
	ck_assert_result(call_take_ownership(m, _i ? &open : &kind_srk), 0);
	build_make_identity(m, &c, s, &kind_identity, NULL);
	ck_assert_result(machine_run(m, &c), _i ? 0 : TPM_AUTHFAIL);
}
END_TEST

START_TEST(either_secret_wrong)
{
	struct tss_command c;
	struct tss_session s[2];

	own();
	build_make_identity(m, &c, s, &kind_identity, &secret_wrong);
	ck_assert_result(machine_run(m, &c), TPM_AUTHFAIL);
	build_make_identity(m, &c, s, &kind_identity, &secret_srk);
	c.auth[1].key.b[0] ^= 1;
	ck_assert_result(machine_run(m, &c), TPM_AUTH2FAIL);
}
END_TEST

/* In an OIAP session nothing can be encrypted. */
START_TEST(the_owner_speaks_in_an_osap_session)
{
	struct tss_command c;
	struct tss_session s[2];

	own();
	build_make_identity(m, &c, s, &kind_identity, &secret_srk);
	c.n_auth = 1;
	ck_assert_result(tss_oiap(&m->tss, &s[1]), 0);
	tss_use(&c, &s[1], &secret_owner, false);
	ck_assert_result(machine_run(m, &c), TPM_BAD_MODE);
}
END_TEST

static const struct refused_kind not_identities[] = {
	REFUSED(TPM_KEY_SIGNING, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_SHA1, 2048,
		0, "", TPM_INVALID_KEYUSAGE),
	REFUSED(TPM_KEY_STORAGE, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE, 2048,
		0, "", TPM_INVALID_KEYUSAGE),
	REFUSED(TPM_KEY_IDENTITY, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_SHA1, 2048,
		TPM_MIGRATABLE, "", TPM_INVALID_KEYUSAGE),
	REFUSED(TPM_KEY_IDENTITY, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_SHA1, 2048,
		TPM_MIGRATEAUTHORITY, "", TPM_INVALID_KEYUSAGE),
	REFUSED(TPM_KEY_IDENTITY, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_SHA1, 1024,
		0, "", TPM_BAD_KEY_PROPERTY),
	REFUSED(TPM_KEY_IDENTITY, TPM_ES_RSAESOAEP_SHA1_MGF1,
		TPM_SS_RSASSAPKCS1v15_SHA1, 2048, 0, "", TPM_BAD_KEY_PROPERTY),
	REFUSED(TPM_KEY_IDENTITY, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_DER, 2048,
		0, "", TPM_BAD_KEY_PROPERTY),
	REFUSED(TPM_KEY_IDENTITY, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_SHA1, 2048,
		0, "\3", TPM_BAD_KEY_PROPERTY),
};

START_TEST(keys_that_are_no_identity)
{
	const unsigned int taken = m->primes_taken;
	struct identity id;

	setup_owner(m);
	ck_assert_result(call_make_identity(m, &not_identities[_i].kind, &id),
			 not_identities[_i].result);
	ck_assert_uint_eq(m->primes_taken, taken);
}
END_TEST

/* TPM_KEY12 with TPM_PCR_INFO_LONG: what it says of its creation is ours. */
START_TEST(an_identity_of_the_newer_structure)
{
	static const uint8_t info[] = {
		0, 6, 1, 0x1f, 0, 3, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	};
	struct key_kind kind = kind_identity;
	struct identity id;
	uint32_t key;

	kind.is12 = true;
	kind.pcr_info = (struct client_bytes){ info, sizeof(info) };
	own();
	m->locality = 2;
	ck_assert_result(call_make_identity(m, &kind, &id), 0);
	ck_assert_uint_eq(id.key.b[1], TPM_TAG_KEY12);
	/* PCRInfo follows 11 bytes, the parameters and its own size. */
	ck_assert_uint_eq(id.key.b[11 + 24 + 4 + 2], 1 << 2);
	ck_assert_mem_ne(id.key.b + 11 + 24 + 4 + 14, zeros.b, 20);
	ck_assert_result(
		call_load_key2(m, TPM_KH_SRK, &secret_srk, &id.key, &key), 0);
}
END_TEST

/* ---- 15.2 TPM_ActivateIdentity ---- */

static const uint8_t session_key[] = {
	0, 0, 0, 6, 0, 1,  0,  16, 1,  2,  3,  4,
	5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
};

/* TPM_ASYM_CA_CONTENTS */
static void put_contents(struct tss_command *c, const struct tss_digest *id)
{
	tss_begin(c, 0);
	tss_put_bytes(c, session_key, sizeof(session_key));
	tss_put_bytes(c, id->b, sizeof(id->b));
}

/* TPM_EK_BLOB of a TPM_EK_BLOB_ACTIVATE */
static void put_ek_blob(struct tss_command *c, const struct tss_digest *id,
			unsigned int type, unsigned int registers,
			unsigned int localities)
{
	tss_begin(c, 0);
	tss_put_u16(c, TPM_TAG_EK_BLOB);
	tss_put_u16(c, type);
	tss_put_u32(c, 2 + sizeof(session_key) + 20 + 5 + 1 + 20);
	tss_put_u16(c, TPM_TAG_EK_BLOB_ACTIVATE);
	tss_put_bytes(c, session_key, sizeof(session_key));
	tss_put_bytes(c, id->b, sizeof(id->b));
	tss_put_u16(c, 3);
	tss_put_u8(c, registers);
	tss_put_u16(c, 0);
	tss_put_u8(c, localities);
	tss_put_bytes(c, zeros.b, 20);
}

static uint32_t activate(uint32_t key, const struct tss_command *what)
{
	struct tss_command c;
	struct tss_session s[2];

	build_activate_identity(
		m, &c, s, key,
		(struct client_bytes){ what->params, what->len });
	return machine_run(m, &c);
}

static void assert_session_key(void)
{
	const uint8_t *b = tss_get_bytes(&m->answer, sizeof(session_key));

	ck_assert_ptr_nonnull(b);
	ck_assert_mem_eq(b, session_key, sizeof(session_key));
	ck_assert(tss_end(&m->answer));
}

/* An identity, and its digest. */
static uint32_t identity(struct tss_digest *digest)
{
	struct identity id;
	uint32_t key;

	own();
	key = make_identity(m, &id);
	*digest = identity_digest(m, key);
	return key;
}

START_TEST(the_key_that_the_authority_sent)
{
	struct tss_digest digest;
	struct tss_command what;
	const uint32_t key = identity(&digest);

	if (_i)
		put_ek_blob(&what, &digest, TPM_EK_TYPE_ACTIVATE, 0, 0x1f);
	else
		put_contents(&what, &digest);
	ck_assert_result(activate(key, &what), 0);
	assert_session_key();
}
END_TEST

START_TEST(for_another_identity)
{
	struct tss_digest digest;
	struct tss_command what;
	const uint32_t key = identity(&digest);

	digest.b[19] ^= 1;
	if (_i)
		put_ek_blob(&what, &digest, TPM_EK_TYPE_ACTIVATE, 0, 0x1f);
	else
		put_contents(&what, &digest);
	ck_assert_result(activate(key, &what), TPM_BAD_PARAMETER);
}
END_TEST

START_TEST(a_key_that_is_no_identity)
{
	struct tss_digest digest;
	struct tss_command what;
	uint32_t key;

	own();
	key = make_key(m, &kind_signing);
	digest = identity_digest(m, key);
	put_contents(&what, &digest);
	ck_assert_result(activate(key, &what), TPM_BAD_PARAMETER);
}
END_TEST

START_TEST(a_blob_of_another_type)
{
	struct tss_digest digest;
	struct tss_command what;
	const uint32_t key = identity(&digest);

	put_ek_blob(&what, &digest, TPM_EK_TYPE_AUTH, 0, 0x1f);
	ck_assert_result(activate(key, &what), TPM_BAD_TYPE);
}
END_TEST

START_TEST(in_another_state_of_the_machine)
{
	struct tss_digest digest;
	struct tss_command what;
	const uint32_t key = identity(&digest);

	/* Register 0 is zeros, but their composite hash is not. */
	put_ek_blob(&what, &digest, TPM_EK_TYPE_ACTIVATE, 1, 0x1f);
	ck_assert_result(activate(key, &what), TPM_WRONGPCRVAL);
}
END_TEST

/* None, and one that there is not. */
START_TEST(from_a_locality_that_nobody_has)
{
	struct tss_digest digest;
	struct tss_command what;
	const uint32_t key = identity(&digest);

	put_ek_blob(&what, &digest, TPM_EK_TYPE_ACTIVATE, 0, 0);
	ck_assert_result(activate(key, &what), TPM_INVALID_STRUCTURE);
	put_ek_blob(&what, &digest, TPM_EK_TYPE_ACTIVATE, 0, 0x20);
	ck_assert_result(activate(key, &what), TPM_INVALID_STRUCTURE);
}
END_TEST

START_TEST(from_another_locality)
{
	struct tss_digest digest;
	struct tss_command what;
	const uint32_t key = identity(&digest);

	put_ek_blob(&what, &digest, TPM_EK_TYPE_ACTIVATE, 0, 1 << 3);
	ck_assert_result(activate(key, &what), TPM_BAD_LOCALITY);
	m->locality = 3;
	ck_assert_result(activate(key, &what), 0);
	assert_session_key();
}
END_TEST

START_TEST(structures_cut_off_or_with_more)
{
	struct tss_digest digest;
	struct tss_command what;
	const uint32_t key = identity(&digest);
	size_t whole;

	put_contents(&what, &digest);
	whole = what.len;
	for (what.len = 0; what.len < whole; what.len++)
		ck_assert_result(activate(key, &what), TPM_BAD_PARAM_SIZE);
	what.len = whole + 1;
	ck_assert_result(activate(key, &what), TPM_BAD_PARAM_SIZE);
	put_ek_blob(&what, &digest, TPM_EK_TYPE_ACTIVATE, 0, 0x1f);
	whole = what.len;
	for (what.len = 2; what.len < whole; what.len++)
		ck_assert_result(activate(key, &what), TPM_BAD_PARAM_SIZE);
}
END_TEST

START_TEST(not_for_this_tpm)
{
	static const uint8_t noise[257] = { 0, 1, 2 };
	static const size_t lengths[] = { 0, 255, 256, 257 };
	struct tss_digest digest;
	const uint32_t key = identity(&digest);

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		struct tss_command c;
		struct tss_session s[2];

		tss_begin(&c, ORD_ActivateIdentity);
		tss_put_handle(&c, key);
		tss_put_blob(&c, noise, lengths[i]);
		use_oiap(m, &c, &s[0], &secret_key);
		use_oiap(m, &c, &s[1], &secret_owner);
		ck_assert_result(machine_run(m, &c),
				 lengths[i] > 256 ? TPM_BAD_DATASIZE
						  : TPM_DECRYPT_ERROR);
	}
}
END_TEST

START_TEST(an_identity_without_a_secret)
{
	struct key_kind kind = kind_identity;
	struct tss_command what, c;
	struct tss_digest digest;
	struct identity id;
	struct tss_session s;
	uint32_t key;

	kind.auth = (uint8_t)(_i ? TPM_AUTH_NEVER : TPM_AUTH_ALWAYS);
	own();
	ck_assert_result(call_make_identity(m, &kind, &id), 0);
	ck_assert_result(
		call_load_key2(m, TPM_KH_SRK, &secret_srk, &id.key, &key), 0);
	digest = identity_digest(m, key);
	put_contents(&what, &digest);
	tss_begin(&c, ORD_ActivateIdentity);
	tss_put_handle(&c, key);
	put_for_ek(m, &c, (struct client_bytes){ what.params, what.len });
	use_oiap(m, &c, &s, &secret_owner);
	ck_assert_result(machine_run(m, &c), _i ? 0 : TPM_AUTHFAIL);
}
END_TEST

/* ---- */

#define N(table) ((int)(sizeof(table) / sizeof(*(table))))

int main(void)
{
	Suite *s = suite_create("identity");
	TCase *t = section(s, "15.1 TPM_MakeIdentity");

	tcase_add_test(t, it_signs_whose_it_is);
	tcase_add_test(t, it_is_loaded_and_has_the_secret_that_was_sent);
	tcase_add_test(t, both_sessions_are_over);
	tcase_add_loop_test(t, a_storage_root_key_without_a_secret, 0, 2);
	tcase_add_test(t, either_secret_wrong);
	tcase_add_test(t, the_owner_speaks_in_an_osap_session);
	tcase_add_loop_test(t, keys_that_are_no_identity, 0, N(not_identities));
	tcase_add_test(t, an_identity_of_the_newer_structure);
	t = section(s, "15.2 TPM_ActivateIdentity");
	tcase_add_loop_test(t, the_key_that_the_authority_sent, 0, 2);
	tcase_add_loop_test(t, for_another_identity, 0, 2);
	tcase_add_test(t, a_key_that_is_no_identity);
	tcase_add_test(t, a_blob_of_another_type);
	tcase_add_test(t, in_another_state_of_the_machine);
	tcase_add_test(t, from_another_locality);
	tcase_add_test(t, from_a_locality_that_nobody_has);
	tcase_add_test(t, structures_cut_off_or_with_more);
	tcase_add_test(t, not_for_this_tpm);
	tcase_add_loop_test(t, an_identity_without_a_secret, 0, 2);
	return suite_run(s);
}
