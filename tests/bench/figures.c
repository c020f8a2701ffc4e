/* SPDX-License-Identifier: BSD-2-Clause */
/* See figures.h. */

#include "figures.h"

#include <stdlib.h>
#include <time.h>

double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median(double *figures, unsigned int n)
{
	qsort(figures, n, sizeof(*figures), compare);
	return figures[n / 2];
}
