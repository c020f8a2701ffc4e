/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts, and secrets that change, as a client asks for them. */
#ifndef SESSIONCALLS_H
#define SESSIONCALLS_H

#include "keycalls.h"
#include "machine.h"
#include "rsa.h"

#define CONTEXT_MAX 2048u

/* A context; also a blob of TPM 1.1's commands. */
struct context_blob {
	uint8_t b[CONTEXT_MAX];
	size_t len;
};

/* 21.2 TPM_SaveContext, 21.3 TPM_LoadContext */
uint32_t call_save_context(struct machine *m, uint32_t handle, uint32_t type,
			   struct context_blob *out);
uint32_t call_load_context(struct machine *m, uint32_t entity, bool keep,
			   const struct context_blob *blob, uint32_t *handle);

/* 27.2: the ordinal says of what. */
uint32_t call_save_old(struct machine *m, uint32_t ordinal, uint32_t handle,
		       struct context_blob *out);
uint32_t call_load_old(struct machine *m, uint32_t ordinal,
		       const struct context_blob *blob, uint32_t *handle);

/* The last field of a TPM_KEY or TPM_STORED_DATA: what the parent protects. */
struct client_bytes enc_data(const struct key_blob *blob);
/* The same structure around another one; as long. */
void set_enc_data(struct key_blob *blob, struct client_bytes encData);

/* 17.1 TPM_ChangeAuth of something under the SRK. */
void put_change_auth(struct tss_command *c, const struct tss_session *parent,
		     unsigned int type, struct client_bytes encData,
		     const struct tss_digest *new_secret);

/* 27.4.1 TPM_ChangeAuthAsymStart: id is an identity key with secret_key. */
struct ephemeral {
	uint32_t handle;
	struct client_rsa *rsa;
};
void put_asym_start(struct tss_command *c, uint32_t id, unsigned int bits);
uint32_t call_asym_start(struct machine *m, uint32_t id, unsigned int bits,
			 struct ephemeral *e);
/* TPM_CHANGEAUTH_VALIDATE (Part 2, 5.9), which is what e's key encrypts. */
struct change_validate {
	uint8_t b[2 * CLIENT_SHA1];
};
struct change_validate change_validate(const struct tss_digest *new_secret);

/* What stands between the handles and encData of _Finish. */
void put_asym_link(struct tss_command *c, unsigned int type,
		   const struct tss_digest *old_secret,
		   const struct tss_digest *new_secret,
		   struct client_bytes encNewAuth);
/* The same, encrypted here and now. */
void put_asym_secret(struct tss_command *c, const struct ephemeral *e,
		     unsigned int type, const struct tss_digest *old_secret,
		     const struct tss_digest *new_secret);

/* The answer's only parameter, a blob; the command must have succeeded. */
struct client_bytes answer_is_blob(struct machine *m);

#endif
