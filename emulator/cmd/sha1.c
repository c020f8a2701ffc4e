/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 13: the commands with which a platform that has no SHA-1 of
 * its own measures.  There is one thread, and it does not bear any other
 * command in between.
 */

#include "pcr.h"
#include "tpm.h"

/* What fits behind the header and the size. */
#define MAX_BYTES ((TPM12_BUFFER_SIZE - 14u) / TPM_SHA1_BLOCK * TPM_SHA1_BLOCK)

static void end(struct tpm *t)
{
	tpm_wipe(&t->s.sha1, sizeof(t->s.sha1));
}

/* 0: none. */
static uint32_t session_of(const struct tpm_call *c)
{
	return c->wrapped_in ? c->wrapped_in->handle : 0;
}

/*
 * What counts of TPM_ExecuteTransport is the command inside.  All of a thread
 * is within the same session, or without any (24.2).
 */
void sha1_keep(struct tpm *t, const struct tpm_call *c, uint32_t ordinal)
{
	const bool goes_on = ordinal == TPM_ORD_SHA1Update ||
			     ordinal == TPM_ORD_SHA1Complete ||
			     ordinal == TPM_ORD_SHA1CompleteExtend;

	if (!t->s.sha1.active || ordinal == TPM_ORD_ExecuteTransport)
		return;
	if (!goes_on || t->s.sha1.transHandle != session_of(c))
		end(t);
}

/* 13.1 TPM_SHA1Start */
enum tpm_rc tpm_SHA1Start(struct tpm *t, struct tpm_call *c,
			  const struct SHA1Start_in *in,
			  struct SHA1Start_out *out)
{
	tpm_sha1_thread_start(&t->s.sha1.thread);
	t->s.sha1.active = true;
	t->s.sha1.transHandle = session_of(c);
	out->maxNumBytes = MAX_BYTES;
	return TPM_SUCCESS;
}

/* 13.2 TPM_SHA1Update: whole blocks only; anything else ends the thread. */
enum tpm_rc tpm_SHA1Update(struct tpm *t, struct tpm_call *c,
			   const struct SHA1Update_in *in,
			   struct SHA1Update_out *out)
{
	if (!t->s.sha1.active)
		return TPM_SHA_THREAD;
	if (in->hashData.len % TPM_SHA1_BLOCK || in->hashData.len > MAX_BYTES) {
		end(t);
		return TPM_SHA_ERROR;
	}
	tpm_sha1_thread_update(&t->s.sha1.thread, in->hashData.p,
			       in->hashData.len);
	return TPM_SUCCESS;
}

/* The last piece, of a block at most.  The thread ends, whatever the result. */
static enum tpm_rc complete(struct tpm *t, struct tpm_bytes data,
			    struct tpm_digest *hash)
{
	enum tpm_rc rc = TPM_SUCCESS;

	if (data.len > TPM_SHA1_BLOCK)
		rc = TPM_SHA_ERROR;
	else if (!t->s.sha1.active)
		rc = TPM_SHA_THREAD;
	else
		tpm_sha1_thread_complete(&t->s.sha1.thread, data.p, data.len,
					 hash->b);
	end(t);
	return rc;
}

/* 13.3 TPM_SHA1Complete */
enum tpm_rc tpm_SHA1Complete(struct tpm *t, struct tpm_call *c,
			     const struct SHA1Complete_in *in,
			     struct SHA1Complete_out *out)
{
	return complete(t, in->hashData, &out->hashValue);
}

/* 13.4 TPM_SHA1CompleteExtend */
enum tpm_rc tpm_SHA1CompleteExtend(struct tpm *t, struct tpm_call *c,
				   const struct SHA1CompleteExtend_in *in,
				   struct SHA1CompleteExtend_out *out)
{
	struct Extend_in extend = { .pcrNum = in->pcrNum };
	struct Extend_out extended = { .end = 0 };

	TRY(complete(t, in->hashData, &out->hashValue));
	extend.inDigest = out->hashValue;
	TRY(tpm_Extend(t, c, &extend, &extended));
	out->outDigest = extended.outDigest;
	return TPM_SUCCESS;
}
