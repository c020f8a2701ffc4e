/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libtpms' TPM 1.2, of which a process has one, with its files in memory.
 * What fails here ends the program with a message.
 */
#ifndef ORACLE_LIBTPMS_H
#define ORACLE_LIBTPMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Without any state, power on; a TPM of before is gone. */
void libtpms_fresh(void);
/* Power goes and comes back. */
void libtpms_power(void);
void libtpms_off(void);

void libtpms_surroundings(uint32_t locality, bool present);

/* The answer's length; rsp has room for 4096 bytes. */
size_t libtpms_execute(const uint8_t *req, size_t len, uint8_t *rsp);

/* How often it has stored its state. */
unsigned int libtpms_stores(void);

#endif
