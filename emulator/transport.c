/* SPDX-License-Identifier: BSD-2-Clause */
/* Transport sessions: see transport.h. */

#include "transport.h"

/* TPM_TRANSPORT_LOG_IN and _OUT (Part 2, 13.3 and 13.4). */
#define LOG_MAX 64u

/* ---- The table ---- */

struct tpm_transport *transport_find(struct tpm *t, uint32_t handle)
{
	for (unsigned int i = 0; handle && i < TPM_MAX_TRANSPORT; i++)
		if (t->s.transports[i].handle == handle)
			return &t->s.transports[i];
	return NULL;
}

struct tpm_transport *transport_free(struct tpm *t)
{
	for (unsigned int i = 0; i < TPM_MAX_TRANSPORT; i++)
		if (!t->s.transports[i].handle)
			return &t->s.transports[i];
	return NULL;
}

struct tpm_transport *transport_open(struct tpm *t,
				     const struct tpm_transport_public *pub,
				     const struct tpm_digest *authData)
{
	struct tpm_transport *s = transport_free(t);

	if (!s)
		return NULL;
	*s = (struct tpm_transport){
		.handle = tpm_new_handle(t, TPM_RT_TRANS),
		.transPublic = *pub,
		.authData = *authData,
	};
	tpm_random(t->crypto, s->nonceEven.b, sizeof(s->nonceEven.b));
	if (transport_has(s, TPM_TRANSPORT_EXCLUSIVE))
		t->s.stany_flags.transportExclusive = s->handle;
	return s;
}

void transport_close(struct tpm *t, struct tpm_transport *s)
{
	if (s->handle == t->s.stany_flags.transportExclusive)
		t->s.stany_flags.transportExclusive = 0;
	tpm_wipe(s, sizeof(*s));
}

void transport_owner_clear(struct tpm *t)
{
	for (unsigned int i = 0; i < TPM_MAX_TRANSPORT; i++)
		transport_close(t, &t->s.transports[i]);
}

unsigned int transport_count(const struct tpm *t)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < TPM_MAX_TRANSPORT; i++)
		n += t->s.transports[i].handle != 0;
	return n;
}

void transport_keep_exclusive(struct tpm *t, uint32_t handle)
{
	const uint32_t exclusive = t->s.stany_flags.transportExclusive;
	struct tpm_transport *s;

	if (!exclusive || exclusive == handle)
		return;
	s = transport_find(t, exclusive);
	if (s)
		transport_close(t, s);
	t->s.stany_flags.transportExclusive = 0;
}

bool transport_has_algorithm(uint32_t algId)
{
	return algId == TPM_ALG_MGF1 || algId == TPM_ALG_AES128;
}

bool transport_has_scheme(uint16_t encScheme)
{
	return encScheme == TPM_ES_SYM_CTR || encScheme == TPM_ES_SYM_OFB;
}

/* ---- Encryption: Part 3, 24.2, actions 4 and 17 ---- */

static void crypt_aes(struct tpm *t, const struct tpm_transport *s,
		      const struct tpm_digest *nonceOdd, struct tpm_bytes label,
		      uint8_t *data, size_t len)
{
	const uint8_t *key = s->authData.b;
	uint8_t iv[TPM_AES_BLOCK] = { 0 };

	tpm_mgf1_xor(t->crypto, iv, sizeof(iv),
		     TPM_PARTS({ s->nonceEven.b, TPM_SHA1_SIZE },
			       { nonceOdd->b, TPM_SHA1_SIZE }, label));
	if (s->transPublic.encScheme == TPM_ES_SYM_CTR)
		tpm_aes128_ctr(t->crypto, key, iv, data, data, len);
	else
		tpm_aes128_ofb(t->crypto, key, iv, data, data, len);
}

void transport_crypt(struct tpm *t, const struct tpm_transport *s,
		     const struct tpm_digest *nonceOdd, bool in, uint8_t *data,
		     size_t len)
{
	static const uint8_t labels[2][3] = { { 'o', 'u', 't' }, { 'i', 'n' } };
	const struct tpm_bytes label = { labels[in], in ? 2 : 3 };

	if (!transport_has(s, TPM_TRANSPORT_ENCRYPT))
		return;
	if (s->transPublic.algId == TPM_ALG_AES128)
		crypt_aes(t, s, nonceOdd, label, data, len);
	else
		tpm_mgf1_xor(t->crypto, data, len,
			     TPM_PARTS({ s->nonceEven.b, TPM_SHA1_SIZE },
				       { nonceOdd->b, TPM_SHA1_SIZE }, label,
				       { s->authData.b, TPM_SHA1_SIZE }));
}

/* ---- The log ---- */

static void extend(struct tpm *t, struct tpm_transport *s, const uint8_t *log,
		   const struct wr *end)
{
	uint8_t *digest = s->transDigest.b;

	tpm_sha1(t->crypto, digest,
		 TPM_PARTS({ digest, TPM_SHA1_SIZE },
			   { log, (size_t)(end->p - log) }));
}

void transport_log_in(struct tpm *t, struct tpm_transport *s,
		      const struct tpm_digest *parameters,
		      const struct tpm_digest *pubKeyHash)
{
	const struct tpm_transport_log_in log = {
		.parameters = *parameters,
		.pubKeyHash = *pubKeyHash,
	};
	uint8_t b[LOG_MAX];
	struct wr w = wr_over(b, sizeof(b));

	if (!transport_has(s, TPM_TRANSPORT_LOG))
		return;
	wr_transport_log_in(&w, &log);
	extend(t, s, b, &w);
}

void transport_log_out(struct tpm *t, struct tpm_transport *s,
		       const struct tpm_current_ticks *ticks,
		       const struct tpm_digest *parameters,
		       unsigned int locality)
{
	const struct tpm_transport_log_out log = {
		.currentTicks = *ticks,
		.parameters = *parameters,
		.locality = locality,
	};
	uint8_t b[LOG_MAX];
	struct wr w = wr_over(b, sizeof(b));

	if (!transport_has(s, TPM_TRANSPORT_LOG))
		return;
	wr_transport_log_out(&w, &log);
	extend(t, s, b, &w);
}
