/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripts: see script.h. */
#include "script.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool same_difference(const struct difference *a, const struct difference *b)
{
	return a->found && b->found && a->ordinal == b->ordinal &&
	       a->detail == b->detail && !strcmp(a->what, b->what) &&
	       !memcmp(a->result, b->result, sizeof(a->result));
}

void script_run(struct world *w, const struct script *s)
{
	life_begin(w, s->seed);
	for (size_t i = 0; i < s->n && !w->over && !w->difference.found; i++) {
		if (w->verbose)
			printf("%s %s %" PRIu32 "\n",
			       generators[s->steps[i].generator].name,
			       mutation_name(s->steps[i].mutation),
			       s->steps[i].seed);
		step_run(w, &s->steps[i]);
	}
}

/* Without n steps from there on, does it still show? */
static bool shows_without(struct world *w, const struct script *s, size_t from,
			  size_t n, const struct difference *d,
			  struct script *shorter)
{
	shorter->seed = s->seed;
	shorter->n = s->n - n;
	memcpy(shorter->steps, s->steps, from * sizeof(*s->steps));
	memcpy(shorter->steps + from, s->steps + from + n,
	       (s->n - from - n) * sizeof(*s->steps));
	script_run(w, shorter);
	return same_difference(&w->difference, d);
}

void script_reduce(struct world *w, struct script *s,
		   const struct difference *d)
{
	struct script *shorter = malloc(sizeof(*shorter));
	size_t n = s->n / 2;

	while (shorter && n) {
		bool progress = false;

		for (size_t from = 0; from + n <= s->n;) {
			if (shows_without(w, s, from, n, d, shorter)) {
				memcpy(s, shorter, sizeof(*s));
				progress = true;
			} else {
				from += n;
			}
		}
		if (n > s->n)
			n = s->n;
		else if (n > 1 || !progress)
			n /= 2;
	}
	free(shorter);
}

void script_write(FILE *f, const struct script *s)
{
	fprintf(f, "life %" PRIu64 "\n", s->seed);
	for (size_t i = 0; i < s->n; i++)
		fprintf(f, "%s %s %" PRIu32 "\n",
			generators[s->steps[i].generator].name,
			mutation_name(s->steps[i].mutation), s->steps[i].seed);
}

/* The next word of the line, NULL at its end. */
static char *word(char **line)
{
	char *w;

	*line += strspn(*line, " \t\n");
	if (!**line || **line == '#')
		return NULL;
	w = *line;
	*line += strcspn(*line, " \t\n");
	if (**line)
		*(*line)++ = '\0';
	return w;
}

static bool read_step(char *name, char *line, struct step *s)
{
	char *mutation = word(&line);
	char *seed = word(&line);
	size_t g = 0;
	unsigned int m = 0;

	if (!mutation || !seed)
		return false;
	while (g < n_generators && strcmp(generators[g].name, name) != 0)
		g++;
	while (m < N_MUTATIONS &&
	       strcmp(mutation_name((enum mutation)m), mutation) != 0)
		m++;
	*s = (struct step){ .generator = (unsigned int)g,
			    .mutation = (enum mutation)m,
			    .seed = (uint32_t)strtoul(seed, NULL, 10) };
	return g < n_generators && m < N_MUTATIONS;
}

static bool read_line(char *line, struct script *s)
{
	char *name = word(&line);

	if (!name)
		return true;
	if (!strcmp(name, "life")) {
		char *seed = word(&line);

		s->seed = seed ? strtoull(seed, NULL, 10) : 0;
		return seed;
	}
	return s->n < SCRIPT_MAX && read_step(name, line, &s->steps[s->n++]);
}

bool script_read(FILE *f, const char *name, struct script *s)
{
	char line[256];
	unsigned int n = 0;

	s->seed = 0;
	s->n = 0;
	while (fgets(line, sizeof(line), f)) {
		n++;
		if (read_line(line, s))
			continue;
		fprintf(stderr, "%s:%u: not a step\n", name, n);
		return false;
	}
	return true;
}
