/* SPDX-License-Identifier: GPL-2.0-only */
/* The ledger: where every page is. Shared by the files of fuzz/check. */
#ifndef FUZZ_CHECK_LEDGER_H
#define FUZZ_CHECK_LEDGER_H

#include "check/check.h"
#include "sim/sim.h"

/* Where a page is. In flight: taken off a list or given back by a task. */
enum place {
	PLACE_BUDDY,
	PLACE_PCP,
	PLACE_ALLOCATED,
	PLACE_GUARD, /* off the lists, for a buddy to come back to */
	PLACE_ABSENT, /* in a hole, or offline: there is no memory */
	PLACE_OFF, /* taken out of use (hwpoison) */
	PLACE_IN_FLIGHT = 0x40, /* plus the task, or its interrupt */
};

/* Sums over the lists of a zone. */
struct ledger_sums {
	long nr_free; /* pages on buddy lists but ISOLATE */
	long nr_free_cma;
	long nr_free_highatomic;
	unsigned int nr_isolated; /* pageblocks */
	unsigned int nr_highatomic;
	unsigned int nr_of_order[SUBJECT_MAX_ORDERS]; /* listed blocks */
	unsigned int nr_entries[SUBJECT_MAX_ORDERS][SUBJECT_NR_TYPES];
	unsigned int nr_pcp_pages[SIM_MAX_CPUS];
};

/* What the last list_del() of a task took, and from where. */
struct removal {
	unsigned int pfn;
	struct subject_list list;
};

/* How a request stands with the watermarks of a zone. */
struct watermark_state {
	struct subject_watermarks_view view; /* when it began to look */
	uint32_t changes; /* of the zone then */
	uint32_t folds; /* begun or ended then */
	bool disturbed; /* then already */
	bool lacked; /* a look has found nothing since it was passed last */
	bool refused_last; /* when it was looked at last */
	bool refused; /* with the rights that it ends with */
	bool admitted; /* for one page, which it must get */
};

/* The operation that a task is in, or an interrupt that came into it. */
struct ledger_op {
	enum check_op op;
	uint16_t owner; /* its number: that of pages that it is given */
	enum check_cma cma;
	long pages; /* handed out less given back */
	int isolated; /* pageblocks isolated less un-isolated */
	int isolated_once;
	unsigned int nr_in_flight; /* pages */
	struct removal removal;
	bool drained; /* has a page in hand that it took off a pcplist */
	/* An allocation that has said what it wants, and what it last saw. */
	bool wanted;
	bool looked[SUBJECT_MAX_ZONES], seen[SUBJECT_MAX_ZONES];
	bool lacked[SUBJECT_MAX_ZONES]; /* a block of CMA or HIGHATOMIC */
	unsigned int nr_zones; /* that it may use */
	unsigned int order;
	unsigned int rights, last_rights; /* SUBJECT_MAY_* */
	struct watermark_state watermark[SUBJECT_MAX_ZONES];
	/* The last block given back: where, and into which types. */
	unsigned int freed_pfn;
	uint32_t freed_at; /* type_stores then */
	bool freed_isolated;
	bool failed; /* it has reported an error since somebody asked */
	/* References that it gives back: pages that this may and must free. */
	long may_free, must_free;
	long will_free; /* if nobody else does anything meanwhile */
	/* A page that it could not move, + 1, although nobody is in the way. */
	unsigned int stuck, stuck_batches;
	/* One that its compaction has left alone, + 1, likewise. */
	unsigned int skipped;
	/* The pages of a process that it pins. */
	unsigned int pin_mm, pin_start, pin_end, pin_nr_ended;
	bool drained_needlessly;
	/* What it takes offline, and how often it has waited for nobody. */
	unsigned int offline_start, offline_end, nr_in_vain;
	/* The page that it takes out of use, or puts back, + 1. */
	unsigned int taking_off, putting_back;
	bool is_back; /* the latter, on a list */
	bool taken_offline; /* the former, before it has said so */
};

/*
 * Owner of a page that address spaces, files and swap have, for as long as
 * they have references. It is nobody's: no operation has it, nor gives it back.
 */
#define LEDGER_USERS 0xffff

/* What is known of a page beside its place. */
struct ledger_page {
	uint32_t touched; /* in which critical section of zone->lock last */
	uint16_t owner; /* of an allocated page: ledger_owner() */
	uint8_t head; /* order + 1 if it heads a listed block */
	/*
	 * Of a head: migratetype, or cpu * 16 + pcp list. In flight, of the
	 * first page that was taken off a list: its pageblock's type then.
	 */
	uint8_t list;
};

/* Of a zone: what is turned off for a time. */
struct ledger_hotplug {
	unsigned int nr_offline; /* pageblocks */
	unsigned int nr_changing; /* that an operation takes off or brings on */
	bool pcp_off; /* its pcplists are disabled */
	/* Pages on each pcplist when its lock was last released. */
	unsigned int pcp_left[SIM_MAX_CPUS];
};

/* A reference that somebody has on a page which is not, or not alone, his. */
#define NR_REFS 16

/* Who has an allocated page, in a word. */
#define LEDGER_HOLDERS \
	0x7fff /* references that are known, not on their way out */
#define LEDGER_OWNED 0x8000 /* part of what a slot holds */

#define NR_TOUCHED 4096

/* Of a page, for lru.c. */
struct ledger_lru_page {
	uint8_t list; /* enum subject_lru + 1, 0 is none */
	uint8_t by; /* sim_context() + 1 of who dealt with it last */
	bool touched; /* is to be judged */
	bool queued; /* to be split some time */
	uint8_t nr_pmd_splits; /* of PMDs that map it, under way */
	uint16_t nr; /* pages that are on that list */
};

struct ledger_lru {
	long nr_on[SUBJECT_NR_LRUS]; /* pages */
	unsigned int nr_touched;
	unsigned int nr_disabled; /* callers for whom batches are empty */
	unsigned int nr_sections[SIM_MAX_CPUS]; /* local_lock, nested */
	/* The dead CPU whose batches a task empties, + 1. */
	uint8_t dead[SIM_CONTEXTS];
	/* References taken and dropped by batches of each CPU so far. */
	unsigned int nr_batched[SIM_MAX_CPUS], nr_unbatched[SIM_MAX_CPUS];
	unsigned int touched[NR_TOUCHED]; /* pfns */
};

struct ledger {
	struct subject_geometry geometry;
	unsigned int nr_blocks;
	struct sim_memory memory; /* the arrays */
	uint8_t *place; /* per page: enum place */
	uint16_t *held; /* per page: see above */
	uint8_t *ptes; /* per page: entries of page tables that map it */
	struct ledger_page *page;
	uint8_t *block_type; /* per pageblock: as of the last unlock */
	uint8_t *claim; /* per pageblock: claimant + 1 */
	uint8_t *holders; /* per page: see LEDGER_HOLDER_BYTES */
	struct ledger_lru_page *lru_page;
	struct ledger_lru lru;
	struct ledger_sums sums[SUBJECT_MAX_ZONES];
	struct ledger_sums boot_sums[SUBJECT_MAX_ZONES];
	struct ledger_op op[SIM_CONTEXTS];
	unsigned int nr_refs; /* until they have been dropped */
	unsigned int ref[NR_REFS]; /* pfns */
	bool had_refs, had_migration; /* in this run */
	unsigned int nr_ops; /* that have begun so far */
	/* Of each task: pfn + 1 of what it waits for with a reference. */
	unsigned int waits_for[SIM_ALL_TASKS];
	unsigned int nr_off; /* pages that are broken: OFF, or in use */
	uint32_t type_stores; /* to pageblock types, so far */
	struct ledger_hotplug hotplug[SUBJECT_MAX_ZONES];
	uint32_t changes[SUBJECT_MAX_ZONES]; /* of lists, so far */
	uint32_t folds; /* of per-CPU differences, begun or ended, so far */
	unsigned int nr_folding; /* are under way */
	const char *boot_error; /* what boot left undone, or NULL */
	bool booting;
};

extern struct ledger *ledger;

/* What had an event in a zone since zone->lock was taken, pages once each. */
struct touched {
	uint32_t section; /* number of the critical section in this run, + 1 */
	unsigned int nr_pages, nr_blocks;
	unsigned int pfn[NR_TOUCHED];
	unsigned int block[NR_TOUCHED];
	bool overflow; /* then look at everything */
};

extern struct touched touched[SUBJECT_MAX_ZONES];

static inline struct ledger_op *ledger_this_op(void)
{
	return &ledger->op[sim_context()];
}

/* What tells the pages of the running operation from others'. */
static inline uint16_t ledger_owner(void)
{
	const struct ledger_op *op = ledger_this_op();

	return op->op == CHECK_OP_NONE ? 0 : op->owner;
}

/* What is wrong with the machine that has just booted, or NULL (boot.c). */
const char *ledger_boot_error(void);

/* Walk the free lists of @zone, with check_full (lists.c). */
void check_lists(unsigned int zone);

/* First page of the listed block that @pfn lies in; @pfn itself if in none. */
unsigned int ledger_head(unsigned int pfn);

static inline unsigned int ledger_in_flight(void)
{
	return PLACE_IN_FLIGHT + sim_context();
}

/* --- holders.c: what references on pages of users are for --- */

/* Of a page: how many of each kind. */
#define LEDGER_HOLDER_BYTES 9

/* It is given back: nobody may have it any more. */
void ledger_end_user(unsigned int pfn);
/*
 * Whether those have references who have it, and nobody for a moment or more.
 */
bool ledger_only_owners_have(unsigned int pfn);
/* The same, but for whoever is looking at it just now. */
bool ledger_owners_and_one(unsigned int pfn);

/* The same of a page that is broken: nor somebody who has isolated it. */
bool ledger_only_broken(unsigned int pfn);

/* References that a pin has on it. */
unsigned int ledger_pin_refs(unsigned int pfn);
/* References of all that are known. */
unsigned int ledger_references(unsigned int pfn);
/* How many of one kind. */
unsigned int ledger_nr_held(unsigned int pfn, enum subject_holder holder);

/* --- pins.c --- */

bool ledger_is_in_cma(unsigned int pfn);
/* An entry has changed. */
void ledger_move_pins(unsigned int mm, unsigned int address,
		      const struct subject_pte *old,
		      const struct subject_pte *new);
/* The process has just read or stored there. */
void ledger_look_at_pins(unsigned int mm, unsigned int address);
/* The running operation is over. */
void ledger_look_at_drain(enum check_company company);
/* @mm is about to become a child; has become one. */
void ledger_note_child(unsigned int mm);
void ledger_note_is_child(unsigned int mm);
void ledger_reset_pins(void);

/* --- mlock.c --- */

void ledger_reset_mlock(void);
/* @pfn is given back; is taken off the LRU. */
void ledger_end_mlock(unsigned int pfn);
void ledger_note_isolated(unsigned int pfn);
/* No operation is under way. */
void ledger_look_at_mlocked(void);

/* --- moves.c --- */

/* A page of users is given back. */
void ledger_look_at_indexes(unsigned int pfn);
/* A migration leaves a page where it is, which @nr_batches have. */
void ledger_note_unmoved(unsigned int pfn, unsigned int nr_batches);

/* --- refs.c: who has references on allocated pages --- */

/* [pfn, pfn + nr) is given back: nobody may have it any more, it is clean. */
void ledger_look_at_freed(unsigned int pfn, unsigned int nr);
/* The first page of what is put on a pcplist. */
void ledger_look_at_clean(unsigned int pfn);
/* @pfn has @dirt, which it must not have. */
void __attribute__((noreturn, cold))
ledger_fail_clean(unsigned int pfn, unsigned int dirt, unsigned long private);
/*
 * [pfn, pfn + nr) is given back: that counts for the operation that it was
 * given to or that gives it up, or for none if that one has ended.
 */
void ledger_count_freed(unsigned int pfn, unsigned int nr);
/* Pages of the running operation that only others still have references on. */
long ledger_left_behind(void);
/* They are nobody's from now on: that operation has ended. */
void ledger_leave_behind(void);
/*
 * Other pages of the running operation, but those @given to its caller. Whoever
 * is at work beside it may have looked a page up just before the operation got
 * it, and be about to drop that reference: what it gives back meanwhile is his
 * to free. What is lost instead is found when everything is given back.
 */
long ledger_looked_up(long given);
/* [pfn, pfn + nr) is the running operation's; is nobody's. */
void ledger_set_owner(unsigned int pfn, unsigned int nr);
void ledger_set_nobodys(unsigned int pfn, unsigned int nr);
/* "on a free list" */
const char *ledger_place_name(unsigned int place);
/* Change where [pfn, pfn + nr) is. */
void ledger_set_place(unsigned int pfn, unsigned int nr, unsigned int place);

static inline unsigned int ledger_zone_of(unsigned int pfn)
{
	return subject_zone_of(&ledger->geometry, pfn);
}

/* zone->lock is about to be released: see where all went that was taken. */
void ledger_settle(unsigned int zone);

/* What the running operation could have taken from @zone now (op.c). */
void ledger_note_look(unsigned int zone);

/* zone->lock is released: what was touched has been looked at. */
void ledger_untouch(unsigned int zone);

/*
 * All of [pfn, pfn + nr), pageblocks and largest blocks, must be in @place when
 * @what; then it is in @to.
 */
void ledger_move(unsigned int pfn, unsigned int nr, unsigned int place,
		 unsigned int to, const char *what);

/* [pfn, pfn + nr) is given back: no process may have it now (mapping.c). */
void ledger_look_at_unmapped(unsigned int pfn, unsigned int nr);
/* ... nor may it be about to be split (folios.c). */
void ledger_look_at_queue(unsigned int pfn);
/* At rest: a large folio counts those that have it (folios.c). */
void ledger_look_at_folio(unsigned int pfn);

/* What is stored at that address goes with its entry (content.c). */
void ledger_move_content(unsigned int mm, unsigned int address,
			 const struct subject_pte *old,
			 const struct subject_pte *new);
/* What the running operation has forked looked pinned there before that. */
bool ledger_looked_pinned(unsigned int address);
/*
 * At rest: what process @mm has at @address, by that entry, and what a file
 * has, is what was stored last.
 */
void ledger_look_at_content(unsigned int mm, unsigned int address,
			    const struct subject_pte *entry);
void ledger_look_at_file(unsigned int file, unsigned int index,
			 const struct subject_pte *entry);

/* For check_reset(). */
void ledger_reset_hotplug(void);
void ledger_reset_lru(void);

/* --- lru.c --- */

/* An allocated page is put on LRU list @lru; off any list. */
void ledger_lru_add(unsigned int pfn, unsigned int lru);
void ledger_lru_del(unsigned int pfn);
void ledger_lru_split(unsigned int pfn, unsigned int nr);
/* [pfn, pfn + nr) is given back. */
void ledger_lru_freed(unsigned int pfn, unsigned int nr);
/* Its CPU has taken @nr references for batches; drops them, if negative. */
void ledger_lru_batched(int nr);
void ledger_lru_boot_state(void);
void ledger_reset_contents(void);

/* An operation ends: tell the engine how full memory is (feedback.c). */
void ledger_count_states(void);

/* End the run: check @check is broken. */
void __attribute__((noreturn, format(printf, 2, 3)))
check_fail(enum check check, const char *detail, ...);

#endif
