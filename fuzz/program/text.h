/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs as text: what people write, review and keep. The grammar stands in
 * program.h.
 */
#ifndef FUZZ_PROGRAM_TEXT_H
#define FUZZ_PROGRAM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "program/program.h"

#define TEXT_MAX_WORD 80
#define TEXT_MAX_WORDS 16 /* names of one kind in a header */
#define TEXT_MAX_PLACES 256

/* A name in a header, and where it stands. */
struct text_word {
	char text[TEXT_MAX_WORD];
	unsigned int line;
	unsigned int column;
};

struct text_words {
	unsigned int nr;
	struct text_word word[TEXT_MAX_WORDS];
};

/* What is said of a program; only text carries it. */
struct text_header {
	struct text_words expect; /* one or none */
	struct text_words reaches;
	struct text_words targets;
	struct text_words bugs;
	struct text_words policies; /* NAME=VALUE */
	struct text_words known; /* findings that are masked */
	struct text_words subjects; /* that it is for; all if none is named */
	bool every_access;
};

/* A switch that names its place: ->at of the record is not known yet. */
struct text_place {
	unsigned int record;
	char name[TEXT_MAX_WORD]; /* "free_one_page:spin_lock" */
	unsigned int nth; /* 1 is the first of that name */
	unsigned int line;
	unsigned int column;
};

struct text {
	struct text_header header;
	struct program program;
	unsigned int nr_places;
	struct text_place place[TEXT_MAX_PLACES];
};

/*
 * Read @size bytes of text. Returns 0, or -EINVAL after one line on @err:
 * "FILE:LINE:COLUMN: what was found; expected what was not".
 */
int text_parse(struct text *text, const char *file, const char *data,
	       size_t size, FILE *err);

/* Add @name to @words unless it is there; -ENOSPC if there is no room. */
int text_add_word(struct text_words *words, const char *name);

/*
 * Write @program as text, with @header unless it is NULL. @places, if not NULL,
 * has a name or NULL for each record: what switches show instead of numbers.
 */
void text_print(FILE *out, const struct text_header *header,
		const struct program *program, const char *const *places);

/* One record as text, without indentation and line end. */
void text_print_record(FILE *out, const struct record *record);

/* What an interrupt does: "free slot 4". */
void text_print_interrupt(FILE *out, const struct record *record);

/* --- Values, as people write them --- */

/* What @arg can be: "0..10", or its names. */
void text_value_range(FILE *out, const struct arg_kind *arg);

/* The value of that name, -1 if there is none. */
int text_value_named(const struct arg_kind *arg, const char *name,
		     size_t length);

#define TEXT_MIN_PAGES 64u
#define TEXT_MAX_PAGES ((8u + 127u) * 8u << 12)

unsigned int text_args_to_pages(const uint8_t *arg);

/*
 * Arguments of "set memory" for @nr_pages. -ERANGE if there are none; @below
 * and @above are then the nearest sizes that have some.
 */
int text_pages_to_args(unsigned int nr_pages, uint8_t *arg, unsigned int *below,
		       unsigned int *above);

#endif
