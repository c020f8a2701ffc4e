/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holds our TPM against libtpms': tells both the same, at random, and compares.
 * See --help.
 */
#include <getopt.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "script.h"

/* How many different ones are told before it is enough. */
#define DIFFERENCES_MAX 40u

struct options {
	uint64_t steps;
	uint64_t seed;
	size_t life; /* steps in one */
	unsigned int ordinals;
	bool itself;
	bool verbose;
	const char *oracle;
	const char *only;
	const char *out;
};

/* Different ones, in the order met. */
struct findings {
	unsigned int n;
	struct difference first[DIFFERENCES_MAX];
};

static void usage(FILE *f)
{
	fputs("usage: diff [OPTION...] [SCRIPT...]\n\n"
	      "Tells our TPM and libtpms' the same and compares what they "
	      "say:\n"
	      "SCRIPTS, or steps at random.\n\n"
	      "  --steps N      so many (20000)\n"
	      "  --seed S       those of this number (the time)\n"
	      "  --life N       steps until both begin anew (400)\n"
	      "  --ordinals N   fail if fewer ordinals succeeded on both\n"
	      "  --only NAME    only generators whose names begin so\n"
	      "  --out DIR      where scripts of differences are put (.)\n"
	      "  --oracle PATH  the program that holds libtpms\n"
	      "  --itself       libtpms in place of ours\n"
	      "  --verbose      each command\n",
	      f);
}

const char *ordinal_name(uint32_t ordinal)
{
	for (size_t i = 0; i < n_generators; i++)
		if (generators[i].ordinal == ordinal)
			return generators[i].name;
	return ordinal == ORD_OIAP ? "oiap" : "?";
}

/* ---- What was found ---- */

static void print_bytes(const char *name, const uint8_t *b, size_t len)
{
	printf("  %-8s", name);
	for (size_t i = 0; i < len; i++)
		printf("%s%02x", i && !(i % 4) ? " " : "", b[i]);
	printf("\n");
}

static void print_difference(const struct world *w, const struct difference *d)
{
	printf("DIFFERENCE: %s (%#x), %s (%#x): %#x %s | %#x %s\n",
	       ordinal_name(d->ordinal), d->ordinal, d->what, d->detail,
	       d->result[OURS], result_name(d->result[OURS]), d->result[THEIRS],
	       result_name(d->result[THEIRS]));
	for (int i = 0; i < SIDES; i++) {
		printf(" %s\n", w->side[i]->name);
		print_bytes("request", d->request[i], d->request_len[i]);
		print_bytes("answer", d->answer[i].b, d->answer[i].len);
	}
}

static void write_script(const struct options *o, const struct difference *d,
			 const struct script *s, unsigned int n)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/difference-%u.script", o->out, n);
	f = fopen(path, "w");
	if (!f) {
		perror(path);
		return;
	}
	fprintf(f, "# %s, %s: %s, not %s\n", ordinal_name(d->ordinal), d->what,
		result_name(d->result[OURS]), result_name(d->result[THEIRS]));
	script_write(f, s);
	fclose(f);
	printf("  script  %s, %zu steps\n", path, s->n);
}

/* Whether it is a new one. */
static bool note(struct findings *f, const struct difference *d)
{
	for (unsigned int i = 0; i < f->n; i++)
		if (same_difference(&f->first[i], d))
			return false;
	if (f->n < DIFFERENCES_MAX)
		f->first[f->n++] = *d;
	return true;
}

static void found(struct world *w, const struct options *o, struct findings *f,
		  struct script *s)
{
	struct difference *d = malloc(sizeof(*d));
	struct statistics unused = { 0 };
	struct statistics *stats = w->stats;

	if (!d)
		return;
	memcpy(d, &w->difference, sizeof(*d));
	if (note(f, d)) {
		print_difference(w, d);
		w->stats = &unused;
		script_reduce(w, s, d);
		w->stats = stats;
		write_script(o, d, s, f->n);
		script_write(stdout, s);
		fflush(stdout);
	}
	free(d);
}

/* ---- Running ---- */

static uint32_t choose_generator(const struct options *o, struct rng *r,
				 const struct world *w)
{
	uint32_t total = 0, at;

	for (size_t pass = 0; pass < 2; pass++) {
		at = pass ? rng_below(r, total) : 0;
		for (uint32_t i = 0; i < n_generators; i++) {
			const struct generator *g = &generators[i];

			if (!w->side[OURS]->knows(g->ordinal) ||
			    strncmp(g->name, o->only, strlen(o->only)) != 0)
				continue;
			if (!pass)
				total += g->weight;
			else if (at < g->weight)
				return i;
			else
				at -= g->weight;
		}
	}
	fputs("diff: no generator is left\n", stderr);
	exit(2);
}

static enum mutation choose_mutation(struct rng *r)
{
#define MUTATION(name, weight) (weight),
	static const uint32_t weights[] = {
#include "mutations.def"
	};
	uint32_t total = 0, at;
	unsigned int m;

	for (m = 0; m < N_MUTATIONS; m++)
		total += weights[m];
	at = rng_below(r, total);
	for (m = 0; at >= weights[m]; m++)
		at -= weights[m];
	return (enum mutation)m;
}

static void live(struct world *w, const struct options *o, struct rng *r,
		 struct findings *f, struct script *s)
{
	s->seed = rng_next(r) >> 24;
	s->n = 0;
	life_begin(w, s->seed);
	while (s->n < o->life && s->n < SCRIPT_MAX && !w->over &&
	       !w->difference.found) {
		struct step *step = &s->steps[s->n++];

		step->generator = choose_generator(o, r, w);
		step->mutation = choose_mutation(r);
		step->seed = (uint32_t)rng_next(r);
		if (w->verbose)
			printf("%s\n", generators[step->generator].name);
		step_run(w, step);
	}
	if (w->difference.found)
		found(w, o, f, s);
}

static void replay(struct world *w, const struct options *o, const char *path,
		   struct findings *f, struct script *s)
{
	FILE *in = fopen(path, "r");

	if (!in) {
		perror(path);
		exit(2);
	}
	if (!script_read(in, path, s))
		exit(2);
	fclose(in);
	script_run(w, s);
	printf("%s %s\n", w->difference.found ? "FAIL" : "ok", path);
	if (w->difference.found && note(f, &w->difference))
		print_difference(w, &w->difference);
}

/* ---- The end ---- */

static unsigned int print_statistics(const struct world *w)
{
	const struct statistics *st = w->stats;
	unsigned int sent = 0, good = 0;

	for (size_t i = 0; i < N_ORDINALS; i++) {
		sent += st->sent[i] > 0;
		good += st->good[i] > 0;
	}
	printf("%" PRIu64 " steps, %" PRIu64 " commands, %" PRIu64 " lives\n",
	       st->steps, st->commands, st->lives);
	printf("%u ordinals sent, %u succeeded on both\n", sent, good);
	printf("%" PRIu64 " differences explained:\n", st->explained);
	print_explained();
	for (size_t i = 0; i < n_generators; i++) {
		const size_t at = generators[i].ordinal % N_ORDINALS;

		if (st->sent[at] && !st->good[at])
			printf("  %s never succeeded on both\n",
			       generators[i].name);
		else if (!w->side[OURS]->knows(generators[i].ordinal))
			printf("  %s is not there yet\n", generators[i].name);
	}
	return good;
}

static int finish(const struct world *w, const struct options *o,
		  const struct findings *f, unsigned int scripts)
{
	const unsigned int good = print_statistics(w);
	unsigned int passed = scripts, failed = f->n;

	for (size_t i = 0; i < n_generators && !scripts; i++)
		passed +=
			w->stats->sent[generators[i].ordinal % N_ORDINALS] > 0;
	if (good < o->ordinals) {
		printf("fewer than %u ordinals succeeded on both\n",
		       o->ordinals);
		failed++;
	}
	passed -= passed < failed ? passed : failed;
	printf("%u passed, %u failed\n", passed, failed);
	return failed > 0;
}

static bool parse(struct options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "steps", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'r' },
		{ "life", required_argument, NULL, 'l' },
		{ "ordinals", required_argument, NULL, 'n' },
		{ "only", required_argument, NULL, 'g' },
		{ "out", required_argument, NULL, 'd' },
		{ "oracle", required_argument, NULL, 'o' },
		{ "itself", no_argument, NULL, 'i' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		const uint64_t n = optarg ? strtoull(optarg, NULL, 10) : 0;

		switch (c) {
		case 's':
			o->steps = n;
			break;
		case 'r':
			o->seed = n;
			break;
		case 'l':
			o->life = (size_t)n;
			break;
		case 'n':
			o->ordinals = (unsigned int)n;
			break;
		case 'g':
			o->only = optarg;
			break;
		case 'd':
			o->out = optarg;
			break;
		case 'o':
			o->oracle = optarg;
			break;
		case 'i':
			o->itself = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		default:
			return false;
		}
	}
	return true;
}

/* The program beside this one. */
static const char *beside(const char *self, char *buf, size_t size)
{
	char *copy = strdup(self);

	snprintf(buf, size, "%s/oracle", copy ? dirname(copy) : ".");
	free(copy);
	return buf;
}

static int compare(struct options *o, int argc, char **argv, struct world *w,
		   struct script *s, struct findings *f)
{
	char path[512];
	struct rng r = { .at = o->seed };
	int status;

	if (!o->oracle)
		o->oracle = beside(argv[0], path, sizeof(path));
	w->verbose = o->verbose;
	w->side[OURS] = o->itself ? side_oracle(o->oracle) : side_ours();
	w->side[THEIRS] = side_oracle(o->oracle);
	printf("seed %" PRIu64 "\n", o->seed);
	for (int i = optind; i < argc; i++)
		replay(w, o, argv[i], f, s);
	while (optind >= argc && w->stats->steps < o->steps &&
	       f->n < DIFFERENCES_MAX)
		live(w, o, &r, f, s);
	status = finish(w, o, f, (unsigned int)(argc - optind));
	for (int i = 0; i < SIDES; i++)
		w->side[i]->close(w->side[i]);
	return status;
}

int main(int argc, char **argv)
{
	struct options o = { .steps = 20000,
			     .seed = (uint64_t)time(NULL),
			     .life = 400,
			     .only = "",
			     .out = "." };
	struct statistics *stats = calloc(1, sizeof(*stats));
	struct world *w = calloc(1, sizeof(*w));
	struct script *s = malloc(sizeof(*s));
	struct findings *f = calloc(1, sizeof(*f));
	int status = 2;

	if (!parse(&o, argc, argv)) {
		usage(stderr);
	} else if (stats && w && s && f) {
		w->stats = stats;
		status = compare(&o, argc, argv, w, s, f);
	}
	free(f);
	free(s);
	free(w);
	free(stats);
	return status;
}
