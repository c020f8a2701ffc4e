/* SPDX-License-Identifier: BSD-2-Clause */
/* Part 3, section 10: Storage Functions, what is sealed and what is bound. */
#include "chapter.h"

#include "keycalls.h"
#include "rsa.h"

static const struct client_bytes none;
static const struct client_bytes text = { "what nobody else sees", 21 };

/* The most that a key of 2048 bits takes, with what is sealed beside it. */
#define SEAL_MAX 149u

#define PCR_MASK 0x000401u /* registers 0 and 10 */

/* The answer is one blob, which is this. */
static void assert_answer_is(struct client_bytes want)
{
	size_t len;
	const uint8_t *p = tss_get_blob(&m->answer, &len);

	ck_assert(tss_end(&m->answer));
	ck_assert_uint_eq(len, want.len);
	ck_assert_mem_eq(p, want.p, len);
}

static struct client_rsa *srk(void)
{
	return client_rsa_new(2048, 1);
}

static uint32_t seal_with(struct client_bytes pcr_info,
			  struct client_bytes data, struct key_blob *out)
{
	return call_seal(m, TPM_KH_SRK, &secret_srk, pcr_info, data,
			 &secret_key, out);
}

static uint32_t unseal(const struct key_blob *sealed)
{
	return call_unseal(m, TPM_KH_SRK, &secret_srk, sealed, &secret_key);
}

static struct client_bytes bytes_of(const struct pcr_blob *info)
{
	return (struct client_bytes){ info->b, info->len };
}

/* Something is measured into register 10. */
static void measure(void)
{
	ck_assert_result(call_extend(m, 10, &ones, NULL), 0);
}

/* Storage keys under the SRK, loaded. */
static uint32_t storage_key(uint32_t flags, uint8_t auth)
{
	struct key_kind kind = kind_storage;

	kind.flags = flags;
	kind.auth = auth;
	return make_key(m, &kind);
}

/* ---- 10.1 TPM_Seal ---- */

START_TEST(what_is_sealed_is_given_back)
{
	struct key_blob sealed;

	setup_owner(m);
	ck_assert_result(seal_with(none, text, &sealed), 0);
	ck_assert_result(unseal(&sealed), 0);
	assert_answer_is(text);
}
END_TEST

/* Part 2, 9.1 and 9.3, opened with the key. */
START_TEST(a_sealed_blob_is_as_part_2_has_it)
{
	static const uint8_t clear[] = { 1, 1, 0, 0, 0, 0, 0, 0 };
	static const uint8_t head[] = { 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0 };
	const struct client_bytes clear_part = { clear, sizeof(clear) };
	struct client_rsa *key = srk();
	struct tss_digest proof;
	struct key_blob sealed;
	uint8_t b[RSA_MAX], digest[CLIENT_SHA1];
	size_t len;

	setup_owner(m);
	proof = setup_tpm_proof(m);
	ck_assert_result(seal_with(none, text, &sealed), 0);
	ck_assert_uint_eq(sealed.len, sizeof(head) + RSA_MAX);
	ck_assert_mem_eq(sealed.b, head, sizeof(head));
	len = client_open_oaep(
		key, (struct client_bytes){ sealed.b + sizeof(head), RSA_MAX },
		b);
	ck_assert_uint_eq(len, 65 + text.len);
	ck_assert_uint_eq(b[0], TPM_PT_SEAL);
	ck_assert_mem_eq(b + 1, secret_key.b, CLIENT_SHA1);
	ck_assert_mem_eq(b + 21, proof.b, CLIENT_SHA1);
	client_sha1(&clear_part, 1, digest);
	ck_assert_mem_eq(b + 41, digest, CLIENT_SHA1);
	ck_assert_mem_eq(b + 61, "\0\0\0\x15", 4);
	ck_assert_mem_eq(b + 65, text.p, text.len);
	client_rsa_free(key);
}
END_TEST

/* Two encryptions of the same are not the same. */
START_TEST(nobody_sees_that_two_secrets_are_equal)
{
	struct key_blob a, b;

	setup_owner(m);
	ck_assert_result(seal_with(none, text, &a), 0);
	ck_assert_result(seal_with(none, text, &b), 0);
	ck_assert_mem_ne(a.b + 12, b.b + 12, RSA_MAX);
}
END_TEST

START_TEST(seal_info_says_how_things_were)
{
	struct tss_digest now;
	struct key_blob sealed;
	struct pcr_blob info;

	setup_owner(m);
	measure();
	now = composite(m, PCR_MASK);
	pcr_info(&info, PCR_MASK, &ones);
	ck_assert_result(seal_with(bytes_of(&info), text, &sealed), 0);
	ck_assert_mem_eq(sealed.b, "\1\1\0\0\0\0\0\x2d", 8);
	ck_assert_mem_eq(sealed.b + 8, info.b, 25);
	ck_assert_mem_eq(sealed.b + 33, now.b, CLIENT_SHA1);
}
END_TEST

START_TEST(long_seal_info_says_so_too)
{
	struct tss_digest now;
	struct key_blob sealed;
	struct pcr_blob info;

	setup_owner(m);
	measure();
	now = composite(m, 0x400);
	pcr_info_long(&info, 0x1f, 0x400, PCR_MASK, &ones);
	m->locality = 3;
	ck_assert_result(seal_with(bytes_of(&info), text, &sealed), 0);
	ck_assert_mem_eq(sealed.b, "\0\x16\0\0\0\0\0\x36", 8);
	ck_assert_uint_eq(sealed.b[10], 1u << 3);
	ck_assert_uint_eq(sealed.b[11], 0x1f);
	ck_assert_mem_eq(sealed.b + 12, info.b + 4, 10);
	ck_assert_mem_eq(sealed.b + 22, now.b, CLIENT_SHA1);
	ck_assert_mem_eq(sealed.b + 42, ones.b, CLIENT_SHA1);
}
END_TEST

/* Part 2, 8.3: "all 0's" */
START_TEST(no_registers_at_creation_are_zeros)
{
	struct key_blob sealed;
	struct pcr_blob info;

	setup_owner(m);
	pcr_info_long(&info, 0x1f, 0, PCR_MASK, &ones);
	ck_assert_result(seal_with(bytes_of(&info), text, &sealed), 0);
	ck_assert_mem_eq(sealed.b + 22, zeros.b, CLIENT_SHA1);
}
END_TEST

START_TEST(nothing_cannot_be_sealed)
{
	struct key_blob sealed;

	setup_owner(m);
	ck_assert_result(seal_with(none, none, &sealed), TPM_BAD_PARAMETER);
}
END_TEST

START_TEST(as_much_as_the_key_takes)
{
	static const uint8_t much[SEAL_MAX + 1] = { 7 };
	const struct client_bytes most = { much, SEAL_MAX };
	struct key_blob sealed;

	setup_owner(m);
	ck_assert_result(seal_with(none, most, &sealed), 0);
	ck_assert_result(unseal(&sealed), 0);
	assert_answer_is(most);
	ck_assert_result(seal_with(none,
				   (struct client_bytes){ much, sizeof(much) },
				   &sealed),
			 TPM_BAD_DATASIZE);
}
END_TEST

static const struct key_kind *const not_storage[] = { &kind_signing, &kind_bind,
						      &kind_legacy };

START_TEST(keys_that_do_not_seal)
{
	const uint32_t key = setup_owner_and_key(m, not_storage[_i]);
	struct key_blob sealed;

	ck_assert_result(call_seal(m, key, &secret_key, none, text, &secret_key,
				   &sealed),
			 TPM_INVALID_KEYUSAGE);
	ck_assert_result(seal_with(none, text, &sealed), 0);
	ck_assert_result(call_unseal(m, key, &secret_key, &sealed, &secret_key),
			 TPM_INVALID_KEYUSAGE);
}
END_TEST

START_TEST(a_key_that_others_can_have_does_not_seal)
{
	struct key_blob sealed;
	uint32_t key;

	setup_owner(m);
	key = storage_key(TPM_MIGRATABLE, TPM_AUTH_ALWAYS);
	ck_assert_result(call_seal(m, key, &secret_key, none, text, &secret_key,
				   &sealed),
			 TPM_INVALID_KEYUSAGE);
	ck_assert_result(seal_with(none, text, &sealed), 0);
	ck_assert_result(call_unseal(m, key, &secret_key, &sealed, &secret_key),
			 TPM_INVALID_KEYUSAGE);
}
END_TEST

START_TEST(seal_info_that_is_none)
{
	struct pcr_blob infos[2];
	struct key_blob sealed;

	setup_owner(m);
	pcr_info(&infos[0], PCR_MASK, &ones);
	pcr_info_long(&infos[1], 0x1f, PCR_MASK, PCR_MASK, &ones);
	for (size_t len = 1; len < infos[_i].len; len++)
		ck_assert_result(
			seal_with((struct client_bytes){ infos[_i].b, len },
				  text, &sealed),
			TPM_BADINDEX);
	infos[_i].b[infos[_i].len++] = 0;
	ck_assert_result(seal_with(bytes_of(&infos[_i]), text, &sealed),
			 TPM_BADINDEX);
	infos[_i].len--;
	ck_assert_result(seal_with(bytes_of(&infos[_i]), text, &sealed), 0);
}
END_TEST

static const struct {
	size_t at;
	uint8_t value;
} bad_long_infos[] = {
	{ 0, 1 },	       /* tag */
	{ 2, 0 },	       /* localityAtCreation */
	{ 2, 0x20 }, { 3, 0 }, /* localityAtRelease */
	{ 3, 0x3f }, { 5, 4 }, /* creationPCRSelection */
	{ 10, 4 },	       /* releasePCRSelection */
};

START_TEST(seal_info_that_cannot_be)
{
	struct key_blob sealed;
	struct pcr_blob info;

	setup_owner(m);
	pcr_info_long(&info, 0x1f, PCR_MASK, PCR_MASK, &ones);
	info.b[bad_long_infos[_i].at] = bad_long_infos[_i].value;
	ck_assert_result(seal_with(bytes_of(&info), text, &sealed),
			 TPM_BADINDEX);
}
END_TEST

START_TEST(a_secret_needs_a_bound_session)
{
	struct tss_session s;
	struct tss_command c;

	setup_owner(m);
	tss_begin(&c, _i ? ORD_Sealx : ORD_Seal);
	tss_put_handle(&c, TPM_KH_SRK);
	tss_put_bytes(&c, zeros.b, sizeof(zeros.b));
	tss_put_blob(&c, NULL, 0);
	tss_put_blob(&c, text.p, text.len);
	use_oiap(m, &c, &s, &secret_srk);
	ck_assert_result(machine_run(m, &c), TPM_BAD_MODE);
}
END_TEST

START_TEST(a_session_that_carried_a_secret_is_over)
{
	const uint32_t n = property(m, TPM_CAP_PROP_AUTHSESS);
	struct tss_digest auth = { { 0 } };
	struct tss_session s;
	struct tss_command c;

	setup_owner(m);
	tss_begin(&c, ORD_Seal);
	tss_put_handle(&c, TPM_KH_SRK);
	use_osap(m, &c, &s, TPM_KH_SRK, &secret_srk);
	c.auth[0].keep = true;
	tss_encrypt(&s, &secret_key, false, &auth);
	tss_put_bytes(&c, auth.b, sizeof(auth.b));
	tss_put_blob(&c, NULL, 0);
	tss_put_blob(&c, text.p, text.len);
	ck_assert_result(machine_run(m, &c), 0);
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS), n);
}
END_TEST

/* ---- 10.2 TPM_Unseal ---- */

START_TEST(registers_as_they_have_to_be)
{
	struct tss_digest release;
	struct key_blob sealed;
	struct pcr_blob info;

	setup_owner(m);
	release = composite(m, PCR_MASK);
	if (_i)
		pcr_info_long(&info, 0x1f, 0, PCR_MASK, &release);
	else
		pcr_info(&info, PCR_MASK, &release);
	ck_assert_result(seal_with(bytes_of(&info), text, &sealed), 0);
	ck_assert_result(unseal(&sealed), 0);
	assert_answer_is(text);
	measure();
	ck_assert_result(unseal(&sealed), TPM_WRONGPCRVAL);
	machine_reboot(m);
	ck_assert_result(unseal(&sealed), 0);
}
END_TEST

/* How it was at creation is told, and asked of nobody. */
START_TEST(registers_of_the_creation_do_not_matter)
{
	struct tss_digest release;
	struct key_blob sealed;
	struct pcr_blob info;

	setup_owner(m);
	release = composite(m, 1);
	pcr_info_long(&info, 0x1f, 0x400, 1, &release);
	ck_assert_result(seal_with(bytes_of(&info), text, &sealed), 0);
	measure();
	ck_assert_result(unseal(&sealed), 0);
}
END_TEST

START_TEST(localities_that_may)
{
	struct key_blob sealed;
	struct pcr_blob info;

	setup_owner(m);
	pcr_info_long(&info, 1u << 2 | 1u << 4, 0, 0, &ones);
	ck_assert_result(seal_with(bytes_of(&info), text, &sealed), 0);
	for (m->locality = 0; m->locality < 5; m->locality++)
		ck_assert_result(unseal(&sealed),
				 m->locality == 2 || m->locality == 4
					 ? 0
					 : TPM_BAD_LOCALITY);
}
END_TEST

/* What the section checks first is what the caller hears of. */
START_TEST(registers_before_the_secret)
{
	struct key_blob sealed;
	struct pcr_blob info;

	setup_owner(m);
	pcr_info(&info, PCR_MASK, &ones);
	ck_assert_result(seal_with(bytes_of(&info), text, &sealed), 0);
	ck_assert_result(
		call_unseal(m, TPM_KH_SRK, &secret_srk, &sealed, &secret_wrong),
		TPM_WRONGPCRVAL);
}
END_TEST

START_TEST(both_secrets_are_asked_for)
{
	struct key_blob sealed;

	setup_owner(m);
	ck_assert_result(seal_with(none, text, &sealed), 0);
	ck_assert_result(
		call_unseal(m, TPM_KH_SRK, &secret_wrong, &sealed, &secret_key),
		TPM_AUTHFAIL);
	ck_assert_result(
		call_unseal(m, TPM_KH_SRK, &secret_srk, &sealed, &secret_wrong),
		TPM_AUTH2FAIL);
}
END_TEST

static uint32_t unseal_alone(uint32_t key, const struct key_blob *sealed,
			     const struct tss_digest *secret)
{
	struct tss_session s;
	struct tss_command c;

	tss_begin(&c, ORD_Unseal);
	tss_put_handle(&c, key);
	tss_put_bytes(&c, sealed->b, sealed->len);
	use_oiap(m, &c, &s, secret);
	return machine_run(m, &c);
}

START_TEST(a_key_without_a_secret)
{
	struct key_blob sealed;
	uint32_t key;

	setup_owner(m);
	key = storage_key(0, TPM_AUTH_NEVER);
	ck_assert_result(call_seal(m, key, &secret_key, none, text,
				   &secret_migration, &sealed),
			 0);
	ck_assert_result(unseal_alone(key, &sealed, &secret_migration), 0);
	assert_answer_is(text);
	ck_assert_result(unseal_alone(key, &sealed, &secret_wrong),
			 TPM_AUTHFAIL);
}
END_TEST

START_TEST(a_key_with_a_secret_is_not_used_without)
{
	struct key_blob sealed;

	setup_owner(m);
	ck_assert_result(seal_with(none, text, &sealed), 0);
	ck_assert_result(unseal_alone(TPM_KH_SRK, &sealed, &secret_key),
			 TPM_AUTHFAIL);
}
END_TEST

START_TEST(no_session_is_bound_to_data)
{
	struct key_blob sealed;
	struct tss_session s[2];
	struct tss_command c;

	setup_owner(m);
	ck_assert_result(seal_with(none, text, &sealed), 0);
	tss_begin(&c, ORD_Unseal);
	tss_put_handle(&c, TPM_KH_SRK);
	tss_put_bytes(&c, sealed.b, sealed.len);
	use_oiap(m, &c, &s[0], &secret_srk);
	use_osap(m, &c, &s[1], TPM_KH_SRK, &secret_srk);
	ck_assert_result(machine_run(m, &c), TPM_BAD_MODE);
}
END_TEST

START_TEST(every_changed_byte_is_seen)
{
	struct key_blob sealed;
	struct pcr_blob info;

	setup_owner(m);
	pcr_info_long(&info, 0x1f, 0, 0, &zeros);
	ck_assert_result(seal_with(bytes_of(&info), text, &sealed), 0);
	/* The selections' bytes, the digests, and some of encData. */
	for (size_t at = 14; at < sealed.len; at += at < 62 ? 1 : 37) {
		if ((at >= 17 && at < 19) || (at >= 62 && at < 66))
			continue; /* sizes */
		sealed.b[at] ^= 1;
		ck_assert_result(unseal(&sealed), TPM_NOTSEALED_BLOB);
		sealed.b[at] ^= 1;
	}
	ck_assert_result(unseal(&sealed), 0);
}
END_TEST

/* A TPM_STORED_DATA with this inside. */
static void forge_sealed(struct client_bytes inside, struct key_blob *out)
{
	static const uint8_t head[] = { 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0 };
	struct client_rsa *key = srk();

	memcpy(out->b, head, sizeof(head));
	client_oaep(key, inside, out->b + sizeof(head));
	client_rsa_free(key);
	out->len = sizeof(head) + RSA_MAX;
}

static void seal_inside(uint8_t b[70])
{
	static const uint8_t clear[] = { 1, 1, 0, 0, 0, 0, 0, 0 };
	const struct client_bytes clear_part = { clear, sizeof(clear) };
	const struct tss_digest proof = setup_tpm_proof(m);

	b[0] = TPM_PT_SEAL;
	memcpy(b + 1, secret_key.b, CLIENT_SHA1);
	memcpy(b + 21, proof.b, CLIENT_SHA1);
	client_sha1(&clear_part, 1, b + 41);
	memcpy(b + 61, "\0\0\0\5hello", 9);
}

START_TEST(blobs_that_are_not_sealed)
{
	/* payload, tpmProof, storedDigest, dataSize both ways */
	static const size_t spoilt[] = { 0, 21, 40, 41, 60, 64 };
	struct key_blob sealed;
	uint8_t b[70];

	setup_owner(m);
	seal_inside(b);
	forge_sealed((struct client_bytes){ b, sizeof(b) }, &sealed);
	ck_assert_result(unseal(&sealed), 0);
	for (size_t i = 0; i < sizeof(spoilt) / sizeof(*spoilt); i++) {
		b[spoilt[i]] ^= 2;
		forge_sealed((struct client_bytes){ b, sizeof(b) }, &sealed);
		ck_assert_result(unseal(&sealed), TPM_NOTSEALED_BLOB);
		b[spoilt[i]] ^= 2;
	}
	forge_sealed((struct client_bytes){ b, sizeof(b) - 1 }, &sealed);
	ck_assert_result(unseal(&sealed), TPM_NOTSEALED_BLOB);
	forge_sealed(none, &sealed);
	ck_assert_result(unseal(&sealed), TPM_NOTSEALED_BLOB);
}
END_TEST

/* encData of other lengths than the key's; its bytes are set. */
START_TEST(encryptions_of_no_key)
{
	struct key_blob sealed = { .len = 0 };

	setup_owner(m);
	ck_assert_result(seal_with(none, text, &sealed), 0);
	sealed.b[10] = 0;
	sealed.len = 12;
	ck_assert_result(unseal(&sealed), TPM_NOTSEALED_BLOB);
	sealed.b[11] = 255;
	sealed.len = 12 + 255;
	ck_assert_result(unseal(&sealed), TPM_NOTSEALED_BLOB);
	sealed.b[10] = 1;
	sealed.b[11] = 1;
	sealed.len = 12 + 257;
	ck_assert_result(unseal(&sealed), TPM_NOTSEALED_BLOB);
}
END_TEST

START_TEST(versions_that_there_are_not)
{
	struct key_blob sealed;

	setup_owner(m);
	ck_assert_result(seal_with(none, text, &sealed), 0);
	sealed.b[1] = 2;
	ck_assert_result(unseal(&sealed), TPM_BAD_VERSION);
	sealed.b[0] = 0;
	ck_assert_result(unseal(&sealed), TPM_BAD_VERSION);
}
END_TEST

/* tpmProof dies with the owner. */
START_TEST(another_owner_gets_nothing)
{
	struct key_blob sealed;
	struct machine *other = machine_started();

	setup_owner(m);
	setup_owner(other);
	ck_assert_result(seal_with(none, text, &sealed), 0);
	setup_other_proof(other);
	ck_assert_result(call_unseal(other, TPM_KH_SRK, &secret_srk, &sealed,
				     &secret_key),
			 TPM_NOTSEALED_BLOB);
	machine_free(other);
}
END_TEST

/* ---- 10.7 TPM_Sealx ---- */

/* What the session does to a secret on its way, in both directions. */
static void session_crypt(const struct tss_session *s, uint8_t *b, size_t len)
{
	const struct client_bytes z[] = { { s->even.b, CLIENT_SHA1 },
					  { s->odd.b, CLIENT_SHA1 },
					  { "XOR", 3 },
					  { s->shared.b, CLIENT_SHA1 } };
	uint8_t pad[CLIENT_SHA1] = { 0 };
	struct client_bytes pieces[5];

	memcpy(pieces, z, sizeof(z));
	if (s->adip == TSS_ADIP_AES_CTR) {
		client_sha1(pieces, 2, pad);
		client_aes_ctr(s->shared.b, pad, b, b, len);
		return;
	}
	for (size_t at = 0; at < len; at++) {
		const uint8_t count[4] = { 0, 0, 0,
					   (uint8_t)(at / CLIENT_SHA1) };

		pieces[4] = (struct client_bytes){ count, 4 };
		if (at % CLIENT_SHA1 == 0)
			client_sha1(pieces, 5, pad);
		b[at] ^= pad[at % CLIENT_SHA1];
	}
}

static const enum tss_adip adips[] = { TSS_ADIP_XOR, TSS_ADIP_AES_CTR };

static uint32_t sealx(enum tss_adip adip, struct client_bytes pcr_info,
		      struct client_bytes data, struct key_blob *out)
{
	uint8_t b[256];
	struct tss_digest auth = { { 0 } };
	struct tss_session s;
	struct tss_command c;
	uint32_t result;

	tss_begin(&c, ORD_Sealx);
	tss_put_handle(&c, TPM_KH_SRK);
	ck_assert_result(tss_osap(&m->tss, &s, adip, TPM_ET_SRK, TPM_KH_SRK,
				  &secret_srk),
			 0);
	tss_use(&c, &s, &secret_srk, true);
	tss_encrypt(&s, &secret_key, false, &auth);
	if (data.len)
		memcpy(b, data.p, data.len);
	session_crypt(&s, b, data.len);
	tss_put_bytes(&c, auth.b, sizeof(auth.b));
	tss_put_blob(&c, pcr_info.p, pcr_info.len);
	tss_put_blob(&c, b, data.len);
	result = machine_run(m, &c);
	if (result)
		return result;
	out->len = (size_t)(m->answer.end - m->answer.p);
	memcpy(out->b, tss_get_bytes(&m->answer, out->len), out->len);
	return 0;
}

/* Both sessions; the secret as it leaves the first. */
static uint32_t unsealx(enum tss_adip adip, const struct key_blob *sealed)
{
	struct tss_session s[2], before;
	struct tss_command c;
	uint8_t b[256];
	const uint8_t *p;
	uint32_t result;
	size_t len;

	tss_begin(&c, ORD_Unseal);
	tss_put_handle(&c, TPM_KH_SRK);
	tss_put_bytes(&c, sealed->b, sealed->len);
	ck_assert_result(tss_osap(&m->tss, &s[0], adip, TPM_ET_SRK, TPM_KH_SRK,
				  &secret_srk),
			 0);
	tss_use(&c, &s[0], &secret_srk, true);
	use_oiap(m, &c, &s[1], &secret_key);
	before = s[0];
	before.adip = (enum tss_adip)sealed->b[2];
	result = machine_run(m, &c);
	if (result)
		return result;
	p = tss_get_blob(&m->answer, &len);
	ck_assert_uint_eq(len, text.len);
	ck_assert_mem_ne(p, text.p, len);
	memcpy(b, p, len);
	session_crypt(&before, b, len);
	ck_assert_mem_eq(b, text.p, len);
	return 0;
}

START_TEST(secrets_that_never_travel_in_the_clear)
{
	static const uint8_t et[][2] = { { 0, TPM_ET_KEY }, { 6, 0 } };
	const uint32_t n = property(m, TPM_CAP_PROP_AUTHSESS);
	struct key_blob sealed;

	setup_owner(m);
	ck_assert_result(sealx(adips[_i], none, text, &sealed), 0);
	ck_assert_mem_eq(sealed.b, "\0\x16", 2);
	ck_assert_mem_eq(sealed.b + 2, et[_i], 2);
	ck_assert_result(unsealx(TSS_ADIP_XOR, &sealed), 0);
	ck_assert_result(unsealx(TSS_ADIP_AES_CTR, &sealed), 0);
	/* Nor does a session carry two. */
	ck_assert_uint_eq(property(m, TPM_CAP_PROP_AUTHSESS), n);
}
END_TEST

START_TEST(such_secrets_need_a_bound_session)
{
	struct key_blob sealed;

	setup_owner(m);
	ck_assert_result(sealx(TSS_ADIP_XOR, none, text, &sealed), 0);
	ck_assert_result(unseal(&sealed), TPM_BAD_MODE);
}
END_TEST

START_TEST(such_secrets_need_two_sessions)
{
	struct key_blob sealed;

	setup_owner(m);
	setup_srk_without_secret(m);
	ck_assert_result(sealx(TSS_ADIP_XOR, none, text, &sealed), 0);
	ck_assert_result(unseal_alone(TPM_KH_SRK, &sealed, &secret_key),
			 TPM_AUTHFAIL);
}
END_TEST

START_TEST(long_seal_info_only)
{
	struct key_blob sealed;
	struct pcr_blob info;

	setup_owner(m);
	pcr_info(&info, PCR_MASK, &ones);
	ck_assert_result(sealx(TSS_ADIP_XOR, bytes_of(&info), text, &sealed),
			 TPM_BADINDEX);
	pcr_info_long(&info, 0x1f, PCR_MASK, PCR_MASK, &ones);
	ck_assert_result(sealx(TSS_ADIP_XOR, bytes_of(&info), text, &sealed),
			 0);
	ck_assert_result(unsealx(TSS_ADIP_XOR, &sealed), TPM_WRONGPCRVAL);
}
END_TEST

START_TEST(sealx_refuses_what_seal_refuses)
{
	static const uint8_t much[SEAL_MAX + 1] = { 7 };
	struct key_blob sealed;

	setup_owner(m);
	ck_assert_result(sealx(TSS_ADIP_XOR, none, none, &sealed),
			 TPM_BAD_PARAMETER);
	ck_assert_result(sealx(TSS_ADIP_XOR, none,
			       (struct client_bytes){ much, sizeof(much) },
			       &sealed),
			 TPM_BAD_DATASIZE);
}
END_TEST

/* ---- */

static void add_seal(Suite *s)
{
	TCase *t = section(s, "10.1 TPM_Seal");

	tcase_add_test(t, what_is_sealed_is_given_back);
	tcase_add_test(t, a_sealed_blob_is_as_part_2_has_it);
	tcase_add_test(t, nobody_sees_that_two_secrets_are_equal);
	tcase_add_test(t, seal_info_says_how_things_were);
	tcase_add_test(t, long_seal_info_says_so_too);
	tcase_add_test(t, no_registers_at_creation_are_zeros);
	tcase_add_test(t, nothing_cannot_be_sealed);
	tcase_add_test(t, as_much_as_the_key_takes);
	tcase_add_loop_test(t, keys_that_do_not_seal, 0, 3);
	tcase_add_test(t, a_key_that_others_can_have_does_not_seal);
	tcase_add_loop_test(t, seal_info_that_is_none, 0, 2);
	tcase_add_loop_test(t, seal_info_that_cannot_be, 0, 7);
	tcase_add_loop_test(t, a_secret_needs_a_bound_session, 0, 2);
	tcase_add_test(t, a_session_that_carried_a_secret_is_over);
}

static void add_unseal(Suite *s)
{
	TCase *t = section(s, "10.2 TPM_Unseal");

	tcase_add_loop_test(t, registers_as_they_have_to_be, 0, 2);
	tcase_add_test(t, registers_of_the_creation_do_not_matter);
	tcase_add_test(t, localities_that_may);
	tcase_add_test(t, registers_before_the_secret);
	tcase_add_test(t, both_secrets_are_asked_for);
	tcase_add_test(t, a_key_without_a_secret);
	tcase_add_test(t, a_key_with_a_secret_is_not_used_without);
	tcase_add_test(t, no_session_is_bound_to_data);
	tcase_add_test(t, every_changed_byte_is_seen);
	tcase_add_test(t, blobs_that_are_not_sealed);
	tcase_add_test(t, encryptions_of_no_key);
	tcase_add_test(t, versions_that_there_are_not);
	tcase_add_test(t, another_owner_gets_nothing);
}

static void add_sealx(Suite *s)
{
	TCase *t = section(s, "10.7 TPM_Sealx");

	tcase_add_loop_test(t, secrets_that_never_travel_in_the_clear, 0, 2);
	tcase_add_test(t, such_secrets_need_a_bound_session);
	tcase_add_test(t, such_secrets_need_two_sessions);
	tcase_add_test(t, long_seal_info_only);
	tcase_add_test(t, sealx_refuses_what_seal_refuses);
}

int main(void)
{
	Suite *s = suite_create("storage");

	add_seal(s);
	add_unseal(s);
	add_sealx(s);
	return suite_run(s);
}
