/* SPDX-License-Identifier: BSD-2-Clause */
/* See tree.h. */

#include "config.h"

#include <ftw.h>
#include <stdio.h>

#include "tree.h"

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void tree_remove(const char *path)
{
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
