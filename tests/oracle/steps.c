/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of generators, and running one. */
#include "generators.h"

#define GENERATOR(weight, ordinal, name) \
	{ #name, (ordinal), (weight), gen_##name },
const struct generator generators[] = {
#include "generators.def"
};
const size_t n_generators = sizeof(generators) / sizeof(*generators);

const char *mutation_name(enum mutation m)
{
#define MUTATION(name, weight) #name,
	static const char *const names[] = {
#include "mutations.def"
	};

	return names[m];
}

/* Time goes on between commands: mostly not by much. */
static void pass_time(struct world *w)
{
	const uint64_t us = pick(w, chance(w, 50) ? 5000000 : 3000);
	const uint32_t key = pick(w, 8);

	for (int i = 0; i < SIDES; i++) {
		w->side[i]->now.clock_us += us;
		w->side[i]->now.key = key;
	}
}

void step_run(struct world *w, const struct step *s)
{
	w->rng.at = ((uint64_t)s->seed << 16) + s->generator;
	w->held = NULL;
	w->mutation = s->mutation;
	w->stats->steps++;
	pass_time(w);
	generators[s->generator].run(w);
	if (w->difference.found || w->over)
		return;
	w->mutation = MUTATE_PLAIN;
	life_settle(w);
}
