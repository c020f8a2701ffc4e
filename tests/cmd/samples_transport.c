/* SPDX-License-Identifier: BSD-2-Clause */
/* Of the SHA-1 thread, auditing, ticks and transport sessions. */
#include "samples.h"

#include <check.h>

#include "constants.h"
#include "ordinals.h"
#include "setup.h"
#include "tss_transport.h"

static void start_sha1(struct machine *m)
{
	struct tss_command c;

	tss_begin(&c, ORD_SHA1Start);
	ck_assert_result(machine_run(m, &c), 0);
}

static void build_SHA1Update(struct machine *m, struct tss_command *c,
			     struct sample_sessions *s)
{
	const uint8_t block[64] = "a block of what is to be hashed";

	tss_put_blob(c, block, sizeof(block));
}

static void build_SHA1Complete(struct machine *m, struct tss_command *c,
			       struct sample_sessions *s)
{
	tss_put_blob(c, "the end", 7);
}

static void build_SHA1CompleteExtend(struct machine *m, struct tss_command *c,
				     struct sample_sessions *s)
{
	tss_put_u32(c, 7);
	tss_put_blob(c, "the end", 7);
}

static void build_GetAuditDigest(struct machine *m, struct tss_command *c,
				 struct sample_sessions *s)
{
	tss_put_u32(c, 0);
}

static void build_GetAuditDigestSigned(struct machine *m,
				       struct tss_command *c,
				       struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	tss_put_handle(c, setup_key(m, TPM_KEY_IDENTITY, TPM_ES_NONE,
				    TPM_SS_RSASSAPKCS1v15_SHA1, &secret_srk));
	tss_put_u8(c, 0);
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	tss_use(c, &s->s[0], &secret_srk, true);
}

static void build_SetOrdinalAuditStatus(struct machine *m,
					struct tss_command *c,
					struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	tss_put_u32(c, ORD_Extend);
	tss_put_u8(c, 1);
	tss_use(c, &s->s[0], &secret_owner, true);
}

static void build_EstablishTransport(struct machine *m, struct tss_command *c,
				     struct sample_sessions *s)
{
	tss_put_handle(c, TPM_KH_TRANSPORT);
	tss_put_u16(c, TPM_TAG_TRANSPORT_PUBLIC);
	tss_put_u32(c, TPM_TRANSPORT_LOG | TPM_TRANSPORT_EXCLUSIVE);
	tss_put_u32(c, 0);
	tss_put_u16(c, 0);
	tss_put_blob(c, secret_wrong.b, sizeof(secret_wrong.b));
}

/* A session with a log and nothing else. */
static void open_transport(struct machine *m, struct tss_session *s)
{
	struct tss_transport t = { .attributes = TPM_TRANSPORT_LOG,
				   .secret = secret_wrong };

	ck_assert_result(
		tss_establish(&m->tss, &t, TPM_KH_TRANSPORT,
			      (struct client_bytes){ t.secret.b, CLIENT_SHA1 },
			      NULL, NULL),
		0);
	*s = t.session;
}

static void build_ExecuteTransport(struct machine *m, struct tss_command *c,
				   struct sample_sessions *s)
{
	struct tss_command inner;
	uint8_t b[TSS_BUFFER];

	open_transport(m, &s->s[0]);
	tss_begin(&inner, ORD_GetTicks);
	tss_put_blob(c, b, tss_marshal(&inner, b));
	c->wraps = true;
	tss_use(c, &s->s[0], &secret_wrong, true);
}

static void build_ReleaseTransportSigned(struct machine *m,
					 struct tss_command *c,
					 struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	open_transport(m, &s->s[1]);
	tss_put_handle(c, setup_key(m, TPM_KEY_SIGNING, TPM_ES_NONE,
				    TPM_SS_RSASSAPKCS1v15_SHA1, &secret_srk));
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	tss_use(c, &s->s[0], &secret_srk, true);
	tss_use(c, &s->s[1], &secret_wrong, true);
}

static void build_TickStampBlob(struct machine *m, struct tss_command *c,
				struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	tss_put_handle(c, setup_key(m, TPM_KEY_SIGNING, TPM_ES_NONE,
				    TPM_SS_RSASSAPKCS1v15_SHA1, &secret_srk));
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	tss_put_bytes(c, secret_owner.b, sizeof(secret_owner.b));
	tss_use(c, &s->s[0], &secret_srk, true);
}

static void build_nothing(struct machine *m, struct tss_command *c,
			  struct sample_sessions *s)
{
}

#define SAMPLE(name, prepare)                        \
	{                                            \
		ORD_##name, prepare, build_##name, 0 \
	}

const struct sample samples_transport[] = {
	{ ORD_SHA1Start, NULL, build_nothing, 0 },
	SAMPLE(SHA1Update, start_sha1),
	SAMPLE(SHA1Complete, start_sha1),
	SAMPLE(SHA1CompleteExtend, start_sha1),
	SAMPLE(GetAuditDigest, NULL),
	SAMPLE(GetAuditDigestSigned, setup_owner),
	SAMPLE(SetOrdinalAuditStatus, setup_owner),
	SAMPLE(EstablishTransport, setup_owner),
	SAMPLE(ExecuteTransport, setup_owner),
	SAMPLE(ReleaseTransportSigned, setup_owner),
	{ ORD_GetTicks, NULL, build_nothing, 0 },
	SAMPLE(TickStampBlob, setup_owner),
};
const size_t n_samples_transport =
	sizeof(samples_transport) / sizeof(*samples_transport);
