/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of keys with migration authorities begin with: two TPMs that
 * share nothing, an authority, and a key of the first TPM.
 */
#ifndef CMK_RIG_H
#define CMK_RIG_H

#include "chapter.h"

#include "migrationcalls.h"

static const struct client_bytes none;

/* The other TPM, and the public half of its SRK. */
static struct machine *other;
static struct key_blob other_pub;

/* Signs for its keys; and whom the list names, at the start it alone. */
static struct authority msa;

/* A key of the first TPM, and SHA-1 of its public half. */
static struct key_blob key;
static struct tss_digest source;

static inline struct tss_digest digest_of_pub(const struct key_blob *which)
{
	struct key_blob pub;

	blob_pubkey(which, &pub);
	return sha1_of(bytes_of(&pub), none);
}

static inline void set_up(void)
{
	struct client_rsa *srk = client_rsa_new(2048, OTHER_SRK_PRIMES);

	setup_owner(m);
	other = machine_started();
	setup_other_owner(other);
	rsa_pubkey(srk, &kind_storage, &other_pub);
	client_rsa_free(srk);
	authority_new(&msa, &kind_authority);
	make_cmk(m, &msa, &key);
	source = digest_of_pub(&key);
}

static inline void tear_down(void)
{
	authority_free(&msa);
	machine_free(other);
}

static inline struct tss_digest hmac_proof(const struct machine *where,
					   const struct key_blob *what)
{
	const struct tss_digest proof = setup_tpm_proof(where);
	const struct client_bytes piece = bytes_of(what);
	struct tss_digest d = { { 0 } };

	client_hmac(proof.b, &piece, 1, d.b);
	return d;
}

/* Signs there what verifies under the first public half. */
static inline void assert_signs(struct machine *where,
				struct client_bytes encData)
{
	struct client_rsa *rsa = client_rsa_new(2048, 0);
	struct client_bytes sig;
	struct key_blob moved;
	struct tss_session s;
	struct tss_command c;
	uint32_t handle;
	uint8_t n[RSA_MAX];

	client_rsa_modulus(rsa, n);
	ck_assert_mem_eq(blob_view(&key).modulus.p, n, sizeof(n));
	blob_replace(&key, encData, &moved);
	ck_assert_result(
		call_load_key2(where, TPM_KH_SRK, &secret_srk, &moved, &handle),
		0);
	tss_begin(&c, ORD_Sign);
	tss_put_handle(&c, handle);
	tss_put_blob(&c, ones.b, sizeof(ones.b));
	use_oiap(where, &c, &s, &secret_key);
	ck_assert_result(machine_run(where, &c), 0);
	sig.p = tss_get_blob(&where->answer, &sig.len);
	ck_assert(client_signed_sha1(rsa, ones.b, sig));
	client_rsa_free(rsa);
}

/* The other TPM's wish to take it in. */
static struct cmk_convert taking;

/* The other TPM takes it in, as the authority approves there as well. */
static inline void set_up_taking(const struct moved *moved)
{
	static struct key_blob random;

	random = moved->random;
	authority_approves(other, &msa, &other_pub, &key, &taking.restriction,
			   &taking.ticket);
	taking.parent = TPM_KH_SRK;
	taking.secret = &secret_srk;
	blob_replace(&key, bytes_of(&moved->data), &taking.key);
	taking.list = bytes_of(&msa.list);
	taking.random = bytes_of(&random);
}

static inline void assert_taken(void)
{
	struct key_blob converted;

	ck_assert_result(call_cmk_convert_migration(other, &taking, &converted),
			 0);
	assert_signs(other, bytes_of(&converted));
}

static inline TCase *between(Suite *s, const char *name)
{
	TCase *t = section(s, name);

	tcase_add_checked_fixture(t, set_up, tear_down);
	return t;
}

#endif
