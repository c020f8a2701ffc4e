/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part 3, section 20: Non-volatile Storage.
 *
 * Until somebody locks it (nvLocked), which is for ever, most of what protects
 * an area is not looked at: manufacturers write theirs, then lock.
 */

#include "nv.h"
#include "pcr.h"

/* Part 2, 19.4: writes that a TPM bears while it has no owner. */
#define MAX_NV_WRITE_NOOWNER 64u

/* Part 2, section 17: the purviews of what a guest can be. */
#define PURVIEW_MAIN   0u
#define PURVIEW_PC     1u
#define PURVIEW_SERVER 4u

/* Part 2, 8.6: all localities that there are. */
#define LOCALITIES 0x1fu

static bool has(const struct nv_area *a, uint32_t attribute)
{
	return a->pub.permission.attributes & attribute;
}

/* Of the caller nothing is asked for which the area would have to be locked. */
static bool is_open(const struct tpm *t)
{
	return !t->s.flags.nvLocked;
}

/* ---- Writes without an owner ---- */

static bool is_unowned(const struct tpm *t, const struct tpm_call *c)
{
	return !c->n_auth && !t->s.owner.installed;
}

static enum tpm_rc check_unowned(const struct tpm *t, const struct tpm_call *c)
{
	return is_unowned(t, c) &&
			       t->s.data.noOwnerNVWrite >= MAX_NV_WRITE_NOOWNER
		       ? TPM_MAXNVWRITES
		       : TPM_SUCCESS;
}

/* After tpm_touch(). */
static void count_unowned(struct tpm *t, const struct tpm_call *c)
{
	t->s.data.noOwnerNVWrite += is_unowned(t, c);
}

/* ---- What an area asks of those who use it ---- */

/* 27.3: the register is always there, and anybody may read it. */
static bool find_area(struct tpm *t, uint32_t index, struct nv_area *a)
{
	if (index != TPM_NV_INDEX_DIR)
		return nv_find(t, index, a);
	*a = (struct nv_area){
		.pub = {
			.nvIndex = index,
			.pcrInfoRead.localityAtRelease = LOCALITIES,
			.pcrInfoWrite.localityAtRelease = LOCALITIES,
			.permission.attributes = TPM_NV_PER_OWNERWRITE |
						 TPM_NV_PER_WRITEALL,
			.dataSize = sizeof(t->s.data.authDIR.b),
		},
		.dir = true,
		.data = t->s.data.authDIR.b,
	};
	return true;
}

/* Firmware uses its areas also while the TPM is off; the owner's are off. */
static enum tpm_rc check_usable(const struct tpm *t, const struct nv_area *a,
				uint32_t owner_attribute)
{
	if (is_open(t) || !has(a, owner_attribute))
		return TPM_SUCCESS;
	if (t->s.flags.disable)
		return TPM_DISABLED;
	return t->s.stclear_flags.deactivated ? TPM_DEACTIVATED : TPM_SUCCESS;
}

static enum tpm_rc check_locality(const struct tpm_call *c,
				  const struct tpm_pcr_info_short *info)
{
	return info->localityAtRelease & locality_bit(c->locality)
		       ? TPM_SUCCESS
		       : TPM_BAD_LOCALITY;
}

static enum tpm_rc check_presence(const struct tpm *t, const struct nv_area *a,
				  uint32_t attribute)
{
	return has(a, attribute) && !presence_asserted(t) ? TPM_BAD_PRESENCE
							  : TPM_SUCCESS;
}

static enum tpm_rc check_write_locks(const struct tpm *t,
				     const struct nv_area *a)
{
	if ((has(a, TPM_NV_PER_WRITEDEFINE) && a->pub.bWriteDefine) ||
	    (has(a, TPM_NV_PER_GLOBALLOCK) && t->s.stclear_flags.bGlobalLock) ||
	    (has(a, TPM_NV_PER_WRITE_STCLEAR) && a->pub.bWriteSTClear))
		return TPM_AREA_LOCKED;
	return TPM_SUCCESS;
}

static enum tpm_rc check_read_lock(const struct nv_area *a)
{
	return has(a, TPM_NV_PER_READ_STCLEAR) && a->pub.bReadSTClear
		       ? TPM_DISABLED_CMD
		       : TPM_SUCCESS;
}

/* The session proves the area's own secret. */
static enum tpm_rc verify_area(struct tpm *t, struct tpm_call *c,
			       const struct nv_area *a)
{
	struct tpm_entity e;
	enum tpm_rc rc;

	nv_entity(t, a, &e);
	rc = auth_verify(t, c, 0, &e);
	tpm_wipe(&e, sizeof(e));
	return rc;
}

/* ---- Doing it ---- */

static void set_locks(struct tpm *t, struct nv_area *a, bool read_stclear,
		      bool write_stclear, bool write_define)
{
	struct tpm_nv_data_public *pub = &a->pub;

	if (a->dir || (pub->bReadSTClear == read_stclear &&
		       pub->bWriteSTClear == write_stclear &&
		       pub->bWriteDefine == write_define))
		return;
	tpm_touch(t);
	pub->bReadSTClear = read_stclear;
	pub->bWriteSTClear = write_stclear;
	pub->bWriteDefine = write_define;
	nv_update(t, a);
}

static bool is_inside(const struct nv_area *a, uint32_t offset, size_t size)
{
	return offset <= a->pub.dataSize && size <= a->pub.dataSize - offset;
}

/* Nothing locks it; a write of something unlocks what reading has locked. */
static enum tpm_rc write_area(struct tpm *t, const struct tpm_call *c,
			      struct nv_area *a, uint32_t offset,
			      struct tpm_bytes data)
{
	if (!data.len) {
		set_locks(t, a, false, true, true);
		return TPM_SUCCESS;
	}
	if (!is_inside(a, offset, data.len))
		return TPM_NOSPACE;
	if (has(a, TPM_NV_PER_WRITEALL) && data.len != a->pub.dataSize)
		return TPM_NOT_FULLWRITE;
	if (!tpm_equal(a->data + offset, data.p, data.len)) {
		tpm_touch(t);
		memcpy(a->data + offset, data.p, data.len);
		count_unowned(t, c);
	}
	set_locks(t, a, false, a->pub.bWriteSTClear, a->pub.bWriteDefine);
	return TPM_SUCCESS;
}

/* The answer points into the area. */
static enum tpm_rc read_area(struct tpm *t, struct nv_area *a, uint32_t offset,
			     uint32_t size, struct tpm_bytes *data)
{
	if (!size) {
		set_locks(t, a, true, a->pub.bWriteSTClear,
			  a->pub.bWriteDefine);
		return TPM_SUCCESS;
	}
	if (!is_inside(a, offset, size))
		return TPM_NOSPACE;
	*data = (struct tpm_bytes){ a->data + offset, size };
	return TPM_SUCCESS;
}

/* ---- 20.1 TPM_NV_DefineSpace ---- */

static enum tpm_rc lock_storage(struct tpm *t,
				const struct tpm_nv_data_public *pub)
{
	if (pub->dataSize)
		return TPM_BADINDEX;
	if (is_open(t)) {
		tpm_touch(t);
		t->s.flags.nvLocked = true;
	}
	return TPM_SUCCESS;
}

/* Who has a session has the secret encrypted. */
static enum tpm_rc define_owned(struct tpm *t, struct tpm_call *c,
				const struct tpm_digest *enc,
				struct tpm_digest *secret)
{
	if (c->auth[0].session->protocol == TPM_PID_OIAP)
		return TPM_BAD_MODE;
	TRY(auth_verify_owner(t, c, 0));
	return auth_decrypt(t, c, 0, false, enc, secret);
}

static enum tpm_rc define_unowned(const struct tpm *t, const struct tpm_call *c,
				  const struct NV_DefineSpace_in *in,
				  struct tpm_digest *secret)
{
	if (!is_open(t)) {
		if (!presence_asserted(t))
			return TPM_BAD_PRESENCE;
		if (t->s.owner.installed)
			return TPM_OWNER_SET;
		if (!in->pubInfo.dataSize)
			return TPM_BAD_DATASIZE;
	}
	TRY(check_unowned(t, c));
	*secret = in->encAuth;
	return TPM_SUCCESS;
}

static enum tpm_rc define_instead_of(struct tpm *t, const struct tpm_call *c,
				     const struct nv_area *old)
{
	const bool locked =
		(has(old, TPM_NV_PER_GLOBALLOCK) &&
		 t->s.stclear_flags.bGlobalLock) ||
		(has(old, TPM_NV_PER_WRITE_STCLEAR) && old->pub.bWriteSTClear);

	if (locked && !is_open(t))
		return TPM_AREA_LOCKED;
	tpm_touch(t);
	nv_remove(t, old);
	count_unowned(t, c);
	return TPM_SUCCESS;
}

/* Both would have to be asked for at once; and somebody must write it. */
static enum tpm_rc check_attributes(const struct tpm_nv_data_public *pub)
{
	const uint32_t read = TPM_NV_PER_OWNERREAD | TPM_NV_PER_AUTHREAD;
	const uint32_t write = TPM_NV_PER_OWNERWRITE | TPM_NV_PER_AUTHWRITE;
	const uint32_t protects =
		write | TPM_NV_PER_WRITEDEFINE | TPM_NV_PER_PPWRITE;
	const uint32_t attributes = pub->permission.attributes;

	if (!localities_exist(pub->pcrInfoRead.localityAtRelease) ||
	    !localities_exist(pub->pcrInfoWrite.localityAtRelease))
		return TPM_INVALID_STRUCTURE;
	if ((attributes & write) == write || (attributes & read) == read)
		return TPM_AUTH_CONFLICT;
	if (!(attributes & protects) &&
	    pub->pcrInfoWrite.localityAtRelease == LOCALITIES)
		return TPM_PER_NOWRITE;
	return TPM_SUCCESS;
}

/*
 * Part 2, 19.1: what has no purview of ours, and the pins that we do not have,
 * cannot be defined.  T, P and U say who gave the index, and may be anything.
 */
static bool is_definable(uint32_t index)
{
	const uint32_t purview =
		(index & TPM_NV_INDEX_PURVIEW_MASK) >> TPM_NV_INDEX_PURVIEW_BIT;

	return index != TPM_NV_INDEX_LOCK && index != TPM_NV_INDEX_DIR &&
	       !(index & TPM_NV_INDEX_RESVD) &&
	       (purview == PURVIEW_MAIN || purview == PURVIEW_PC ||
		purview == PURVIEW_SERVER) &&
	       (index < TPM_NV_INDEX_GPIO_START ||
		index > TPM_NV_INDEX_GPIO_END);
}

static enum tpm_rc define(struct tpm *t, const struct tpm_call *c,
			  struct tpm_nv_data_public pub, bool replaces,
			  const struct tpm_digest *secret)
{
	TRY(check_attributes(&pub));
	if (!is_definable(pub.nvIndex))
		return TPM_BADINDEX;
	if (!pub.dataSize)
		return TPM_BAD_PARAM_SIZE;
	if (!nv_fits(t, &pub))
		return TPM_NOSPACE;
	if (pub.nvIndex == TPM_NV_INDEX_TRIAL)
		return TPM_SUCCESS;
	tpm_touch(t);
	pub.bReadSTClear = false;
	pub.bWriteSTClear = false;
	pub.bWriteDefine = false;
	nv_add(t, &pub, secret);
	if (!replaces)
		count_unowned(t, c);
	return TPM_SUCCESS;
}

enum tpm_rc tpm_NV_DefineSpace(struct tpm *t, struct tpm_call *c,
			       const struct NV_DefineSpace_in *in,
			       struct NV_DefineSpace_out *out)
{
	const struct tpm_nv_data_public *pub = &in->pubInfo;
	struct nv_area old;
	struct tpm_digest secret;
	bool replaces;
	enum tpm_rc rc;

	if (pub->nvIndex == TPM_NV_INDEX_LOCK && !c->n_auth)
		return lock_storage(t, pub);
	if (pub->nvIndex == TPM_NV_INDEX0 ||
	    (pub->nvIndex & TPM_NV_INDEX_D_BIT && !is_open(t)))
		return TPM_BADINDEX;
	if (c->n_auth)
		TRY(define_owned(t, c, &in->encAuth, &secret));
	else
		TRY(define_unowned(t, c, in, &secret));
	replaces = nv_find(t, pub->nvIndex, &old);
	rc = replaces ? define_instead_of(t, c, &old) : TPM_SUCCESS;
	if (rc == TPM_SUCCESS && (pub->dataSize || !replaces))
		rc = define(t, c, *pub, replaces, &secret);
	tpm_wipe(&secret, sizeof(secret));
	return rc;
}

/* ---- 20.2 TPM_NV_WriteValue ---- */

/* Index 0 locks, until the next start, all areas that want to be locked so. */
static enum tpm_rc write_global_lock(struct tpm *t, struct tpm_call *c,
				     const struct NV_WriteValue_in *in)
{
	if (c->n_auth)
		TRY(auth_verify_owner(t, c, 0));
	if (in->data.len)
		return TPM_BADINDEX;
	t->s.stclear_flags.bGlobalLock = true;
	return TPM_SUCCESS;
}

static enum tpm_rc authorise_write(struct tpm *t, struct tpm_call *c,
				   const struct nv_area *a)
{
	if (c->n_auth) {
		if (!has(a, TPM_NV_PER_OWNERWRITE))
			return TPM_AUTH_CONFLICT;
		TRY(auth_verify_owner(t, c, 0));
	} else {
		if (!is_open(t) && has(a, TPM_NV_PER_OWNERWRITE))
			return TPM_AUTH_CONFLICT;
		TRY(check_unowned(t, c));
	}
	return has(a, TPM_NV_PER_AUTHWRITE) ? TPM_AUTH_CONFLICT : TPM_SUCCESS;
}

enum tpm_rc tpm_NV_WriteValue(struct tpm *t, struct tpm_call *c,
			      const struct NV_WriteValue_in *in,
			      struct NV_WriteValue_out *out)
{
	struct nv_area a;

	if (in->nvIndex == TPM_NV_INDEX0)
		return write_global_lock(t, c, in);
	if (!find_area(t, in->nvIndex, &a))
		return TPM_BADINDEX;
	TRY(check_usable(t, &a, TPM_NV_PER_OWNERWRITE));
	TRY(authorise_write(t, c, &a));
	if (!is_open(t)) {
		TRY(check_locality(c, &a.pub.pcrInfoWrite));
		TRY(check_presence(t, &a, TPM_NV_PER_PPWRITE));
		TRY(check_write_locks(t, &a));
		TRY(pcr_check_short(t, c->locality, &a.pub.pcrInfoWrite));
	}
	return write_area(t, c, &a, in->offset, in->data);
}

/* 20.3 TPM_NV_WriteValueAuth */
enum tpm_rc tpm_NV_WriteValueAuth(struct tpm *t, struct tpm_call *c,
				  const struct NV_WriteValueAuth_in *in,
				  struct NV_WriteValueAuth_out *out)
{
	struct nv_area a;

	if (!nv_find(t, in->nvIndex, &a))
		return TPM_BADINDEX;
	if (!has(&a, TPM_NV_PER_AUTHWRITE))
		return TPM_AUTH_CONFLICT;
	TRY(verify_area(t, c, &a));
	TRY(check_locality(c, &a.pub.pcrInfoWrite));
	TRY(check_presence(t, &a, TPM_NV_PER_PPWRITE));
	TRY(pcr_check_short(t, c->locality, &a.pub.pcrInfoWrite));
	TRY(check_write_locks(t, &a));
	return write_area(t, c, &a, in->offset, in->data);
}

/* ---- 20.4 TPM_NV_ReadValue ---- */

static enum tpm_rc authorise_read(struct tpm *t, struct tpm_call *c,
				  const struct nv_area *a)
{
	if (c->n_auth) {
		if (!has(a, TPM_NV_PER_OWNERREAD) && !a->dir)
			return TPM_AUTH_CONFLICT;
		return auth_verify_owner(t, c, 0);
	}
	if (has(a, TPM_NV_PER_AUTHREAD) ||
	    (!is_open(t) && has(a, TPM_NV_PER_OWNERREAD)))
		return TPM_AUTH_CONFLICT;
	return TPM_SUCCESS;
}

enum tpm_rc tpm_NV_ReadValue(struct tpm *t, struct tpm_call *c,
			     const struct NV_ReadValue_in *in,
			     struct NV_ReadValue_out *out)
{
	struct nv_area a;

	if (!find_area(t, in->nvIndex, &a))
		return TPM_BADINDEX;
	TRY(check_usable(t, &a, TPM_NV_PER_OWNERREAD));
	TRY(authorise_read(t, c, &a));
	if (!is_open(t)) {
		TRY(check_locality(c, &a.pub.pcrInfoRead));
		TRY(check_presence(t, &a, TPM_NV_PER_PPREAD));
		TRY(check_read_lock(&a));
		TRY(pcr_check_short(t, c->locality, &a.pub.pcrInfoRead));
	}
	return read_area(t, &a, in->offset, in->dataSz, &out->data);
}

/* 20.5 TPM_NV_ReadValueAuth */
enum tpm_rc tpm_NV_ReadValueAuth(struct tpm *t, struct tpm_call *c,
				 const struct NV_ReadValueAuth_in *in,
				 struct NV_ReadValueAuth_out *out)
{
	struct nv_area a;

	if (!nv_find(t, in->nvIndex, &a))
		return TPM_BADINDEX;
	if (!has(&a, TPM_NV_PER_AUTHREAD))
		return TPM_AUTH_CONFLICT;
	TRY(verify_area(t, c, &a));
	TRY(check_presence(t, &a, TPM_NV_PER_PPREAD));
	TRY(check_locality(c, &a.pub.pcrInfoRead));
	TRY(pcr_check_short(t, c->locality, &a.pub.pcrInfoRead));
	TRY(check_read_lock(&a));
	return read_area(t, &a, in->offset, in->dataSz, &out->data);
}
