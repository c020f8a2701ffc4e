/* SPDX-License-Identifier: BSD-2-Clause */
/* A host between its TPM and an issuer, for the tests of DAA. */
#ifndef DAA_HOST_H
#define DAA_HOST_H

#include "chapter.h"
#include "daa_issuer.h"

#define JOIN_STAGES 25u
#define SIGN_STAGES 16u
#define ANSWER_MAX  512u

struct told {
	uint8_t b[ANSWER_MAX];
	size_t len;
};

/* What is said in each stage, and what was answered. */
struct run {
	struct daa_bytes in[JOIN_STAGES][2];
	struct told out[JOIN_STAGES];
	uint32_t handle;
	uint8_t count[4]; /* of the keys; then which f */
	uint8_t number[4];
	uint8_t asked[20]; /* the host's part of the challenge */
};

static struct daa_issuer issuer;
static struct run join, sign;
static uint8_t ne[DAA_MODULUS], u2[DAA_V0], u3[DAA_V1];
static const uint8_t nonce[] = "what the issuer asks the endorsement key";
static const uint8_t digest_selector[] = { 1 };
static const uint8_t message[20] = "twenty bytes to sign";

#define BYTES(a) ((struct daa_bytes){ (a), sizeof(a) })

static inline struct daa_bytes bytes(const struct told *t)
{
	return (struct daa_bytes){ t->b, t->len };
}

/* One stage, whatever it is given, in a session of its own. */
static inline uint32_t call_stage(uint32_t ordinal, uint32_t handle,
			   unsigned int stage, const struct daa_bytes in[2],
			   const struct tss_digest *secret)
{
	struct tss_command c;
	struct tss_session s;

	ck_assert_result(tss_oiap(&m->tss, &s), 0);
	tss_begin(&c, ordinal);
	tss_put_handle(&c, handle);
	tss_put_u8(&c, stage);
	tss_put_blob(&c, in[0].p, in[0].len);
	tss_put_blob(&c, in[1].p, in[1].len);
	tss_use(&c, &s, secret, false);
	return machine_run(m, &c);
}

static inline void keep_answer(struct told *out)
{
	const uint8_t *p = tss_get_blob(&m->answer, &out->len);

	ck_assert(tss_end(&m->answer));
	ck_assert_uint_le(out->len, sizeof(out->b));
	if (out->len)
		memcpy(out->b, p, out->len);
}

static inline void run_stage(uint32_t ordinal, struct run *r,
			     unsigned int stage)
{
	const struct told *t = &r->out[0];

	ck_assert_result(call_stage(ordinal, r->handle, stage, r->in[stage],
				    &secret_owner),
			 0);
	keep_answer(&r->out[stage]);
	if (stage)
		return;
	ck_assert_uint_eq(t->len, 4);
	r->handle = (uint32_t)t->b[0] << 24 | (uint32_t)t->b[1] << 16 |
		    (uint32_t)t->b[2] << 8 | t->b[3];
}

static inline void join_stage(unsigned int stage)
{
	static const struct daa_bytes nothing;

	if (stage != 1) {
		run_stage(ORD_DAA_Join, &join, stage);
		return;
	}
	/* The chain: the root, and the key that it signs. */
	join.in[1][0] = BYTES(issuer.root);
	join.in[1][1] = nothing;
	run_stage(ORD_DAA_Join, &join, 1);
	join.in[1][0] = BYTES(issuer.key);
	join.in[1][1] = BYTES(issuer.key_signature);
	run_stage(ORD_DAA_Join, &join, 1);
}

/* All stages before this one. */
static inline void join_until(unsigned int stage)
{
	for (unsigned int i = 0; i < stage; i++)
		join_stage(i);
}

static inline void sign_until(unsigned int stage)
{
	for (unsigned int i = 0; i < stage; i++)
		run_stage(ORD_DAA_Sign, &sign, i);
}

/* What a join and a signature say of the bases, from their stages on. */
static inline void say_bases(struct run *r, unsigned int stage)
{
	const struct daa_bytes bases[] = { BYTES(issuer.r0), BYTES(issuer.r1),
					   BYTES(issuer.s0), BYTES(issuer.s1) };

	for (unsigned int i = 0; i < 4; i++) {
		r->in[stage + i][0] = bases[i];
		r->in[stage + i][1] = BYTES(issuer.n);
	}
}

static inline void say_pseudonym(struct run *r, unsigned int stage)
{
	for (unsigned int i = 0; i < 3; i++)
		r->in[stage + i][0] = BYTES(issuer.gamma);
	r->in[stage][1] = BYTES(issuer.w);
	r->in[stage + 3][0] = BYTES(r->asked);
}

static inline void say_join(void)
{
	memset(&join, 0, sizeof(join));
	join.count[3] = 2;
	join.number[3] = 7;
	memset(join.asked, 0x11, sizeof(join.asked));
	join.in[0][0] = BYTES(join.count);
	join.in[2][0] = BYTES(issuer.settings);
	join.in[2][1] = BYTES(issuer.settings_signature);
	join.in[3][0] = BYTES(join.number);
	say_bases(&join, 4);
	join.in[8][0] = BYTES(ne);
	say_bases(&join, 9);
	say_pseudonym(&join, 13);
	join.in[22][0] = BYTES(u2);
	join.in[23][0] = BYTES(u3);
}

static inline void say_sign(void)
{
	memset(&sign, 0, sizeof(sign));
	memset(sign.asked, 0x22, sizeof(sign.asked));
	sign.in[0][0] = BYTES(issuer.settings);
	sign.in[1][0] = bytes(&join.out[24]);
	say_bases(&sign, 2);
	say_pseudonym(&sign, 6);
	sign.in[10][0] = BYTES(digest_selector);
	sign.in[10][1] = BYTES(message);
	sign.in[13][0] = bytes(&join.out[22]);
	sign.in[14][0] = bytes(&join.out[22]);
	sign.in[15][0] = bytes(&join.out[23]);
}

/* The endorsement key's modulus. */
static inline void read_ek(uint8_t n[DAA_MODULUS])
{
	const uint8_t *p;
	size_t len;

	ck_assert_result(call_digest(m, ORD_ReadPubek, &zeros), 0);
	ck_assert_ptr_nonnull(tss_get_bytes(&m->answer, 8));
	(void)tss_get_blob(&m->answer, &len);
	p = tss_get_blob(&m->answer, &len);
	ck_assert_uint_eq(len, DAA_MODULUS);
	memcpy(n, p, len);
}

static inline void set_up(void)
{
	uint8_t ek[DAA_MODULUS];

	chapter_set_up();
	setup_owner(m);
	read_ek(ek);
	daa_issuer_make(&issuer);
	daa_encrypt(ek, BYTES(nonce), ne);
	machine_random(12345, u2, sizeof(u2));
	machine_random(54321, u3, sizeof(u3));
	say_join();
}

/* A whole join; then what a signature says. */
static inline void joined(void)
{
	join_until(JOIN_STAGES);
	say_sign();
}

static inline uint32_t sessions_left(void)
{
	return property(m, TPM_CAP_PROP_DAASESS);
}

/* Nothing is left of the session that was refused something. */
static inline void expect_gone(uint32_t ordinal, const struct run *r,
			unsigned int stage)
{
	ck_assert_result(call_stage(ordinal, r->handle, stage, r->in[stage],
				    &secret_owner),
			 TPM_BAD_HANDLE);
	ck_assert_uint_eq(sessions_left(), 2);
}

static inline TCase *daa_section(Suite *s, const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, set_up, chapter_tear_down);
	tcase_set_timeout(t, 300);
	suite_add_tcase(s, t);
	return t;
}

#endif
