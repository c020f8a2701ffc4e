/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 17: Changing AuthData; 27.4, as it was done in TPM 1.1. */

#include "context.h"
#include "wrapped.h"

/* ---- 17.1 TPM_ChangeAuth ---- */

static bool is_wrapped(uint16_t entityType)
{
	return entityType == TPM_ET_KEY || entityType == TPM_ET_DATA;
}

/* Session i knows the secret as it was; it ends. */
static enum tpm_rc prove_secret(struct tpm *t, struct tpm_call *c,
				unsigned int i, const struct tpm_digest *secret)
{
	struct tpm_entity e = { .type = TPM_ET_DATA, .secret = *secret };
	const enum tpm_rc rc = auth_verify(t, c, i, &e);

	tpm_wipe(&e, sizeof(e));
	c->auth[i].continueAuthSession = false;
	return rc;
}

static enum tpm_rc check_change(const struct tpm_call *c,
				const struct ChangeAuth_in *in)
{
	if (!is_wrapped(in->entityType))
		return TPM_WRONG_ENTITYTYPE;
	if (c->auth[0].session->protocol == TPM_PID_OIAP ||
	    c->auth[1].session->protocol != TPM_PID_OIAP)
		return TPM_BAD_MODE;
	if (in->protocolID != TPM_PID_ADCP)
		return TPM_BAD_PARAMETER;
	return c->key[0]->keyUsage == TPM_KEY_STORAGE ? TPM_SUCCESS
						      : TPM_INVALID_KEYUSAGE;
}

/* Both sessions end. */
enum tpm_rc tpm_ChangeAuth(struct tpm *t, struct tpm_call *c,
			   const struct ChangeAuth_in *in,
			   struct ChangeAuth_out *out)
{
	struct tpm_wrapped w;
	enum tpm_rc rc;

	TRY(check_change(c, in));
	rc = wrapped_open(t, c->key[0], in->entityType, in->encData, &w);
	if (rc == TPM_SUCCESS)
		rc = prove_secret(t, c, 1, wrapped_secret(&w));
	if (rc == TPM_SUCCESS)
		rc = auth_decrypt(t, c, 0, false, &in->newAuth,
				  wrapped_secret(&w));
	if (rc == TPM_SUCCESS)
		rc = wrapped_close(t, c, c->key[0], &w, &out->outData);
	tpm_wipe(&w, sizeof(w));
	return rc;
}

/* ---- 17.2 TPM_ChangeAuthOwner ---- */

/* What knew the old secrets is over, also where it was saved. */
static void end_sessions_of(struct tpm *t, const struct tpm_key_entry *srk)
{
	struct tpm_entity owner;

	entity_owner(t, &owner);
	sessions_close_entity(t, owner.type, &owner.id);
	if (srk)
		sessions_close_entity(t, TPM_ET_KEYHANDLE, &srk->pubDataDigest);
	contexts_forget_sessions(t);
	tpm_wipe(&owner, sizeof(owner));
}

enum tpm_rc tpm_ChangeAuthOwner(struct tpm *t, struct tpm_call *c,
				const struct ChangeAuthOwner_in *in,
				struct ChangeAuthOwner_out *out)
{
	const bool of_srk = in->entityType == TPM_ET_SRK;
	struct tpm_digest secret;

	if (c->auth[0].session->protocol == TPM_PID_OIAP)
		return TPM_BAD_MODE;
	if (in->protocolID != TPM_PID_ADCP)
		return TPM_BAD_PARAMETER;
	if (!of_srk && in->entityType != TPM_ET_OWNER)
		return TPM_WRONG_ENTITYTYPE;
	TRY(auth_decrypt(t, c, 0, false, &in->newAuth, &secret));
	tpm_touch(t);
	end_sessions_of(t, of_srk ? &t->s.srk : NULL);
	if (of_srk)
		t->s.srk.usageAuth = secret;
	else
		t->s.owner.ownerAuth = secret;
	tpm_wipe(&secret, sizeof(secret));
	return TPM_SUCCESS;
}

/* ---- 27.4.1 TPM_ChangeAuthAsymStart ---- */

/* A key for one secret on its way here; its public half also as wire. */
static enum tpm_rc make_ephemeral(struct tpm *t, struct tpm_call *c,
				  const struct tpm_key_parms *parms,
				  struct tpm_key_entry *key,
				  struct tpm_key *wire)
{
	const struct tpm_key asked = {
		.ver = { .major = 1, .minor = 1 },
		.keyUsage = TPM_KEY_AUTHCHANGE,
		.keyFlags = TPM_ISVOLATILE,
		.authDataUsage = TPM_AUTH_NEVER,
		.algorithmParms = *parms,
	};
	unsigned int bits;

	TRY(key_check_parms(parms, TPM_KEY_AUTHCHANGE, 0));
	TRY(key_new_size(parms, &bits));
	if (t->s.flags.FIPS && bits < 1024)
		return TPM_NOTFIPS;
	if (keys_loaded(t) == TPM_MAX_KEYS)
		return TPM_NOSPACE;
	TRY(key_read_public(&asked, key));
	key->payload = TPM_PT_ASYM;
	TRY(key_generate(t, bits, key));
	TRY(key_wire(c, key, wire));
	return key_public_digest(t, wire, &key->pubDataDigest);
}

static enum tpm_rc certify_ephemeral(struct tpm *t, struct tpm_call *c,
				     const struct tpm_key_entry *key,
				     const struct tpm_digest *antiReplay,
				     struct ChangeAuthAsymStart_out *out)
{
	struct tpm_certify_info *info = &out->certifyInfo;
	uint8_t b[256];
	struct wr w = wr_over(b, sizeof(b));
	struct tpm_digest digest;

	*info = (struct tpm_certify_info){
		.version = key->ver,
		.keyUsage = key->keyUsage,
		.keyFlags = key->keyFlags,
		.authDataUsage = key->authDataUsage,
		.algorithmParms = out->tempKey.algorithmParms,
		.data = *antiReplay,
	};
	key_store_pubkey_digest(t, key, &info->pubkeyDigest);
	wr_certify_info(&w, info);
	if (w.rc != TPM_SUCCESS)
		return w.rc;
	tpm_sha1(t->crypto, digest.b, TPM_PARTS({ b, (size_t)(w.p - b) }));
	return key_sign(t, c, c->key[0], &digest, &out->sig);
}

enum tpm_rc tpm_ChangeAuthAsymStart(struct tpm *t, struct tpm_call *c,
				    const struct ChangeAuthAsymStart_in *in,
				    struct ChangeAuthAsymStart_out *out)
{
	struct tpm_key_entry key, *slot = NULL;
	enum tpm_rc rc;

	if (c->key[0]->keyUsage != TPM_KEY_IDENTITY)
		return TPM_INVALID_KEYUSAGE;
	memset(&key, 0, sizeof(key));
	rc = make_ephemeral(t, c, &in->tempKey, &key, &out->tempKey);
	if (rc == TPM_SUCCESS)
		rc = certify_ephemeral(t, c, &key, &in->antiReplay, out);
	if (rc == TPM_SUCCESS) {
		tpm_preserve(t);
		rc = key_add(t, &key, &slot);
	}
	if (rc == TPM_SUCCESS)
		out->ephHandle = slot->handle;
	tpm_wipe(&key, sizeof(key));
	return rc;
}

/* ---- 27.4.2 TPM_ChangeAuthAsymFinish ---- */

/* The storage root key stands for the owner here. */
static enum tpm_rc authorise_parent(struct tpm *t, struct tpm_call *c,
				    const struct tpm_key_entry *parent)
{
	struct tpm_entity owner;
	enum tpm_rc rc;

	if (!c->n_auth || parent != &t->s.srk)
		return auth_verify_key(t, c, c->n_auth, 0, parent);
	entity_owner(t, &owner);
	rc = auth_verify(t, c, 0, &owner);
	tpm_wipe(&owner, sizeof(owner));
	return rc;
}

/* The new secret, and the nonce that comes with it, by the ephemeral key. */
static enum tpm_rc open_new_secret(struct tpm *t, struct tpm_call *c,
				   const struct ChangeAuthAsymFinish_in *in,
				   struct tpm_key_entry **eph,
				   struct tpm_changeauth_validate *v)
{
	uint8_t b[TPM_RSA_MAX_BYTES];
	struct rd r;
	size_t len;
	enum tpm_rc rc;

	TRY(key_use(t, c, in->ephHandle, eph));
	if ((*eph)->keyUsage != TPM_KEY_AUTHCHANGE)
		return TPM_BAD_PARAMETER;
	TRY(key_decrypt(t, *eph, in->encNewAuth, b, &len));
	r = rd_over(b, len);
	rd_changeauth_validate(&r, v);
	rc = rd_done(&r);
	tpm_wipe(b, sizeof(b));
	return rc;
}

/* Who knows both secrets can tell; who guesses is counted. */
static enum tpm_rc check_link(struct tpm *t, struct tpm_call *c,
			      const struct tpm_digest *old,
			      const struct tpm_digest *new_,
			      const struct tpm_digest *link)
{
	struct tpm_digest want;

	tpm_hmac_sha1(t->crypto, want.b, old->b, sizeof(old->b),
		      TPM_PARTS({ new_->b, sizeof(new_->b) }));
	if (tpm_equal(want.b, link->b, sizeof(want.b)))
		return TPM_SUCCESS;
	c->wrong_secret = true;
	return TPM_AUTHFAIL;
}

static enum tpm_rc finish(struct tpm *t, struct tpm_call *c,
			  const struct ChangeAuthAsymFinish_in *in,
			  const struct tpm_key_entry *parent,
			  struct tpm_wrapped *w,
			  struct tpm_changeauth_validate *v,
			  struct ChangeAuthAsymFinish_out *out)
{
	const struct tpm_digest *secret = &v->newAuthSecret;
	struct tpm_key_entry *eph;

	TRY(wrapped_open(t, parent, in->entityType, in->encData, w));
	TRY(open_new_secret(t, c, in, &eph, v));
	TRY(check_link(t, c, wrapped_secret(w), secret, &in->newAuthLink));
	*wrapped_secret(w) = *secret;
	TRY(wrapped_close(t, c, parent, w, &out->outData));
	tpm_random(t->crypto, out->saltNonce.b, sizeof(out->saltNonce.b));
	tpm_hmac_sha1(t->crypto, out->changeProof.b, secret->b,
		      sizeof(secret->b),
		      TPM_PARTS({ out->saltNonce.b, TPM_SHA1_SIZE },
				{ v->n1.b, TPM_SHA1_SIZE }));
	tpm_preserve(t);
	key_flush(t, eph);
	return TPM_SUCCESS;
}

enum tpm_rc tpm_ChangeAuthAsymFinish(struct tpm *t, struct tpm_call *c,
				     const struct ChangeAuthAsymFinish_in *in,
				     struct ChangeAuthAsymFinish_out *out)
{
	struct tpm_key_entry *parent;
	struct tpm_changeauth_validate v;
	struct tpm_wrapped w;
	enum tpm_rc rc;

	TRY(key_use(t, c, in->parentHandle, &parent));
	TRY(authorise_parent(t, c, parent));
	if (!is_wrapped(in->entityType))
		return TPM_WRONG_ENTITYTYPE;
	if (parent->keyUsage != TPM_KEY_STORAGE)
		return TPM_INVALID_KEYUSAGE;
	rc = finish(t, c, in, parent, &w, &v, out);
	tpm_wipe(&v, sizeof(v));
	tpm_wipe(&w, sizeof(w));
	return rc;
}
