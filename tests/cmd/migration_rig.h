/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of migration begin with: two TPMs that share nothing, and a
 * key of the first.
 */
#ifndef MIGRATION_RIG_H
#define MIGRATION_RIG_H

#include "chapter.h"

#include "migrationcalls.h"

static const struct client_bytes none;

/* The other TPM, and the public half of its SRK. */
static struct machine *other;
static struct client_rsa *other_srk;
static struct key_blob other_pub;

/* A key of the first, the owner's word where it may go, and the usual wish. */
static struct key_blob key, auth;
static struct create_migration_blob wish;

static inline void set_up(void)
{
	setup_owner(m);
	other = machine_started();
	setup_other_owner(other);
	other_srk = client_rsa_new(2048, OTHER_SRK_PRIMES);
	rsa_pubkey(other_srk, &kind_storage, &other_pub);
	ck_assert_result(call_create_wrap_key(m, TPM_KH_SRK, &secret_srk,
					      &kind_movable, &key),
			 0);
	ck_assert_result(call_authorize_migration_key(m, TPM_MS_MIGRATE,
						      &other_pub, &auth),
			 0);
	wish = (struct create_migration_blob){
		.parent = TPM_KH_SRK,
		.secret = &secret_srk,
		.migration = &secret_migration,
		.type = TPM_MS_MIGRATE,
		.auth = &auth,
		.encData = blob_view(&key).encData,
	};
}

static inline void tear_down(void)
{
	client_rsa_free(other_srk);
	machine_free(other);
}

static inline uint32_t load(struct machine *where, const struct key_blob *which,
			    uint32_t *handle)
{
	return call_load_key2(where, TPM_KH_SRK, &secret_srk, which, handle);
}

/*
 * With this private half the key is the one that it was: it signs there, and
 * who has nothing but its first public half believes that.
 */
static inline void assert_signs(struct machine *where,
				struct client_bytes encData)
{
	const size_t bits = blob_view(&key).modulus.len * 8;
	struct client_rsa *rsa = client_rsa_new((unsigned int)bits, 0);
	struct client_bytes sig;
	struct key_blob moved;
	struct tss_session s;
	struct tss_command c;
	uint32_t handle;

	blob_replace(&key, encData, &moved);
	ck_assert_result(load(where, &moved, &handle), 0);
	tss_begin(&c, ORD_Sign);
	tss_put_handle(&c, handle);
	tss_put_blob(&c, ones.b, sizeof(ones.b));
	use_oiap(where, &c, &s, &secret_key);
	ck_assert_result(machine_run(where, &c), 0);
	sig.p = tss_get_blob(&where->answer, &sig.len);
	ck_assert(client_signed_sha1(rsa, ones.b, sig));
	ck_assert_result(call_evict_key(where, handle), 0);
	client_rsa_free(rsa);
}

/* What somebody encrypts for the first TPM, or the other. */
static inline struct client_bytes encrypt_for(unsigned int primes,
					      struct client_bytes what)
{
	static uint8_t out[RSA_MAX];
	struct client_rsa *rsa = client_rsa_new(2048, primes);

	client_oaep(rsa, what, out);
	client_rsa_free(rsa);
	return (struct client_bytes){ out, sizeof(out) };
}

static inline void send(struct moved *moved)
{
	ck_assert_result(call_create_migration_blob(m, &wish, moved), 0);
}

static inline TCase *between(Suite *s, const char *name)
{
	TCase *t = section(s, name);

	tcase_add_checked_fixture(t, set_up, tear_down);
	return t;
}

#endif
