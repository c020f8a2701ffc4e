/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory of a test's, with all that is in it. */
#ifndef TREE_H
#define TREE_H

#include <ftw.h>
#include <stdio.h>

static inline int tree_remove_one(const char *path, const struct stat *st,
				  int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void tree_remove(const char *path)
{
	nftw(path, tree_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
