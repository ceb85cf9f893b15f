/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of compaction: compact_*.c, compaction.c. */
#ifndef CORE_COMPACTION_H
#define CORE_COMPACTION_H

#include "migrate_internal.h"

#define COMPACT_CLUSTER_MAX 32 /* pages to isolate at a time */

/* For no order in particular, but to compact all there is. */
#define COMPACT_ORDER_ALL (-1)

/*
 * One run over a zone. The migrate scanner goes up from @migrate_pfn, the free
 * scanner down from @free_pfn; what they have isolated is on the lists.
 */
struct compact_control {
	struct list_head freepages[NR_PAGE_ORDERS_LIMIT]; /* by order */
	struct list_head migratepages;
	unsigned int nr_freepages, nr_migratepages; /* pages on them */
	unsigned int free_pfn, migrate_pfn;
	/* Lowest that the fast finder of sources has chosen; see there. */
	unsigned int fast_start_pfn;
	struct zone *zone;
	unsigned int total_migrate_scanned, total_free_scanned;
	unsigned int total_isolated; /* pages of both kinds */
	unsigned int fast_search_fail; /* in a row */
	int search_order; /* where the fast finder of targets begins */
	int order; /* that is wanted, or COMPACT_ORDER_ALL */
	enum migratetype migratetype; /* of the request */
	unsigned int alloc_flags;
	enum zone_type highest_zone;
	enum migrate_mode mode;
	bool ignore_skip_hint; /* scan blocks that are marked, too */
	bool ignore_block_suitable; /* take free pages from any block */
	bool direct_compaction; /* for a request, by itself */
	bool whole_zone; /* from end to end */
	bool contended; /* stop at the end of the block */
	bool finish_pageblock; /* all of it, although some cannot be moved */
	bool positions_equal; /* where runs that wait go on, and others */
};

/*
 * What is freed by the task itself, or an interrupt of it, while it compacts
 * for a request may be just what it wants: then it gets it at once.
 */
struct capture_control {
	const struct compact_control *cc;
	struct page *page;
};

/* compact_hints.c */
bool get_pageblock_skip(unsigned int pfn);
void set_pageblock_skip(unsigned int pfn);
bool isolation_suitable(const struct compact_control *cc, unsigned int pfn);
bool test_and_set_skip(const struct compact_control *cc, unsigned int pfn);
void update_cached_migrate(const struct compact_control *cc, unsigned int pfn);
void update_pageblock_skip(struct zone *zone, unsigned int pfn,
			   unsigned int cached);
void __reset_isolation_suitable(struct zone *zone);
void defer_compaction(struct zone *zone, unsigned int order);
bool compaction_deferred(struct zone *zone, unsigned int order);
bool compaction_restarting(struct zone *zone, unsigned int order);

/* compact_isolate.c */
void compact_lock(spinlock_t *lock, unsigned long *flags,
		  struct compact_control *cc);
bool compact_scanners_met(const struct compact_control *cc);
/* 0; -EAGAIN, too many pages are isolated; -EINTR, a signal. */
int isolate_migratepages_block(struct compact_control *cc, unsigned int pfn,
			       unsigned int end);
unsigned int compact_isolate_freepages_block(struct compact_control *cc,
					     unsigned int *start,
					     unsigned int end,
					     unsigned int stride);

/* compact_fast.c */
unsigned int freelist_scan_limit(const struct compact_control *cc);
void fast_isolate_freepages(struct compact_control *cc);
unsigned int fast_find_migrateblock(struct compact_control *cc);

/* compact_scan.c */
bool suitable_migration_target(const struct compact_control *cc,
			       unsigned int pfn);
enum isolate_migrate { ISOLATE_ABORT, ISOLATE_NONE, ISOLATE_SUCCESS };
enum isolate_migrate isolate_migratepages(struct compact_control *cc);

#endif
