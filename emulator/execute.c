/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one pipeline that executes every command:
 *
 *	 1. the header: tag, size, ordinal
 *	 2. what any command ends that does not go on with it: the SHA-1
 *	    thread, an exclusive transport session
 *	 3. the command's row
 *	 4. any command makes what TPM_SaveState kept stale
 *	 5. parameters, and the digest of the same bytes
 *	 6. the state that the row asks for
 *	 7. the number of sessions, from the tag
 *	 8. their areas; the message must now be used up
 *	 9. the keys that the row names, found and fit for use; then the
 *	    sessions whose secret it names are verified
 *	10. the handler
 *	11. every session was verified, or nothing has happened
 *	12. the answer's parameters, their digest, the sessions' areas
 *	13. the audit log, if the owner wants the command in it (audit.c)
 *	14. the answer's header: it is complete
 *	15. the only place where permanent state is stored
 *	16. secrets of the call are wiped
 *
 * Any stage may end it with a result code; the answer is then ten bytes long
 * and the state is as it was before, but for the sessions that the command
 * named: they end.  A secret that was not proved is counted (lockout.c).
 *
 * Stage 15 comes after the answer so that who keeps the state can keep both at
 * once (tpm12.h): a command that was stored has been answered.
 *
 * TPM_ExecuteTransport's handler sends the command that it unwraps through the
 * same stages, but for 15, which the outer command does for both.  If the
 * wrapped one fails, only what it did is undone: the outer command succeeds,
 * and has changed nothing before.
 */

#include <stddef.h>

#include "keys.h"
#include "transport.h"

/* What the preprocessor makes of commands.def. */

#define RD_IN(type, field)  rd_##type(r, &v->field);
#define WR_OUT(type, field) wr_##type(w, &v->field);
#define COMMAND(ordinal_, name_, ...)                                        \
	static void read_##name_(struct rd *r, union tpm_in *in)             \
	{                                                                    \
		struct name_##_in *v = &in->name_;                           \
                                                                             \
		(void)r;                                                     \
		(void)v;                                                     \
		IN_##name_(RD_IN)                                            \
	}                                                                    \
	static void write_##name_(struct wr *w, const union tpm_out *out)    \
	{                                                                    \
		const struct name_##_out *v = &out->name_;                   \
                                                                             \
		(void)w;                                                     \
		(void)v;                                                     \
		OUT_##name_(WR_OUT)                                          \
	}                                                                    \
	static enum tpm_rc run_##name_(struct tpm *t, struct tpm_call *c,    \
				       const union tpm_in *in,               \
				       union tpm_out *out)                   \
	{                                                                    \
		return tpm_##name_(t, c, &in->name_, &out->name_);           \
	}
#include "commands.def"

#define COMMAND(ordinal_, name_, section_, in_skip_, out_skip_, auth_min_, \
		auth_max_, when_, audit_, owner_bit_, key_bit_, auth0_,    \
		auth1_)                                                    \
	{                                                                  \
		.ordinal = (ordinal_),                                     \
		.name = (ordinal_) & TSC ? "TSC_" #name_ : "TPM_" #name_,  \
		.section = (section_),                                     \
		.in_skip = (in_skip_),                                     \
		.out_skip = (out_skip_),                                   \
		.auth_min = (auth_min_),                                   \
		.auth_max = (auth_max_),                                   \
		.when = (when_),                                           \
		.audit = (audit_),                                         \
		.owner_bit = (owner_bit_),                                 \
		.key_bit = (key_bit_),                                     \
		.auth = { (auth0_), (auth1_) },                            \
		.read = read_##name_,                                      \
		.write = write_##name_,                                    \
		.run = run_##name_,                                        \
	},
const struct tpm_command tpm_commands[] = {
#include "commands.def"
};
const size_t tpm_n_commands = sizeof(tpm_commands) / sizeof(*tpm_commands);

const struct tpm_command *tpm_command_find(uint32_t ordinal)
{
	size_t from = 0, to = tpm_n_commands;

	while (from < to) {
		const size_t at = from + (to - from) / 2;

		if (tpm_commands[at].ordinal == ordinal)
			return &tpm_commands[at];
		if (tpm_commands[at].ordinal < ordinal)
			from = at + 1;
		else
			to = at;
	}
	return NULL;
}

/* Of non-volatile storage, which only tpm_touch() copies, what is in use. */
static size_t undo_nv_size(const struct tpm_state *s)
{
	return offsetof(struct tpm_nv, b) + s->nv.len;
}

void tpm_preserve(struct tpm *t)
{
	if (t->touched)
		return;
	memcpy(&t->undo, &t->s, offsetof(struct tpm_state, nv));
	t->touched = true;
}

void tpm_touch(struct tpm *t)
{
	tpm_preserve(t);
	if (t->to_store)
		return;
	memcpy(&t->undo.nv, &t->s.nv, undo_nv_size(&t->s));
	t->to_store = true;
}

void tpm_untouch(struct tpm *t)
{
	tpm_wipe(&t->undo, offsetof(struct tpm_state, nv));
	if (t->to_store)
		tpm_give_back(&t->undo.nv, undo_nv_size(&t->undo));
	t->touched = false;
	t->to_store = false;
}

void tpm_undo(struct tpm *t)
{
	if (!t->touched)
		return;
	memcpy(&t->s, &t->undo, offsetof(struct tpm_state, nv));
	if (t->to_store)
		memcpy(&t->s.nv, &t->undo.nv, undo_nv_size(&t->undo));
	keys_forget_rsa(t);
	tpm_untouch(t);
}

uint8_t *tpm_scratch(struct tpm_call *c, size_t n)
{
	return wr_room(&c->scratch, n);
}

/* Stage 15; also for what precedes a command. */
static enum tpm_rc commit(struct tpm *t)
{
	if (!t->touched)
		return TPM_SUCCESS;
	if (t->to_store && tpm_commit(t)) {
		tpm_undo(t);
		return TPM_FAIL;
	}
	tpm_untouch(t);
	return TPM_SUCCESS;
}

/*
 * Registers that were saved must not come back once anybody could have
 * measured something else (Part 3, 3.3); which nobody can before TPM_Startup.
 */
static enum tpm_rc forget_saved_state(struct tpm *t,
				      const struct tpm_command *cmd)
{
	if (!t->s.saved_len || t->s.stany_flags.postInitialise ||
	    cmd->ordinal == TPM_ORD_Startup)
		return TPM_SUCCESS;
	tpm_touch(t);
	t->s.saved_len = 0;
	TRY(commit(t));
	tpm_wipe(t->s.saved, sizeof(t->s.saved));
	return TPM_SUCCESS;
}

/* Nobody guesses on while the time runs, but who may end it. */
static enum tpm_rc check_lockout(struct tpm *t, const struct tpm_command *cmd,
				 uint32_t tag)
{
	const bool proves = tag == TPM_TAG_RQU_AUTH1_COMMAND ||
			    tag == TPM_TAG_RQU_AUTH2_COMMAND;

	return proves && !(cmd->when & IN_LOCKOUT) && lockout_running(t) ?
		       TPM_DEFEND_LOCK_RUNNING :
		       TPM_SUCCESS;
}

static enum tpm_rc check_state(struct tpm *t, unsigned int when)
{
	if (when & NOT_FAILED && t->s.test == TEST_FAILED)
		return TPM_FAILEDSELFTEST;
	if (when & WHEN_STARTED && t->s.stany_flags.postInitialise)
		return TPM_INVALID_POSTINIT;
	if (when & UNLESS_NV_UNLOCKED && !t->s.flags.nvLocked)
		when &= WHEN_WORKING;
	if (when & WHEN_ENABLED && t->s.flags.disable)
		return TPM_DISABLED;
	if (when & WHEN_ACTIVE && t->s.stclear_flags.deactivated)
		return TPM_DEACTIVATED;
	if (when & HAS_OWNER && !t->s.owner.installed)
		return TPM_NOSRK;
	if (when & TESTED && t->s.test == TEST_LIMITED)
		return selftest_full(t);
	return TPM_SUCCESS;
}

static void read_auth(struct rd *r, struct tpm_auth *auth)
{
	rd_u32(r, &auth->handle);
	rd_digest(r, &auth->nonceOdd);
	rd_bool(r, &auth->continueAuthSession);
	rd_digest(r, &auth->hmac);
}

/* inParamDigest (Part 1): the ordinal, then what the handles do not cover. */
static void digest_in(struct tpm *t, struct tpm_call *c, const uint8_t *params,
		      size_t len)
{
	const uint8_t *ordinal = params - sizeof(uint32_t);
	const size_t skip = c->cmd->in_skip;

	tpm_sha1(t->crypto, c->in_digest.b,
		 TPM_PARTS({ ordinal, sizeof(uint32_t) },
			   { params + skip, len - skip }));
}

/* The keys of the handles in front of the parameters. */
static enum tpm_rc find_keys(struct tpm *t, struct tpm_call *c,
			     const uint8_t *params)
{
	struct rd r = rd_over(params, c->cmd->in_skip);
	uint32_t handle[2] = { 0, 0 };

	rd_u32(&r, &handle[0]);
	rd_u32(&r, &handle[1]);
	for (unsigned int i = 0; i < c->cmd->auth_max; i++) {
		const unsigned int kind = c->cmd->auth[i];

		if (kind == AUTH_KEY0 || kind == AUTH_KEY1)
			TRY(key_use(t, c, handle[kind - AUTH_KEY0],
				    &c->key[kind - AUTH_KEY0]));
	}
	return TPM_SUCCESS;
}

/*
 * Proof i of those that the row lists.  The sessions that are not there are
 * the first ones of the row; a key can do without.
 */
static enum tpm_rc verify_named(struct tpm *t, struct tpm_call *c,
				unsigned int i)
{
	const unsigned int missing = c->cmd->auth_max - c->n_auth;
	const unsigned int kind = c->cmd->auth[i];

	if (kind == AUTH_KEY0 || kind == AUTH_KEY1)
		return auth_verify_key(t, c, i >= missing, i - missing,
				       c->key[kind - AUTH_KEY0]);
	if (kind != AUTH_OWNER || i < missing)
		return TPM_SUCCESS;
	return auth_verify_owner(t, c, i - missing);
}

/* Stage 9. */
static enum tpm_rc authorise(struct tpm *t, struct tpm_call *c,
			     const uint8_t *params)
{
	const enum tpm_rc keys = find_keys(t, c, params);
	/* They end with the command also when there is no such key. */
	const enum tpm_rc sessions = auth_find_sessions(t, c);

	TRY(keys);
	TRY(sessions);
	for (unsigned int i = 0; i < c->cmd->auth_max; i++)
		TRY(verify_named(t, c, i));
	return TPM_SUCCESS;
}

/* Stage 11: a handler that forgets a session grants nothing. */
static enum tpm_rc all_verified(struct tpm *t, const struct tpm_call *c)
{
	for (unsigned int i = 0; i < c->n_auth; i++) {
		if (!c->auth[i].verified) {
			t->s.test = TEST_FAILED;
			return TPM_FAIL;
		}
	}
	return TPM_SUCCESS;
}

/* Stages 5 to 8. */
static enum tpm_rc parse(struct tpm *t, struct tpm_call *c, uint32_t tag,
			 struct rd *r, union tpm_in *in)
{
	const uint8_t *params = r->p;
	size_t len;

	c->cmd->read(r, in);
	if (r->rc != TPM_SUCCESS)
		return r->rc;
	len = (size_t)(r->p - params);
	TRY(check_lockout(t, c->cmd, tag));
	TRY(check_state(t, c->cmd->when));
	if (tag < TPM_TAG_RQU_COMMAND + c->cmd->auth_min ||
	    tag > TPM_TAG_RQU_COMMAND + c->cmd->auth_max)
		return TPM_BADTAG;
	c->n_auth = tag - TPM_TAG_RQU_COMMAND;
	c->audited = audit_is_on(t, c->cmd->ordinal);
	if (c->n_auth || c->audited)
		digest_in(t, c, params, len);
	for (unsigned int i = 0; i < c->n_auth; i++)
		read_auth(r, &c->auth[i]);
	return rd_done(r);
}

/* outParamDigest: success, the ordinal, then what the handles do not cover. */
static void digest_out(struct tpm *t, struct tpm_call *c, const uint8_t *params,
		       size_t len)
{
	uint8_t codes[8] = { 0 };
	struct wr w = wr_over(codes + 4, 4);

	wr_u32(&w, &c->cmd->ordinal);
	tpm_sha1(t->crypto, c->out_digest.b,
		 TPM_PARTS({ codes, sizeof(codes) }, { params, len }));
}

/* Stage 12. */
static enum tpm_rc respond(struct tpm *t, struct tpm_call *c,
			   const union tpm_out *out, struct wr *w)
{
	const uint8_t *params = w->p + c->cmd->out_skip;

	c->cmd->write(w, out);
	if (w->rc != TPM_SUCCESS)
		return w->rc;
	if ((c->n_auth || c->audited) && !c->digested)
		digest_out(t, c, params, (size_t)(w->p - params));
	auth_respond(t, c, w, &c->out_digest);
	return w->rc;
}

/* Stages 10 to 13. */
static enum tpm_rc perform(struct tpm *t, struct tpm_call *c,
			   const union tpm_in *in, union tpm_out *out,
			   struct wr *w)
{
	if (c->audited)
		audit_begin(t, c);
	TRY(c->cmd->run(t, c, in, out));
	TRY(all_verified(t, c));
	TRY(respond(t, c, out, w));
	if (tpm_crypto_failed(t->crypto)) {
		t->s.test = TEST_FAILED;
		return TPM_FAIL;
	}
	return c->audited ? audit_end(t, c) : TPM_SUCCESS;
}

static enum tpm_rc run(struct tpm *t, struct tpm_call *c, uint32_t tag,
		       struct rd *r, struct wr *w)
{
	union tpm_in in;
	union tpm_out out;
	const uint8_t *params = r->p;
	enum tpm_rc rc;

	memset(&in, 0, sizeof(in));
	memset(&out, 0, sizeof(out));
	TRY(forget_saved_state(t, c->cmd));
	TRY(parse(t, c, tag, r, &in));
	rc = authorise(t, c, params);
	if (rc == TPM_SUCCESS)
		rc = perform(t, c, &in, &out, w);
	tpm_wipe(&in, sizeof(in));
	tpm_wipe(&out, sizeof(out));
	return rc;
}

/* Nothing that a failed command did stays, but its sessions end. */
static void fail(struct tpm *t, struct tpm_call *c)
{
	const enum tpm_test_state test = t->s.test;

	tpm_undo(t);
	t->s.test = test;
	auth_abandon(t, c);
}

/* Stage 14; the length of the whole. */
static size_t answer(uint8_t *rsp, unsigned int n_auth, enum tpm_rc rc,
		     const struct wr *w)
{
	const bool ok = rc == TPM_SUCCESS;
	const size_t len = ok ? (size_t)(w->p - rsp) : HEADER_SIZE;
	struct wr header = wr_over(rsp, HEADER_SIZE);

	wr_number(&header, TPM_TAG_RSP_COMMAND + (ok ? n_auth : 0), 2);
	wr_number(&header, len, 4);
	wr_number(&header, rc, 4);
	return len;
}

/* What could not be stored has not happened. */
static size_t fail_to_store(struct tpm *t, struct tpm_call *c, enum tpm_rc rc,
			    uint8_t *rsp, const struct wr *w)
{
	size_t len;

	if (rc == TPM_SUCCESS) {
		rc = TPM_FAIL;
		fail(t, c);
	}
	len = answer(rsp, 0, rc, w);
	/* But in memory at least a guess is one. */
	if (c->wrong_secret) {
		lockout_failure(t);
		tpm_untouch(t);
	}
	return len;
}

/* Stages 14 and 15, or what becomes of a command that failed. */
static size_t finish(struct tpm *t, struct tpm_call *c, enum tpm_rc rc,
		     uint8_t *rsp, const struct wr *w)
{
	size_t len;

	if (rc != TPM_SUCCESS)
		fail(t, c);
	if (c->wrapped_in)
		return answer(rsp, c->n_auth, rc, w);
	if (c->wrong_secret)
		lockout_failure(t);
	len = answer(rsp, c->n_auth, rc, w);
	return commit(t) ? fail_to_store(t, c, rc, rsp, w) : len;
}

static enum tpm_rc read_header(struct rd *r, size_t len, uint16_t *tag,
			       uint32_t *ordinal)
{
	uint32_t size;

	rd_u16(r, tag);
	rd_u32(r, &size);
	rd_u32(r, ordinal);
	if (r->rc != TPM_SUCCESS || size != len)
		return TPM_BAD_PARAM_SIZE;
	return TPM_SUCCESS;
}

/* Stage 2. */
static void end_others(struct tpm *t, const struct tpm_call *c,
		       uint32_t ordinal)
{
	sha1_keep(t, c, ordinal);
	/* These two name their session, and are looked at when it is found. */
	if (!c->wrapped_in && ordinal != TPM_ORD_ExecuteTransport &&
	    ordinal != TPM_ORD_ReleaseTransportSigned)
		transport_keep_exclusive(t, 0);
}

/* Stages 2 and 3. */
static enum tpm_rc find_row(struct tpm *t, struct tpm_call *c, uint32_t ordinal)
{
	end_others(t, c, ordinal);
	c->cmd = tpm_command_find(ordinal);
	if (!c->cmd)
		return TPM_BAD_ORDINAL;
	return t->powered ? TPM_SUCCESS : TPM_FAIL;
}

static size_t execute(struct tpm *t, struct tpm_call *c, struct tpm_bytes req,
		      uint8_t *rsp, size_t cap)
{
	uint8_t *scratch = c->scratch.p;
	struct rd r = rd_over(req.p, req.len);
	struct wr w = wr_over(rsp + HEADER_SIZE, cap - HEADER_SIZE);
	uint16_t tag;
	uint32_t ordinal;
	enum tpm_rc rc;
	size_t len;

	/* Says that there is no answer yet. */
	memset(rsp, 0, HEADER_SIZE);
	c->room = wr_left(&w);
	rc = read_header(&r, req.len, &tag, &ordinal);
	if (rc == TPM_SUCCESS)
		rc = find_row(t, c, ordinal);
	if (rc == TPM_SUCCESS)
		rc = run(t, c, tag, &r, &w);
	len = finish(t, c, rc, rsp, &w);
	tpm_wipe(scratch, (size_t)(c->scratch.p - scratch));
	return len;
}

size_t tpm_execute_wrapped(struct tpm *t, struct tpm_call *outer,
			   const struct tpm_transport *session,
			   struct tpm_bytes req, uint8_t *rsp, size_t cap)
{
	struct tpm_call c = {
		.locality = outer->locality,
		.wrapped_in = session,
		.secret = transport_has(session, TPM_TRANSPORT_ENCRYPT),
		.scratch = outer->scratch,
	};
	const size_t len = execute(t, &c, req, rsp, cap);

	/* Counted with the outer command. */
	outer->wrong_secret |= c.wrong_secret;
	tpm_wipe(&c, sizeof(c));
	return len;
}

size_t tpm12_execute(struct tpm *t, unsigned int locality, const uint8_t *req,
		     size_t len, uint8_t *rsp)
{
	struct tpm_call c = {
		.locality = locality,
		.scratch = wr_over(t->scratch, sizeof(t->scratch)),
	};

	const size_t n = execute(t, &c, (struct tpm_bytes){ req, len }, rsp,
				 TPM12_BUFFER_SIZE);

	tpm_wipe(&c, sizeof(c));
	return n;
}
