/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places of switches.
 *
 * A run is recorded as a trail of yield points. Addresses are looked up only
 * for equality; what decides is their names.
 */
#include "program/places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "program/workload.h"
#include "subject/subject.h"

/* --- Names of addresses: kept for ever, naming one may take long --- */

#define NR_BUCKETS 4096

struct spot {
	const void *place;
	enum sim_point point;
	bool used;
	char name[TEXT_MAX_WORD]; /* "" until asked for, or if there is none */
	bool has_asked;
	size_t last; /* step: for print_nearest() */
};

static struct spot spots[NR_BUCKETS];

/* NULL if the table is full: such a point has no name. */
static struct spot *find_spot(const void *place, enum sim_point point)
{
	uintptr_t hash = ((uintptr_t)place >> 2) * 31 + (uintptr_t)point;

	for (unsigned int i = 0; i < NR_BUCKETS; i++) {
		struct spot *spot = &spots[(hash + i) % NR_BUCKETS];

		if (!spot->used) {
			*spot = (struct spot){ .place = place,
					       .point = point,
					       .used = true };
			return spot;
		}
		if (spot->place == place && spot->point == point)
			return spot;
	}
	return NULL;
}

/* "function:what", or "" if one of the two is not known. */
static const char *spot_name(struct spot *spot)
{
	const char *func = NULL, *what = NULL;

	if (!spot)
		return "";
	if (!spot->has_asked && spot->place) {
		subject_place_name(spot->place, &func, &what);
		if (!what || !*what || *what == '?')
			what = sim_point_name(spot->point);
		if (func && *func && *func != '?')
			snprintf(spot->name, sizeof(spot->name), "%s:%s", func,
				 what);
	}
	spot->has_asked = true;
	return spot->name;
}

/* --- The trail of a run --- */

struct step {
	struct spot *spot;
	unsigned int record; /* of the operation, in the program that ran */
	unsigned int nr; /* yield point of it, or of a work it has queued */
	bool in_work;
};

static struct {
	struct step *step;
	size_t nr, max;
} trail;

static void note_point(unsigned int nr, enum sim_point point, const void *place)
{
	if (trail.nr == trail.max) {
		trail.max = trail.max ? 2 * trail.max : 1024;
		trail.step =
			realloc(trail.step, trail.max * sizeof(*trail.step));
		if (!trail.step) {
			fputs("mmfuzz: out of memory\n", stderr);
			exit(3);
		}
	}
	trail.step[trail.nr++] = (struct step){
		.spot = find_spot(place, point),
		.record = workload_job_record(sim_job()),
		.nr = nr,
		.in_work = sim_in_work(),
	};
}

static void run_and_note(const struct program *program)
{
	trail.nr = 0;
	sim_on_verdict(NULL);
	sim_point_sink = note_point;
	workload_run(program);
	sim_point_sink = NULL;
}

/* How often its name occurs in its operation, or the works, up to there. */
static unsigned int count_name(const struct step *step)
{
	const char *name = spot_name(step->spot);
	unsigned int n = 0;

	for (const struct step *s = trail.step; s <= step; s++)
		n += s->record == step->record && s->in_work == step->in_work &&
		     !strcmp(spot_name(s->spot), name);
	return n;
}

/* --- From places to numbers --- */

struct resolver {
	struct text *text;
	bool known[TEXT_MAX_PLACES];
	struct program program; /* what runs: without the unknown switches */
	unsigned int op; /* in program: that of the place sought */
};

/* The program without switch @place and those whose places are not known. */
static void prepare(struct resolver *r, unsigned int place)
{
	const struct program *in = &r->text->program;
	unsigned int next = 0, last_op = 0;

	r->program.nr = 0;
	for (unsigned int i = 0; i < in->nr; i++) {
		if (next < r->text->nr_places &&
		    r->text->place[next].record == i) {
			if (next == place)
				r->op = last_op;
			if (next == place || !r->known[next]) {
				next++;
				continue;
			}
			next++;
		}
		if (in->rec[i].type == RECORD_OP)
			last_op = r->program.nr;
		r->program.rec[r->program.nr++] = in->rec[i];
	}
}

/* The number of @place, -1 if it does not occur. Leaves the trail. */
static long seek(struct resolver *r, unsigned int place)
{
	const struct text_place *p = &r->text->place[place];
	bool in_work = r->text->program.rec[p->record].in_work;
	unsigned int n = 0;

	prepare(r, place);
	run_and_note(&r->program);
	for (size_t i = 0; i < trail.nr; i++) {
		const struct step *s = &trail.step[i];

		if (s->record == r->op && s->in_work == in_work &&
		    !strcmp(spot_name(s->spot), p->name) && ++n == p->nth)
			return s->nr < PROGRAM_MAX_AT ? (long)s->nr : -1;
	}
	return -1;
}

/* How much alike two names are: same, same function, same kind of point. */
static unsigned int likeness(const char *a, const char *b)
{
	const char *a_what = strchr(a, ':'), *b_what = strchr(b, ':');
	size_t length = (size_t)(a_what - a);

	if (!strcmp(a, b))
		return 3;
	if (b_what && length == (size_t)(b_what - b) && !memcmp(a, b, length))
		return 2;
	return b_what && !strcmp(a_what, b_what);
}

#define NR_NEAREST 6

/* The best names of operation @op, each at its last occurrence. */
static void print_nearest(const char *name, unsigned int op, FILE *err)
{
	const char *printed[NR_NEAREST];
	unsigned int nr = 0;

	for (size_t i = 0; i < trail.nr; i++)
		if (trail.step[i].record == op && trail.step[i].spot)
			trail.step[i].spot->last = i;
	for (unsigned int like = 4; like--;) {
		for (size_t i = trail.nr; i-- && nr < NR_NEAREST;) {
			const struct step *s = &trail.step[i];
			const char *other = spot_name(s->spot);
			unsigned int j = 0, n;

			if (s->record != op || !*other || s->spot->last != i ||
			    likeness(name, other) != like)
				continue;
			while (j < nr && strcmp(printed[j], other))
				j++;
			if (j < nr)
				continue;
			n = count_name(s);
			fprintf(err, n > 1 ? "%s %s#%u" : "%s %s",
				nr ? "," : "", other, n);
			printed[nr++] = other;
		}
	}
	fputs(nr ? "\n" : " none\n", err);
}

static int fail_stale(struct resolver *r, unsigned int place, const char *file,
		      FILE *err)
{
	const struct text_place *p = &r->text->place[place];

	seek(r, place);
	fprintf(err, "%s:%u:%u: stale place \"%s", file, p->line, p->column,
		p->name);
	if (p->nth > 1)
		fprintf(err, "#%u", p->nth);
	fputs("\"; nearest places in this operation:", err);
	print_nearest(p->name, r->op, err);
	return -EINVAL;
}

/* Switches move each other's places: go round until nothing changes. */
#define MAX_ROUNDS 8

int places_resolve(struct text *text, const char *file, FILE *err)
{
	static struct resolver r;
	bool changed = text->nr_places > 0;

	memset(r.known, 0, sizeof(r.known));
	r.text = text;
	for (int round = 0; changed && round < MAX_ROUNDS; round++) {
		changed = false;
		for (unsigned int i = 0; i < text->nr_places; i++) {
			struct record *rec =
				&text->program.rec[text->place[i].record];
			long at = seek(&r, i);

			changed |= (at >= 0) != r.known[i] ||
				   (at >= 0 && at != rec->at);
			r.known[i] = at >= 0;
			if (at >= 0)
				rec->at = (uint16_t)at;
		}
	}
	for (unsigned int i = 0; i < text->nr_places; i++)
		if (!r.known[i])
			return fail_stale(&r, i, file, err);
	if (!changed)
		return 0;
	fprintf(err,
		"%s:%u:%u: places that depend on each other; expected numbers "
		"for some of them\n",
		file, text->place[0].line, text->place[0].column);
	return -EINVAL;
}

/* --- From numbers to places --- */

static bool is_at(const struct step *step, unsigned int op,
		  const struct record *r)
{
	return step->record == op && step->nr == r->at &&
	       step->in_work == r->in_work;
}

void places_annotate(const struct program *program, const char **name)
{
	static char *all; /* the strings, one after the other */
	size_t size;
	FILE *out;
	unsigned int op = 0;
	size_t offset[PROGRAM_MAX_BYTES];

	free(all);
	all = NULL;
	out = open_memstream(&all, &size);
	if (!out) {
		fputs("mmfuzz: out of memory\n", stderr);
		exit(3);
	}
	run_and_note(program);
	fputc('\0', out);
	for (unsigned int i = 0; i < program->nr; i++) {
		const struct step *s = trail.step, *end = s + trail.nr;

		offset[i] = 0;
		if (program->rec[i].type == RECORD_OP)
			op = i;
		if (program->rec[i].type != RECORD_SWITCH)
			continue;
		while (s < end && !is_at(s, op, &program->rec[i]))
			s++;
		if (s == end || !*spot_name(s->spot))
			continue;
		offset[i] = (size_t)ftell(out);
		fputs(spot_name(s->spot), out);
		if (count_name(s) > 1)
			fprintf(out, "#%u", count_name(s));
		fputc('\0', out);
	}
	fclose(out);
	for (unsigned int i = 0; i < program->nr; i++)
		name[i] = offset[i] ? all + offset[i] : NULL;
}
