/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A back end that means harm: hostile-back DOMID.
 *
 * It serves vTPM 0 of a domain, in place of vtpm-userback, well enough for its
 * front end to register a TPM.  Each SIGUSR1 turns it to the next of the ways
 * below, SIGTERM ends it.
 */

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#include "tpmif.h"

#define HEADER 10u
#define DATA   ((size_t)sizeof(struct tpmif_shared_page) + 4)

enum way {
	HONEST,
	SILENT,	 /* no answer, ever */
	STORM,	 /* the same, and events as fast as it goes */
	LENGTHS, /* answers of impossible lengths, and lengths that differ */
	STATES,	 /* any state, at any time, and events */
	FLAPS,	 /* comes and goes in xenstore, with all of the above */
	WAYS
};

static const char *const names[WAYS] = { "honest",  "silent", "storm",
					 "lengths", "states", "flaps" };

struct back {
	struct xs_handle *xs;
	xengnttab_handle *gnttab;
	xenevtchn_handle *evtchn;
	volatile struct tpmif_shared_page *page;
	uint32_t port;
	char dir[64];
	char front[64];
};

static volatile sig_atomic_t way;

static void next_way(int sig)
{
	(void)sig;
	if (way < WAYS - 1)
		way++;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static long read_node(struct back *b, const char *dir, const char *name)
{
	char path[128], *value;
	long number = -1;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	value = xs_read(b->xs, XBT_NULL, path, NULL);
	if (value)
		number = strtol(value, NULL, 10);
	free(value);
	return number;
}

static void write_node(struct back *b, const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", b->dir, name);
	xs_write(b->xs, XBT_NULL, path, value, (unsigned int)strlen(value));
}

static void wait_node(struct back *b, const char *dir, const char *name,
		      long least)
{
	while (read_node(b, dir, name) < least)
		usleep(10000);
}

static void serve(struct back *b, uint32_t domid)
{
	uint32_t ref;
	int port;

	wait_node(b, b->dir, "state", 1);
	write_node(b, "feature-protocol-v2", "1");
	write_node(b, "state", "2");
	wait_node(b, b->front, "state", 3);
	ref = (uint32_t)read_node(b, b->front, "ring-ref");
	b->page = xengnttab_map_grant_ref(b->gnttab, domid, ref,
					  PROT_READ | PROT_WRITE);
	port = xenevtchn_bind_interdomain(
		b->evtchn, domid,
		(evtchn_port_t)read_node(b, b->front, "event-channel"));
	if (!b->page || port < 0)
		die("hostile-back: ring");
	b->port = (uint32_t)port;
	write_node(b, "state", "4");
}

static void put32(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 24);
	at[1] = (uint8_t)(v >> 16);
	at[2] = (uint8_t)(v >> 8);
	at[3] = (uint8_t)v;
}

/* What a TPM 1.2 says to what Linux asks it first.  Its commands take 1 s. */
static uint32_t answer(const uint8_t *req, uint8_t *rsp)
{
	const uint32_t ordinal = req[9], property = req[21];
	uint32_t len = HEADER + 20, i;

	memset(rsp, 0, 64);
	rsp[1] = 0xc4;
	if (req[0] == 0x80) {
		len = HEADER;
		rsp[9] = 0x1e;
	} else if (ordinal == 0x65) {
		len = HEADER + 4 + (property == 0x20 ? 12 : 16);
		put32(rsp + HEADER, len - HEADER - 4);
		for (i = HEADER + 4; i < len; i += 4)
			put32(rsp + i, 1000000);
	} else if (ordinal == 0x46) {
		put32(rsp + HEADER, 16);
	}
	put32(rsp + 2, len);
	return len;
}

static void publish(struct back *b, uint32_t len, uint8_t state)
{
	b->page->length = len;
	__sync_synchronize();
	b->page->state = state;
}

static void honest(struct back *b)
{
	uint8_t req[64], rsp[64];
	uint8_t *data = (uint8_t *)(uintptr_t)b->page + DATA;
	uint32_t len;

	if (b->page->state != TPMIF_STATE_SUBMIT)
		return;
	memcpy(req, data, sizeof(req));
	len = answer(req, rsp);
	memcpy(data, rsp, len);
	publish(b, len, TPMIF_STATE_FINISH);
	xenevtchn_notify(b->evtchn, b->port);
}

static void lengths(struct back *b)
{
	static const uint32_t wrong[] = { 0,	9,    10,     11,
					  4085, 4088, 4096,   4097,
					  8180, 8192, 0xffff, 0xffffffff };
	uint8_t *data = (uint8_t *)(uintptr_t)b->page + DATA;
	int i;

	for (i = 0; i < 64; i++)
		data[i] = (uint8_t)random();
	publish(b, wrong[(size_t)random() % (sizeof(wrong) / 4)],
		TPMIF_STATE_FINISH);
	b->page->nr_extra_pages = (uint8_t)random();
}

static void flap(struct back *b)
{
	static const char *const states[] = { "1", "2", "3", "4", "5",
					      "6", "7", "8", "x" };

	write_node(b, "state", states[random() % 9]);
	lengths(b);
	b->page->state = (uint8_t)random();
	usleep(20000);
}

static void misbehave(struct back *b)
{
	switch (way) {
	case SILENT:
		usleep(1000);
		return;
	case LENGTHS:
		/* CANCEL: of what no earlier way has answered. */
		if (b->page->state == TPMIF_STATE_SUBMIT ||
		    b->page->state == TPMIF_STATE_CANCEL)
			lengths(b);
		break;
	case STATES:
		b->page->state = (uint8_t)random();
		break;
	case FLAPS:
		flap(b);
		break;
	default:
		break;
	}
	xenevtchn_notify(b->evtchn, b->port);
}

int main(int argc, char **argv)
{
	struct back b = { .xs = xs_open(0) };
	sig_atomic_t said = -1;
	uint32_t domid;

	if (argc != 2) {
		fputs("usage: hostile-back DOMID\n", stderr);
		return 2;
	}
	domid = (uint32_t)strtoul(argv[1], NULL, 10);
	b.gnttab = xengnttab_open(NULL, 0);
	b.evtchn = xenevtchn_open(NULL, 0);
	if (!b.xs || !b.gnttab || !b.evtchn)
		die("hostile-back");
	snprintf(b.dir, sizeof(b.dir), "/local/domain/0/backend/vtpm/%u/0",
		 domid);
	snprintf(b.front, sizeof(b.front), "/local/domain/%u/device/vtpm/0",
		 domid);
	signal(SIGUSR1, next_way);
	serve(&b, domid);
	for (;;) {
		if (said != way) {
			said = way;
			printf("%s\n", names[said]);
			fflush(stdout);
		}
		if (way == HONEST) {
			usleep(200);
			honest(&b);
		} else {
			misbehave(&b);
		}
	}
}
