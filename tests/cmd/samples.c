/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By ordinal.  A sample without parameters and sessions is SIMPLE(name); any
 * other has a function build_<name>, and prepare_<name> where it needs one.
 */
#include "samples.h"

#include <check.h>
#include <string.h>

#include "constants.h"
#include "nv_calls.h"
#include "ordinals.h"
#include "setup.h"

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

/* A session of the owner's, to be proved by what comes next. */
static void use_owner(struct machine *m, struct tss_command *c,
		      struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	tss_use(c, &s->s[0], &secret_owner, true);
}

/* The owner's, in which a new secret is encrypted. */
static void osap_owner(struct machine *m, struct sample_sessions *s,
		       const struct tss_digest *secret, struct tss_digest *enc)
{
	ck_assert_result(tss_osap(&m->tss, &s->s[0], TSS_ADIP_XOR, TPM_ET_OWNER,
				  TPM_KH_OWNER, &secret_owner),
			 0);
	tss_encrypt(&s->s[0], secret, false, enc);
}

static void build_DirWriteAuth(struct machine *m, struct tss_command *c,
			       struct sample_sessions *s)
{
	tss_put_u32(c, 0);
	tss_put_bytes(c, secret_wrong.b, sizeof(secret_wrong.b));
	use_owner(m, c, s);
}

static void build_DirRead(struct machine *m, struct tss_command *c,
			  struct sample_sessions *s)
{
	tss_put_u32(c, 0);
}

static void build_DAA_Join(struct machine *m, struct tss_command *c,
			   struct sample_sessions *s)
{
	tss_put_handle(c, 0);
	tss_put_u8(c, 0);
	tss_put_blob(c, "\0\0\0\1", 4);
	tss_put_blob(c, NULL, 0);
	use_owner(m, c, s);
}

/* Stage 0 takes any settings, if they are of the right size. */
static void build_DAA_Sign(struct machine *m, struct tss_command *c,
			   struct sample_sessions *s)
{
	static const uint8_t settings[148] = { 0, TPM_TAG_DAA_ISSUER };

	tss_put_handle(c, 0);
	tss_put_u8(c, 0);
	tss_put_blob(c, settings, sizeof(settings));
	tss_put_blob(c, NULL, 0);
	use_owner(m, c, s);
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

#define SAMPLE_NV 0x00011200u

static void prepare_NV_DefineSpace(struct machine *m)
{
	setup_owner(m);
	ck_assert_result(nv_lock(m), 0);
}

static void build_NV_DefineSpace(struct machine *m, struct tss_command *c,
				 struct sample_sessions *s)
{
	static const struct nv_space space = {
		.index = SAMPLE_NV,
		.permission = TPM_NV_PER_OWNERWRITE,
		.size = 32,
	};
	struct tss_digest enc;

	osap_owner(m, s, &secret_nv, &enc);
	put_nv_space(c, &space, false);
	tss_put_bytes(c, enc.b, sizeof(enc.b));
	tss_use(c, &s->s[0], &secret_owner, true);
}

static void prepare_owners_area(struct machine *m)
{
	setup_owner(m);
	ck_assert_result(nv_define_plain(m, SAMPLE_NV,
					 TPM_NV_PER_OWNERREAD |
						 TPM_NV_PER_OWNERWRITE,
					 32),
			 0);
}

static void prepare_area(struct machine *m)
{
	setup_owner(m);
	ck_assert_result(nv_define_plain(m, SAMPLE_NV,
					 TPM_NV_PER_AUTHREAD |
						 TPM_NV_PER_AUTHWRITE,
					 32),
			 0);
}

static void use_area(struct machine *m, struct tss_command *c,
		     struct sample_sessions *s)
{
	ck_assert_result(tss_oiap(&m->tss, &s->s[0]), 0);
	tss_use(c, &s->s[0], &secret_nv, true);
}

static void put_write(struct tss_command *c)
{
	tss_put_u32(c, SAMPLE_NV);
	tss_put_u32(c, 4);
	tss_put_blob(c, "a note", 6);
}

static void build_NV_WriteValue(struct machine *m, struct tss_command *c,
				struct sample_sessions *s)
{
	put_write(c);
	use_owner(m, c, s);
}

static void build_NV_WriteValueAuth(struct machine *m, struct tss_command *c,
				    struct sample_sessions *s)
{
	put_write(c);
	use_area(m, c, s);
}

static void put_read(struct tss_command *c)
{
	tss_put_u32(c, SAMPLE_NV);
	tss_put_u32(c, 4);
	tss_put_u32(c, 28);
}

static void build_NV_ReadValue(struct machine *m, struct tss_command *c,
			       struct sample_sessions *s)
{
	put_read(c);
	use_owner(m, c, s);
}

static void build_NV_ReadValueAuth(struct machine *m, struct tss_command *c,
				   struct sample_sessions *s)
{
	put_read(c);
	use_area(m, c, s);
}

static void put_counter(struct tss_command *c, const struct tss_digest *enc)
{
	tss_put_bytes(c, enc->b, sizeof(enc->b));
	tss_put_bytes(c, "stay", 4);
}

static void build_CreateCounter(struct machine *m, struct tss_command *c,
				struct sample_sessions *s)
{
	struct tss_digest enc;

	osap_owner(m, s, &secret_nv, &enc);
	put_counter(c, &enc);
	tss_use(c, &s->s[0], &secret_owner, true);
}

/* Counter 0, whose secret is secret_nv. */
static void prepare_counter(struct machine *m)
{
	struct tss_command c;
	struct sample_sessions s;

	setup_owner(m);
	tss_begin(&c, ORD_CreateCounter);
	build_CreateCounter(m, &c, &s);
	ck_assert_result(machine_run(m, &c), 0);
}

static void build_IncrementCounter(struct machine *m, struct tss_command *c,
				   struct sample_sessions *s)
{
	tss_put_u32(c, 0);
	use_area(m, c, s);
}

static void build_ReadCounter(struct machine *m, struct tss_command *c,
			      struct sample_sessions *s)
{
	tss_put_u32(c, 0);
}

static void build_ReleaseCounter(struct machine *m, struct tss_command *c,
				 struct sample_sessions *s)
{
	tss_put_u32(c, 0);
	use_area(m, c, s);
}

static void build_ReleaseCounterOwner(struct machine *m, struct tss_command *c,
				      struct sample_sessions *s)
{
	tss_put_u32(c, 0);
	use_owner(m, c, s);
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
	SAMPLE(DirWriteAuth, setup_owner),
	SAMPLE(DirRead, NULL),
	SAMPLE(DAA_Join, setup_owner),
	SAMPLE(DAA_Sign, setup_owner),
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
	SAMPLE(Terminate_Handle, NULL),
	SIMPLE(SaveState),
	SAMPLE(Startup, machine_power_cycle),
	SAMPLE(FlushSpecific, NULL),
	SAMPLE(PCR_Reset, NULL),
	SAMPLE(NV_DefineSpace, prepare_NV_DefineSpace),
	SAMPLE(NV_WriteValue, prepare_owners_area),
	SAMPLE(NV_WriteValueAuth, prepare_area),
	SAMPLE(NV_ReadValue, prepare_owners_area),
	SAMPLE(NV_ReadValueAuth, prepare_area),
	SAMPLE(CreateCounter, setup_owner),
	SAMPLE(IncrementCounter, prepare_counter),
	SAMPLE(ReadCounter, prepare_counter),
	SAMPLE(ReleaseCounter, prepare_counter),
	SAMPLE(ReleaseCounterOwner, prepare_counter),
	SAMPLE(PhysicalPresence, prepare_PhysicalPresence),
};

const struct sample *sample_find(uint32_t ordinal)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
		if (samples[i].ordinal == ordinal)
			return &samples[i];
	return NULL;
}
