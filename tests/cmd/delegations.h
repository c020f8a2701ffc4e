/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Families and delegations, as the owner of a TPM makes them (Part 3, section
 * 19); he is setup_owner()'s.
 */
#ifndef DELEGATIONS_H
#define DELEGATIONS_H

#include "machine.h"

/* The secret of all that is delegated here. */
extern const struct tss_digest secret_delegated;

#define ANY_LOCALITY 0x1fu

/* TPM_DELEGATE_PUBLIC (Part 2, 20.8) */
struct delegate_public {
	uint8_t rowLabel;
	uint32_t pcrs; /* a mask of those selected */
	uint8_t localityAtRelease;
	struct tss_digest digestAtRelease;
	uint32_t delegateType;
	uint32_t per1;
	uint32_t per2;
	uint32_t familyID;
	uint32_t verificationCount;
};

/* For commands of the owner, or of a key, whose bits are in per1. */
struct delegate_public delegate_owner(uint32_t family, uint32_t per1);
struct delegate_public delegate_key(uint32_t family, uint32_t per1);

void put_delegate_public(struct tss_command *c,
			 const struct delegate_public *pub);

/* A blob of the TPM's. */
struct delegate_blob {
	uint8_t b[512];
	size_t len;
};

/* TPM_Delegate_Manage: in the owner's session; without one. */
uint32_t call_manage(struct machine *m, uint32_t family, uint32_t op,
		     const void *data, size_t len);
uint32_t call_manage_unowned(struct machine *m, uint32_t family, uint32_t op,
			     const void *data, size_t len);

/* Both must succeed: the number of a new family, which is enabled. */
uint32_t new_family(struct machine *m);
void set_family(struct machine *m, uint32_t family, uint32_t op, bool on);

/*
 * TPM_Delegate_CreateOwnerDelegation and _CreateKeyDelegation in an OSAP
 * session; secret is the key's.
 */
uint32_t call_create_owner(struct machine *m, bool increment,
			   const struct delegate_public *pub,
			   struct delegate_blob *blob);
uint32_t call_create_key(struct machine *m, uint32_t key,
			 const struct tss_digest *secret,
			 const struct delegate_public *pub,
			 struct delegate_blob *blob);

/* The same in a session s that is open; secret is that of the delegation. */
uint32_t create_owner_in(struct machine *m, struct tss_session *s,
			 bool increment, const struct delegate_public *pub,
			 struct delegate_blob *blob);
uint32_t create_key_in(struct machine *m, struct tss_session *s, uint32_t key,
		       const struct delegate_public *pub,
		       struct delegate_blob *blob);

/* TPM_Delegate_LoadOwnerDelegation in the owner's OIAP session. */
uint32_t call_load_row(struct machine *m, uint32_t index,
		       const struct delegate_blob *blob);

/* A session of the delegation that a blob, or a row, holds. */
uint32_t open_owner_blob(struct machine *m, struct tss_session *s,
			 const struct delegate_blob *blob);
uint32_t open_key_blob(struct machine *m, struct tss_session *s, uint32_t key,
		       const struct delegate_blob *blob);
uint32_t open_row(struct machine *m, struct tss_session *s, uint32_t index);

/* TPM_SetOwnerPointer */
uint32_t call_set_owner_pointer(struct machine *m, unsigned int type,
				uint32_t value);

#endif
