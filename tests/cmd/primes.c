/* SPDX-License-Identifier: BSD-2-Clause */
/* Primes of keys with public exponent 65537, of the openssl program. */
#include "primes.h"

#include <string.h>

static const struct {
	unsigned int bits;
	const char *p;
	const char *q;
} keys[] = {
	{ 2048,
	  "f9d4520503415df6b3bc2b225cc680f21f8e3daf46f88010f6d73c5fc83a61e0"
	  "a456981e6b85441a298429280f6d6013c88d93de446afbcf3ec6bbfa64698810"
	  "c2db0b8d9dd6a0f4aca1b011da51e80cbeb7b88aadced9a208f3ba6846664dfc"
	  "6ca3f9a1aaa5f6a5bc25e051de8e6e272b1d238645843edf1b8e85d25fb99261",
	  "f26847aa72eb12fb73f5e44ab1fae4e4163291005afb516d08d7361c843906ab"
	  "e36a32d5d44e6d9b775a75f2a5cf4c3ac2d765d7cb70e0003fcd7f756c6a94c4"
	  "59e974ab3e9c8dcffb7ca3b795c2b7fbff32eecd8d3aa98ac9fd993f58e811b7"
	  "738f1d3bc83b2fdee04bae16f96e42e1366f0c902948d2ace49ff08668a42b07" },
	{ 2048,
	  "ff889c7032bd8512e6abc169e4cee098e86205e510f9530d5df59e954de8bf56"
	  "c13dfedf7d4837eb758f641d1b7bcdfb59cc50187c3fd75d40c482f3a93ae994"
	  "ed50c7e006f9b213df446ef497a8997c9d243668d96f3e0d7f66f16ca5314ba9"
	  "7375e99e56bc40d80c748e1404ec5d2562e99da447ad8325cf4bf9793cf4d8d3",
	  "e4bf695bbbd61ceb7751875c501df702ef48951de318b6d988053f0425d3962a"
	  "0b9da23bb07c259f4a3b8fd6ba63a1e93b2d4ee7e17010c57d288f9965f2d407"
	  "bcbb64a9d218f8e7d22fcf988fbf9667b77d92e1c865241ab3c5509c69275701"
	  "703ca15e32f8b5a17c09a3f27daa9c4cde748ff7966eaa2a1c1d7ce5da552513" },
	{ 2048,
	  "f063d11b5f61e52173c1571e531fb91bd736112db1fd0621b671df43bbb95385"
	  "d28b761ffea82f2e39f781e6ac1bb01cf6e63f710309ff1acf7feee0c420608d"
	  "3da793e5f6e8be254fbc88f086a6c2bd8260159788fb68c83be82751f3bd87f8"
	  "64d7f6b39ccfa87560b371134863373fa47de63ae2a9ea8f4b4505d2a192411b",
	  "cdaa047fd46b89bbbca70688efa3639d0c83595e5fdc9f461da7544c156e3fe3"
	  "f71493a6e9a294524b29b254dbb9a7125d8773d8d0f974835c5bf1f8ca38ffa7"
	  "35df9ba79f0761fedbecbbfd0a5bffa484d1fa8ad17dafb89c96b51a9fbdb54e"
	  "f90ae7bf7149064b405183c0facaa52d909ec97dd5eb09a241fc98a4c3467805" },
	{ 2048,
	  "f15325d1af5940e50074c21578c48daaa7c46902e1b48ef56f8dc26df4a5befa"
	  "71abce71e50d01fb968a1fa3bc98e091d50a862ff2aebb5b0a9511b57dbf283a"
	  "1e1c86547445a2442679d0ca82f5eeb7a92eb47f88b6ef7077160a64d6a2a68d"
	  "9162cff549c2a9b7256a0b70e4ab1c3b4cf9997e00d09684b3afa2c192e7af71",
	  "cfe84c4f2d1cc6f5f1d634e33dcfc1fd41823f0dd42b2e2e14d4881012f890ae"
	  "10f8530706c5b2e78a5cbf76cfe63455d6ebb2aad63d1522617ef39f19928627"
	  "6003a287a3ee6d00a09d9404312c7e7380674879776e654b88a2e7178e867c13"
	  "8e425001edaeabc47d8f5f83e7441d7dbc7ab847092b9c2f555511d75fc08ce3" },
	{ 1024,
	  "efb67602f518703e69f266d25bdf9e46b48e6803ef66801392cc9ed5428f575a"
	  "278a0d946fbabbf12adb2c678bf1e5443bb395741ee60dcc2a7b7afb73c3ec47",
	  "de59ab9f8974daa963e2c9c74747edef63ea4a25902d6740e5336b1ec155fe9e"
	  "cb78b8e49946c18a221a7fc19fd6dfaef37c1b23b1fb07be3e42a17262391097" },
	{ 1024,
	  "dd7ec68b5f928c34ec35011d28d382392ba0a8afd340bc80586d4c7d69ab0524"
	  "bd394adeb5e114893296a6bf6affb8c692c6d1f3fef0b7465dc67dd8e728e1ef",
	  "d5fb5999575d36c16a3558da814ebd92f3b220c24b0834a04c9b3740c49c7d5b"
	  "ea0e11788b04dc643880831adb87ed089b3034237168112483b0411b42d212d3" },
	{ 512,
	  "feb337b1804d3ce1313706fbca028a77d00477300533586d8cf128ff77a8be6d",
	  "e0256ea6c2837deaea89e509c1b7ddeac301d5b718df7365bcce56cbace8b363" },
};

static uint8_t digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void from_hex(const char *text, uint8_t *out)
{
	for (size_t i = 0; text[2 * i]; i++)
		out[i] = (uint8_t)(digit(text[2 * i]) << 4 |
				   digit(text[2 * i + 1]));
}

int primes_take(unsigned int bits, unsigned int nth, uint8_t *p, uint8_t *q)
{
	const size_t n = sizeof(keys) / sizeof(*keys);
	unsigned int known = 0, seen = 0;

	for (size_t i = 0; i < n; i++)
		known += keys[i].bits == bits;
	if (!known)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (keys[i].bits != bits || seen++ != nth % known)
			continue;
		from_hex(keys[i].p, p);
		from_hex(keys[i].q, q);
	}
	return 0;
}
