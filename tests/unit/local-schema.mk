# SPDX-License-Identifier: BSD-2-Clause
# The unit test of xenstore-schema.

TESTS += tests/unit/check_paths.sh
EXTRA_DIST += tests/unit/check_paths.sh
