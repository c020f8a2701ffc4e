/* SPDX-License-Identifier: BSD-2-Clause */
/* Measures a TPM behind a character device: bench-device DEVICE ROUNDS. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "latency.h"

static long transmit(void *ctx, const uint8_t *req, size_t len, uint8_t *rsp)
{
	const int fd = *(const int *)ctx;
	ssize_t n;

	if (write(fd, req, len) != (ssize_t)len)
		return -errno;
	n = read(fd, rsp, 4096);
	return n < 0 ? -errno : n;
}

int main(int argc, char **argv)
{
	const unsigned int rounds = argc == 3 ? latency_rounds(argv[2]) : 0;
	int fd, r;

	if (!rounds) {
		fputs("usage: bench-device DEVICE ROUNDS\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	r = latency_measure("device", transmit, &fd, rounds);
	close(fd);
	return r;
}
