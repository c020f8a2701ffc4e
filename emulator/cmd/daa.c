/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 26: DAA.  Each command is a sequence of stages, and each
 * stage a row of a table, with what it computes from: most of them raise a base
 * of the issuer's to a secret power, or blind a secret with a challenge.
 *
 * A session that is refused anything is over.
 */

#include "daa_stage.h"

/* TPM_DAA_Join or TPM_DAA_Sign. */
struct protocol {
	const struct daa_stage *stages;
	size_t n;
	/* From which stages on the session is looked at. */
	unsigned int checks_issuer;
	unsigned int checks_context;
	bool joins;
};

/* ---- The stages in their order ---- */

#define SETTING(name) .base = offsetof(struct tpm_daa_issuer, DAA_digest_##name)

#define POWER(name, number_, flags_)                                  \
	{                                                             \
		.run = daa_power, SETTING(name), .number = (number_), \
		.flags = (flags_)                                     \
	}
#define OF_GAMMA(run_)                        \
	{                                     \
		.run = (run_), SETTING(gamma) \
	}
#define RESPONSE(number_, secret_, flags_)                                     \
	{                                                                      \
		.run = daa_response, .number = (number_), .secret = (secret_), \
		.flags = (flags_)                                              \
	}
#define RESPONSE_OF(number_, blob_, flags_)                                \
	{                                                                  \
		.run = daa_response, .number = (number_), .blob = (blob_), \
		.flags = (flags_)                                          \
	}

static const struct daa_stage join_stages[] = {
	[0] = { .run = daa_join_begin },
	[1] = { .run = daa_join_chain, .flags = AGAIN },
	[2] = { .run = daa_join_issuer },
	[3] = { .run = daa_join_count },
	[4] = POWER(R0, DAA_F0, FIRST),
	[5] = POWER(R1, DAA_F1, 0),
	[6] = POWER(S0, DAA_U0, 0),
	[7] = POWER(S1, DAA_U1, NAME | TELL),
	[8] = { .run = daa_join_endorsement },
	[9] = POWER(R0, DAA_R0, NEW_SEED | FIRST),
	[10] = POWER(R1, DAA_R1, 0),
	[11] = POWER(S0, DAA_R2, 0),
	[12] = POWER(S1, DAA_R3, TELL),
	[13] = OF_GAMMA(daa_pseudonym_base),
	[14] = OF_GAMMA(daa_pseudonym),
	[15] = OF_GAMMA(daa_pseudonym_proof),
	[16] = { .run = daa_challenge },
	[17] = RESPONSE(DAA_R0, DAA_F0, 0),
	[18] = RESPONSE(DAA_R1, DAA_F1, 0),
	[19] = RESPONSE(DAA_R2, DAA_U0, LOW),
	[20] = RESPONSE(DAA_R2, DAA_U0, HIGH | TELL_DIGEST),
	[21] = RESPONSE(DAA_R3, DAA_U1, ADD_HIGH),
	[22] = { .run = daa_join_v0 },
	[23] = { .run = daa_join_v1 },
	[24] = { .run = daa_join_end },
};

static const struct daa_stage sign_stages[] = {
	[0] = { .run = daa_read_issuer },
	[1] = { .run = daa_sign_tpm },
	[2] = POWER(R0, DAA_R0, NEW_SEED | FIRST),
	[3] = POWER(R1, DAA_R1, 0),
	[4] = POWER(S0, DAA_R2, 0),
	[5] = POWER(S1, DAA_R4, TELL),
	[6] = OF_GAMMA(daa_pseudonym_base),
	[7] = OF_GAMMA(daa_pseudonym),
	[8] = OF_GAMMA(daa_pseudonym_proof),
	[9] = { .run = daa_challenge },
	[10] = { .run = daa_sign_what },
	[11] = RESPONSE(DAA_R0, DAA_F0, 0),
	[12] = RESPONSE(DAA_R1, DAA_F1, 0),
	[13] = RESPONSE_OF(DAA_R2, TPM_RT_DAA_V0, LOW),
	[14] = RESPONSE_OF(DAA_R2, TPM_RT_DAA_V0, HIGH),
	[15] = RESPONSE_OF(DAA_R4, TPM_RT_DAA_V1, ADD_HIGH),
};

static const struct protocol join = {
	.stages = join_stages,
	.n = sizeof(join_stages) / sizeof(*join_stages),
	.checks_issuer = 3,
	.checks_context = 1,
	.joins = true,
};

static const struct protocol sign = {
	.stages = sign_stages,
	.n = sizeof(sign_stages) / sizeof(*sign_stages),
	.checks_issuer = 2,
	.checks_context = 2,
};

/* ---- From stage to stage ---- */

/* SHA1(DAA_tpmSpecific [|| DAA_joinSession]): the two do not mix. */
static void context_digest(const struct daa_step *d, const struct protocol *p,
			   struct tpm_digest *digest)
{
	uint8_t b[sizeof(struct tpm_daa_tpm) + sizeof(struct tpm_daa_joindata) +
		  2];
	struct wr w = wr_over(b, sizeof(b));

	wr_daa_tpm(&w, &d->s->tpm);
	if (p->joins)
		wr_daa_joindata(&w, &d->s->join);
	tpm_sha1(d->t->crypto, digest->b, TPM_PARTS({ b, (size_t)(w.p - b) }));
	tpm_wipe(b, sizeof(b));
}

static enum tpm_rc check_session(struct daa_step *d, const struct protocol *p,
				 unsigned int stage)
{
	const struct tpm_daa_session *s = d->s;
	struct tpm_digest digest;

	if (stage >= p->n || s->context.DAA_stage != stage)
		return TPM_DAA_STAGE;
	if (stage >= p->checks_issuer) {
		daa_issuer_digest(d, &digest);
		if (!tpm_equal(digest.b, s->tpm.DAA_digestIssuer.b,
			       TPM_SHA1_SIZE))
			return TPM_DAA_ISSUER_SETTINGS;
	}
	if (stage >= p->checks_context) {
		context_digest(d, p, &digest);
		if (!tpm_equal(digest.b, s->context.DAA_digestContext.b,
			       TPM_SHA1_SIZE))
			return TPM_DAA_TPM_SETTINGS;
	}
	return TPM_SUCCESS;
}

static enum tpm_rc run_stage(struct daa_step *d, const struct protocol *p,
			     unsigned int stage)
{
	struct tpm_daa_session *s = d->s;

	TRY(auth_verify_owner(d->t, d->c, 0));
	if (!s)
		return stage ? TPM_BAD_HANDLE : TPM_RESOURCES;
	TRY(check_session(d, p, stage));
	d->stage = &p->stages[stage];
	TRY(d->stage->run(d));
	if (!(d->stage->flags & AGAIN) || !s->tpm.DAA_count)
		s->context.DAA_stage++;
	context_digest(d, p, &s->context.DAA_digestContext);
	return TPM_SUCCESS;
}

/* Stage 0 answers the handle that the others are called with. */
static enum tpm_rc run(struct daa_step *d, const struct protocol *p,
		       uint32_t handle, unsigned int stage,
		       struct tpm_bytes *out)
{
	uint8_t b[4];
	struct wr w = wr_over(b, sizeof(b));
	enum tpm_rc rc;

	d->s = stage ? daa_find(d->t, handle) : daa_open(d->t);
	rc = run_stage(d, p, stage);
	if (rc == TPM_SUCCESS && stage == 0) {
		wr_u32(&w, &d->s->handle);
		rc = daa_answer(d, b, sizeof(b));
	}
	if (d->s && (rc != TPM_SUCCESS || stage == p->n - 1))
		daa_flush(d->s);
	*out = d->out;
	return rc;
}

/* 26.1 TPM_DAA_Join */
enum tpm_rc tpm_DAA_Join(struct tpm *t, struct tpm_call *c,
			 const struct DAA_Join_in *in, struct DAA_Join_out *out)
{
	struct daa_step d = {
		.t = t, .c = c, .in0 = in->inputData0, .in1 = in->inputData1
	};

	return run(&d, &join, in->handle, in->stage, &out->outputData);
}

/* 26.2 TPM_DAA_Sign */
enum tpm_rc tpm_DAA_Sign(struct tpm *t, struct tpm_call *c,
			 const struct DAA_Sign_in *in, struct DAA_Sign_out *out)
{
	struct daa_step d = {
		.t = t, .c = c, .in0 = in->inputData0, .in1 = in->inputData1
	};

	return run(&d, &sign, in->handle, in->stage, &out->outputData);
}
