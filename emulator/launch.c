/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dynamic launch: TPM_HASH_START, TPM_HASH_DATA and TPM_HASH_END of the PC
 * Client TPM Interface Specification (TIS 1.21, "Locality 4"), cycles on the
 * bus that a processor's launch instruction makes and no command can.
 */

#include "pcr.h"
#include "tpm.h"
#include "transport.h"

/* TIS, "PCR Initial and Reset Values": what TPM_HASH_START clears. */
#define LAUNCH_FIRST 17u
#define LAUNCH_LAST  22u

/* "PCR[Locality 4]" */
#define LAUNCH_PCR 17u

/* The only permanent thing that a launch changes. */
static enum tpm_rc set_established(struct tpm *t, bool established)
{
	bool *flag = &t->s.flags.tpmEstablished;

	if (*flag == established)
		return TPM_SUCCESS;
	*flag = established;
	if (!tpm_commit(t))
		return TPM_SUCCESS;
	*flag = !established;
	return TPM_FAIL;
}

/* TIS: an error in a step of a launch is failure mode. */
static enum tpm_rc fatal(struct tpm *t, enum tpm_rc rc)
{
	tpm_wipe(&t->launch, sizeof(t->launch));
	t->s.test = TEST_FAILED;
	return rc;
}

static enum tpm_rc check(const struct tpm *t)
{
	if (!t->powered)
		return TPM_FAIL;
	return t->s.test == TEST_FAILED ? TPM_FAILEDSELFTEST : TPM_SUCCESS;
}

uint32_t tpm12_hash_start(struct tpm *t)
{
	TRY(check(t));
	if (t->s.stany_flags.postInitialise)
		return fatal(t, TPM_INVALID_POSTINIT);
	transport_keep_exclusive(t, 0);
	if (set_established(t, true) != TPM_SUCCESS)
		return fatal(t, TPM_FAIL);
	t->s.stany_flags.TOSPresent = true;
	for (unsigned int i = LAUNCH_FIRST; i <= LAUNCH_LAST; i++)
		pcr_reset(t, i);
	tpm_wipe(&t->launch, sizeof(t->launch));
	tpm_sha1_thread_start(&t->launch.sha1);
	t->launch.running = true;
	return TPM_SUCCESS;
}

/* At most what the block that waits for more lacks; how much it took. */
static size_t fill_block(struct tpm_launch *l, const uint8_t *data, size_t len)
{
	const size_t room = sizeof(l->block) - l->n_block;
	const size_t n = len < room ? len : room;

	memcpy(l->block + l->n_block, data, n);
	l->n_block += n;
	if (l->n_block == sizeof(l->block)) {
		tpm_sha1_thread_update(&l->sha1, l->block, sizeof(l->block));
		l->n_block = 0;
	}
	return n;
}

uint32_t tpm12_hash_data(struct tpm *t, const uint8_t *data, size_t len)
{
	struct tpm_launch *l = &t->launch;
	size_t whole;

	TRY(check(t));
	if (!l->running)
		return TPM_SHA_THREAD;
	if (l->n_block && len) {
		const size_t n = fill_block(l, data, len);

		data += n;
		len -= n;
	}
	whole = len - len % sizeof(l->block);
	if (whole)
		tpm_sha1_thread_update(&l->sha1, data, whole);
	if (len > whole)
		fill_block(l, data + whole, len - whole);
	return TPM_SUCCESS;
}

uint32_t tpm12_hash_end(struct tpm *t)
{
	struct tpm_launch *l = &t->launch;
	struct tpm_digest digest;

	TRY(check(t));
	if (!l->running)
		return TPM_SHA_THREAD;
	tpm_sha1_thread_complete(&l->sha1, l->block, l->n_block, digest.b);
	tpm_wipe(l, sizeof(*l));
	/* TIS: the value before is zero, whatever came in between. */
	pcr_reset(t, LAUNCH_PCR);
	pcr_extend(t, LAUNCH_PCR, &digest);
	return tpm_crypto_failed(t->crypto) ? fatal(t, TPM_FAIL) : TPM_SUCCESS;
}

bool tpm12_established(const struct tpm *t)
{
	return t->s.flags.tpmEstablished;
}

uint32_t tpm12_reset_established(struct tpm *t, unsigned int locality)
{
	TRY(check(t));
	if (!locality_is_trusted(locality))
		return TPM_BAD_LOCALITY;
	return set_established(t, false);
}
