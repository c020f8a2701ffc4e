/* SPDX-License-Identifier: BSD-2-Clause */
/* Saving and loading contexts: see context.h. */

#include "context.h"

#include "daa.h"
#include "keys.h"
#include "transport.h"

/* The largest resource; what a TPM_CONTEXT_SENSITIVE and a blob add to it. */
#define RESOURCE_MAX   1536u
#define SENSITIVE_HEAD (2u + TPM_SHA1_SIZE + 4u)
#define IV_SIZE	       TPM_AES_BLOCK
#define BLOB_MAX       (RESOURCE_MAX + SENSITIVE_HEAD + 128u)

/* ---- Kinds of resources ---- */

/* What is known of a blob that is to come back. */
struct coming {
	const struct context_wish *wish;
	struct tpm_bytes resource;
	uint32_t handle; /* that it had */
	bool is11;
	bool fresh; /* the nonce is the one of today */
};

struct kind {
	uint32_t type;
	bool session; /* comes back once */
	enum tpm_rc (*save)(struct tpm *t, uint32_t handle, struct wr *w);
	/* A session that is outside is no longer inside. */
	void (*release)(struct tpm *t, uint32_t handle);
	/* Whether it may come back; nothing changes. */
	enum tpm_rc (*check)(struct tpm *t, const struct coming *in);
	enum tpm_rc (*load)(struct tpm *t, const struct coming *in,
			    uint32_t *handle);
};

/* ---- Keys ---- */

static enum tpm_rc key_save(struct tpm *t, uint32_t handle, struct wr *w)
{
	const struct tpm_key_entry *key = key_find(t, handle);

	if (!key || handle == TPM_KH_SRK)
		return TPM_INVALID_RESOURCE;
	if (key->keyControl & TPM_KEY_CONTROL_OWNER_EVICT)
		return TPM_OWNER_CONTROL;
	wr_key_entry(w, key);
	return w->rc;
}

static enum tpm_rc key_read(const struct coming *in, struct tpm_key_entry *key)
{
	struct rd r = rd_over(in->resource.p, in->resource.len);

	rd_key_entry(&r, key);
	return rd_done(&r) == TPM_SUCCESS ? TPM_SUCCESS : TPM_BADCONTEXT;
}

/* What was bound to this start of the platform stays so. */
static enum tpm_rc key_check(struct tpm *t, const struct coming *in)
{
	struct tpm_key_entry key;
	bool bound;

	TRY(key_read(in, &key));
	bound = key.parentPCRStatus || key.keyFlags & TPM_ISVOLATILE;
	tpm_wipe(&key, sizeof(key));
	return in->fresh || !(bound || in->is11 || in->wish->fresh)
		       ? TPM_SUCCESS
		       : TPM_BADCONTEXT;
}

static enum tpm_rc key_come(struct tpm *t, const struct coming *in,
			    uint32_t *handle)
{
	struct tpm_key_entry key, *slot;
	enum tpm_rc rc;

	if (keys_loaded(t) == TPM_MAX_KEYS)
		return TPM_NOSPACE;
	*handle = tpm_take_handle(t, in->handle, in->wish->keep, TPM_RT_KEY);
	if (!*handle)
		return TPM_BAD_HANDLE;
	TRY(key_read(in, &key));
	key.handle = *handle;
	rc = key_add(t, &key, &slot);
	tpm_wipe(&key, sizeof(key));
	return rc;
}

/* ---- Authorisation sessions ---- */

static enum tpm_rc auth_save(struct tpm *t, uint32_t handle, struct wr *w)
{
	const struct tpm_session *s = session_find(t, handle);

	if (!s)
		return TPM_INVALID_RESOURCE;
	wr_session(w, s);
	return w->rc;
}

static void auth_release(struct tpm *t, uint32_t handle)
{
	session_close(session_find(t, handle));
}

static enum tpm_rc auth_read(const struct coming *in, struct tpm_session *s)
{
	struct rd r = rd_over(in->resource.p, in->resource.len);

	rd_session(&r, s);
	return rd_done(&r) == TPM_SUCCESS ? TPM_SUCCESS : TPM_BADCONTEXT;
}

static bool is_same(const struct tpm_digest *a, const struct tpm_digest *b)
{
	return tpm_equal(a->b, b->b, sizeof(a->b));
}

static bool key_is_loaded(const struct tpm *t, const struct tpm_digest *id)
{
	for (unsigned int i = 0; i < TPM_MAX_KEYS; i++)
		if (t->s.keys[i].handle &&
		    is_same(&t->s.keys[i].pubDataDigest, id))
			return true;
	return false;
}

/* The SRK needs no name, and no TPM has another. */
static enum tpm_rc check_key_entity(struct tpm *t,
				    const struct context_wish *wish,
				    const struct tpm_digest *id)
{
	const struct tpm_key_entry *key;

	if (t->s.owner.installed && is_same(&t->s.srk.pubDataDigest, id))
		return TPM_SUCCESS;
	if (!key_is_loaded(t, id))
		return TPM_RESOURCEMISSING;
	if (!wish->has_entity)
		return TPM_SUCCESS;
	key = key_find(t, wish->entity);
	return key && is_same(&key->pubDataDigest, id) ? TPM_SUCCESS
						       : TPM_BAD_HANDLE;
}

/* Without a name, a use of the session will tell whether it is there. */
static enum tpm_rc check_entity(struct tpm *t, const struct context_wish *wish,
				const struct tpm_session *s)
{
	struct tpm_entity e;
	enum tpm_rc rc;

	if (s->protocol == TPM_PID_OIAP)
		return TPM_SUCCESS;
	if (s->entityType == TPM_ET_KEYHANDLE)
		return check_key_entity(t, wish, &s->entity);
	if (s->entityType != TPM_ET_OWNER && !wish->has_entity)
		return TPM_SUCCESS;
	rc = entity_find(t, s->entityType, wish->entity, &e);
	if (rc == TPM_SUCCESS && !is_same(&e.id, &s->entity))
		rc = TPM_RESOURCEMISSING;
	tpm_wipe(&e, sizeof(e));
	return rc == TPM_SUCCESS ? TPM_SUCCESS : TPM_RESOURCEMISSING;
}

static enum tpm_rc auth_check(struct tpm *t, const struct coming *in)
{
	struct tpm_session s;
	enum tpm_rc rc;

	TRY(auth_read(in, &s));
	rc = check_entity(t, in->wish, &s);
	tpm_wipe(&s, sizeof(s));
	return rc;
}

static enum tpm_rc auth_come(struct tpm *t, const struct coming *in,
			     uint32_t *handle)
{
	struct tpm_session *slot = session_free(t);

	if (!slot)
		return TPM_RESOURCES;
	*handle = tpm_take_handle(t, in->handle, in->wish->keep, TPM_RT_AUTH);
	if (!*handle)
		return TPM_BAD_HANDLE;
	TRY(auth_read(in, slot));
	slot->handle = *handle;
	return TPM_SUCCESS;
}

/* ---- DAA sessions ---- */

static enum tpm_rc daa_save(struct tpm *t, uint32_t handle, struct wr *w)
{
	const struct tpm_daa_session *s = daa_find(t, handle);

	if (!s)
		return TPM_INVALID_RESOURCE;
	wr_daa_session(w, s);
	return w->rc;
}

static void daa_release(struct tpm *t, uint32_t handle)
{
	daa_flush(daa_find(t, handle));
}

static enum tpm_rc daa_read(const struct coming *in, struct tpm_daa_session *s)
{
	struct rd r = rd_over(in->resource.p, in->resource.len);

	rd_daa_session(&r, s);
	return rd_done(&r) == TPM_SUCCESS ? TPM_SUCCESS : TPM_BADCONTEXT;
}

static enum tpm_rc daa_check(struct tpm *t, const struct coming *in)
{
	struct tpm_daa_session s;
	enum tpm_rc rc = daa_read(in, &s);

	tpm_wipe(&s, sizeof(s));
	return rc;
}

static enum tpm_rc daa_come(struct tpm *t, const struct coming *in,
			    uint32_t *handle)
{
	struct tpm_daa_session *slot = daa_free(t);

	if (!slot)
		return TPM_RESOURCES;
	*handle =
		tpm_take_handle(t, in->handle, in->wish->keep, TPM_RT_DAA_TPM);
	if (!*handle)
		return TPM_BAD_HANDLE;
	TRY(daa_read(in, slot));
	slot->handle = *handle;
	return TPM_SUCCESS;
}

/* ---- Transport sessions ---- */

static enum tpm_rc transport_save(struct tpm *t, uint32_t handle, struct wr *w)
{
	const struct tpm_transport *s = transport_find(t, handle);

	if (!s)
		return TPM_INVALID_RESOURCE;
	wr_transport(w, s);
	return w->rc;
}

static void transport_release(struct tpm *t, uint32_t handle)
{
	transport_close(t, transport_find(t, handle));
}

static enum tpm_rc transport_read(const struct coming *in,
				  struct tpm_transport *s)
{
	struct rd r = rd_over(in->resource.p, in->resource.len);

	rd_transport(&r, s);
	return rd_done(&r) == TPM_SUCCESS ? TPM_SUCCESS : TPM_BADCONTEXT;
}

static enum tpm_rc transport_check(struct tpm *t, const struct coming *in)
{
	struct tpm_transport s;
	enum tpm_rc rc = transport_read(in, &s);

	tpm_wipe(&s, sizeof(s));
	return rc;
}

static enum tpm_rc transport_come(struct tpm *t, const struct coming *in,
				  uint32_t *handle)
{
	struct tpm_transport *slot = transport_free(t);

	if (!slot)
		return TPM_RESOURCES;
	*handle = tpm_take_handle(t, in->handle, in->wish->keep, TPM_RT_TRANS);
	if (!*handle)
		return TPM_BAD_HANDLE;
	TRY(transport_read(in, slot));
	slot->handle = *handle;
	return TPM_SUCCESS;
}

/*
 * The session that the command came in: its nonce is of before the command, so
 * that with a copy of it the same command could be sent again, and its log
 * would not tell of it.  An exclusive one could be saved in no other way, and
 * would come back as if nothing had happened meanwhile.
 */
static bool is_in_use(const struct tpm_call *c, uint32_t type, uint32_t handle)
{
	return type == TPM_RT_TRANS && c->wrapped_in &&
	       c->wrapped_in->handle == handle;
}

/* ---- All of them ---- */

static const struct kind kinds[] = {
	{ TPM_RT_KEY, false, key_save, NULL, key_check, key_come },
	{ TPM_RT_AUTH, true, auth_save, auth_release, auth_check, auth_come },
	{ TPM_RT_TRANS, true, transport_save, transport_release,
	  transport_check, transport_come },
	{ TPM_RT_DAA_TPM, true, daa_save, daa_release, daa_check, daa_come },
};

static const struct kind *kind_find(uint32_t type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

/* ---- Nonces, and the list of those outside ---- */

static const struct tpm_digest no_nonce;

static struct tpm_digest *nonce_of(struct tpm *t, const struct kind *kind,
				   bool is11)
{
	if (kind->session)
		return &t->s.contexts.contextNonceSession;
	return is11 ? &t->s.contextNonceKey11 : &t->s.contextNonceKey;
}

/* Where a number is; 0: a free place. */
static uint32_t *list_find(struct tpm *t, uint32_t count)
{
	for (unsigned int i = 0; i < TPM_MAX_CONTEXTS; i++)
		if (t->s.contexts.contextList.count[i] == count)
			return &t->s.contexts.contextList.count[i];
	return NULL;
}

bool context_forget(struct tpm *t, uint32_t count)
{
	uint32_t *place = count ? list_find(t, count) : NULL;

	if (place)
		*place = 0;
	return place;
}

unsigned int contexts_free(const struct tpm *t)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < TPM_MAX_CONTEXTS; i++)
		n += !t->s.contexts.contextList.count[i];
	return n;
}

void contexts_forget11(struct tpm *t)
{
	struct tpm_context_list *list = &t->s.contexts.contextList;

	for (unsigned int i = 0; i < TPM_MAX_CONTEXTS; i++)
		if (list->is11[i])
			list->count[i] = 0;
	memset(list->is11, 0, sizeof(list->is11));
	tpm_wipe(&t->s.contextNonceKey11, sizeof(t->s.contextNonceKey11));
}

void contexts_forget_sessions(struct tpm *t)
{
	tpm_wipe(&t->s.contexts, sizeof(t->s.contexts));
}

void context_startup_clear(struct tpm *t)
{
	tpm_wipe(&t->s.contextNonceKey, sizeof(t->s.contextNonceKey));
	tpm_wipe(&t->s.contextNonceKey11, sizeof(t->s.contextNonceKey11));
}

void context_owner_clear(struct tpm *t)
{
	contexts_forget_sessions(t);
	context_startup_clear(t);
}

/* ---- Blobs ---- */

/* additionalData: the IV, and whether one of TPM 1.1's commands saved it. */
#define ADDITIONAL_SIZE (IV_SIZE + 1u)

/* Part 3, 21.2: of the whole, before its inner part is encrypted. */
static enum tpm_rc integrity(struct tpm *t, const struct tpm_context_blob *blob,
			     struct tpm_bytes plain, uint8_t *b,
			     struct tpm_digest *digest)
{
	struct tpm_context_blob blank = *blob;
	struct wr w = wr_over(b, BLOB_MAX);

	memset(&blank.integrityDigest, 0, sizeof(blank.integrityDigest));
	blank.sensitiveData = plain;
	wr_context_blob(&w, &blank);
	tpm_hmac_sha1(t->crypto, digest->b, t->s.owner.tpmProof.b,
		      sizeof(t->s.owner.tpmProof.b),
		      TPM_PARTS({ b, (size_t)(w.p - b) }));
	return w.rc;
}

/* plain is encrypted in place. */
static enum tpm_rc seal(struct tpm *t, struct tpm_call *c,
			struct tpm_context_blob *blob, bool is11,
			uint8_t *plain, size_t len, struct tpm_bytes *out)
{
	uint8_t *iv = tpm_scratch(c, ADDITIONAL_SIZE);
	uint8_t *b = tpm_scratch(c, BLOB_MAX);
	struct wr w = wr_over(b, BLOB_MAX);

	if (!iv || !b)
		return TPM_SIZE;
	tpm_random(t->crypto, iv, IV_SIZE);
	iv[IV_SIZE] = is11;
	blob->additionalData = (struct tpm_bytes){ iv, ADDITIONAL_SIZE };
	blob->sensitiveData = (struct tpm_bytes){ plain, len };
	TRY(integrity(t, blob, blob->sensitiveData, b, &blob->integrityDigest));
	tpm_aes128_ctr(t->crypto, t->s.owner.contextKey.b, iv, plain, plain,
		       len);
	wr_context_blob(&w, blob);
	*out = (struct tpm_bytes){ b, (size_t)(w.p - b) };
	return w.rc;
}

/* The inner part of a blob that is one of ours. */
static enum tpm_rc unseal(struct tpm *t, struct tpm_call *c,
			  const struct tpm_context_blob *blob,
			  struct tpm_context_sensitive *sensitive)
{
	const size_t len = blob->sensitiveData.len;
	uint8_t *b, *plain;
	struct tpm_digest digest;
	struct rd r;

	if (blob->additionalData.len != ADDITIONAL_SIZE ||
	    len > RESOURCE_MAX + SENSITIVE_HEAD)
		return TPM_BADCONTEXT;
	plain = tpm_scratch(c, len);
	b = tpm_scratch(c, BLOB_MAX);
	if (!plain || !b)
		return TPM_SIZE;
	tpm_aes128_ctr(t->crypto, t->s.owner.contextKey.b,
		       blob->additionalData.p, blob->sensitiveData.p, plain,
		       len);
	TRY(integrity(t, blob, (struct tpm_bytes){ plain, len }, b, &digest));
	if (!is_same(&digest, &blob->integrityDigest))
		return TPM_BADCONTEXT;
	r = rd_over(plain, len);
	rd_context_sensitive(&r, sensitive);
	return rd_done(&r) == TPM_SUCCESS ? TPM_SUCCESS : TPM_BADCONTEXT;
}

/* ---- Saving ---- */

/* The next number, which a place on the list was found for. */
static enum tpm_rc next_count(struct tpm *t, const struct kind *kind,
			      uint32_t *count)
{
	*count = 0;
	if (!kind->session)
		return TPM_SUCCESS;
	if (t->s.contexts.contextCount == UINT32_MAX)
		return TPM_TOOMANYCONTEXTS;
	if (!list_find(t, 0))
		return TPM_NOCONTEXTSPACE;
	*count = t->s.contexts.contextCount + 1;
	return TPM_SUCCESS;
}

/* TPM_CONTEXT_SENSITIVE around a resource that is there already. */
static void write_head(struct tpm *t, const struct kind *kind, bool is11,
		       uint8_t *b, size_t len)
{
	struct wr w = wr_over(b, SENSITIVE_HEAD);
	struct tpm_digest *nonce = nonce_of(t, kind, is11);

	if (is_same(nonce, &no_nonce))
		tpm_random(t->crypto, nonce->b, sizeof(nonce->b));
	wr_number(&w, TPM_TAG_CONTEXT_SENSITIVE, 2);
	wr_digest(&w, nonce);
	wr_number(&w, len, 4);
}

static void leave(struct tpm *t, const struct kind *kind, bool is11,
		  const struct tpm_context_blob *blob)
{
	struct tpm_context_list *list = &t->s.contexts.contextList;
	uint32_t *place = list_find(t, 0);

	if (!kind->session || !place)
		return;
	t->s.contexts.contextCount = blob->contextCount;
	*place = blob->contextCount;
	list->is11[place - list->count] = is11;
	kind->release(t, blob->handle);
}

/* blob: its type, handle and label are there. */
static enum tpm_rc save(struct tpm *t, struct tpm_call *c,
			struct tpm_context_blob *blob, bool is11,
			struct tpm_bytes *out)
{
	const struct kind *kind = kind_find(blob->resourceType);
	uint8_t *b = tpm_scratch(c, SENSITIVE_HEAD + RESOURCE_MAX);
	struct wr w;
	size_t len;

	if (!kind || is_in_use(c, blob->resourceType, blob->handle))
		return TPM_INVALID_RESOURCE;
	if (!b)
		return TPM_SIZE;
	w = wr_over(b + SENSITIVE_HEAD, RESOURCE_MAX);
	TRY(kind->save(t, blob->handle, &w));
	TRY(next_count(t, kind, &blob->contextCount));
	len = (size_t)(w.p - b);
	tpm_preserve(t);
	write_head(t, kind, is11, b, len - SENSITIVE_HEAD);
	TRY(seal(t, c, blob, is11, b, len, out));
	leave(t, kind, is11, blob);
	return TPM_SUCCESS;
}

enum tpm_rc context_save(struct tpm *t, struct tpm_call *c, uint32_t handle,
			 uint32_t resourceType, const struct tpm_bytes16 *label,
			 struct tpm_bytes *out)
{
	struct tpm_context_blob blob = {
		.resourceType = resourceType,
		.handle = handle,
		.label = *label,
	};

	return save(t, c, &blob, false, out);
}

enum tpm_rc context_save11(struct tpm *t, struct tpm_call *c, uint32_t handle,
			   uint32_t resourceType, struct tpm_bytes *out)
{
	struct tpm_context_blob blob = {
		.resourceType = resourceType,
		.handle = handle,
	};

	return save(t, c, &blob, true, out);
}

/* ---- Loading ---- */

enum tpm_rc context_load(struct tpm *t, struct tpm_call *c,
			 const struct context_wish *wish,
			 const struct tpm_context_blob *blob, uint32_t *handle)
{
	struct tpm_context_sensitive sensitive;
	struct coming coming = { .wish = wish, .handle = blob->handle };
	const struct kind *kind = kind_find(blob->resourceType);
	uint32_t *place;

	if (wish->type && blob->resourceType != wish->type)
		return TPM_BAD_PARAMETER;
	if (!kind)
		return TPM_INVALID_RESOURCE;
	TRY(unseal(t, c, blob, &sensitive));
	coming.resource = sensitive.internalData;
	coming.is11 = blob->additionalData.p[IV_SIZE];
	coming.fresh = is_same(&sensitive.contextNonce,
			       nonce_of(t, kind, coming.is11));
	if (kind->session && !coming.fresh)
		return TPM_BADCONTEXT;
	TRY(kind->check(t, &coming));
	place = kind->session ? list_find(t, blob->contextCount) : NULL;
	if (kind->session && !place)
		return TPM_BADCONTEXT;
	TRY(kind->load(t, &coming, handle));
	if (place)
		*place = 0;
	return TPM_SUCCESS;
}
