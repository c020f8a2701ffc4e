/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of results and ordinals, against Part 2's sections 16 and 17. */
#include <check.h>

#include "ordinals.h"
#include "result.h"
#include "suite.h"
#include "tpm12.h"

static const struct {
	uint32_t value;
	const char *name;
} results[] = {
	{ 0x0, "TPM_SUCCESS" },
	{ 0x1, "TPM_AUTHFAIL" },
	{ 0x2, "TPM_BADINDEX" },
	{ 0x3, "TPM_BAD_PARAMETER" },
	{ 0x4, "TPM_AUDITFAILURE" },
	{ 0x5, "TPM_CLEAR_DISABLED" },
	{ 0x6, "TPM_DEACTIVATED" },
	{ 0x7, "TPM_DISABLED" },
	{ 0x8, "TPM_DISABLED_CMD" },
	{ 0x9, "TPM_FAIL" },
	{ 0xA, "TPM_BAD_ORDINAL" },
	{ 0xB, "TPM_INSTALL_DISABLED" },
	{ 0xC, "TPM_INVALID_KEYHANDLE" },
	{ 0xD, "TPM_KEYNOTFOUND" },
	{ 0xE, "TPM_INAPPROPRIATE_ENC" },
	{ 0xF, "TPM_MIGRATEFAIL" },
	{ 0x10, "TPM_INVALID_PCR_INFO" },
	{ 0x11, "TPM_NOSPACE" },
	{ 0x12, "TPM_NOSRK" },
	{ 0x13, "TPM_NOTSEALED_BLOB" },
	{ 0x14, "TPM_OWNER_SET" },
	{ 0x15, "TPM_RESOURCES" },
	{ 0x16, "TPM_SHORTRANDOM" },
	{ 0x17, "TPM_SIZE" },
	{ 0x18, "TPM_WRONGPCRVAL" },
	{ 0x19, "TPM_BAD_PARAM_SIZE" },
	{ 0x1A, "TPM_SHA_THREAD" },
	{ 0x1B, "TPM_SHA_ERROR" },
	{ 0x1C, "TPM_FAILEDSELFTEST" },
	{ 0x1D, "TPM_AUTH2FAIL" },
	{ 0x1E, "TPM_BADTAG" },
	{ 0x1F, "TPM_IOERROR" },
	{ 0x20, "TPM_ENCRYPT_ERROR" },
	{ 0x21, "TPM_DECRYPT_ERROR" },
	{ 0x22, "TPM_INVALID_AUTHHANDLE" },
	{ 0x23, "TPM_NO_ENDORSEMENT" },
	{ 0x24, "TPM_INVALID_KEYUSAGE" },
	{ 0x25, "TPM_WRONG_ENTITYTYPE" },
	{ 0x26, "TPM_INVALID_POSTINIT" },
	{ 0x27, "TPM_INAPPROPRIATE_SIG" },
	{ 0x28, "TPM_BAD_KEY_PROPERTY" },
	{ 0x29, "TPM_BAD_MIGRATION" },
	{ 0x2A, "TPM_BAD_SCHEME" },
	{ 0x2B, "TPM_BAD_DATASIZE" },
	{ 0x2C, "TPM_BAD_MODE" },
	{ 0x2D, "TPM_BAD_PRESENCE" },
	{ 0x2E, "TPM_BAD_VERSION" },
	{ 0x2F, "TPM_NO_WRAP_TRANSPORT" },
	{ 0x30, "TPM_AUDITFAIL_UNSUCCESSFUL" },
	{ 0x31, "TPM_AUDITFAIL_SUCCESSFUL" },
	{ 0x32, "TPM_NOTRESETABLE" },
	{ 0x33, "TPM_NOTLOCAL" },
	{ 0x34, "TPM_BAD_TYPE" },
	{ 0x35, "TPM_INVALID_RESOURCE" },
	{ 0x36, "TPM_NOTFIPS" },
	{ 0x37, "TPM_INVALID_FAMILY" },
	{ 0x38, "TPM_NO_NV_PERMISSION" },
	{ 0x39, "TPM_REQUIRES_SIGN" },
	{ 0x3A, "TPM_KEY_NOTSUPPORTED" },
	{ 0x3B, "TPM_AUTH_CONFLICT" },
	{ 0x3C, "TPM_AREA_LOCKED" },
	{ 0x3D, "TPM_BAD_LOCALITY" },
	{ 0x3E, "TPM_READ_ONLY" },
	{ 0x3F, "TPM_PER_NOWRITE" },
	{ 0x40, "TPM_FAMILYCOUNT" },
	{ 0x41, "TPM_WRITE_LOCKED" },
	{ 0x42, "TPM_BAD_ATTRIBUTES" },
	{ 0x43, "TPM_INVALID_STRUCTURE" },
	{ 0x44, "TPM_KEY_OWNER_CONTROL" },
	{ 0x45, "TPM_BAD_COUNTER" },
	{ 0x46, "TPM_NOT_FULLWRITE" },
	{ 0x47, "TPM_CONTEXT_GAP" },
	{ 0x48, "TPM_MAXNVWRITES" },
	{ 0x49, "TPM_NOOPERATOR" },
	{ 0x4A, "TPM_RESOURCEMISSING" },
	{ 0x4B, "TPM_DELEGATE_LOCK" },
	{ 0x4C, "TPM_DELEGATE_FAMILY" },
	{ 0x4D, "TPM_DELEGATE_ADMIN" },
	{ 0x4E, "TPM_TRANSPORT_NOTEXCLUSIVE" },
	{ 0x4F, "TPM_OWNER_CONTROL" },
	{ 0x50, "TPM_DAA_RESOURCES" },
	{ 0x51, "TPM_DAA_INPUT_DATA0" },
	{ 0x52, "TPM_DAA_INPUT_DATA1" },
	{ 0x53, "TPM_DAA_ISSUER_SETTINGS" },
	{ 0x54, "TPM_DAA_TPM_SETTINGS" },
	{ 0x55, "TPM_DAA_STAGE" },
	{ 0x56, "TPM_DAA_ISSUER_VALIDITY" },
	{ 0x57, "TPM_DAA_WRONG_W" },
	{ 0x58, "TPM_BAD_HANDLE" },
	{ 0x59, "TPM_BAD_DELEGATE" },
	{ 0x5A, "TPM_BADCONTEXT" },
	{ 0x5B, "TPM_TOOMANYCONTEXTS" },
	{ 0x5C, "TPM_MA_TICKET_SIGNATURE" },
	{ 0x5D, "TPM_MA_DESTINATION" },
	{ 0x5E, "TPM_MA_SOURCE" },
	{ 0x5F, "TPM_MA_AUTHORITY" },
	{ 0x61, "TPM_PERMANENTEK" },
	{ 0x62, "TPM_BAD_SIGNATURE" },
	{ 0x63, "TPM_NOCONTEXTSPACE" },
	{ 0x800, "TPM_RETRY" },
	{ 0x801, "TPM_NEEDS_SELFTEST" },
	{ 0x802, "TPM_DOING_SELFTEST" },
	{ 0x803, "TPM_DEFEND_LOCK_RUNNING" },
};

START_TEST(every_result_has_its_name)
{
	ck_assert_pstr_eq(tpm12_result_name(results[_i].value),
			  results[_i].name);
}
END_TEST

START_TEST(no_other_number_has_one)
{
	const size_t n = sizeof(results) / sizeof(*results);
	size_t named = 0;

	for (uint32_t v = 0; v < 0x1000; v++)
		named += tpm12_result_name(v) != NULL;
	ck_assert_uint_eq(named, n);
	ck_assert_ptr_null(tpm12_result_name(0xffffffff));
}
END_TEST

START_TEST(ordinals_have_the_names_of_part_3)
{
	ck_assert_pstr_eq(tpm12_ordinal_name(ORD_Extend), "TPM_Extend");
	ck_assert_pstr_eq(tpm12_ordinal_name(ORD_OIAP), "TPM_OIAP");
	ck_assert_pstr_eq(tpm12_ordinal_name(ORD_PhysicalPresence),
			  "TSC_PhysicalPresence");
}
END_TEST

START_TEST(an_unknown_ordinal_has_none)
{
	ck_assert_ptr_null(tpm12_ordinal_name(0));
	ck_assert_ptr_null(tpm12_ordinal_name(0x97));
	ck_assert_ptr_null(tpm12_ordinal_name(0xffffffff));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("result");
	TCase *t = tcase_create("names");

	tcase_add_loop_test(t, every_result_has_its_name, 0,
			    (int)(sizeof(results) / sizeof(*results)));
	tcase_add_test(t, no_other_number_has_one);
	tcase_add_test(t, ordinals_have_the_names_of_part_3);
	tcase_add_test(t, an_unknown_ordinal_has_none);
	suite_add_tcase(s, t);
	return suite_run(s);
}
