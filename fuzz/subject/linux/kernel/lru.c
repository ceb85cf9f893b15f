// SPDX-License-Identifier: GPL-2.0-only
/*
 * The LRU and its batches, which are the tree's: what the harness asks of them,
 * and what it is told.
 */
#include <linux/mm.h>
#include <linux/local_lock.h>
#include <linux/pagevec.h>
#include <linux/swap.h>

#include "kernel.h"
#include "internal.h"

/*
 * Static in the tree, and made global by the build: one batch after the other,
 * since a local lock is nothing here.
 */
enum {
	BATCH_ADD,
	BATCH_DEACTIVATE_FILE,
	BATCH_DEACTIVATE,
	BATCH_LAZYFREE,
	BATCH_ACTIVATE,
	BATCH_MOVE_TAIL,
	NR_BATCHES
};

extern struct folio_batch __percpu cpu_fbatches[BATCH_ACTIVATE + 1];
#ifdef TREE_HAS_lru_rotate
extern struct folio_batch __percpu lru_rotate;
#endif

static struct folio_batch *batch_of(unsigned int cpu, unsigned int nr)
{
#ifdef TREE_HAS_lru_rotate
	if (nr == BATCH_MOVE_TAIL)
		return per_cpu_ptr(&lru_rotate, cpu);
#endif
	return per_cpu_ptr(&cpu_fbatches[0], cpu) + nr;
}

static struct lruvec *the_lruvec(void)
{
	return &NODE_DATA(0)->__lruvec;
}

/* --- What the harness is told --- */

/* Sections nest. How many entries were there when the harness last looked. */
static unsigned int depth[BRIDGE_CPUS];
static unsigned char nr_before[BRIDGE_CPUS][NR_BATCHES];

void tree_local_lock(void)
{
	unsigned int cpu = host_cpu();

	for (unsigned int i = 0; !depth[cpu] && i < NR_BATCHES; i++)
		nr_before[cpu][i] = batch_of(cpu, i)->nr;
	depth[cpu]++;
	host_local_lock();
}

/* A section adds one page at most, and may empty batches then. */
static int look_at_batch(const struct folio_batch *batch, unsigned char *before)
{
	int nr = batch->nr - *before;

	for (unsigned int i = *before; i < batch->nr; i++)
		host_page_used((unsigned int)tree_to_pfn(
			folio_page(batch->folios[i], 0)));
	*before = batch->nr;
	return nr;
}

void tree_local_unlock(void)
{
	unsigned int cpu = host_cpu();
	int more = 0, less = 0;

	depth[cpu]--;
	for (unsigned int i = 0; i < NR_BATCHES; i++) {
		int nr = look_at_batch(batch_of(cpu, i), &nr_before[cpu][i]);

		more += nr > 0 ? nr : 0;
		less += nr < 0 ? -nr : 0;
	}
	host_local_unlock(more, less);
}

void tree_lru_flag(const void *page, int value)
{
	if (tree_has_page(page))
		host_lru_flag((unsigned int)tree_to_pfn(page), value);
}

bool tree_is_lru_list(const struct list_head *head, unsigned int *lru)
{
	unsigned long offset =
		(unsigned long)head - (unsigned long)the_lruvec()->lists;

	*lru = (unsigned int)(offset / sizeof(*head));
	return offset < sizeof(the_lruvec()->lists);
}

bool tree_is_lru_lock(const raw_spinlock_t *lock)
{
	return lock == &the_lruvec()->lru_lock.rlock;
}

/* --- Operations --- */

static void deactivate(struct page *page)
{
#ifdef TREE_HAS_folio_deactivate
	folio_deactivate(page_folio(page));
#else
	deactivate_page(page);
#endif
}

static void mark_lazyfree(struct page *page)
{
#ifdef TREE_HAS_folio_deactivate
	folio_mark_lazyfree(page_folio(page));
#else
	mark_page_lazyfree(page);
#endif
}

/* In the order of enum subject_lru_op. */
static void apply(struct page *page, unsigned int what)
{
	switch (what) {
	case 0:
		folio_mark_accessed(page_folio(page));
		break;
	case 1:
		folio_activate(page_folio(page));
		break;
	case 2:
		deactivate(page);
		break;
	case 3:
		deactivate_file_folio(page_folio(page));
		break;
	case 4:
		mark_lazyfree(page);
		break;
	case 5:
		folio_rotate_reclaimable(page_folio(page));
		break;
	}
}

int tree_lru(unsigned int mm, unsigned int address, unsigned int what)
{
	struct page *page;

	if (what > 5)
		return 0;
	page = tree_find_user_page(mm, address);
	if (!page)
		return 0;
	apply(page, what);
	put_page(page);
	return 1;
}

void tree_lru_drain_all(void)
{
	lru_add_drain_all();
}

void tree_lru_drain_local(void)
{
	lru_add_drain();
}

void tree_lru_disable(void)
{
	lru_cache_disable();
}

void tree_lru_enable(void)
{
	lru_cache_enable();
}

/* --- Views --- */

int tree_lru_flags(unsigned int pfn, unsigned int *where)
{
	unsigned long flags = tree_to_page(pfn)->flags;

	*where = flags >> PG_swapbacked & 1 ? LRU_INACTIVE_ANON :
					      LRU_INACTIVE_FILE;
	*where += flags >> PG_active & 1;
	if (flags >> PG_unevictable & 1)
		*where = LRU_UNEVICTABLE;
	return flags >> PG_lru & 1;
}

/* With the differences of all CPUs. */
static long lru_state(enum node_stat_item item)
{
	long sum = NODE_DATA(0)->vm_stat[item].counter;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(NODE_DATA(0)->per_cpu_nodestats, cpu)
			       ->vm_node_stat_diff[item];
	return sum;
}

long tree_lru_count(unsigned int lru)
{
	return lru_state(NR_LRU_BASE + (enum node_stat_item)lru);
}

long tree_nr_isolated(int is_file)
{
	return lru_state(is_file ? NR_ISOLATED_FILE : NR_ISOLATED_ANON);
}

unsigned int tree_lru_disable_count(void)
{
	return (unsigned int)lru_disable_count.counter;
}

const char *tree_batch_name(unsigned int batch)
{
	static const char *const names[] = {
		[BATCH_ADD] = "lru_add",
		[BATCH_DEACTIVATE_FILE] = "lru_deactivate_file",
		[BATCH_DEACTIVATE] = "lru_deactivate",
		[BATCH_LAZYFREE] = "lru_lazyfree",
		[BATCH_ACTIVATE] = "lru_activate",
		[BATCH_MOVE_TAIL] = "lru_move_tail",
	};

	return names[batch];
}

int tree_batch_entry(unsigned int cpu, unsigned int nr, unsigned int *pfn)
{
	for (unsigned int i = 0; i < NR_BATCHES; i++) {
		const struct folio_batch *batch = batch_of(cpu, i);

		if (nr < batch->nr) {
			*pfn = (unsigned int)tree_to_pfn(
				folio_page(batch->folios[nr], 0));
			return (int)i;
		}
		nr -= batch->nr;
	}
	return -1;
}

unsigned int tree_nr_batched(unsigned int cpu)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < NR_BATCHES; i++)
		nr += batch_of(cpu, i)->nr;
	return nr;
}

long tree_lru_next(unsigned int lru, long pfn)
{
	const struct list_head *head = &the_lruvec()->lists[lru];
	const struct list_head *next = head->next;

	if (pfn >= 0)
		next = tree_to_page((unsigned int)pfn)->lru.next;
	if (next == head)
		return -1;
	return (long)tree_to_pfn(list_entry(next, struct page, lru));
}
