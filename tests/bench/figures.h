/* SPDX-License-Identifier: BSD-2-Clause */
/* What every benchmark measures with. */
#ifndef FIGURES_H
#define FIGURES_H

/* A clock that never goes back, in microseconds. */
double now_us(void);

/* Sorts n figures, at least one; the one in the middle. */
double median(double *figures, unsigned int n);

#endif
