/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data channel: TPM commands, one after the other, and their answers, with
 * nothing around them; what swtpm's --server and TrouSerS' TCP device speak.
 */
#ifndef DATA_H
#define DATA_H

#include "chip.h"
#include "conn.h"

/*
 * Executes the commands that are whole in `in`.  A size that no command has
 * is answered, and the connection ends: nobody knows where the next begins.
 */
void data_serve(struct conn *conn, struct chip *chip);

#endif
