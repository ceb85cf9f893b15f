/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Invariants of a page allocator, judged by a ledger of our own.
 *
 * The ledger (ledger.c) has the place of every page. It learns from events
 * only: list operations as the list validators see them, pages handed out and
 * given back, stores to pageblock types. Whenever zone->lock is about to be
 * released, what the subject says of itself (counters, page structs, pageblock
 * types) is compared with the ledger (check.c): all of it with check_full, else
 * what had an event since the lock was taken, and all sums. When an operation
 * ends, what it did is compared with what it returned (op.c).
 */
#ifndef FUZZ_CHECK_CHECK_H
#define FUZZ_CHECK_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/sim.h"
#include "subject/subject.h"

enum check {
#define CHECK(name, text) CHECK_##name,
#include "check/check.def"
#undef CHECK
	NR_CHECKS
};

struct check_info {
	const char *name; /* "free_pages" */
	const char *text;
};

/* Ended by an entry without a name. */
extern const struct check_info check_table[NR_CHECKS + 1];

/* Look at the whole machine each time, and walk all lists. */
extern bool check_full;

/* --- Boot and reset, with the subject's of the same slot --- */

void check_boot(unsigned int slot,
		const struct subject_geometry *g); /* before */
void check_commit(void); /* after subject_boot() */
void check_reset(unsigned int slot);

/* --- Operations, on the task that runs them --- */

enum check_op {
	CHECK_OP_NONE,
	CHECK_OP_ALLOC, /* movable or not: see may_use_cma */
	CHECK_OP_FREE,
	CHECK_OP_ISOLATE,
	CHECK_OP_CONTIG,
	CHECK_OP_HOTPLUG,
	CHECK_OP_PIN,
	CHECK_OP_OTHER,
};

enum check_cma { CHECK_CMA_ALLOWED, CHECK_CMA_FORBIDDEN };

void check_op_begin(enum check_op op, enum check_cma cma);
/*
 * The allocation that has just begun wants a block of @order from one of the
 * first @nr_zones zones, and has no other rights than @rights (SUBJECT_MAY_*);
 * @last_rights are those of its last attempt. It may fail only if, in each
 * zone, a watermark was against it then or no list that it may use had a block
 * when it last held zone->lock.
 */
void check_op_wants(unsigned int order, unsigned int nr_zones,
		    unsigned int rights, unsigned int last_rights);

/* The running operation is made to fail: that is no reason to complain. */
void check_op_fails(void);

/*
 * The operation is over: it has gained @pages pages (freed: negative) and
 * @blocks isolated pageblocks. @failed says that it reported an error; then
 * both are 0 and anything else is a broken failed_op.
 */
enum check_outcome { CHECK_DONE, CHECK_FAILED };
void check_op_end(enum check_outcome outcome, long pages, int blocks);
/* Whether the running task's operation has reported an error; asked once. */
bool check_op_take_failure(void);

/*
 * The operation is over: it has given back what check_disown() and
 * check_unref() said, as far as nobody else has references there. That is known
 * to the page if no other operation has run beside it.
 */
enum check_company { CHECK_ALONE, CHECK_IN_COMPANY };
void check_op_end_release(enum check_company company);

/*
 * References. What a slot holds has one on each page, or one for the block as a
 * whole, on its first page.
 */
enum check_block { CHECK_SINGLES, CHECK_BLOCK };
void check_own(unsigned int pfn, unsigned int nr_pages, enum check_block kind);
/* They are about to be given back, by the running operation. */
void check_disown(unsigned int pfn, unsigned int nr_pages,
		  enum check_block kind);
/* An owned block has become single pages. */
void check_split(unsigned int pfn, unsigned int nr_pages);

/* A reference on a page, whose ever it is; about to be dropped; dropped. */
void check_ref(unsigned int pfn);
void check_unref(unsigned int pfn);
void check_unref_end(unsigned int pfn);

/*
 * Pages that are owned, or that there is a reference on, have the references
 * that are known, and when no operation is under way no others.
 */
void check_refs(unsigned int pfn, unsigned int nr_pages,
		enum check_company company);

/*
 * Who has references on @pfn, for what, as text: "a page table, a batch of cpu
 * 1 (lru_add)"; empty if nobody has.
 */
void check_describe_refs(unsigned int pfn, char *text, size_t size);

/* What was allocated is one compound page, or none. */
void check_compound(unsigned int pfn, unsigned int order);
void check_not_compound(unsigned int pfn, unsigned int nr_pages);

/* A page that was free may be taken out of use; has been. */
void check_takes_off(unsigned int pfn);
void check_took_off(unsigned int pfn);
/* One that the running operation was given, and gives back, breaks. */
void check_breaks(unsigned int pfn);
/* It is about to be put back; has been; that has failed. */
void check_put_back(unsigned int pfn);
void check_is_back(unsigned int pfn);
void check_still_off(unsigned int pfn);
/* Whether there is memory at @pfn. */
bool check_is_memory(unsigned int pfn);

/* Pages that the running job was given: nobody else may have them. */
void check_given(enum check check, unsigned int pfn, unsigned int nr_pages);
/* An allocation that asked for alignment to 2^@align pages. */
void check_aligned(unsigned int pfn, unsigned int align);
/* The CMA bitmap of these pages must say @used. */
void check_cma_bits(unsigned int pfn, unsigned int nr_pages, bool used);

/* What allocations from the CMA area got so far, and what they did not get. */
void check_cma_counts(unsigned long nr_succeeded, unsigned long nr_failed);

/* The running task is in a memalloc_nocma section, or in none. */
void check_nocma_section(bool in_section);

/*
 * For operations that no other one has run beside: a contiguous allocation was
 * given [pfn, pfn + nr_pages), or has failed with @pfn below 0; the pcplists of
 * @cpu, or of all with -1, have been drained.
 */
void check_contig_first(long pfn, unsigned int nr_pages, unsigned int align);
void check_drained(int cpu);

/*
 * A drain of the batches of all CPUs, or of @cpu if that is not -1: what was
 * there when it began has left them. Who has found @cpu dead says so before he
 * empties its batches, and then nothing is there.
 */
struct check_batches {
	unsigned int left[SIM_MAX_CPUS]; /* must have been dropped by then */
};

void check_batches_begin(struct check_batches *batches);
void check_batches_drained(const struct check_batches *batches, int cpu);
void check_cpu_dying(unsigned int cpu);
void check_batches_dead(unsigned int cpu);

/* A CPU has gone, and whoever must know has been told. */
void check_folded(void);

/* The isolation of @pfn has succeeded; unmovable pages are there if @found. */
void check_isolated_unmovable(unsigned int pfn, bool found);

/* Pageblocks of [start, end): isolated for @claimant from now on, or not. */
void check_claim(unsigned int start, unsigned int end, unsigned int claimant);
void check_unclaim(unsigned int start, unsigned int end);

/*
 * The pcplists of @zone have been disabled, by a function that has returned; or
 * are about to be enabled.
 */
void check_pcp_off(unsigned int zone);
void check_pcp_on(unsigned int zone);

/*
 * Memory hotplug, within an operation. [start, end) is about to go offline; has
 * gone offline or, with CHECK_FAILED, not; is about to come online, which ends
 * with check_is_online().
 */
void check_goes_offline(unsigned int start, unsigned int end);
void check_is_offline(unsigned int start, unsigned int end,
		      enum check_outcome outcome);
/*
 * It waits: @in_vain if nobody else can do anything about it. Returns whether
 * it has done all that it could since that became so.
 */
bool check_waits(bool in_vain);
/* Nothing in it is broken. What follows begins to bring it online, or fails. */
bool check_can_come_online(unsigned int start, unsigned int end);
void check_comes_online(int error);
void check_goes_online(unsigned int start, unsigned int end);
void check_is_online(unsigned int start, unsigned int end);

/*
 * Address spaces. Between the two the running task makes @mm a child of
 * @parent; the page of a file is truncated.
 */
void check_fork_begin(unsigned int mm, unsigned int parent);
void check_fork_end(unsigned int mm);
void check_truncate_begin(unsigned int file, unsigned int index);
void check_truncate_end(unsigned int file, unsigned int index);
/* Between the two the running task sets the size of a file, in pages. */
void check_size_begin(unsigned int file);
void check_size_end(unsigned int file, unsigned int size);
/* The running task is going to store to a page of file 0 by its buffer. */
void check_buffer_begin(unsigned int index);
/*
 * An operation is over, and nobody else was at work since it began, or others
 * were: then they may have been in the way of what it could not move.
 */
void check_moves(enum check_company company);
/*
 * The running operation is going to get pages of @mm from @start on. A page has
 * been got; is pinned for good; is about to be given back, if it was pinned.
 * One could not be pinned, since it is off the LRU.
 */
void check_pin_begin(unsigned int mm, unsigned int start, unsigned int nr);
void check_pin_number(unsigned int nr, unsigned int wanted);
void check_pin(unsigned int mm, unsigned int address, unsigned int pfn,
	       enum subject_pin how);
void check_pinned(unsigned int pfn);
void check_unpin(unsigned int pfn);
void check_pin_busy(enum check_company company);
void check_isolated_stat(void);
/*
 * The page @pfn of a process is about to be locked in memory; has been locked,
 * or unlocked with @nr -1.
 */
void check_mlock_begin(unsigned int pfn);
void check_mlock_end(unsigned int pfn, int nr, enum check_company company);
/* No other operation has run beside one that worked on @mm. */
void check_mm(unsigned int mm);
/* @mm has just become a child of @parent, and nothing has run beside. */
void check_forked(unsigned int mm, unsigned int parent);
/* No operation is under way: all that processes and files have. */
void check_mappings(void);

/* The watermarks of all zones have just been set, @min_free as in the seam. */
void check_watermarks_set(unsigned int min_free);

/* Everything has been given back: all must be as it was at boot. */
void check_boot_state(void);
/* With everything given back, @what must succeed: it has if @success. */
void check_works(bool success, const char *what);

/* --- States --- */

enum check_state {
#define STATE(name, ops, text) STATE_##name,
#include "check/states.def"
#undef STATE
	NR_STATES
};

extern const struct check_info check_states[NR_STATES + 1];
extern uint64_t check_reached; /* bit mask, of the last run */

static inline void check_note(enum check_state state)
{
	check_reached |= 1ull << state;
}

#endif
