// SPDX-License-Identifier: GPL-2.0-only
/*
 * The LRU: where its pages are by list operations, and whether their flags and
 * the subject's counts agree; and batches, which have to be empty at times.
 *
 * Who has cleared PG_lru of a page has it for himself, and it stays on its list
 * until he gets lru_lock. So a page is judged when lru_lock is released by
 * whoever has dealt with it; the lists' sizes, whenever it is.
 */
#include <string.h>

#include "check/ledger.h"

static const char *lru_name(unsigned int lru)
{
	static const char *const names[] = { "inactive_anon", "active_anon",
					     "inactive_file", "active_file",
					     "unevictable" };

	return names[lru];
}

void ledger_reset_lru(void)
{
	memset(&ledger->lru, 0, offsetof(struct ledger_lru, touched));
}

/* --- Lists --- */

/* To be judged by the running task, or its interrupt. */
static void touch(unsigned int pfn)
{
	struct ledger_lru *lru = &ledger->lru;
	struct ledger_lru_page *page = &ledger->lru_page[pfn];

	sim_memory_mark(&ledger->memory, page, sizeof(*page));
	page->by = (uint8_t)(sim_context() + 1);
	if (page->touched || lru->nr_touched == NR_TOUCHED)
		return;
	page->touched = true;
	lru->touched[lru->nr_touched++] = pfn;
}

static unsigned int list_of(unsigned int pfn)
{
	return ledger->lru_page[pfn].list - 1u;
}

static void set_list(unsigned int pfn, unsigned int list)
{
	struct subject_page_view view;
	struct ledger_lru_page *page = &ledger->lru_page[pfn];

	if (page->list)
		ledger->lru.nr_on[page->list - 1] -= page->nr;
	page->list = (uint8_t)list;
	if (!list)
		return;
	subject_page(pfn, &view);
	page->nr = (uint16_t)(1u << view.compound_order);
	ledger->lru.nr_on[list - 1] += page->nr;
}

/* It stays where it is, with less pages. */
void ledger_lru_split(unsigned int pfn, unsigned int nr)
{
	struct ledger_lru_page *page = &ledger->lru_page[pfn];

	if (!page->list)
		return;
	touch(pfn);
	ledger->lru.nr_on[page->list - 1] -= page->nr - nr;
	page->nr = (uint16_t)nr;
}

/* Elsewhere reclaim would not find it, or find it too early. */
static void __attribute__((noinline)) check_lru_flags(unsigned int pfn)
{
	enum subject_lru where;

	subject_lru_flags(pfn, &where);
	if (where != list_of(pfn))
		check_fail(CHECK_lru_list,
			   "  pfn %u: on list %s; its flags say %s", pfn,
			   lru_name(list_of(pfn)), lru_name(where));
}

void ledger_lru_add(unsigned int pfn, unsigned int lru)
{
	sim_trace("lru add pfn %u list %u", pfn, lru, 0);
	if (ledger->place[pfn] != PLACE_ALLOCATED)
		check_fail(CHECK_lru_list,
			   "  pfn %u: put on list %s, but it is not allocated",
			   pfn, lru_name(lru));
	touch(pfn);
	set_list(pfn, lru + 1);
	check_lru_flags(pfn);
}

/* From the LRU, or from a list of somebody who has it for himself. */
void ledger_lru_del(unsigned int pfn)
{
	if (!ledger->lru_page[pfn].list)
		return;
	sim_trace("lru del pfn %u list %u", pfn, list_of(pfn), 0);
	touch(pfn);
	check_lru_flags(pfn);
	set_list(pfn, 0);
}

void event_lru_flag(unsigned int pfn, int value)
{
	sim_trace(value ? "lru set pfn %u" : "lru clear pfn %u", pfn, 0, 0);
	touch(pfn);
}

static void __attribute__((noinline)) check_lru_list(unsigned int pfn)
{
	unsigned int list = ledger->lru_page[pfn].list;
	enum subject_lru where;
	bool flag = subject_lru_flags(pfn, &where);

	if (!flag && list)
		check_fail(CHECK_lru_list,
			   "  pfn %u: on list %s without PG_lru, and nobody "
			   "takes it off",
			   pfn, lru_name(list - 1));
	if (flag && where + 1 != list)
		check_fail(CHECK_lru_list,
			   "  pfn %u: on %s%s; its flags say %s", pfn,
			   list ? "list " : "no list",
			   list ? lru_name(list - 1) : "", lru_name(where));
}

void event_lru_unevictable(unsigned int pfn, bool added)
{
	if (!added) {
		ledger_lru_del(pfn);
		return;
	}
	ledger_lru_add(pfn, SUBJECT_LRU_UNEVICTABLE);
	check_note(STATE_unevictable);
}

static void __attribute__((noinline)) check_lru_count(void)
{
	for (unsigned int i = 0; i < SUBJECT_NR_LRUS; i++) {
		long nr = subject_lru_count((enum subject_lru)i);

		/* Who folds has taken a difference, and not added it yet. */
		if (nr != ledger->lru.nr_on[i] && !ledger->nr_folding)
			check_fail(CHECK_lru_count,
				   "  list %s: %ld by its size, %ld pages are "
				   "there",
				   lru_name(i), nr, ledger->lru.nr_on[i]);
	}
}

/* Whether the subject's pointers go where pages were put. */
static void __attribute__((noinline)) check_lru_walk(unsigned int type)
{
	struct subject_list list = { .kind = SUBJECT_LIST_LRU, .type = type };
	long nr = 0;

	for (long pfn = subject_list_next(&list, -1); pfn != -1;
	     pfn = subject_list_next(&list, pfn)) {
		if (pfn < 0 || pfn >= (long)ledger->geometry.nr_pages ||
		    list_of((unsigned int)pfn) != type)
			check_fail(CHECK_lru_list,
				   "  pfn %ld: found on list %s, but never put "
				   "there",
				   pfn, lru_name(type));
		nr += ledger->lru_page[pfn].nr;
	}
	if (nr != ledger->lru.nr_on[type])
		check_fail(CHECK_lru_list, "  list %s: %ld pages of %ld",
			   lru_name(type), nr, ledger->lru.nr_on[type]);
}

/* What others have begun to do with a page, they will be judged for. */
void event_lru_unlock(void)
{
	struct ledger_lru *lru = &ledger->lru;
	unsigned int nr = lru->nr_touched;

	lru->nr_touched = 0;
	for (unsigned int i = 0; i < nr; i++) {
		unsigned int pfn = lru->touched[i];
		struct ledger_lru_page *page = &ledger->lru_page[pfn];

		if (page->by != sim_context() + 1) {
			lru->touched[lru->nr_touched++] = pfn;
			continue;
		}
		page->touched = false;
		check_lru_list(pfn);
	}
	check_lru_count();
	for (unsigned int i = 0; check_full && i < SUBJECT_LRU_UNEVICTABLE; i++)
		check_lru_walk(i);
}

void ledger_lru_freed(unsigned int pfn, unsigned int nr)
{
	for (unsigned int i = pfn; i < pfn + nr; i++) {
		if (ledger->lru_page[i].list)
			check_fail(CHECK_lru_list,
				   "  pfn %u: given back while on list %s", i,
				   lru_name(list_of(i)));
	}
}

/* --- Batches --- */

/* A page that is there has a reference that nobody expects. */
static void __attribute__((noinline)) check_lru_disabled(unsigned int cpu)
{
	struct subject_batch_entry entry;

	if (ledger->lru.nr_disabled && sim_cpu_is_online(cpu) &&
	    subject_batch_entry(cpu, 0, &entry))
		check_fail(CHECK_lru_disabled,
			   "  cpu %u: pfn %u in batch %s, %u in all", cpu,
			   entry.pfn, subject_batch_name(entry.batch),
			   subject_nr_batched(cpu));
}

void event_local_lock(void)
{
	if (sim_running())
		ledger->lru.nr_sections[sim_cpu()]++;
}

/* What an interrupt leaves, the section that it came into must not. */
void event_local_unlock(void)
{
	if (sim_running() && !--ledger->lru.nr_sections[sim_cpu()])
		check_lru_disabled(sim_cpu());
}

void event_lru_disabled(void)
{
	ledger->lru.nr_disabled++;
	for (unsigned int cpu = 0; cpu < ledger->geometry.nr_cpus; cpu++) {
		if (!ledger->lru.nr_sections[cpu])
			check_lru_disabled(cpu);
	}
}

void event_lru_enabled(void)
{
	ledger->lru.nr_disabled--;
}

/* Only its CPU empties a batch, or who has found it dead. */
void ledger_lru_batched(int nr)
{
	unsigned int dead = ledger->lru.dead[sim_context()];

	if (nr < 0) {
		ledger->lru.nr_unbatched[dead ? dead - 1 : sim_cpu()] -=
			(unsigned int)nr;
		return;
	}
	ledger->lru.nr_batched[sim_cpu()] += (unsigned int)nr;
	if (ledger->lru.nr_disabled)
		check_note(STATE_lru_off);
}

/*
 * A batch that is just being emptied still has pages that have lost its
 * reference.
 */
static unsigned int nr_in_batches(unsigned int cpu)
{
	const struct ledger_lru *lru = &ledger->lru;
	unsigned int told = lru->nr_batched[cpu] - lru->nr_unbatched[cpu];
	unsigned int nr = subject_nr_batched(cpu);

	return nr < told ? nr : told;
}

void check_batches_begin(struct check_batches *batches)
{
	for (unsigned int cpu = 0; cpu < SIM_MAX_CPUS; cpu++) {
		batches->left[cpu] = 0;
		if (cpu >= ledger->geometry.nr_cpus || !sim_cpu_is_online(cpu))
			continue;
		batches->left[cpu] =
			ledger->lru.nr_unbatched[cpu] + nr_in_batches(cpu);
	}
}

/*
 * What is in a batch leaves it in the order in which it came, as far as it
 * matters: as many as there were must have left.
 */
void __attribute__((noinline))
check_batches_drained(const struct check_batches *batches, int cpu)
{
	for (int i = 0; i < SIM_MAX_CPUS; i++) {
		unsigned int left = ledger->lru.nr_unbatched[i];

		if ((cpu != -1 && cpu != i) || left >= batches->left[i] ||
		    !sim_cpu_is_online((unsigned int)i))
			continue;
		check_fail(CHECK_lru_drained,
			   "  cpu %d: %u pages that were in its batches before "
			   "have not left them",
			   i, batches->left[i] - left);
	}
}

void check_cpu_dying(unsigned int cpu)
{
	ledger->lru.dead[sim_context()] = (uint8_t)(cpu + 1);
}

void __attribute__((noinline)) check_batches_dead(unsigned int cpu)
{
	struct subject_batch_entry entry;

	ledger->lru.dead[sim_context()] = 0;
	if (subject_batch_entry(cpu, 0, &entry))
		check_fail(CHECK_lru_drained,
			   "  cpu %u, dead: pfn %u in batch %s", cpu, entry.pfn,
			   subject_batch_name(entry.batch));
	/* More than any batches have: whoever waited for them is content. */
	ledger->lru.nr_batched[cpu] += 1u << 16;
	ledger->lru.nr_unbatched[cpu] += 1u << 16;
}

/* --- The end of a run --- */

void __attribute__((noinline)) ledger_lru_boot_state(void)
{
	struct subject_batch_entry entry;

	for (unsigned int cpu = 0; cpu < ledger->geometry.nr_cpus; cpu++) {
		if (subject_batch_entry(cpu, 0, &entry))
			check_fail(CHECK_boot_state,
				   "  cpu %u: pfn %u in batch %s after a drain",
				   cpu, entry.pfn,
				   subject_batch_name(entry.batch));
	}
	for (unsigned int i = 0; i < SUBJECT_NR_LRUS; i++) {
		if (ledger->lru.nr_on[i] ||
		    subject_lru_count((enum subject_lru)i))
			check_fail(CHECK_boot_state,
				   "  list %s: %ld pages, %ld by its size",
				   lru_name(i), ledger->lru.nr_on[i],
				   subject_lru_count((enum subject_lru)i));
	}
	if (subject_lru_disable_count())
		check_fail(CHECK_boot_state, "  batches are disabled %u times",
			   subject_lru_disable_count());
}
