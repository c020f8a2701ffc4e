/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon has for workers in tests of the daemon: a worker with the TPM
 * of engine_fake.h and a ring that leads nowhere, or one that misbehaves.
 *
 * How, is the text of the file "behave-N" in the directory that it is started
 * in, N being its instance; without one it behaves.  "patient": it behaves
 * once the file is gone.
 */
#ifndef WORKER_FAKE_H
#define WORKER_FAKE_H

#include <stdbool.h>

#include "engine.h"

/* The ring that can be mapped, whoever's guest. */
#define WORKER_FAKE_REF	 8u
#define WORKER_FAKE_PORT 11u

int worker_fake_main(void);

/* A worker with any TPM, on that ring, that behaves. */
int worker_fake_serve(const struct engine *engine, bool sandbox);

#endif
