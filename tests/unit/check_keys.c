/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys (emulator/keys.c, keyblob.c) below the commands: the slots, what
 * libcrypto makes of a key and for how long that is kept, and the two forms of
 * a key.  The primes are the test's own, so that no key takes time.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "machine.h"
#include "pcr.h"
#include "setup.h"
#include "suite.h"

static struct machine *m;
static struct tpm *t;
static struct tpm_call call;

/* How often libcrypto was given a private key to make something of. */
static unsigned int made;

struct tpm_rsa *__real_tpm_rsa_private(struct tpm_bytes n, struct tpm_bytes e,
				       struct tpm_bytes p);
struct tpm_rsa *__wrap_tpm_rsa_private(struct tpm_bytes n, struct tpm_bytes e,
				       struct tpm_bytes p);
struct tpm_rsa *__wrap_tpm_rsa_private(struct tpm_bytes n, struct tpm_bytes e,
				       struct tpm_bytes p)
{
	made++;
	return __real_tpm_rsa_private(n, e, p);
}

static void new_call(void)
{
	call = (struct tpm_call){ .scratch = wr_over(t->scratch,
						     sizeof(t->scratch)) };
}

static void set_up(void)
{
	m = machine_started();
	setup_owner(m);
	t = m->tpm;
	new_call();
	made = 0;
}

static void tear_down(void)
{
	machine_free(m);
}

/* A signing key of the nth primes, without a slot. */
static struct tpm_key_entry key_of(unsigned int nth)
{
	struct tpm_key_entry key = {
		.ver = { .major = 1, .minor = 1 },
		.keyUsage = TPM_KEY_SIGNING,
		.authDataUsage = TPM_AUTH_ALWAYS,
		.encScheme = TPM_ES_NONE,
		.sigScheme = TPM_SS_RSASSAPKCS1v15_SHA1,
		.payload = TPM_PT_ASYM,
		.usageAuth = { "the key's own secret" },
		.migrationAuth = { "what its owner knows" },
	};

	m->primes_taken = nth;
	ck_assert_int_eq(key_generate(t, 2048, &key), TPM_SUCCESS);
	key.pubDataDigest.b[0] = (uint8_t)(nth + 1);
	return key;
}

static struct tpm_key_entry *add(unsigned int nth)
{
	const struct tpm_key_entry key = key_of(nth);
	struct tpm_key_entry *slot;

	ck_assert_int_eq(key_add(t, &key, &slot), TPM_SUCCESS);
	return slot;
}

/* Whether what is kept for the slot is this key's. */
static void assert_signs_as(const struct tpm_key_entry *slot, unsigned int nth)
{
	static const struct tpm_digest digest = { "what is to be signed" };
	const struct tpm_key_entry key = key_of(nth);
	struct tpm_rsa *rsa = key_make_rsa(&key);
	struct tpm_bytes sig;

	ck_assert_ptr_nonnull(rsa);
	new_call();
	ck_assert_int_eq(key_sign(t, &call, slot, &digest, &sig), TPM_SUCCESS);
	ck_assert_int_eq(tpm_rsa_verify_sha1(rsa, digest.b, sig), 0);
	tpm_rsa_free(rsa);
}

static bool is_wiped(const void *p, size_t len)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < len; i++)
		if (b[i])
			return false;
	return true;
}

/* ---- Slots ---- */

START_TEST(a_key_is_found_by_its_handle)
{
	struct tpm_key_entry *a = add(0), *b = add(1);

	ck_assert_ptr_ne(a, b);
	ck_assert_uint_ne(a->handle, b->handle);
	ck_assert_ptr_eq(key_find(t, a->handle), a);
	ck_assert_ptr_eq(key_find(t, b->handle), b);
	ck_assert_ptr_null(key_find(t, 0));
	ck_assert_ptr_null(key_find(t, b->handle + 1));
	ck_assert_uint_eq(keys_loaded(t), 2);
}
END_TEST

START_TEST(the_srk_is_the_owner_s)
{
	struct tpm_key_entry *key;

	ck_assert_ptr_eq(key_find(t, TPM_KH_SRK), &t->s.srk);
	ck_assert_uint_eq(keys_loaded(t), 0);
	setup_no_owner(m);
	ck_assert_ptr_null(key_find(t, TPM_KH_SRK));
	ck_assert_int_eq(key_named(t, TPM_KH_SRK, &key), TPM_KEYNOTFOUND);
}
END_TEST

static const struct {
	uint32_t handle;
	enum tpm_rc rc;
} strangers[] = {
	{ 0, TPM_INVALID_KEYHANDLE },
	{ 0x01000000, TPM_INVALID_KEYHANDLE },
	{ TPM_KH_OWNER, TPM_INVALID_RESOURCE },
	{ TPM_KH_REVOKE, TPM_INVALID_RESOURCE },
	{ TPM_KH_TRANSPORT, TPM_INVALID_RESOURCE },
	{ TPM_KH_OPERATOR, TPM_INVALID_RESOURCE },
	{ TPM_KH_ADMIN, TPM_INVALID_RESOURCE },
	{ TPM_KH_EK, TPM_KEYNOTFOUND },
	{ 0x40000008, TPM_INVALID_KEYHANDLE },
	{ 0xffffffff, TPM_INVALID_KEYHANDLE },
};

START_TEST(names_of_no_key)
{
	struct tpm_key_entry *key;

	ck_assert_int_eq(key_named(t, strangers[_i].handle, &key),
			 strangers[_i].rc);
	ck_assert_int_eq(key_use(t, &call, strangers[_i].handle, &key),
			 strangers[_i].rc);
}
END_TEST

START_TEST(a_key_that_comes_back_keeps_its_handle)
{
	struct tpm_key_entry key = key_of(0), *a, *b;

	key.handle = 0x01abcdef;
	ck_assert_int_eq(key_add(t, &key, &a), TPM_SUCCESS);
	ck_assert_uint_eq(a->handle, 0x01abcdef);
	/* Unless somebody has it. */
	ck_assert_int_eq(key_add(t, &key, &b), TPM_SUCCESS);
	ck_assert_uint_ne(b->handle, 0x01abcdef);
	key_flush(t, a);
	ck_assert_int_eq(key_add(t, &key, &a), TPM_SUCCESS);
	ck_assert_uint_eq(a->handle, 0x01abcdef);
}
END_TEST

START_TEST(all_slots_and_no_more)
{
	const struct tpm_key_entry key = key_of(0);
	struct tpm_key_entry *slot, *first = NULL;

	for (unsigned int i = 0; i < TPM_MAX_KEYS; i++) {
		ck_assert_int_eq(key_add(t, &key, &slot), TPM_SUCCESS);
		if (!i)
			first = slot;
	}
	ck_assert_int_eq(key_add(t, &key, &slot), TPM_NOSPACE);
	ck_assert_uint_eq(keys_loaded(t), TPM_MAX_KEYS);
	key_flush(t, first);
	ck_assert_int_eq(key_add(t, &key, &slot), TPM_SUCCESS);
	ck_assert_ptr_eq(slot, first);
}
END_TEST

START_TEST(state_with_all_slots_full_is_kept)
{
	struct tpm_key_entry key = key_of(0), *slot;
	struct snapshot before, after;

	while (keys_loaded(t) < TPM_MAX_KEYS) {
		key.keyControl =
			keys_loaded(t) % 2 ? TPM_KEY_CONTROL_OWNER_EVICT : 0;
		ck_assert_int_eq(key_add(t, &key, &slot), TPM_SUCCESS);
	}
	ck_assert_int_eq(tpm_commit(t), 0);
	before = snapshot_take(m);
	machine_take_over(m);
	after = snapshot_take(m);
	ck_assert(snapshot_equal(&before, &after));
	snapshot_free(&before);
	snapshot_free(&after);
}
END_TEST

START_TEST(a_flushed_key_leaves_nothing)
{
	struct tpm_key_entry *a = add(0), *b = add(1);

	assert_signs_as(b, 1);
	assert_signs_as(a, 0);
	key_flush(t, a);
	ck_assert(is_wiped(a, sizeof(*a)));
	ck_assert_ptr_null(t->rsa[a - t->s.keys]);
	ck_assert_ptr_nonnull(t->rsa[b - t->s.keys]);
	assert_signs_as(b, 1);
}
END_TEST

START_TEST(which_keys_a_start_takes)
{
	struct tpm_key_entry *a = add(0), *b = add(1);

	b->keyControl = TPM_KEY_CONTROL_OWNER_EVICT;
	keys_flush_volatile(t);
	ck_assert_uint_eq(a->handle, 0);
	ck_assert_uint_ne(b->handle, 0);
	keys_flush_all(t);
	ck_assert_uint_eq(b->handle, 0);
	ck_assert_uint_eq(keys_loaded(t), 0);
}
END_TEST

/* ---- What libcrypto makes of a key ---- */

START_TEST(it_is_made_once)
{
	struct tpm_key_entry *key = add(0);
	const struct tpm_rsa *rsa = key_rsa(t, key);

	ck_assert_ptr_nonnull(rsa);
	ck_assert_uint_eq(made, 1);
	ck_assert_ptr_eq(key_rsa(t, key), rsa);
	ck_assert_uint_eq(made, 1);
}
END_TEST

START_TEST(it_is_not_the_last_one_s_of_the_slot)
{
	struct tpm_key_entry *a = add(0), *b;

	assert_signs_as(a, 0);
	key_flush(t, a);
	b = add(1);
	ck_assert_ptr_eq(a, b);
	assert_signs_as(b, 1);
}
END_TEST

START_TEST(it_goes_when_a_command_is_undone)
{
	struct tpm_key_entry *a = add(0);

	assert_signs_as(a, 0);
	if (_i)
		tpm_preserve(t);
	else
		tpm_touch(t);
	key_flush(t, a);
	ck_assert_ptr_eq(add(1), a);
	assert_signs_as(a, 1);
	tpm_undo(t);
	ck_assert_ptr_null(t->rsa[a - t->s.keys]);
	assert_signs_as(a, 0);
}
END_TEST

START_TEST(it_goes_when_other_state_comes)
{
	uint8_t *image = malloc(TPM12_VOLATILE_MAX);
	struct tpm_key_entry *a = add(0);
	size_t len;

	ck_assert_ptr_nonnull(image);
	ck_assert_int_eq(
		tpm12_save_volatile(t, image, TPM12_VOLATILE_MAX, &len), 0);
	key_flush(t, a);
	ck_assert_ptr_eq(add(1), a);
	assert_signs_as(a, 1);
	ck_assert_int_eq(tpm12_load_volatile(t, image, len), 0);
	assert_signs_as(a, 0);
	free(image);
}
END_TEST

START_TEST(the_srk_has_its_own)
{
	struct tpm_key_entry *a = add(0);

	ck_assert_ptr_nonnull(key_rsa(t, &t->s.srk));
	ck_assert_ptr_ne(key_rsa(t, &t->s.srk), key_rsa(t, a));
	keys_flush_all(t);
	ck_assert_ptr_nonnull(t->rsa[TPM_MAX_KEYS]);
	key_flush(t, &t->s.srk);
	ck_assert_ptr_null(t->rsa[TPM_MAX_KEYS]);
}
END_TEST

START_TEST(what_is_no_key_does_nothing)
{
	static const struct tpm_digest digest;
	struct tpm_key_entry *a = add(0);
	uint8_t out[TPM_RSA_MAX_BYTES] = { 0 };
	struct tpm_bytes b = { out, sizeof(out) };
	size_t len;

	a->p.b[127] ^= 2;
	ck_assert_ptr_null(key_rsa(t, a));
	ck_assert_int_eq(key_sign(t, &call, a, &digest, &b), TPM_FAIL);
	ck_assert_int_eq(key_encrypt(t, &call, a, b, &b), TPM_FAIL);
	b = (struct tpm_bytes){ out, sizeof(out) };
	ck_assert_int_eq(key_decrypt(t, a, b, out, &len), TPM_DECRYPT_ERROR);
}
END_TEST

/* ---- Properties: Part 2, 5.8.1 ---- */

/* Its table, a line for each pair of schemes. */
static const struct {
	uint16_t usage, enc, sig;
	bool only_2048;
} allowed[] = {
	{ TPM_KEY_SIGNING, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_SHA1, false },
	{ TPM_KEY_SIGNING, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_DER, false },
	{ TPM_KEY_SIGNING, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_INFO, false },
	{ TPM_KEY_STORAGE, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE, true },
	{ TPM_KEY_IDENTITY, TPM_ES_NONE, TPM_SS_RSASSAPKCS1v15_SHA1, true },
	{ TPM_KEY_AUTHCHANGE, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE, false },
	{ TPM_KEY_BIND, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE, false },
	{ TPM_KEY_BIND, TPM_ES_RSAESPKCSv15, TPM_SS_NONE, false },
	{ TPM_KEY_LEGACY, TPM_ES_RSAESOAEP_SHA1_MGF1,
	  TPM_SS_RSASSAPKCS1v15_SHA1, false },
	{ TPM_KEY_LEGACY, TPM_ES_RSAESOAEP_SHA1_MGF1,
	  TPM_SS_RSASSAPKCS1v15_DER, false },
	{ TPM_KEY_LEGACY, TPM_ES_RSAESPKCSv15, TPM_SS_RSASSAPKCS1v15_SHA1,
	  false },
	{ TPM_KEY_LEGACY, TPM_ES_RSAESPKCSv15, TPM_SS_RSASSAPKCS1v15_DER,
	  false },
	{ TPM_KEY_MIGRATE, TPM_ES_RSAESOAEP_SHA1_MGF1, TPM_SS_NONE, true },
};

static bool is_allowed(unsigned int usage, unsigned int enc, unsigned int sig,
		       unsigned int bits)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		if (allowed[i].usage == usage && allowed[i].enc == enc &&
		    allowed[i].sig == sig)
			return bits == 2048 || (!allowed[i].only_2048 &&
						(bits == 512 || bits == 1024));
	return false;
}

/* TPM_RSA_KEY_PARMS. */
struct rsa_parms {
	uint8_t b[32];
	size_t len;
};

static struct rsa_parms rsa_parms(uint32_t bits, uint32_t primes,
				  struct tpm_bytes exponent)
{
	struct rsa_parms parms = { .len = 0 };
	struct wr w = wr_over(parms.b, sizeof(parms.b));
	const struct tpm_rsa_key_parms rsa = { bits, primes, exponent };

	wr_rsa_key_parms(&w, &rsa);
	ck_assert_int_eq(w.rc, TPM_SUCCESS);
	parms.len = (size_t)(w.p - parms.b);
	return parms;
}

static const struct tpm_bytes no_exponent;

START_TEST(schemes_and_sizes_of_each_usage)
{
	const unsigned int usage = (unsigned int)_i;
	static const unsigned int sizes[] = { 0,    256,  512, 1024,
					      1536, 2048, 4096 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		const struct rsa_parms rsa =
			rsa_parms(sizes[i], 2, no_exponent);

		for (unsigned int n = 0; n < 100; n++) {
			const struct tpm_key_parms parms = {
				.algorithmID = TPM_ALG_RSA,
				.encScheme = (uint16_t)(n / 10),
				.sigScheme = (uint16_t)(n % 10),
				.parms = { rsa.b, rsa.len },
			};
			const enum tpm_rc rc =
				key_check_parms(&parms, (uint16_t)usage, 0);

			ck_assert_int_eq(
				rc == TPM_SUCCESS,
				is_allowed(usage, n / 10, n % 10, sizes[i]));
			ck_assert(rc == TPM_SUCCESS ||
				  rc == TPM_BAD_KEY_PROPERTY);
		}
	}
}
END_TEST

/* A storage key as a TPM_KEY; parms must outlive it. */
static struct tpm_key wire_of(const struct rsa_parms *parms)
{
	return (struct tpm_key){
		.ver = { .major = 1, .minor = 1 },
		.keyUsage = TPM_KEY_STORAGE,
		.authDataUsage = TPM_AUTH_ALWAYS,
		.algorithmParms = {
			.algorithmID = TPM_ALG_RSA,
			.encScheme = TPM_ES_RSAESOAEP_SHA1_MGF1,
			.sigScheme = TPM_SS_NONE,
			.parms = { parms->b, parms->len },
		},
	};
}

START_TEST(parameters_of_no_key)
{
	struct rsa_parms parms = rsa_parms(2048, 2, no_exponent);
	struct tpm_key wire = wire_of(&parms);

	ck_assert_int_eq(key_check_properties(t, &wire, 0), TPM_SUCCESS);
	ck_assert_int_eq(key_check_properties(t, &wire, 2048), TPM_SUCCESS);
	ck_assert_int_eq(key_check_properties(t, &wire, 1024),
			 TPM_BAD_KEY_PROPERTY);
	wire.algorithmParms.parms.len--;
	ck_assert_int_eq(key_check_properties(t, &wire, 0),
			 TPM_BAD_KEY_PROPERTY);
	wire.algorithmParms.parms.len += 2;
	ck_assert_int_eq(key_check_properties(t, &wire, 0),
			 TPM_BAD_KEY_PROPERTY);
	wire.algorithmParms.parms.len--;
	wire.algorithmParms.algorithmID = TPM_ALG_AES128;
	ck_assert_int_eq(key_check_properties(t, &wire, 0),
			 TPM_BAD_KEY_PROPERTY);
	parms = rsa_parms(2048, 3, no_exponent);
	wire = wire_of(&parms);
	ck_assert_int_eq(key_check_properties(t, &wire, 0),
			 TPM_BAD_KEY_PROPERTY);
}
END_TEST

static const struct {
	uint8_t b[9];
	size_t len;
	bool usual;
	bool fits;
} exponents[] = {
	{ { 0 }, 0, true, true },
	{ { 1, 0, 1 }, 3, true, true },
	{ { 0, 0, 0, 0, 0, 1, 0, 1 }, 8, true, true },
	{ { 0, 0, 0, 0, 0, 0, 1, 0, 1 }, 9, false, false },
	{ { 3 }, 1, false, true },
	{ { 1, 0, 1, 0 }, 4, false, true },
	{ { 1, 0, 3 }, 3, false, true },
	{ { 0xff, 1, 1, 1, 1, 1, 1, 1 }, 8, false, true },
};

START_TEST(exponents_of_strong_keys_and_of_others)
{
	const struct rsa_parms parms = rsa_parms(
		2048, 2,
		(struct tpm_bytes){ exponents[_i].b, exponents[_i].len });
	struct tpm_key wire = wire_of(&parms);
	unsigned int bits;

	ck_assert_int_eq(key_check_properties(t, &wire, 0),
			 exponents[_i].usual ? TPM_SUCCESS
					     : TPM_BAD_KEY_PROPERTY);
	wire.keyUsage = TPM_KEY_BIND;
	ck_assert_int_eq(key_check_properties(t, &wire, 0),
			 exponents[_i].fits ? TPM_SUCCESS
					    : TPM_BAD_KEY_PROPERTY);
	ck_assert_uint_eq(key_parms_size(&wire.algorithmParms),
			  exponents[_i].fits ? 256 : 0);
	ck_assert_int_eq(key_new_size(&wire.algorithmParms, &bits),
			 exponents[_i].usual ? TPM_SUCCESS
					     : TPM_BAD_KEY_PROPERTY);
}
END_TEST

/* ---- The public half ---- */

static struct tpm_bytes all_of(const struct wr *w, const uint8_t *b)
{
	ck_assert_int_eq(w->rc, TPM_SUCCESS);
	return (struct tpm_bytes){ b, (size_t)(w->p - b) };
}

START_TEST(a_public_half_comes_back_as_it_was)
{
	uint8_t a[KEY_WIRE_MAX], b[KEY_WIRE_MAX];
	struct wr wa = wr_over(a, sizeof(a)), wb = wr_over(b, sizeof(b));
	struct tpm_key_entry key = key_of(0), again;
	struct tpm_key wire;

	key.is12 = _i & 1;
	key.hasPCRInfo = _i & 2;
	key.keyFlags = TPM_MIGRATABLE;
	key.e = (struct tpm_exponent){ 3, { 1, 0, 1 } };
	key.PCRInfo = (struct tpm_pcr_info_long){
		.localityAtCreation = 1,
		.localityAtRelease = LOCALITY_ANY,
		.creationPCRSelection = { 2, { 1, 4 } },
		.releasePCRSelection = { 2, { 1, 4 } },
		.digestAtCreation = { "how it was, and when" },
		.digestAtRelease = { "how it shall be then" },
	};
	if (key.is12)
		memset(&key.ver, 0, sizeof(key.ver));
	ck_assert_int_eq(key_wire(&call, &key, &wire), TPM_SUCCESS);
	wr_key(&wa, &wire);
	ck_assert_int_eq(key_read_public(&wire, &again), TPM_SUCCESS);
	ck_assert_int_eq(key_wire(&call, &again, &wire), TPM_SUCCESS);
	wr_key(&wb, &wire);
	ck_assert_uint_eq(all_of(&wa, a).len, all_of(&wb, b).len);
	ck_assert_mem_eq(a, b, all_of(&wa, a).len);
	ck_assert(is_wiped(&again.p, sizeof(again.p)));
	ck_assert(is_wiped(&again.usageAuth, sizeof(again.usageAuth)));
}
END_TEST

START_TEST(public_halves_that_are_none)
{
	static const uint8_t much[TPM_RSA_MAX_BYTES + 1];
	const struct rsa_parms parms = rsa_parms(2048, 2, no_exponent);
	struct tpm_key wire = wire_of(&parms);
	struct tpm_key_entry key;

	ck_assert_int_eq(key_read_public(&wire, &key), TPM_SUCCESS);
	wire.pubKey = (struct tpm_bytes){ much, sizeof(much) };
	ck_assert_int_eq(key_read_public(&wire, &key), TPM_BAD_KEY_PROPERTY);
	wire.pubKey.len--;
	ck_assert_int_eq(key_read_public(&wire, &key), TPM_SUCCESS);
	wire.PCRInfo = (struct tpm_bytes){ much, 1 };
	ck_assert_int_eq(key_read_public(&wire, &key), TPM_BAD_PARAM_SIZE);
	wire.is12 = true;
	wire.PCRInfo.len = 200;
	ck_assert_int_eq(key_read_public(&wire, &key), TPM_INVALID_STRUCTURE);
}
END_TEST

/* The answer is written when the key may be gone. */
START_TEST(what_is_answered_outlives_the_key)
{
	struct tpm_key_entry key = key_of(0);
	const struct tpm_modulus n = key.n;
	struct tpm_pubkey pub;
	struct tpm_key wire;

	ck_assert_int_eq(key_wire(&call, &key, &wire), TPM_SUCCESS);
	ck_assert_int_eq(key_pubkey(&call, &key, &pub), TPM_SUCCESS);
	memset(&key, 0xee, sizeof(key));
	ck_assert_mem_eq(wire.pubKey.p, n.b, n.len);
	ck_assert_mem_eq(pub.pubKey.p, n.b, n.len);
}
END_TEST

START_TEST(no_scratch_space)
{
	static const struct tpm_digest digest;
	struct tpm_key_entry *key = add(0);
	struct tpm_bytes b = { digest.b, sizeof(digest.b) };
	struct tpm_pubkey pub;
	struct tpm_key wire;

	call.scratch = wr_over(t->scratch, 255);
	ck_assert_int_eq(key_wire(&call, key, &wire), TPM_SIZE);
	call.scratch = wr_over(t->scratch, 255);
	ck_assert_int_eq(key_pubkey(&call, key, &pub), TPM_SIZE);
	call.scratch = wr_over(t->scratch, 255);
	ck_assert_int_eq(key_sign(t, &call, key, &digest, &b), TPM_SIZE);
	call.scratch = wr_over(t->scratch, 255);
	ck_assert_int_eq(key_sign_der(t, &call, key, b, &b), TPM_SIZE);
	call.scratch = wr_over(t->scratch, 255);
	ck_assert_int_eq(key_encrypt(t, &call, &t->s.srk, b, &b), TPM_SIZE);
}
END_TEST

/* ---- The private half ---- */

START_TEST(a_key_comes_back_from_under_its_parent)
{
	struct tpm_key_entry key = key_of(0), again;
	struct tpm_key wire;

	key.payload = (uint8_t)(_i ? TPM_PT_MIGRATE_RESTRICTED : TPM_PT_ASYM);
	ck_assert_int_eq(key_wrap(t, &call, &t->s.srk, &key, &wire),
			 TPM_SUCCESS);
	ck_assert_int_eq(key_unwrap(t, &t->s.srk, &wire, &again), TPM_SUCCESS);
	ck_assert_int_eq(again.payload, key.payload);
	ck_assert_mem_eq(&again.usageAuth, &key.usageAuth, TPM_SHA1_SIZE);
	ck_assert_mem_eq(&again.migrationAuth, &key.migrationAuth,
			 TPM_SHA1_SIZE);
	ck_assert_mem_eq(&again.pubDataDigest, &key.pubDataDigest,
			 TPM_SHA1_SIZE);
	ck_assert_uint_eq(again.p.len, key.p.len);
	ck_assert_mem_eq(again.p.b, key.p.b, key.p.len);
	ck_assert_mem_eq(again.n.b, key.n.b, key.n.len);
}
END_TEST

/* Nothing of it stays, whatever was wrong. */
START_TEST(what_does_not_come_back_leaves_nothing)
{
	struct tpm_key_entry key = key_of(0), again;
	uint8_t enc[TPM_RSA_MAX_BYTES];
	struct tpm_key wire;

	ck_assert_int_eq(key_wrap(t, &call, &t->s.srk, &key, &wire),
			 TPM_SUCCESS);
	memcpy(enc, wire.encData.p, sizeof(enc));
	wire.encData.p = enc;
	wire.keyFlags ^= TPM_MIGRATABLE;
	ck_assert_int_eq(key_unwrap(t, &t->s.srk, &wire, &again), TPM_AUTHFAIL);
	ck_assert(is_wiped(&again, sizeof(again)));
	wire.keyFlags ^= TPM_MIGRATABLE;
	for (size_t at = 0; at < sizeof(enc); at += 51) {
		enc[at] ^= 1;
		ck_assert_int_eq(key_unwrap(t, &t->s.srk, &wire, &again),
				 TPM_DECRYPT_ERROR);
		ck_assert(is_wiped(&again.p, sizeof(again.p)));
		enc[at] ^= 1;
	}
	wire.encData.len = 255;
	ck_assert_int_eq(key_unwrap(t, &t->s.srk, &wire, &again),
			 TPM_DECRYPT_ERROR);
	wire.encData.len = 257;
	ck_assert_int_eq(key_unwrap(t, &t->s.srk, &wire, &again),
			 TPM_BAD_DATASIZE);
	wire.encData.len = 256;
	wire.pubKey.len = 128;
	ck_assert_int_eq(key_unwrap(t, &t->s.srk, &wire, &again),
			 TPM_BAD_KEY_PROPERTY);
}
END_TEST

START_TEST(a_loaded_key_was_looked_at_once)
{
	struct tpm_key_entry key = key_of(0);
	struct tpm_key wire;
	uint32_t handle;

	key.migrationAuth = t->s.owner.tpmProof;
	ck_assert_ptr_nonnull(key_rsa(t, &t->s.srk));
	ck_assert_int_eq(key_wrap(t, &call, &t->s.srk, &key, &wire),
			 TPM_SUCCESS);
	made = 0;
	ck_assert_int_eq(key_load(t, &t->s.srk, &wire, &handle), TPM_SUCCESS);
	ck_assert_uint_eq(made, 1);
	ck_assert_ptr_nonnull(key_rsa(t, key_find(t, handle)));
	ck_assert_uint_eq(made, 1);
	assert_signs_as(key_find(t, handle), 0);
}
END_TEST

/* Sessions of the same key in another slot do not mind. */
START_TEST(a_key_that_is_not_loaded_disturbs_nobody)
{
	struct tpm_key_entry key = key_of(0), *slot;
	struct snapshot before, after;
	struct tpm_key wire;
	uint32_t handle;

	key.migrationAuth = t->s.owner.tpmProof;
	ck_assert_int_eq(key_wrap(t, &call, &t->s.srk, &key, &wire),
			 TPM_SUCCESS);
	while (keys_loaded(t) < TPM_MAX_KEYS)
		ck_assert_int_eq(key_add(t, &key, &slot), TPM_SUCCESS);
	before = snapshot_take(m);
	ck_assert_int_eq(key_load(t, &t->s.srk, &wire, &handle), TPM_NOSPACE);
	after = snapshot_take(m);
	ck_assert(snapshot_equal(&before, &after));
	snapshot_free(&before);
	snapshot_free(&after);
	tpm_untouch(t);
}
END_TEST

START_TEST(as_much_as_a_key_encrypts)
{
	static const uint8_t much[TPM_RSA_MAX_BYTES];
	const size_t most = TPM_RSA_MAX_BYTES - 1 - TPM_OAEP_OVERHEAD;
	struct tpm_bytes in = { much, most }, out;
	uint8_t b[TPM_RSA_MAX_BYTES];
	size_t len;

	ck_assert_int_eq(key_encrypt(t, &call, &t->s.srk, in, &out),
			 TPM_SUCCESS);
	ck_assert_int_eq(key_decrypt(t, &t->s.srk, out, b, &len), TPM_SUCCESS);
	ck_assert_uint_eq(len, most);
	ck_assert_mem_eq(b, much, most);
	in.len++;
	ck_assert_int_eq(key_encrypt(t, &call, &t->s.srk, in, &out),
			 TPM_BAD_DATASIZE);
}
END_TEST

/* ---- */

#define COUNT(array) ((int)(sizeof(array) / sizeof(*(array))))

static TCase *part(Suite *s, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 120);
	suite_add_tcase(s, tc);
	return tc;
}

static void add_slots(Suite *s)
{
	TCase *tc = part(s, "slots");

	tcase_add_test(tc, a_key_is_found_by_its_handle);
	tcase_add_test(tc, the_srk_is_the_owner_s);
	tcase_add_loop_test(tc, names_of_no_key, 0, COUNT(strangers));
	tcase_add_test(tc, a_key_that_comes_back_keeps_its_handle);
	tcase_add_test(tc, all_slots_and_no_more);
	tcase_add_test(tc, state_with_all_slots_full_is_kept);
	tcase_add_test(tc, a_flushed_key_leaves_nothing);
	tcase_add_test(tc, which_keys_a_start_takes);
	tc = part(s, "what libcrypto makes of a key");
	tcase_add_test(tc, it_is_made_once);
	tcase_add_test(tc, it_is_not_the_last_one_s_of_the_slot);
	tcase_add_loop_test(tc, it_goes_when_a_command_is_undone, 0, 2);
	tcase_add_test(tc, it_goes_when_other_state_comes);
	tcase_add_test(tc, the_srk_has_its_own);
	tcase_add_test(tc, what_is_no_key_does_nothing);
}

static void add_forms(Suite *s)
{
	TCase *tc = part(s, "properties");

	tcase_add_loop_test(tc, schemes_and_sizes_of_each_usage, 0x0f, 0x19);
	tcase_add_test(tc, parameters_of_no_key);
	tcase_add_loop_test(tc, exponents_of_strong_keys_and_of_others, 0,
			    COUNT(exponents));
	tc = part(s, "public half");
	tcase_add_loop_test(tc, a_public_half_comes_back_as_it_was, 0, 4);
	tcase_add_test(tc, public_halves_that_are_none);
	tcase_add_test(tc, what_is_answered_outlives_the_key);
	tcase_add_test(tc, no_scratch_space);
	tc = part(s, "private half");
	tcase_add_loop_test(tc, a_key_comes_back_from_under_its_parent, 0, 2);
	tcase_add_test(tc, what_does_not_come_back_leaves_nothing);
	tcase_add_test(tc, a_loaded_key_was_looked_at_once);
	tcase_add_test(tc, a_key_that_is_not_loaded_disturbs_nobody);
	tcase_add_test(tc, as_much_as_a_key_encrypts);
}

int main(void)
{
	Suite *s = suite_create("keys");

	add_slots(s);
	add_forms(s);
	return suite_run(s);
}
