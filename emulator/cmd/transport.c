/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 24: Transport Sessions. */

#include "keys.h"
#include "transport.h"

/* ---- 24.1 TPM_EstablishTransport ---- */

/* The secret of a session that hides nothing. */
static enum tpm_rc take_clear(const struct tpm_call *c,
			      const struct EstablishTransport_in *in,
			      struct tpm_digest *secret)
{
	if (c->n_auth)
		return TPM_BADTAG;
	if (in->transPublic.transAttributes & TPM_TRANSPORT_ENCRYPT)
		return TPM_BAD_SCHEME;
	if (in->secret.len != sizeof(secret->b))
		return TPM_BAD_PARAM_SIZE;
	memcpy(secret->b, in->secret.p, sizeof(secret->b));
	return TPM_SUCCESS;
}

/* A TPM_TRANSPORT_AUTH (Part 2, 13.5) under the key. */
static enum tpm_rc take_encrypted(struct tpm *t, struct tpm_call *c,
				  const struct EstablishTransport_in *in,
				  struct tpm_digest *secret)
{
	uint8_t b[TPM_RSA_MAX_BYTES];
	struct tpm_transport_auth auth;
	struct tpm_key_entry *key;
	struct rd r;
	size_t len;

	TRY(key_use(t, c, in->encHandle, &key));
	if (key->keyUsage != TPM_KEY_STORAGE && key->keyUsage != TPM_KEY_LEGACY)
		return TPM_INVALID_KEYUSAGE;
	TRY(auth_verify_key(t, c, c->n_auth, 0, key));
	TRY(key_decrypt(t, key, in->secret, b, &len));
	r = rd_over(b, len);
	rd_transport_auth(&r, &auth);
	*secret = auth.authData;
	tpm_wipe(b, sizeof(b));
	tpm_wipe(&auth, sizeof(auth));
	return rd_done(&r);
}

/* MGF1 needs no scheme, and is not for a TPM that has to be approved. */
static enum tpm_rc check_encryption(const struct tpm *t,
				    const struct tpm_transport_public *pub)
{
	if (!(pub->transAttributes & TPM_TRANSPORT_ENCRYPT))
		return TPM_SUCCESS;
	if (!transport_has_algorithm(pub->algId))
		return TPM_BAD_KEY_PROPERTY;
	if (pub->algId == TPM_ALG_MGF1)
		return t->s.flags.FIPS || pub->encScheme != TPM_ES_NONE ?
			       TPM_INAPPROPRIATE_ENC :
			       TPM_SUCCESS;
	return transport_has_scheme(pub->encScheme) ? TPM_SUCCESS :
						      TPM_INAPPROPRIATE_ENC;
}

/* The log begins with the command that opens the session. */
static void log_establish(struct tpm *t, struct tpm_transport *s,
			  const struct EstablishTransport_in *in,
			  const struct EstablishTransport_out *out)
{
	static const struct tpm_digest no_key;
	const uint32_t ordinal = TPM_ORD_EstablishTransport;
	struct tpm_digest digest;
	uint8_t b[64];
	struct wr w = wr_over(b, sizeof(b));

	wr_u32(&w, &ordinal);
	wr_transport_public(&w, &in->transPublic);
	wr_number(&w, in->secret.len, 4);
	tpm_sha1(t->crypto, digest.b,
		 TPM_PARTS({ b, (size_t)(w.p - b) }, in->secret));
	transport_log_in(t, s, &digest, &no_key);
	w = wr_over(b, sizeof(b));
	wr_number(&w, TPM_SUCCESS, 4);
	wr_u32(&w, &ordinal);
	wr_u32(&w, &out->locality);
	wr_current_ticks(&w, &out->currentTicks);
	tpm_sha1(t->crypto, digest.b,
		 TPM_PARTS({ b, (size_t)(w.p - b) },
			   { out->transNonceEven.b, TPM_SHA1_SIZE }));
	transport_log_out(t, s, &out->currentTicks, &digest, out->locality);
}

enum tpm_rc tpm_EstablishTransport(struct tpm *t, struct tpm_call *c,
				   const struct EstablishTransport_in *in,
				   struct EstablishTransport_out *out)
{
	struct tpm_transport *s;
	struct tpm_digest secret;
	enum tpm_rc rc;

	if (in->encHandle == TPM_KH_TRANSPORT)
		rc = take_clear(c, in, &secret);
	else
		rc = take_encrypted(t, c, in, &secret);
	TRY(rc);
	TRY(check_encryption(t, &in->transPublic));
	s = transport_open(t, &in->transPublic, &secret);
	tpm_wipe(&secret, sizeof(secret));
	if (!s)
		return TPM_RESOURCES;
	ticks_now(t, &out->currentTicks);
	out->transHandle = s->handle;
	out->locality = c->locality;
	out->transNonceEven = s->nonceEven;
	log_establish(t, s, in, out);
	return TPM_SUCCESS;
}

/* ---- 24.2 TPM_ExecuteTransport: the message inside ---- */

/*
 * A command or its answer.  Of either DATAw alone is encrypted and digested:
 * what is behind the handles and before the sessions' areas.
 */
struct message {
	const struct tpm_command *cmd;
	uint8_t *b;
	size_t len;
	size_t data;
	size_t data_len;
};

/* DATAw is between the first bytes and the sessions' areas, if they fit. */
static bool find_data(struct message *msg, size_t first, unsigned int n_auth,
		      size_t auth_size)
{
	const size_t around = HEADER_SIZE + first + n_auth * auth_size;

	if (msg->len < around)
		return false;
	msg->data = HEADER_SIZE + first;
	msg->data_len = msg->len - around;
	return true;
}

/* A tag that is none is the wrapped command's own mistake. */
static unsigned int sessions_of(uint32_t tag, uint32_t none)
{
	return tag == none + 1 || tag == none + 2 ? tag - none : 0;
}

/* A copy of it, since it will be decrypted. */
static enum tpm_rc take_command(struct tpm_call *c, struct tpm_bytes wrapped,
				struct message *msg)
{
	struct rd r = rd_over(wrapped.p, wrapped.len);
	uint32_t size, ordinal;
	uint16_t tag;

	rd_u16(&r, &tag);
	rd_u32(&r, &size);
	rd_u32(&r, &ordinal);
	msg->cmd = tpm_command_find(ordinal);
	if (r.rc != TPM_SUCCESS || !msg->cmd)
		return TPM_BAD_PARAMETER;
	if (size != wrapped.len || size > TPM12_BUFFER_SIZE)
		return TPM_BAD_PARAM_SIZE;
	msg->len = wrapped.len;
	msg->b = tpm_scratch(c, msg->len);
	if (!msg->b)
		return TPM_SIZE;
	memcpy(msg->b, wrapped.p, msg->len);
	return find_data(msg, msg->cmd->in_skip,
			 sessions_of(tag, TPM_TAG_RQU_COMMAND), AUTH_IN_SIZE) ?
		       TPM_SUCCESS :
		       TPM_BAD_PARAMETER;
}

/* Ours, so it is well formed; a failure has no DATAw. */
static void take_answer(struct message *msg)
{
	struct rd r = rd_over(msg->b, msg->len);
	uint32_t size, result;
	uint16_t tag;

	rd_u16(&r, &tag);
	rd_u32(&r, &size);
	rd_u32(&r, &result);
	msg->data = HEADER_SIZE;
	msg->data_len = 0;
	if (result == TPM_SUCCESS)
		(void)find_data(msg, msg->cmd->out_skip,
				sessions_of(tag, TPM_TAG_RSP_COMMAND),
				AUTH_OUT_SIZE);
}

/* The header's last field, which is the ordinal or the result. */
static struct tpm_bytes code_of(const struct message *msg)
{
	return (struct tpm_bytes){ msg->b + HEADER_SIZE - 4, 4 };
}

static struct tpm_bytes data_of(const struct message *msg)
{
	return (struct tpm_bytes){ msg->b + msg->data, msg->data_len };
}

/* ---- What the log says of the keys that the wrapped command uses ---- */

/* The key handles of a wrapped command, two at most; how many. */
static unsigned int key_handles(const struct message *msg, uint32_t handle[2])
{
	struct rd r = rd_over(msg->b + HEADER_SIZE, msg->len - HEADER_SIZE);
	const unsigned int n = msg->cmd->in_skip / sizeof(uint32_t);
	uint32_t type;
	uint16_t entity;

	switch (msg->cmd->ordinal) {
	case TPM_ORD_OSAP:
	case TPM_ORD_Terminate_Handle:
	case TPM_ORD_DAA_Join:
	case TPM_ORD_DAA_Sign:
	case TPM_ORD_SaveAuthContext:
	case TPM_ORD_LoadContext:
		return 0;
	case TPM_ORD_DSAP:
		rd_u16(&r, &entity);
		rd_u32(&r, &handle[0]);
		return (entity & 0xff) == TPM_ET_DEL_KEY_BLOB;
	case TPM_ORD_FlushSpecific:
	case TPM_ORD_SaveContext:
		rd_u32(&r, &handle[0]);
		rd_u32(&r, &type);
		return type == TPM_RT_KEY;
	case TPM_ORD_OwnerReadInternalPub:
		rd_u32(&r, &handle[0]);
		return 1;
	default:
		rd_u32(&r, &handle[0]);
		rd_u32(&r, &handle[1]);
		return n < 2 ? n : 2;
	}
}

/*
 * One that is made for the log is stored at once: if the wrapped command fails,
 * what is undone is not a key that the log names.
 */
static enum tpm_rc log_key(struct tpm *t, uint32_t handle,
			   const struct tpm_key_entry **key)
{
	*key = key_find(t, handle);
	if (handle == TPM_KH_EK) {
		if (tpm12_make_ek(t))
			return TPM_FAIL;
		*key = t->s.ek.present ? &t->s.ek.key : NULL;
	}
	return *key ? TPM_SUCCESS : TPM_INVALID_KEYHANDLE;
}

/* SHA-1 of the TPM_STORE_PUBKEY. */
static enum tpm_rc key_digest(struct tpm *t, uint32_t handle,
			      struct tpm_digest *digest)
{
	const struct tpm_key_entry *key;
	uint8_t size[4];
	struct wr w = wr_over(size, sizeof(size));

	TRY(log_key(t, handle, &key));
	wr_number(&w, key->n.len, 4);
	tpm_sha1(t->crypto, digest->b,
		 TPM_PARTS({ size, sizeof(size) }, { key->n.b, key->n.len }));
	return TPM_SUCCESS;
}

static enum tpm_rc log_command(struct tpm *t, struct tpm_call *c,
			       struct tpm_transport *s,
			       const struct message *msg)
{
	uint32_t handle[2] = { 0, 0 };
	struct tpm_digest digest[2], pubKeyHash = { 0 };
	const struct tpm_bytes parts[2] = {
		{ digest[0].b, TPM_SHA1_SIZE },
		{ digest[1].b, TPM_SHA1_SIZE },
	};
	unsigned int n;

	if (!transport_has(s, TPM_TRANSPORT_LOG))
		return TPM_SUCCESS;
	n = key_handles(msg, handle);
	for (unsigned int i = 0; i < n; i++)
		TRY(key_digest(t, handle[i], &digest[i]));
	if (n)
		tpm_sha1(t->crypto, pubKeyHash.b, parts, n);
	transport_log_in(t, s, &c->h1, &pubKeyHash);
	return TPM_SUCCESS;
}

/* ---- 24.2 TPM_ExecuteTransport ---- */

/* Actions 6 and 7: the HMAC covers H1 in place of the wrapped command. */
static enum tpm_rc authorise(struct tpm *t, struct tpm_call *c,
			     const struct message *msg)
{
	uint8_t b[8];
	struct wr w = wr_over(b, sizeof(b));

	tpm_sha1(t->crypto, c->h1.b, TPM_PARTS(code_of(msg), data_of(msg)));
	wr_u32(&w, &c->cmd->ordinal);
	wr_number(&w, msg->len, 4);
	tpm_sha1(t->crypto, c->in_digest.b,
		 TPM_PARTS({ b, sizeof(b) }, { c->h1.b, TPM_SHA1_SIZE }));
	return auth_verify_transport(t, c, 0, TPM_AUTHFAIL);
}

/* Actions 14 and 15. */
static void digest_answer(struct tpm *t, struct tpm_call *c,
			  const struct message *msg,
			  const struct ExecuteTransport_out *out)
{
	uint8_t ordinal[4], b[24];
	struct wr w = wr_over(ordinal, sizeof(ordinal));

	wr_u32(&w, &msg->cmd->ordinal);
	tpm_sha1(t->crypto, c->h2.b,
		 TPM_PARTS(code_of(msg), { ordinal, sizeof(ordinal) },
			   data_of(msg)));
	w = wr_over(b, sizeof(b));
	wr_number(&w, TPM_SUCCESS, 4);
	wr_u32(&w, &c->cmd->ordinal);
	wr_u64(&w, &out->currentTicks);
	wr_u32(&w, &out->locality);
	wr_number(&w, msg->len, 4);
	tpm_sha1(t->crypto, c->out_digest.b,
		 TPM_PARTS({ b, sizeof(b) }, { c->h2.b, TPM_SHA1_SIZE }));
	c->digested = true;
}

static bool can_be_wrapped(const struct tpm_command *cmd)
{
	return cmd->ordinal != TPM_ORD_EstablishTransport &&
	       cmd->ordinal != TPM_ORD_ExecuteTransport &&
	       cmd->ordinal != TPM_ORD_ReleaseTransportSigned;
}

/* What is in front of the wrapped answer, and behind it. */
#define AROUND_ANSWER (8u + 4u + 4u + AUTH_OUT_SIZE)

static enum tpm_rc execute(struct tpm *t, struct tpm_call *c,
			   const struct tpm_transport *s,
			   const struct message *cmd, struct message *rsp)
{
	const size_t cap = c->room - AROUND_ANSWER;

	rsp->cmd = cmd->cmd;
	rsp->b = tpm_scratch(c, cap);
	if (!rsp->b)
		return TPM_SIZE;
	rsp->len = tpm_execute_wrapped(
		t, c, s, (struct tpm_bytes){ cmd->b, cmd->len }, rsp->b, cap);
	take_answer(rsp);
	return TPM_SUCCESS;
}

/*
 * The session may have ended with the wrapped command: the answer is then its
 * last, by the copy s of what it was.
 */
static void keep_session(struct tpm_auth *a, const struct tpm_transport *s)
{
	if (a->transport->handle == s->handle)
		*a->transport = *s;
	else
		a->transport->nonceEven = s->nonceEven;
}

static void answer(struct tpm *t, struct tpm_call *c, struct tpm_transport *s,
		   struct message *rsp, struct ExecuteTransport_out *out)
{
	struct tpm_current_ticks ticks;

	ticks_now(t, &ticks);
	out->currentTicks = ticks.currentTicks;
	out->locality = c->locality;
	out->wrappedRsp = (struct tpm_bytes){ rsp->b, rsp->len };
	digest_answer(t, c, rsp, out);
	tpm_random(t->crypto, s->nonceEven.b, sizeof(s->nonceEven.b));
	transport_log_out(t, s, &ticks, &c->h2, c->locality);
	transport_crypt(t, s, &c->auth[0].nonceOdd, false, rsp->b + rsp->data,
			rsp->data_len);
	keep_session(&c->auth[0], s);
}

enum tpm_rc tpm_ExecuteTransport(struct tpm *t, struct tpm_call *c,
				 const struct ExecuteTransport_in *in,
				 struct ExecuteTransport_out *out)
{
	struct tpm_transport s = *c->auth[0].transport;
	struct message cmd, rsp;
	enum tpm_rc rc;

	rc = take_command(c, in->wrappedCmd, &cmd);
	if (rc == TPM_SUCCESS) {
		transport_crypt(t, &s, &c->auth[0].nonceOdd, true,
				cmd.b + cmd.data, cmd.data_len);
		rc = authorise(t, c, &cmd);
	}
	if (rc == TPM_SUCCESS && !can_be_wrapped(cmd.cmd))
		rc = TPM_NO_WRAP_TRANSPORT;
	if (rc == TPM_SUCCESS)
		rc = log_command(t, c, &s, &cmd);
	if (rc == TPM_SUCCESS)
		rc = execute(t, c, &s, &cmd, &rsp);
	if (rc == TPM_SUCCESS)
		answer(t, c, &s, &rsp, out);
	tpm_wipe(&s, sizeof(s));
	return rc;
}

/* ---- 24.3 TPM_ReleaseTransportSigned ---- */

/* The log ends with the command that releases the session, and is signed. */
static enum tpm_rc sign_log(struct tpm *t, struct tpm_call *c,
			    struct tpm_transport *s,
			    const struct ReleaseTransportSigned_in *in,
			    struct ReleaseTransportSigned_out *out)
{
	struct tpm_sign_info info = {
		.fixed = { "TRAN" },
		.replay = in->antiReplay,
		.data = { s->transDigest.b, TPM_SHA1_SIZE },
	};

	out->locality = c->locality;
	ticks_now(t, &out->currentTicks);
	transport_log_out(t, s, &out->currentTicks, &c->in_digest, c->locality);
	return key_sign_info(t, c, c->key[0], &info, &out->signature);
}

enum tpm_rc
tpm_ReleaseTransportSigned(struct tpm *t, struct tpm_call *c,
			   const struct ReleaseTransportSigned_in *in,
			   struct ReleaseTransportSigned_out *out)
{
	const unsigned int last = c->n_auth - 1;
	struct tpm_transport *s = c->auth[last].transport;

	if (!key_signs_info(c->key[0]))
		return TPM_INAPPROPRIATE_SIG;
	if (c->key[0]->keyUsage != TPM_KEY_SIGNING)
		return TPM_INVALID_KEYUSAGE;
	TRY(auth_verify_transport(t, c, last, TPM_AUTH2FAIL));
	if (!transport_has(s, TPM_TRANSPORT_LOG))
		return TPM_BAD_MODE;
	TRY(sign_log(t, c, s, in, out));
	c->auth[last].continueAuthSession = false;
	return TPM_SUCCESS;
}
