/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests of the machine: what is left of a run. Trace, verdicts, feedback,
 * memory.
 */
#include <stdio.h>
#include <unistd.h>

#include "sim_jobs.h"

static uint64_t hash_of_a_run(unsigned int at)
{
	struct sim_switch switches[2] = { { at, 1 }, { 3, 2 } };

	begin(2);
	add(0, spell_spin_a, "abcd", switches, 2);
	JOB_SWITCH(1, spell_spin_a, "xyz", { 0, 3 }, { 2, 0 });
	JOB(3, nest_a_b, NULL);
	JOB(2, nest_b_c, NULL);
	assert_true(run());
	return sim_trace_hash();
}

static void test_same_jobs_same_hash(void **state)
{
	uint64_t hash = hash_of_a_run(1);

	(void)state;
	assert_true(hash);
	assert_true(hash == hash_of_a_run(1));
	assert_true(hash == hash_of_a_run(1));
	assert_true(hash != hash_of_a_run(0));
	/* Neither an abandoned run nor another machine is remembered. */
	begin(3);
	JOB_SWITCH(0, call_with_a_held, NULL, { 1, 1 });
	JOB_SWITCH(1, irqs_off_spin_a, "x", { 0, 0 });
	JOB(3, spell, "x");
	JOB(2, spell, "x");
	expect_verdict("DEADLOCK");
	begin(8);
	JOB(15, spell, "x");
	expect_done("x");
	assert_true(hash == hash_of_a_run(1));
}

static unsigned int events_seen;
static unsigned int points_seen;

static void count_event(const struct sim_event *event)
{
	assert_non_null(event->format);
	events_seen++;
}

static void count_point(unsigned int nr, enum sim_point point,
			const void *place)
{
	assert_int_equal(nr + 1, sim_job_points());
	assert_non_null(sim_point_name(point));
	assert_non_null(place);
	points_seen++;
}

static void test_sinks_change_nothing(void **state)
{
	uint64_t hash = hash_of_a_run(1);

	(void)state;
	sim_trace_sink = count_event;
	sim_point_sink = count_point;
	assert_true(hash == hash_of_a_run(1));
	sim_trace_sink = NULL;
	sim_point_sink = NULL;
	/* Those of the spellers, then of the nests. */
	assert_int_equal(points_seen, 5 + 4 + 4 + 4);
	assert_true(events_seen > points_seen + 2 * 4);
}

static void test_last_events(void **state)
{
	const struct sim_event *event;

	(void)state;
	begin(2);
	JOB(1, spell_spin_a, "ab");
	assert_null(sim_trace_last(1, 0));
	expect_done("ab.");
	assert_null(sim_trace_last(0, 0));
	event = sim_trace_last(1, 0);
	assert_string_equal(event->format, "job %u ends after %u points");
	assert_int_equal(event->arg[1], 3);
	event = sim_trace_last(1, 1);
	assert_string_equal(event->format, "unlock %l#%u");
	assert_string_equal(sim_lock_class_name(event->arg[0]), "a->lock");
	assert_int_equal(event->task, 1);
	assert_int_equal(event->cpu, 1);
	assert_non_null(event->place);
	event = sim_trace_last(1, 3);
	assert_string_equal(event->format, "job %u begins");
	assert_null(sim_trace_last(1, 4));
}

static char told[80];

static void tell(const struct sim_verdict *verdict)
{
	memcpy(told, verdict->id, sizeof(told));
	assert_true(sim_running());
	assert_true(sim_lock_held(&lock_a));
	/* A second violation must not hide the first. */
	sim_spin_lock(&lock_a, HERE);
	assert_true(false);
}

static void test_handler_sees_the_state(void **state)
{
	(void)state;
	sim_on_verdict(tell);
	begin(1);
	JOB(0, sleep_with_spinlock, NULL);
	expect_verdict("SLEEP_IN_ATOMIC");
	sim_on_verdict(NULL);
	assert_string_equal(told, "SLEEP_IN_ATOMIC");
	begin(1);
	assert_null(sim_verdict());
}

static void fail_here(void *arg)
{
	sim_fail("INV_TEST", "a test", "page %u of %s", 7u, (const char *)arg);
}

static void test_fail(void **state)
{
	(void)state;
	begin(1);
	JOB(0, fail_here, "zone");
	JOB(0, spell, "x");
	expect_verdict("INV_TEST");
	assert_string_equal(sim_verdict()->summary, "a test");
	assert_string_equal(sim_verdict()->detail, "page 7 of zone");
}

static unsigned int feedback_of(const char *second, unsigned int task)
{
	unsigned int cells = 0;
	struct sim_switch to_task = { 0, task };

	memset(sim_feedback, 0, sizeof(sim_feedback));
	begin(2);
	add(0, spell, "ab", &to_task, 1);
	JOB(task, spell, second);
	assert_true(run());
	for (unsigned int i = 0; i < SIM_FEEDBACK_BYTES; i++)
		cells += sim_feedback[i] != 0;
	return cells;
}

static void test_feedback(void **state)
{
	uint32_t pairs;

	(void)state;
	assert_int_equal(feedback_of("xy", 1), 1);
	pairs = sim_feedback_pairs;
	assert_true(pairs > 0);
	/* Known pairs are counted for the run, not as new. */
	assert_int_equal(feedback_of("xy", 1), 1);
	assert_int_equal(sim_feedback_pairs, pairs);
	/* One after the other, or on one CPU, is no interleaving. */
	assert_int_equal(feedback_of("xy", 2), 0);
	memset(sim_feedback, 0, sizeof(sim_feedback));
	begin(2);
	JOB(0, spell, "ab");
	JOB(1, spell, "xy");
	expect_done("abxy");
	for (unsigned int i = 0; i < SIM_FEEDBACK_BYTES; i++)
		assert_int_equal(sim_feedback[i], 0);
}

/* Goal: a state is a cell of its own, which is no pair's, however often. */
static void test_feedback_of_states(void **state)
{
	(void)state;
	sim_feedback_forget();
	for (int i = 0; i < 300; i++)
		sim_feedback_state(7);
	sim_feedback_state(8);
	for (unsigned int i = 0; i < SIM_FEEDBACK_BYTES; i++)
		assert_int_equal(sim_feedback[i],
				 i == SIM_FEEDBACK_PAIRS + 7 ||
					 i == SIM_FEEDBACK_PAIRS + 8);
	sim_feedback_state(~0u);
	sim_feedback_forget();
	assert_int_equal(sim_feedback[SIM_FEEDBACK_PAIRS + 7], 0);
	assert_int_equal(sim_feedback[SIM_FEEDBACK_BYTES - 1], 0);
}

static void queue_spell(void *arg)
{
	sim_queue_work(0, arg, spell, HERE);
}

/* "job@point", of works with a star, in the order of time. */
static const char *marks_as_text(void)
{
	static char text[200];
	const struct sim_mark *mark;
	unsigned int nr = sim_marks(&mark);
	size_t len = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < nr; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%s%u%s@%u", i ? " " : "", mark[i].job,
					mark[i].in_work ? "*" : "", mark[i].at);
	return text;
}

/* Goal: a place is marked once for each job that comes there, and its works. */
static void test_marks(void **state)
{
	const struct sim_mark *mark;

	(void)state;
	begin(1);
	JOB(0, spell, "abcd");
	JOB(0, spell_spin_a, "xyz");
	JOB(0, queue_spell, "uv");
	JOB(0, queue_spell, "rs");
	expect_done("abcdxyz.uvrs");
	assert_string_equal(marks_as_text(),
			    "0@0 1@0 1@1 1@3 2@0 3@0 2*@0 3*@0");
	/* What has no job is not marked, and nothing is kept. */
	sim_yield(SIM_POINT_READ, HERE);
	assert_string_equal(marks_as_text(),
			    "0@0 1@0 1@1 1@3 2@0 3@0 2*@0 3*@0");
	begin(1);
	assert_int_equal(sim_marks(&mark), 0);
	/* Left and resumed: the other one has been there meanwhile. */
	begin(2);
	JOB_SWITCH(0, spell, "abcd", { 1, 1 });
	JOB_SWITCH(1, spell, "xyz", { 1, 0 });
	expect_done("abxycdz");
	assert_string_equal(marks_as_text(), "0@0 1@0 0@2");
}

static void call_often(void *arg)
{
	static const char places[2 * SIM_MAX_MARKS];

	(void)arg;
	for (unsigned int i = 0; i < sizeof(places); i++)
		sim_yield(SIM_POINT_READ, &places[i]);
}

/* Goal: there are enough of them, and never too many. */
static void test_marks_have_an_end(void **state)
{
	const struct sim_mark *mark;
	unsigned int nr;

	(void)state;
	begin(1);
	JOB(0, call_often, NULL);
	expect_done("");
	nr = sim_marks(&mark);
	assert_in_range(nr, 500, SIM_MAX_MARKS);
	for (unsigned int i = 0; i < 4; i++)
		JOB(0, call_often, NULL);
	assert_true(run());
	assert_int_equal(sim_marks(&mark), SIM_MAX_MARKS);
}

static unsigned int channel;

static void sleep_on_channel(void *arg)
{
	sim_sleep_for(5, &channel, "channel", 1, HERE);
	spell(arg);
}

static void leave_behind(void *arg)
{
	sim_queue_work(1, arg, spell, HERE);
	sim_queue_delayed_work(1, &channel, do_nothing, 2, HERE);
	sim_call_rcu(spell, arg);
	sim_wake(&channel, 1, HERE);
}

/* All that is known by its address. */
static uint64_t hash_of_sleepers(void)
{
	begin(2);
	JOB(0, sleep_on_channel, "ab");
	JOB(1, sleep_on_channel, "lm");
	JOB_SWITCH(2, leave_behind, "xy", { 0, SIM_SWITCH_WORKER + 1 });
	assert_true(run());
	return sim_trace_hash();
}

/* What a process says of itself that was loaded at another address. */
static void say_what_is_the_same(FILE *out)
{
	const struct sim_mark *mark;
	unsigned int sum = 0;

	fprintf(out, "%llx %llx", (unsigned long long)hash_of_a_run(1),
		(unsigned long long)hash_of_sleepers());
	feedback_of("xy", 1);
	for (unsigned int i = 0; i < SIM_FEEDBACK_BYTES; i++) {
		if (sim_feedback[i])
			fprintf(out, " %u:%u", i, sim_feedback[i]);
	}
	/* Which share a cell depends on what the cells are chosen by. */
	begin(1);
	JOB(0, call_often, NULL);
	assert_true(run());
	for (unsigned int i = sim_marks(&mark); i--;)
		sum += mark[i].at;
	fprintf(out, " %u", sum);
	fprintf(out, "\n");
}

static void test_addresses_do_not_matter(void **state)
{
	char self[256], command[300], first[256], other[256];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)state;
	if (len <= 0)
		skip();
	self[len] = '\0';
	snprintf(command, sizeof(command), "'%s' say", self);
	for (unsigned int i = 0; i < 4; i++) {
		FILE *in = popen(command, "r");

		assert_non_null(in);
		assert_non_null(fgets(i ? other : first, 256, in));
		assert_int_equal(pclose(in), 0);
		assert_non_null(strchr(first, ':'));
		if (i)
			assert_string_equal(first, other);
	}
}

/* --- Memory --- */

static void test_memory(void **state)
{
	struct sim_memory memory = { 0 };

	(void)state;
	sim_memory_init(&memory, 100 * 64 - 1);
	assert_int_equal(memory.bytes, 6400);
	memset(memory.live, 0x11, memory.bytes);
	assert_false(sim_memory_is_pristine(&memory));
	sim_memory_commit(&memory);
	assert_true(sim_memory_is_pristine(&memory));
	assert_int_equal(memory.nr_lines, 0);

	/* Across the border of two lines, and the same line twice. */
	memset(memory.live + 60, 0x22, 8);
	sim_memory_mark(&memory, memory.live + 60, 8);
	memory.live[6399] = 1;
	sim_memory_mark(&memory, memory.live + 6399, 1);
	sim_memory_mark(&memory, memory.live + 6398, 1);
	sim_memory_mark(&memory, &memory, 8);
	assert_int_equal(memory.nr_lines, 3);
	assert_false(sim_memory_is_pristine(&memory));
	sim_memory_reset(&memory);
	assert_true(sim_memory_is_pristine(&memory));
	assert_int_equal(memory.live[60], 0x11);
	assert_int_equal(memory.nr_lines, 0);

	/* Marks are made anew after a reset and after a commit. */
	memory.live[0] = 3;
	sim_memory_mark(&memory, memory.live, 1);
	sim_memory_commit(&memory);
	memory.live[0] = 4;
	sim_memory_mark(&memory, memory.live, 1);
	sim_memory_reset(&memory);
	assert_int_equal(memory.live[0], 3);
	assert_true(sim_memory_is_pristine(&memory));

	/* Used again: zeroed, and no mark of before is believed. */
	memory.live[0] = 5;
	sim_memory_mark(&memory, memory.live, 1);
	sim_memory_init(&memory, 128);
	assert_int_equal(memory.bytes, 128);
	assert_int_equal(memory.live[0], 0);
	sim_memory_commit(&memory);
	memory.live[0] = 6;
	sim_memory_mark(&memory, memory.live, 1);
	assert_int_equal(memory.nr_lines, 1);
	sim_memory_reset(&memory);
	assert_int_equal(memory.live[0], 0);
	sim_memory_exit(&memory);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_jobs_same_hash),
		cmocka_unit_test(test_sinks_change_nothing),
		cmocka_unit_test(test_last_events),
		cmocka_unit_test(test_handler_sees_the_state),
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_feedback),
		cmocka_unit_test(test_feedback_of_states),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_marks_have_an_end),
		cmocka_unit_test(test_addresses_do_not_matter),
		cmocka_unit_test(test_memory),
	};

	(void)argv;
	if (argc > 1) {
		say_what_is_the_same(stdout);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
