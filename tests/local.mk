# SPDX-License-Identifier: BSD-2-Clause
include tests/unit/local-crypto.mk
include tests/unit/local-vring.mk
include tests/unit/local-userback.mk
include tests/unit/local-emulator.mk
include tests/unit/local-schema.mk
include tests/cmd/local.mk
include tests/bench/local.mk
