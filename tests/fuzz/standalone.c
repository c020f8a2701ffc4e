/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzzer without libFuzzer, for compilers that have none and to see a
 * finding again:
 *
 *	fuzz_NAME FILE...		each file once
 *	fuzz_NAME --seconds N DIR	mutants of the files in DIR; the seed of
 *					the random numbers is printed
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz.h"

#define INPUT_MAX  4096
#define CORPUS_MAX 4096

struct blob {
	uint8_t b[INPUT_MAX];
	size_t len;
};

struct corpus {
	struct blob *files;
	size_t n;
};

static int read_file(const char *path, struct blob *blob)
{
	FILE *f = fopen(path, "rb");

	if (!f) {
		perror(path);
		return -1;
	}
	blob->len = fread(blob->b, 1, sizeof(blob->b), f);
	fclose(f);
	return 0;
}

static int read_corpus(const char *dir, struct corpus *c)
{
	char path[4096];
	struct dirent *e;
	DIR *d = opendir(dir);

	c->files = calloc(CORPUS_MAX, sizeof(*c->files));
	c->n = 0;
	if (!d || !c->files) {
		perror(dir);
		if (d)
			closedir(d);
		return -1;
	}
	while (c->n < CORPUS_MAX && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_name[0] != '.' && !read_file(path, &c->files[c->n]))
			c->n++;
	}
	closedir(d);
	return 0;
}

static size_t below(size_t n)
{
	return n ? (size_t)random() % n : 0;
}

/* A byte changed, some bytes of another file put in, or the end cut off. */
static void mutate(struct blob *b, const struct corpus *c)
{
	const struct blob *other = c->n ? &c->files[below(c->n)] : b;
	size_t at = below(b->len + 1), n;

	switch (below(4)) {
	case 0:
		b->len = at;
		break;
	case 1:
		n = below(other->len + 1);
		if (n > INPUT_MAX - at)
			n = INPUT_MAX - at;
		memmove(b->b + at, other->b, n);
		if (b->len < at + n)
			b->len = at + n;
		break;
	default:
		if (at < INPUT_MAX)
			b->b[at] = (uint8_t)random();
		if (at == b->len && at < INPUT_MAX)
			b->len++;
	}
}

static int run_for(long seconds, const char *dir)
{
	const time_t start = time(NULL);
	struct corpus c;
	unsigned long runs = 0;

	if (read_corpus(dir, &c)) {
		free(c.files);
		return 1;
	}
	printf("seed %lu, %zu files\n", (unsigned long)start, c.n);
	fflush(stdout);
	srandom((unsigned int)start);
	while (time(NULL) - start < seconds) {
		struct blob b = { .len = 0 };

		if (c.n)
			b = c.files[below(c.n)];
		for (size_t i = below(8) + 1; i; i--)
			mutate(&b, &c);
		LLVMFuzzerTestOneInput(b.b, b.len);
		runs++;
	}
	printf("%lu runs in %ld s\n", runs, seconds);
	free(c.files);
	return 0;
}

int main(int argc, char **argv)
{
	struct blob b;

	if (argc == 4 && !strcmp(argv[1], "--seconds"))
		return run_for(strtol(argv[2], NULL, 10), argv[3]);
	for (int i = 1; i < argc; i++) {
		if (read_file(argv[i], &b))
			return 1;
		LLVMFuzzerTestOneInput(b.b, b.len);
	}
	printf("%d files\n", argc - 1);
	return 0;
}
