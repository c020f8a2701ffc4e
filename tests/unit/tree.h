/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory of a test's, with all that is in it. */
#ifndef TREE_H
#define TREE_H

void tree_remove(const char *path);

#endif
