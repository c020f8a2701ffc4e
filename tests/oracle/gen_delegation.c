/* SPDX-License-Identifier: BSD-2-Clause */
/* Delegation: Part 3, sections 18.3, 18.4 and 19. */
#include "generators.h"

#include <string.h>

#include "bytes.h"

/* Part 2, 20.2 and 20.8. */
#define DEL_OWNER_BITS	  1u
#define DEL_KEY_BITS	  2u
#define FAMILY_CREATE	  1u
#define FAMILY_ENABLE	  2u
#define FAMILY_ADMIN	  3u
#define FAMILY_INVALIDATE 4u

static struct family *some_family(struct world *w)
{
	return &w->m.families[pick(w, N_FAMILIES)];
}

static uint32_t manage(struct world *w, uint32_t family, uint32_t op,
		       uint8_t value)
{
	struct entity owner = owner_entity(w);
	uint32_t result;

	both_begin(w, ORD_Delegate_Manage);
	both_u32(w, family);
	both_u32(w, op);
	both_blob(w, &value, chance(w, 20) ? 0 : 1);
	if (w->m.owner && !chance(w, 6))
		authorise(w, &owner);
	result = both_run(w);
	end_bound_sessions(w);
	return result;
}

static void create_family(struct world *w)
{
	struct family *f = some_family(w);
	struct family made = { .known = true };

	if (manage(w, 0, FAMILY_CREATE, (uint8_t)pick(w, 256)))
		return;
	same_u32(w, "retData's size");
	made.id = same_u32(w, "retData");
	same_end(w);
	*f = made;
	if (!chance(w, 4))
		manage(w, made.id, FAMILY_ENABLE, 1);
}

void gen_delegate_manage(struct world *w)
{
	struct family *f = some_family(w);
	const uint32_t op = ONE_OF(w, FAMILY_ENABLE, FAMILY_ENABLE,
				   FAMILY_ADMIN, FAMILY_INVALIDATE, 5);

	if (!f->known || chance(w, 3)) {
		create_family(w);
		return;
	}
	if (op == FAMILY_ADMIN && !chance(w, 4))
		return;
	if (manage(w, f->id, op, (uint8_t)!chance(w, 4)))
		return;
	same_rest(w, "retData");
	if (op == FAMILY_INVALIDATE)
		f->known = false;
}

static void both_delegate_public(struct world *w, bool of_key,
				 const struct family *f)
{
	const uint32_t per1 =
		chance(w, 3) ? (uint32_t)rng_next(&w->rng) : 0x7fffffff;
	const uint32_t per2 = chance(w, 20) ? 1 : 0;

	both_u16(w, TPM_TAG_DELEGATE_PUBLIC);
	both_u8(w, pick(w, 256));
	both_pcr_info_short(w, 0);
	both_u16(w, TPM_TAG_DELEGATIONS);
	both_u32(w, of_key ? DEL_KEY_BITS : DEL_OWNER_BITS);
	both_u32(w, of_key ? per1 & 0x1fffffff : per1);
	both_u32(w, per2);
	both_u32(w, f->id);
	both_u32(w, f->count);
}

static void keep_delegation(struct world *w, const struct delegation *d)
{
	w->m.delegations[pick(w, N_DELEGATIONS)] = *d;
}

void gen_delegate_create_owner(struct world *w)
{
	struct entity owner = owner_entity(w);
	struct session *s = session_for(w, &owner, BOUND_SESSION);
	struct family *f = some_family(w);
	struct delegation d = { .known = true };
	const bool increment = chance(w, 6);

	random_digest(w, &d.secret);
	both_begin(w, ORD_Delegate_CreateOwnerDelegation);
	both_u8(w, increment);
	both_delegate_public(w, false, f);
	both_encrypted(w, s, &d.secret, false);
	use(w, s, &owner.secret);
	if (both_run(w))
		return;
	f->count += increment;
	end_bound_sessions(w);
	pair_blob(w, &d.blob, NULL);
	same_end(w);
	keep_delegation(w, &d);
}

void gen_delegate_create_key(struct world *w)
{
	const struct key *k = a_key(w, is_any);
	struct entity e = key_entity(w, k);
	struct session *s = session_for(w, &e, BOUND_SESSION);
	struct delegation d = { .known = true,
				.of_key = true,
				.key = key_at(w, k) };

	random_digest(w, &d.secret);
	both_begin(w, ORD_Delegate_CreateKeyDelegation);
	both_handle(w, &k->handle);
	both_delegate_public(w, true, some_family(w));
	both_encrypted(w, s, &d.secret, false);
	use(w, s, &e.secret);
	if (both_run(w))
		return;
	pair_blob(w, &d.blob, NULL);
	same_end(w);
	keep_delegation(w, &d);
}

/* Made when there is none. */
static const struct delegation *some_delegation(struct world *w)
{
	const enum mutation mutation = w->mutation;

	for (int i = 0; i < 8; i++) {
		const struct delegation *d =
			&w->m.delegations[pick(w, N_DELEGATIONS)];

		if (d->known)
			return d;
	}
	w->mutation = MUTATE_PLAIN;
	create_family(w);
	gen_delegate_create_owner(w);
	w->mutation = mutation;
	return &w->m.delegations[pick(w, N_DELEGATIONS)];
}

void gen_delegate_load_owner(struct world *w)
{
	struct entity owner = owner_entity(w);
	const struct delegation *d = some_delegation(w);
	const uint32_t row = chance(w, 10) ? pick(w, 8) : pick(w, 4);

	both_begin(w, ORD_Delegate_LoadOwnerDelegation);
	both_u32(w, row);
	both_blobs(w, &d->blob);
	if (w->m.owner && !chance(w, 8))
		authorise(w, &owner);
	if (both_run(w))
		return;
	w->m.row_secrets[row % 4] = d->secret;
	end_bound_sessions(w);
}

void gen_delegate_verify(struct world *w)
{
	both_begin(w, ORD_Delegate_VerifyDelegation);
	both_blobs(w, &some_delegation(w)->blob);
	both_run(w);
}

void gen_delegate_update_verification(struct world *w)
{
	struct entity owner = owner_entity(w);
	struct delegation d = *some_delegation(w);
	const uint8_t row[4] = { 0, 0, 0, (uint8_t)pick(w, 5) };

	both_begin(w, ORD_Delegate_UpdateVerification);
	if (chance(w, 3))
		both_blob(w, row, sizeof(row));
	else
		both_blobs(w, &d.blob);
	authorise(w, &owner);
	if (both_run(w))
		return;
	pair_blob(w, &d.blob, NULL);
	same_end(w);
	if (d.blob.s[OURS].len)
		keep_delegation(w, &d);
}

/* verificationCount of every family is in there. */
void gen_delegate_read_table(struct world *w)
{
	if (!run_plain(w, ORD_Delegate_ReadTable))
		same_rest(w, "familyTable");
}

/* ---- Section 18.3: what a delegation is good for ---- */

static bool open_dsap(struct world *w, const struct delegation *d, bool by_row,
		      uint32_t row, struct session *s)
{
	const uint8_t type = (uint8_t)(by_row	   ? TPM_ET_DEL_ROW
				       : d->of_key ? TPM_ET_DEL_KEY_BLOB
						   : TPM_ET_DEL_OWNER_BLOB);
	const struct tss_digest *secret =
		by_row ? &w->m.row_secrets[row] : &d->secret;
	const uint8_t index[4] = { 0, 0, 0, (uint8_t)row };
	/* By a blob and with AES-CTR libtpms 0.9.2 ends with a signal. */
	const enum tss_adip adip =
		by_row && chance(w, 2) ? TSS_ADIP_AES_CTR : TSS_ADIP_XOR;

	memset(s, 0, sizeof(*s));
	s->bound.type = type;
	for (int i = 0; i < SIDES; i++) {
		const struct client_bytes entity = {
			by_row ? index : d->blob.s[i].b,
			by_row ? sizeof(index) : d->blob.s[i].len
		};

		w->result[i] = tss_dsap(&w->side[i]->tss, &s->s[i], adip, type,
					w->m.keys[d->key].handle.v[i], &entity,
					secret);
	}
	return note_session(w, ORD_DSAP, s);
}

/* The commands that a delegate of the owner may be allowed. */
static void as_owner(struct world *w, struct session *s)
{
	static const struct tss_digest unused;
	const uint32_t ordinal = ONE_OF(
		w, ORD_OwnerReadInternalPub, ORD_OwnerReadInternalPub,
		ORD_DirWriteAuth, ORD_GetCapabilityOwner, ORD_ResetLockValue,
		ORD_DisablePubekRead, ORD_CMK_ApproveMA);

	if (!w->side[OURS]->knows(ordinal))
		return;
	both_begin(w, ordinal);
	if (ordinal == ORD_OwnerReadInternalPub)
		both_u32(w, TPM_KH_EK);
	if (ordinal == ORD_DirWriteAuth)
		both_u32(w, 0);
	if (ordinal == ORD_DirWriteAuth || ordinal == ORD_CMK_ApproveMA)
		both_digest(w, &unused);
	use(w, s, &unused);
	if (!both_run(w))
		same_rest(w, "what an owner's delegate gets");
}

static void as_key(struct world *w, struct session *s, const struct key *k)
{
	static const struct tss_digest data;
	const uint32_t ordinal = ONE_OF(w, ORD_GetPubKey, ORD_Sign);

	both_begin(w, ordinal);
	both_handle(w, &k->handle);
	if (ordinal == ORD_Sign)
		both_blob(w, data.b, sizeof(data.b));
	use(w, s, &data);
	if (!both_run(w))
		same_rest(w, "what a key's delegate gets");
}

void gen_dsap(struct world *w)
{
	const struct delegation *d = some_delegation(w);
	const bool by_row = chance(w, 3);
	struct session *s = session_place(w);

	if (!open_dsap(w, d, by_row, pick(w, 4), s))
		return;
	if (by_row || !d->of_key)
		as_owner(w, s);
	else
		as_key(w, s, &w->m.keys[d->key]);
}

/* And back, or nobody would be the owner any more. */
void gen_set_owner_pointer(struct world *w)
{
	const uint32_t row = chance(w, 10) ? pick(w, 8) : pick(w, 4);

	both_begin(w, ORD_SetOwnerPointer);
	both_u16(w, ONE_OF(w, TPM_ET_DEL_ROW, TPM_ET_OWNER, TPM_ET_SRK));
	both_u32(w, row);
	if (both_run(w))
		return;
	if (chance(w, 2)) {
		struct entity e = owner_entity(w);
		struct session *s;

		e.secret = w->m.row_secrets[row % 4];
		s = session_for(w, &e, BOUND_SESSION);
		as_owner(w, s);
	}
	both_begin(w, ORD_SetOwnerPointer);
	both_u16(w, TPM_ET_OWNER);
	both_u32(w, 0);
	both_run(w);
}
