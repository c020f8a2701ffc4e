/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By ordinal.  A sample without parameters and sessions is SIMPLE(name); any
 * other has a function build_<name>, and prepare_<name> where it needs one.
 */
#include "samples.h"

#include <check.h>
#include <string.h>

#include "constants.h"
#include "ordinals.h"
#include "setup.h"
#include "tss_transport.h"

static void build_OSAP(struct machine *m, struct tss_command *c,
		       struct sample_sessions *s)
{
	tss_put_u16(c, TPM_ET_SRK);
	tss_put_u32(c, TPM_KH_SRK);
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
}

static void build_Extend(struct machine *m, struct tss_command *c,
			 struct sample_sessions *s)
{
	tss_put_u32(c, 7);
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
}

static void build_PcrRead(struct machine *m, struct tss_command *c,
			  struct sample_sessions *s)
{
	tss_put_u32(c, 7);
}

static void build_GetRandom(struct machine *m, struct tss_command *c,
			    struct sample_sessions *s)
{
	tss_put_u32(c, 20);
}

static void build_StirRandom(struct machine *m, struct tss_command *c,
			     struct sample_sessions *s)
{
	tss_put_blob(c, "a spoon", 7);
}

static void build_GetCapability(struct machine *m, struct tss_command *c,
				struct sample_sessions *s)
{
	tss_put_u32(c, TPM_CAP_FLAG);
	tss_put_u32(c, 4);
	tss_put_u32(c, TPM_CAP_FLAG_PERMANENT);
}

static void build_PhysicalSetDeactivated(struct machine *m,
					 struct tss_command *c,
					 struct sample_sessions *s)
{
	tss_put_u8(c, 1);
}

static void put_ek_parms(struct tss_command *c)
{
	tss_put_u32(c, TPM_ALG_RSA);
	tss_put_u16(c, TPM_ES_RSAESOAEP_SHA1_MGF1);
	tss_put_u16(c, TPM_SS_NONE);
	tss_put_u32(c, 12);
	tss_put_u32(c, 2048);
	tss_put_u32(c, 2);
	tss_put_u32(c, 0);
}

static void build_CreateEndorsementKeyPair(struct machine *m,
					   struct tss_command *c,
					   struct sample_sessions *s)
{
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	put_ek_parms(c);
}

static void build_ReadPubek(struct machine *m, struct tss_command *c,
			    struct sample_sessions *s)
{
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
}

static void build_Terminate_Handle(struct machine *m, struct tss_command *c,
				   struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	tss_put_handle(c, s->s[0].handle);
}

static void build_Startup(struct machine *m, struct tss_command *c,
			  struct sample_sessions *s)
{
	tss_put_u16(c, TPM_ST_CLEAR);
}

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

static void build_FlushSpecific(struct machine *m, struct tss_command *c,
				struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	tss_put_handle(c, s->s[0].handle);
	tss_put_u32(c, TPM_RT_AUTH);
}

static void build_PCR_Reset(struct machine *m, struct tss_command *c,
			    struct sample_sessions *s)
{
	tss_put_u16(c, 3);
	tss_put_bytes(c, "\0\0\x81", 3);
}

static void prepare_PhysicalPresence(struct machine *m)
{
	struct tss_command c;

	tss_begin(&c, ORD_PhysicalPresence);
	tss_put_u16(&c, TPM_PHYSICAL_PRESENCE_CMD_ENABLE);
	ck_assert_result(machine_run(m, &c), 0);
}

static void build_PhysicalPresence(struct machine *m, struct tss_command *c,
				   struct sample_sessions *s)
{
	tss_put_u16(c, TPM_PHYSICAL_PRESENCE_PRESENT);
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

#define SIMPLE(name)                               \
	{                                          \
		ORD_##name, NULL, build_nothing, 0 \
	}
#define SAMPLE(name, prepare)                        \
	{                                            \
		ORD_##name, prepare, build_##name, 0 \
	}

static const struct sample samples[] = {
	SIMPLE(OIAP),
	SAMPLE(OSAP, setup_owner),
	SAMPLE(Extend, NULL),
	SAMPLE(PcrRead, NULL),
	SAMPLE(GetRandom, NULL),
	SAMPLE(StirRandom, NULL),
	SIMPLE(SelfTestFull),
	SIMPLE(ContinueSelfTest),
	SIMPLE(GetTestResult),
	SAMPLE(GetCapability, NULL),
	{ ORD_PhysicalEnable, setup_presence, build_nothing, 0 },
	{ ORD_PhysicalDisable, setup_presence, build_nothing, 0 },
	SAMPLE(PhysicalSetDeactivated, setup_presence),
	SAMPLE(CreateEndorsementKeyPair, setup_no_ek),
	SAMPLE(ReadPubek, NULL),
	SAMPLE(GetAuditDigest, NULL),
	SAMPLE(GetAuditDigestSigned, setup_owner),
	SAMPLE(SetOrdinalAuditStatus, setup_owner),
	SAMPLE(Terminate_Handle, NULL),
	SIMPLE(SaveState),
	SAMPLE(Startup, machine_power_cycle),
	SIMPLE(SHA1Start),
	SAMPLE(SHA1Update, start_sha1),
	SAMPLE(SHA1Complete, start_sha1),
	SAMPLE(SHA1CompleteExtend, start_sha1),
	SAMPLE(FlushSpecific, NULL),
	SAMPLE(PCR_Reset, NULL),
	SAMPLE(EstablishTransport, setup_owner),
	SAMPLE(ExecuteTransport, setup_owner),
	SAMPLE(ReleaseTransportSigned, setup_owner),
	SIMPLE(GetTicks),
	SAMPLE(TickStampBlob, setup_owner),
	SAMPLE(PhysicalPresence, prepare_PhysicalPresence),
};

const struct sample *sample_find(uint32_t ordinal)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
		if (samples[i].ordinal == ordinal)
			return &samples[i];
	return NULL;
}
