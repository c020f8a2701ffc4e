/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that never rests: hammer SECONDS extends PCR 10 in a tight loop, and
 * now and then writes to non-volatile storage and increments a counter; each
 * answer must be what the ones before it lead to.  hammer show prints what
 * there is.  Exit status: 0; 1: an answer was another than it had to be; 2:
 * wrong usage.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ordinals.h"
#include "tss.h"

#define PCR	 10u
#define NV_INDEX 0x00010042u
#define NV_SIZE	 4u

/* Part 2: what TPM_TakeOwnership and the others are told. */
#define PID_OWNER    5u
#define ET_OWNER     2u
#define KH_OWNER     0x40000001u
#define ALG_RSA	     1u
#define ES_NONE	     1u
#define ES_OAEP	     3u
#define KEY_STORAGE  0x11u
#define EK_SIZE	     256u
#define TAG_NV_PUB   0x18u
#define TAG_NV_ATTR  0x17u
#define NV_PER_OWNER 0x00000002u

static const struct tss_digest secret_owner = { "who owns the machine" };
static const struct tss_digest secret_counter = { "who counts in here" };

struct hammer {
	int fd;
	struct tss tss;
	struct tss_answer answer;
	uint8_t ek[EK_SIZE];
	struct tss_digest pcr;
	uint32_t written, counter, counter_id;
	unsigned int extends, writes, increments;
	uint64_t slowest_us;
};

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

__attribute__((noreturn)) static void give_up(const char *what, uint32_t result)
{
	printf("hammer: %s: result %#x, errno %s\n", what, (unsigned int)result,
	       strerror(errno));
	exit(1);
}

static size_t transmit(void *ctx, const uint8_t *req, size_t len, uint8_t *rsp)
{
	struct hammer *h = ctx;
	const uint64_t start = now_us();
	ssize_t n;

	errno = 0;
	if (write(h->fd, req, len) != (ssize_t)len)
		give_up("write", 0);
	n = read(h->fd, rsp, 4096);
	if (n <= 0)
		give_up("read", 0);
	if (now_us() - start > h->slowest_us)
		h->slowest_us = now_us() - start;
	return (size_t)n;
}

static void run(struct hammer *h, const struct tss_command *c, const char *what)
{
	const uint32_t result = tss_run(&h->tss, c, &h->answer);

	if (result)
		give_up(what, result);
}

static void open_tpm(struct hammer *h)
{
	h->tss = (struct tss){ .transmit = transmit, .ctx = h };
	h->tss.nonces = now_us();
	h->fd = open("/dev/tpm0", O_RDWR);
	if (h->fd < 0)
		give_up("/dev/tpm0", 0);
}

/* ---- Reading ---- */

static void read_pcr(struct hammer *h, struct tss_digest *d)
{
	struct tss_command c;

	tss_begin(&c, ORD_PcrRead);
	tss_put_u32(&c, PCR);
	run(h, &c, "TPM_PCRRead");
	tss_get_digest(&h->answer, d);
}

static uint32_t read_nv(struct hammer *h)
{
	struct tss_command c;
	const uint8_t *b;
	size_t len;

	tss_begin(&c, ORD_NV_ReadValue);
	tss_put_u32(&c, NV_INDEX);
	tss_put_u32(&c, 0);
	tss_put_u32(&c, NV_SIZE);
	run(h, &c, "TPM_NV_ReadValue");
	b = tss_get_blob(&h->answer, &len);
	if (!b || len != NV_SIZE)
		give_up("TPM_NV_ReadValue's answer", 0);
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

/* TPM_COUNTER_VALUE: tag, label, value. */
static uint32_t get_counter(struct hammer *h)
{
	tss_get_bytes(&h->answer, 6);
	return tss_get_u32(&h->answer);
}

static uint32_t read_counter(struct hammer *h, uint32_t id)
{
	struct tss_command c;

	tss_begin(&c, ORD_ReadCounter);
	tss_put_u32(&c, id);
	run(h, &c, "TPM_ReadCounter");
	return get_counter(h);
}

/* ---- Setting up ---- */

static void read_ek(struct hammer *h)
{
	static const uint8_t nonce[CLIENT_SHA1];
	struct tss_command c;
	const uint8_t *n;
	size_t len;

	tss_begin(&c, ORD_ReadPubek);
	tss_put_bytes(&c, nonce, sizeof(nonce));
	run(h, &c, "TPM_ReadPubek");
	/* Algorithm, two schemes; and the parameters, as many bytes. */
	tss_get_bytes(&h->answer, 8);
	tss_get_blob(&h->answer, &len);
	n = tss_get_blob(&h->answer, &len);
	if (!n || len != EK_SIZE)
		give_up("TPM_ReadPubek's answer", 0);
	memcpy(h->ek, n, EK_SIZE);
}

static void put_secret(struct hammer *h, struct tss_command *c,
		       const struct tss_digest *secret)
{
	uint8_t out[EK_SIZE];

	client_rsa_encrypt(h->ek, EK_SIZE, true, secret->b, CLIENT_SHA1, out);
	tss_put_blob(c, out, sizeof(out));
}

/* TPM_KEY of a storage root key to be made. */
static void put_srk(struct tss_command *c)
{
	tss_put_u32(c, 0x01010000);
	tss_put_u16(c, KEY_STORAGE);
	tss_put_u32(c, 0);
	tss_put_u8(c, 1);
	tss_put_u32(c, ALG_RSA);
	tss_put_u16(c, ES_OAEP);
	tss_put_u16(c, ES_NONE);
	tss_put_u32(c, 12);
	tss_put_u32(c, 2048);
	tss_put_u32(c, 2);
	tss_put_u32(c, 0);
	/* no registers, no modulus, nothing encrypted */
	tss_put_u32(c, 0);
	tss_put_u32(c, 0);
	tss_put_u32(c, 0);
}

static void use_oiap(struct hammer *h, struct tss_command *c,
		     struct tss_session *s, const struct tss_digest *secret)
{
	const uint32_t result = tss_oiap(&h->tss, s);

	if (result)
		give_up("TPM_OIAP", result);
	tss_use(c, s, secret, false);
}

static void take_ownership(struct hammer *h)
{
	struct tss_command c;
	struct tss_session s;

	read_ek(h);
	tss_begin(&c, ORD_TakeOwnership);
	tss_put_u16(&c, PID_OWNER);
	put_secret(h, &c, &secret_owner);
	put_secret(h, &c, &secret_owner);
	put_srk(&c);
	use_oiap(h, &c, &s, &secret_owner);
	run(h, &c, "TPM_TakeOwnership");
}

static void put_any_pcrs(struct tss_command *c)
{
	static const struct tss_digest none;

	tss_put_u16(c, 3);
	tss_put_bytes(c, none.b, 3);
	tss_put_u8(c, 0x1f);
	tss_put_bytes(c, none.b, CLIENT_SHA1);
}

/* While areas are not locked, as they are made, nobody proves anything. */
static void define_area(struct hammer *h)
{
	static const struct tss_digest none;
	struct tss_command c;

	tss_begin(&c, ORD_NV_DefineSpace);
	tss_put_u16(&c, TAG_NV_PUB);
	tss_put_u32(&c, NV_INDEX);
	put_any_pcrs(&c);
	put_any_pcrs(&c);
	tss_put_u16(&c, TAG_NV_ATTR);
	tss_put_u32(&c, NV_PER_OWNER);
	tss_put_bytes(&c, none.b, 3);
	tss_put_u32(&c, NV_SIZE);
	tss_put_bytes(&c, none.b, CLIENT_SHA1);
	run(h, &c, "TPM_NV_DefineSpace");
}

static void create_counter(struct hammer *h)
{
	struct tss_command c;
	struct tss_session s;
	struct tss_digest enc;
	uint32_t result;

	result = tss_osap(&h->tss, &s, TSS_ADIP_XOR, ET_OWNER, KH_OWNER,
			  &secret_owner);
	if (result)
		give_up("TPM_OSAP", result);
	tss_encrypt(&s, &secret_counter, false, &enc);
	tss_begin(&c, ORD_CreateCounter);
	tss_put_bytes(&c, enc.b, CLIENT_SHA1);
	tss_put_bytes(&c, "tick", 4);
	tss_use(&c, &s, &secret_owner, false);
	run(h, &c, "TPM_CreateCounter");
	h->counter_id = tss_get_u32(&h->answer);
	h->counter = get_counter(h);
}

/* ---- The loop ---- */

static void extend(struct hammer *h)
{
	struct tss_digest d = { { 0 } }, got;
	struct tss_command c;

	h->extends++;
	memcpy(d.b, &h->extends, sizeof(h->extends));
	client_sha1((const struct client_bytes[]){ { h->pcr.b, CLIENT_SHA1 },
						   { d.b, CLIENT_SHA1 } },
		    2, h->pcr.b);
	tss_begin(&c, ORD_Extend);
	tss_put_u32(&c, PCR);
	tss_put_bytes(&c, d.b, CLIENT_SHA1);
	run(h, &c, "TPM_Extend");
	tss_get_digest(&h->answer, &got);
	if (memcmp(got.b, h->pcr.b, CLIENT_SHA1) != 0)
		give_up("the chain of extends is broken", h->extends);
}

static void write_nv(struct hammer *h)
{
	struct tss_command c;
	uint8_t b[NV_SIZE];

	h->written = h->extends;
	for (unsigned int i = 0; i < NV_SIZE; i++)
		b[i] = (uint8_t)(h->written >> 8 * (3 - i));
	tss_begin(&c, ORD_NV_WriteValue);
	tss_put_u32(&c, NV_INDEX);
	tss_put_u32(&c, 0);
	tss_put_blob(&c, b, sizeof(b));
	run(h, &c, "TPM_NV_WriteValue");
	if (read_nv(h) != h->written)
		give_up("what was written is not there", h->written);
	h->writes++;
}

static void increment(struct hammer *h)
{
	struct tss_command c;
	struct tss_session s;

	tss_begin(&c, ORD_IncrementCounter);
	tss_put_u32(&c, h->counter_id);
	use_oiap(h, &c, &s, &secret_counter);
	run(h, &c, "TPM_IncrementCounter");
	h->counter++;
	if (get_counter(h) != h->counter)
		give_up("the counter was not incremented once", h->counter);
	h->increments++;
}

static void print(const struct tss_digest *pcr, uint32_t nv, uint32_t counter)
{
	fputs("pcr ", stdout);
	for (unsigned int i = 0; i < CLIENT_SHA1; i++)
		printf("%02x", pcr->b[i]);
	printf(" nv %u counter %u\n", (unsigned int)nv, (unsigned int)counter);
}

/* The counter's number was the first that there is. */
static int show(void)
{
	struct hammer h = { 0 };
	struct tss_digest pcr;
	uint32_t nv;

	open_tpm(&h);
	read_pcr(&h, &pcr);
	nv = read_nv(&h);
	print(&pcr, nv, read_counter(&h, 0));
	return 0;
}

static int hammer(unsigned int seconds)
{
	struct hammer h = { 0 };
	struct tss_digest pcr;
	uint64_t end;

	open_tpm(&h);
	take_ownership(&h);
	define_area(&h);
	create_counter(&h);
	read_pcr(&h, &h.pcr);
	h.slowest_us = 0;
	/* dom0 waits for this. */
	puts("hammering");
	fflush(stdout);
	end = now_us() + (uint64_t)seconds * 1000000u;
	while (now_us() < end) {
		extend(&h);
		if (h.extends % 8 == 0)
			write_nv(&h);
		if (h.extends % 16 == 0)
			increment(&h);
	}
	read_pcr(&h, &pcr);
	if (memcmp(pcr.b, h.pcr.b, CLIENT_SHA1) != 0)
		give_up("PCR 10 is not the chain of all extends", h.extends);
	printf("extends %u writes %u increments %u slowest %u ms\n", h.extends,
	       h.writes, h.increments, (unsigned int)(h.slowest_us / 1000));
	print(&h.pcr, h.written, h.counter);
	return 0;
}

int main(int argc, char **argv)
{
	const int seconds = argc == 2 ? (int)strtol(argv[1], NULL, 10) : 0;

	if (argc == 2 && !strcmp(argv[1], "show"))
		return show();
	if (seconds <= 0) {
		fputs("usage: hammer SECONDS | show\n", stderr);
		return 2;
	}
	return hammer((unsigned int)seconds);
}
