/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers' rules that more than one chapter needs. */

#include "pcr.h"

#include "tpm.h"

#define L(n)  (1u << (n))
#define L_ANY LOCALITY_ANY

/* PC Client TPM Interface Specification, PCR attributes. */
static const struct pcr_attributes attributes[TPM_NUM_PCR] = {
	[0] = { 0, L_ANY },
	[1] = { 0, L_ANY },
	[2] = { 0, L_ANY },
	[3] = { 0, L_ANY },
	[4] = { 0, L_ANY },
	[5] = { 0, L_ANY },
	[6] = { 0, L_ANY },
	[7] = { 0, L_ANY },
	[8] = { 0, L_ANY },
	[9] = { 0, L_ANY },
	[10] = { 0, L_ANY },
	[11] = { 0, L_ANY },
	[12] = { 0, L_ANY },
	[13] = { 0, L_ANY },
	[14] = { 0, L_ANY },
	[15] = { 0, L_ANY },
	[16] = { L_ANY, L_ANY },
	[17] = { L(4), L(4) | L(3) | L(2) },
	[18] = { L(4), L(4) | L(3) | L(2) },
	[19] = { L(4), L(3) | L(2) },
	[20] = { L(4) | L(2), L(3) | L(2) | L(1) },
	[21] = { L(2), L(2) },
	[22] = { L(2), L(2) },
	[23] = { L_ANY, L_ANY },
};

const struct pcr_attributes *pcr_attributes(unsigned int i)
{
	return &attributes[i];
}

/* The debug and the application register. */
static bool pcr_is_free(unsigned int i)
{
	return attributes[i].reset_localities == L_ANY;
}

/*
 * Registers of a dynamic launch hold ones until there was one, so that what
 * is sealed to it cannot be had without.
 */
static void pcr_init(struct tpm *t, unsigned int i)
{
	const bool launch = attributes[i].reset_localities && !pcr_is_free(i);

	memset(t->s.stclear.pcr.value[i].b,
	       launch && !t->s.stany_flags.TOSPresent ? 0xff : 0,
	       TPM_SHA1_SIZE);
}

void pcr_startup_clear(struct tpm *t)
{
	for (unsigned int i = 0; i < TPM_NUM_PCR; i++)
		pcr_init(t, i);
}

void pcr_startup_state(struct tpm *t)
{
	for (unsigned int i = 0; i < TPM_NUM_PCR; i++)
		if (attributes[i].reset_localities)
			pcr_init(t, i);
}

void pcr_reset(struct tpm *t, unsigned int i)
{
	pcr_init(t, i);
}

void pcr_extend(struct tpm *t, unsigned int i, const struct tpm_digest *digest)
{
	uint8_t *value = t->s.stclear.pcr.value[i].b;

	tpm_sha1(t->crypto, value,
		 TPM_PARTS({ value, TPM_SHA1_SIZE },
			   { digest->b, sizeof(digest->b) }));
}

/* ---- What is bound to registers ---- */

/* TPM_PCR_INFO_LONG; the older one is shorter. */
#define PCR_INFO_MAX 64u

bool pcr_selects_any(const struct tpm_pcr_selection *s)
{
	uint8_t any = 0;

	for (size_t i = 0; i < sizeof(s->select); i++)
		any |= s->select[i];
	return any;
}

/* TPM_PCR_COMPOSITE; where its values begin. */
static const uint8_t *write_composite(struct tpm *t, struct wr *w,
				      const struct tpm_pcr_selection *s)
{
	struct wr size;
	const uint8_t *values;

	wr_pcr_selection(w, s);
	size = *w;
	wr_number(w, 0, 4);
	values = w->p;
	for (unsigned int i = 0; i < TPM_NUM_PCR; i++)
		if (pcr_selected(s, i))
			wr_digest(w, &t->s.stclear.pcr.value[i]);
	wr_number(&size, (size_t)(w->p - values), 4);
	return values;
}

#define COMPOSITE_MAX (2 + TPM_PCR_SELECT_MAX + 4 + sizeof(struct tpm_pcrs))

static void hash_composite(struct tpm *t, const struct tpm_pcr_selection *s,
			   struct tpm_bytes composite,
			   struct tpm_digest *digest)
{
	memset(digest->b, 0, sizeof(digest->b));
	if (pcr_selects_any(s))
		tpm_sha1(t->crypto, digest->b, &composite, 1);
}

void pcr_composite_hash(struct tpm *t, const struct tpm_pcr_selection *s,
			struct tpm_digest *digest)
{
	uint8_t b[COMPOSITE_MAX];
	struct wr w = wr_over(b, sizeof(b));

	(void)write_composite(t, &w, s);
	hash_composite(t, s, (struct tpm_bytes){ b, (size_t)(w.p - b) },
		       digest);
}

enum tpm_rc pcr_composite(struct tpm *t, struct tpm_call *c,
			  const struct tpm_pcr_selection *s,
			  struct tpm_pcr_composite *composite,
			  struct tpm_digest *digest)
{
	uint8_t *b = tpm_scratch(c, COMPOSITE_MAX);
	struct wr w = wr_over(b, COMPOSITE_MAX);
	const uint8_t *values;

	if (!b)
		return TPM_SIZE;
	values = write_composite(t, &w, s);
	composite->select = *s;
	composite->pcrValue =
		(struct tpm_bytes){ values, (size_t)(w.p - values) };
	hash_composite(t, s, (struct tpm_bytes){ b, (size_t)(w.p - b) },
		       digest);
	return w.rc;
}

static enum tpm_rc check(struct tpm *t, unsigned int locality,
			 const struct tpm_pcr_selection *selection,
			 const struct tpm_digest *release, uint8_t localities)
{
	struct tpm_digest now;

	if (pcr_selects_any(selection)) {
		pcr_composite_hash(t, selection, &now);
		if (!tpm_equal(now.b, release->b, sizeof(now.b)))
			return TPM_WRONGPCRVAL;
	}
	return localities & locality_bit(locality) ? TPM_SUCCESS
						   : TPM_BAD_LOCALITY;
}

enum tpm_rc pcr_check_release(struct tpm *t, unsigned int locality,
			      const struct tpm_pcr_info_long *info)
{
	return check(t, locality, &info->releasePCRSelection,
		     &info->digestAtRelease, info->localityAtRelease);
}

enum tpm_rc pcr_check_short(struct tpm *t, unsigned int locality,
			    const struct tpm_pcr_info_short *info)
{
	return check(t, locality, &info->pcrSelection, &info->digestAtRelease,
		     info->localityAtRelease);
}

void pcr_info_to_long(const struct tpm_pcr_info *old,
		      struct tpm_pcr_info_long *info)
{
	*info = (struct tpm_pcr_info_long){
		.localityAtCreation = locality_bit(0),
		.localityAtRelease = L_ANY,
		.creationPCRSelection = old->pcrSelection,
		.releasePCRSelection = old->pcrSelection,
		.digestAtCreation = old->digestAtCreation,
		.digestAtRelease = old->digestAtRelease,
	};
}

void pcr_info_from_long(const struct tpm_pcr_info_long *info,
			struct tpm_pcr_info *old)
{
	*old = (struct tpm_pcr_info){
		.pcrSelection = info->releasePCRSelection,
		.digestAtRelease = info->digestAtRelease,
		.digestAtCreation = info->digestAtCreation,
	};
}

enum tpm_rc pcr_info_read(struct tpm_bytes b, bool is12,
			  struct tpm_pcr_info_long *info)
{
	struct rd r = rd_over(b.p, b.len);
	struct tpm_pcr_info old;

	if (is12) {
		rd_pcr_info_long(&r, info);
	} else {
		rd_pcr_info(&r, &old);
		pcr_info_to_long(&old, info);
	}
	TRY(rd_done(&r));
	return localities_exist(info->localityAtCreation) &&
			       localities_exist(info->localityAtRelease)
		       ? TPM_SUCCESS
		       : TPM_INVALID_STRUCTURE;
}

enum tpm_rc pcr_info_write(struct tpm_call *c,
			   const struct tpm_pcr_info_long *info, bool is12,
			   struct tpm_bytes *out)
{
	uint8_t *b = tpm_scratch(c, PCR_INFO_MAX);
	struct wr w = wr_over(b, PCR_INFO_MAX);
	struct tpm_pcr_info old;

	pcr_info_from_long(info, &old);
	if (is12)
		wr_pcr_info_long(&w, info);
	else
		wr_pcr_info(&w, &old);
	*out = (struct tpm_bytes){ b, b ? (size_t)(w.p - b) : 0 };
	return w.rc;
}

enum tpm_rc pcr_info_write_short(struct tpm_call *c,
				 const struct tpm_pcr_info_long *info,
				 struct tpm_bytes *out)
{
	const struct tpm_pcr_info_short brief = {
		.pcrSelection = info->releasePCRSelection,
		.localityAtRelease = info->localityAtRelease,
		.digestAtRelease = info->digestAtRelease,
	};
	uint8_t *b = tpm_scratch(c, PCR_INFO_MAX);
	struct wr w = wr_over(b, PCR_INFO_MAX);

	wr_pcr_info_short(&w, &brief);
	*out = (struct tpm_bytes){ b, b ? (size_t)(w.p - b) : 0 };
	return w.rc;
}

void pcr_info_create(struct tpm *t, unsigned int locality,
		     struct tpm_pcr_info_long *info)
{
	info->localityAtCreation = locality_bit(locality);
	pcr_composite_hash(t, &info->creationPCRSelection,
			   &info->digestAtCreation);
}
