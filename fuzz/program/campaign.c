// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a fuzz target does with an input, and what a campaign learns about
 * itself. Engines have no options of ours, so these come from the environment:
 *
 *   MMFUZZ_BUGS=a,b          bug switches
 *   MMFUZZ_POLICIES=n=v,...  policies
 *   MMFUZZ_KNOWN=a,b         findings that are masked
 *   MMFUZZ_ACCESS=every      plain loads and stores are yield points
 *   MMFUZZ_TRACE_HASH=1      print the trace hash of each run
 *   MMFUZZ_STATS=FILE        counts of this process, written at exit
 */
#include "program/campaign.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "program/workload.h"
#include "subject/subject.h"

static bool print_hash;
static const char *stats_file, *target_name;

/*
 * Nothing that is fuzzed lies on the heap; AddressSanitizer's quarantine would
 * only give the engine new memory, and page faults, for each input.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=1";
}

static void __attribute__((noreturn)) refuse(const char *what, const char *word)
{
	fprintf(stderr, "mmfuzz: %s: no such %s\n", word, what);
	exit(2);
}

static void set_bug(const char *word)
{
	if (subject_set_bug(word))
		refuse("bug, see `mmfuzz bugs`", word);
}

static void set_known(const char *word)
{
	if (subject_set_known(word))
		refuse("finding, see `mmfuzz findings`", word);
}

static void set_policy(const char *word)
{
	char name[64] = "";
	const char *value = strchr(word, '=');

	if (value)
		strncat(name, word, (size_t)(value - word));
	if (!value || subject_set_policy(name, value + 1))
		refuse("policy, see `mmfuzz policies`", word);
}

static void for_each_word(const char *variable, void (*take)(const char *word))
{
	const char *value = getenv(variable);
	char words[1024] = "", *save = NULL;

	if (!value)
		return;
	if (strlen(value) >= sizeof(words))
		refuse("short enough list", variable);
	strcpy(words, value);
	for (char *word = strtok_r(words, ",", &save); word;
	     word = strtok_r(NULL, ",", &save))
		take(word);
}

/* --- Counts --- */

static void write_stats(void)
{
	FILE *out = fopen(stats_file, "w");

	if (!out) {
		perror(stats_file);
		return;
	}
	fprintf(out, "runs %" PRIu64 "\n", workload_stats.runs);
	fprintf(out, "interleavings %" PRIu32 "\n", sim_feedback_pairs);
	for (unsigned int i = 0; i < PROGRAM_NR_OPS; i++) {
		if (workload_options.op_mask >> i & 1)
			fprintf(out, "op %s %" PRIu64 " idle %" PRIu64 "\n",
				program_ops[i].name, workload_stats.ops[i],
				workload_stats.idle[i]);
	}
	for (unsigned int i = PROGRAM_SWITCH_worker + 1;
	     i < PROGRAM_NR_SWITCHES; i++)
		fprintf(out, "op interrupt_%s %" PRIu64 " idle %" PRIu64 "\n",
			program_switches[i].name, workload_stats.irqs[i],
			workload_stats.idle_irqs[i]);
	for (unsigned int i = 0; i < NR_STATES; i++) {
		if (workload_can_reach(i))
			fprintf(out, "state %s %" PRIu64 "\n",
				check_states[i].name,
				workload_stats.reached[i]);
	}
	fclose(out);
}

static void begin_campaign(const char *target)
{
	const char *access = getenv("MMFUZZ_ACCESS");

	/* Policies after bugs: what is asked for by name goes first. */
	for_each_word("MMFUZZ_BUGS", set_bug);
	for_each_word("MMFUZZ_POLICIES", set_policy);
	for_each_word("MMFUZZ_KNOWN", set_known);
	if (access && strcmp(access, "every"))
		refuse("setting of MMFUZZ_ACCESS; it can be: every", access);
	workload_options.every_access = access != NULL;
	if (workload_set_target(target))
		refuse("target", target);
	mutate_ops = workload_options.op_mask;
	target_name = target;
	print_hash = getenv("MMFUZZ_TRACE_HASH") != NULL;
	stats_file = getenv("MMFUZZ_STATS");
	if (stats_file)
		atexit(write_stats);
}

/* --- One input --- */

/* The engine's next input is made of it, mostly. */
static struct {
	uint8_t data[PROGRAM_MAX_BYTES];
	size_t size;
} last;

static void keep_input(const uint8_t *data, size_t size)
{
	last.size = size;
	memcpy(last.data, data, size);
}

static void print_and_abort(const struct sim_verdict *verdict)
{
	workload_print_verdict(stderr, verdict);
	fprintf(stderr, "  replay: %s run", subject_caps()->tool);
	if (getenv("MMFUZZ_BUGS"))
		fprintf(stderr, " --bug %s", getenv("MMFUZZ_BUGS"));
	if (getenv("MMFUZZ_POLICIES"))
		fprintf(stderr, " --policy %s", getenv("MMFUZZ_POLICIES"));
	if (getenv("MMFUZZ_KNOWN"))
		fprintf(stderr, " --known %s", getenv("MMFUZZ_KNOWN"));
	if (workload_options.every_access)
		fprintf(stderr, " --access every");
	if (workload_options.op_mask != WORKLOAD_ALL_OPS)
		fprintf(stderr, " --target %s", target_name);
	fprintf(stderr, " FILE\n");
	if (stats_file)
		write_stats();
	abort();
}

void campaign_fuzz(const char *target, const uint8_t *data, size_t size)
{
	static struct program program;
	static bool begun;

	if (!begun) {
		begun = true;
		begin_campaign(target);
	}
	sim_on_verdict(print_and_abort);
	keep_input(data, size);
	program_decode(&program, data, size);
	workload_run(&program);
	/* Engines end in ways that atexit() does not hear of. */
	if (stats_file && workload_stats.runs % 4096 == 0)
		write_stats();
	if (print_hash)
		fprintf(stderr, "trace hash: %016" PRIx64 "\n",
			workload_trace_hash());
}

/* --- The last input, for those who mutate it --- */

bool campaign_has_run(const uint8_t *data, size_t size)
{
	return size == last.size && !memcmp(data, last.data, size);
}

bool campaign_mark(uint64_t random, struct mutate_mark *mark)
{
	const struct program *program = workload_program();
	struct workload_mark m;

	if (!workload_mark(random, &m))
		return false;
	*mark = (struct mutate_mark){ .at = m.at, .in_work = m.in_work };
	for (unsigned int i = 0; i < m.record; i++)
		mark->op += program->rec[i].type == RECORD_OP;
	return true;
}
