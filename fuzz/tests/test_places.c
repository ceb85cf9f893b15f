/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places of switches: names to numbers and back. No name of the subject stands
 * here: those that a program has are asked for.
 */
#include "tests/random_program.h"

#include "program/mutate.h"
#include "program/places.h"
#include "program/text.h"

static const struct mutate_help alone;
static struct text text;
static struct program program;
static const char *names[PROGRAM_MAX_BYTES];

static char *print_with_places(const struct program *p)
{
	char *s = NULL;
	size_t size;
	FILE *out = open_memstream(&s, &size);

	assert_non_null(out);
	places_annotate(p, names);
	text_print(out, NULL, p, names);
	fclose(out);
	return s;
}

/* Parse @source and resolve its places; returns the message if they are not. */
static char *resolve(const char *source)
{
	char *message = NULL;
	size_t length;
	FILE *err = open_memstream(&message, &length);

	assert_non_null(err);
	assert_int_equal(text_parse(&text, "f", source, strlen(source), err),
			 0);
	assert_int_equal(places_resolve(&text, "f", err) != 0,
			 fflush(err) || length);
	fclose(err);
	return message;
}

/*
 * Goal: a program with places means what it meant with numbers. Method: print
 * programs of the mutator with places and read them again. Where switches go
 * round in circles there may be no way back; that must be rare.
 */
static void test_round_trip(void **state)
{
	uint8_t data[200];
	struct mutate_buffer buf = { data, 0, sizeof(data) };
	unsigned int nr_places = 0, nr_lost = 0;

	(void)state;
	for (uint64_t run = 0; run < 300; run++) {
		char *source, *message;

		mutate(&buf, &alone, run);
		program_decode(&program, data, buf.size);
		source = print_with_places(&program);
		message = resolve(source);
		nr_places += text.nr_places;
		if (*message)
			nr_lost++;
		else
			for (unsigned int i = 0; i < program.nr; i++)
				nr_lost += program.rec[i].at !=
					   text.program.rec[i].at;
		free(source);
		free(message);
	}
	assert_true(nr_places > 100);
	assert_true(nr_lost * 20 < nr_places);
}

/* Goal: the n-th point of a name is found, and the one after the last is not.
 */
static void test_stale(void **state)
{
	static const char source[] = "mmfuzz 1\n0 alloc\n  switch at 0 to 1\n"
				     "1 alloc\n";
	char stale[2 * TEXT_MAX_WORD + 100], expected[TEXT_MAX_WORD + 50];
	char *message, *first;

	(void)state;
	message = resolve(source);
	assert_string_equal(message, "");
	free(message);
	program = text.program;
	places_annotate(&program, names);
	assert_null(names[0]);
	assert_non_null(names[1]);
	first = strdup(names[1]);

	snprintf(stale, sizeof(stale),
		 "mmfuzz 1\n0 alloc\n  switch at %s to 1\n1 alloc\n", first);
	message = resolve(stale);
	assert_string_equal(message, "");
	assert_int_equal(text.program.rec[1].at, 0);
	free(message);

	snprintf(stale, sizeof(stale),
		 "mmfuzz 1\n0 alloc\n\n switch to 1 at %s#99\n1 alloc\n",
		 first);
	message = resolve(stale);
	snprintf(expected, sizeof(expected),
		 "f:4:17: stale place \"%s#99\"; nearest places in this "
		 "operation: ",
		 first);
	assert_memory_equal(message, expected, strlen(expected));
	assert_non_null(strstr(message + strlen(expected), first));
	free(message);
	free(first);
}

/* Goal: a program without places is not even run. */
static void test_no_places(void **state)
{
	char *message;

	(void)state;
	message = resolve("mmfuzz 1\nset memory 4423680\n0 alloc\n");
	assert_string_equal(message, "");
	free(message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_no_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
