// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting at the pages of a process: by a reference, or by a pin.
 *
 * Who has got a page (FOLL_GET) has one reference, and no more than that: the
 * process may go on with another page. Who has pinned one (FOLL_PIN) reads or
 * writes what it holds, so as long as he does that the process stays with it. A
 * pin is GUP_PIN_COUNTING_BIAS references, which is how it is told from others;
 * a page with as many of those is taken to be pinned, too.
 *
 * An anonymous page is its process's alone if the entry allows to write; only
 * such a page is pinned. Whoever takes that away, for swap or migration, clears
 * the entry, then looks for pins and lets the page be if there are any. Fast
 * GUP, which has no lock, takes its references, then looks at the entry again:
 * one of the two sees the other. Fork does not clear what it makes read-only;
 * mm->write_protect_seq tells of it instead. All others are kept away by
 * mmap_lock or the page table's lock.
 *
 * A page that is pinned for good (FOLL_LONGTERM) must not be where others need
 * it to be movable: in a CMA area, in zone Movable, in a pageblock that is
 * isolated. Then it is moved first, and for that batches must not have it:
 * whether one does is told by its references, as pages that are on the LRU may
 * be in a batch, too. One that cannot be taken off the LRU, since somebody else
 * has it, is waited for; 6.12 does that for ever. And it must not be of a file
 * on a disk, which would not learn of what is written by the pin.
 *
 * A large folio counts its pins, each of which is one reference on it. Who
 * finds one of its pages by an entry, without a lock, takes the reference on
 * the head that the page has just now, and looks whether that is still the
 * page's.
 *
 * Modelled on mm/gup.c of Linux 6.12. Left out: pins for reading only, what
 * fast GUP does to keep page tables from being freed.
 */
#include "migrate_internal.h"

#define NR_PIN_RETRY 10 /* with nothing that could be moved */

/* A large folio has a count of its own for pins. */
static int grab_refs(const struct page *folio, unsigned int gup_flags)
{
	return gup_flags & FOLL_PIN && !folio_test_large(folio) ?
		       GUP_PIN_COUNTING_BIAS :
		       1;
}

/* References are there already. */
static void count_pin(struct page *folio, unsigned int gup_flags, int nr)
{
	if (gup_flags & FOLL_PIN && folio_test_large(folio))
		atomic_add(nr, &folio[1].pincount);
}

static void report_grab(const struct page *folio, unsigned int gup_flags,
			int nr)
{
	arch_page_ref(folio, gup_flags & FOLL_PIN ? HOLDER_PIN : HOLDER_GET,
		      nr);
}

/*
 * Whether somebody has pinned @folio. No if nobody has; yes may be wrong. Who
 * holds something that keeps others from getting new pins gets the truth.
 */
bool folio_maybe_dma_pinned(struct page *folio)
{
	if (folio_test_large(folio))
		return atomic_read(&folio[1].pincount) > 0;
	return atomic_read(&folio->refcount) >= GUP_PIN_COUNTING_BIAS;
}

static void put_grabbed(struct page *folio, unsigned int gup_flags)
{
	report_grab(folio, gup_flags, -1);
	count_pin(folio, gup_flags, -1);
	put_page_refs(folio, grab_refs(folio, gup_flags));
}

/* Give back what get_user_pages() has got by these flags. Any context. */
void gup_put_pages(struct page **pages, unsigned int nr_pages,
		   unsigned int gup_flags)
{
	for (unsigned int i = 0; i < nr_pages; i++) {
		put_grabbed(page_folio(pages[i]), gup_flags);
	}
}

static bool folio_is_longterm_pinnable(const struct page *folio)
{
	enum migratetype mt = get_pfnblock_migratetype(page_to_pfn(folio));

	return !is_migrate_cma(mt) && !is_migrate_isolate(mt) &&
	       page_zone(folio) != &mem->zones[ZONE_MOVABLE];
}

static bool mapping_allows(const struct address_space *mapping,
			   unsigned int gup_flags)
{
	return !(gup_flags & FOLL_LONGTERM) || mapping->swap_backed;
}

/* --- Fast: no lock held; any context --- */

/* A reference on the folio that has @page, which may be anybody's by now. */
static struct page *try_get_folio(struct page *page)
{
	struct page *folio;

	do {
		folio = compound_head(page);
		if (!get_page_unless_zero(folio))
			return NULL;
		if (folio == page || buggy(gup_grab_head_vs_split))
			return folio;
		/* It may have been split before we got it, and freed. */
		if (compound_head(page) == folio)
			return folio;
		put_page(folio);
	} while (true);
}

static struct page *try_grab_folio_fast(struct page *page,
					unsigned int gup_flags)
{
	struct page *folio = try_get_folio(page);

	if (!folio)
		return NULL;
	/* It would have to be moved first. */
	if (gup_flags & FOLL_LONGTERM && !folio_is_longterm_pinnable(folio)) {
		put_page(folio);
		return NULL;
	}
	count_pin(folio, gup_flags, 1);
	if (gup_flags & FOLL_PIN && !folio_test_large(folio))
		atomic_add(GUP_PIN_COUNTING_BIAS - 1, &folio->refcount);
	return folio;
}

/* Truncated, it is no file's any more: that is for the slow way to find out. */
static bool gup_fast_folio_allowed(const struct page *folio,
				   unsigned int gup_flags)
{
	unsigned long mapping;

	if (!(gup_flags & FOLL_LONGTERM))
		return true;
	mapping = READ_ONCE(folio->mapping);
	return mapping & PAGE_MAPPING_ANON ||
	       (mapping &&
		mapping_allows((struct address_space *)mapping, gup_flags));
}

/*
 * @page by an entry that has all of @wanted, as it was seen; NULL if it changes
 * just now.
 */
static struct page *gup_fast_entry(const pte_t *entry, pte_t seen, pte_t wanted,
				   struct page *page, unsigned int gup_flags)
{
	struct page *folio;

	if (~seen & wanted)
		return NULL;
	folio = try_grab_folio_fast(page, gup_flags);
	if (!folio)
		return NULL;
	/* Still there? Then it is ours, else it may be anybody's. */
	if (pte_same(READ_ONCE(*entry), seen) &&
	    gup_fast_folio_allowed(folio, gup_flags))
		return page;
	count_pin(folio, gup_flags, -1);
	put_page_refs(folio, grab_refs(folio, gup_flags));
	return NULL;
}

static struct page *gup_fast_pte(struct mm_struct *mm, unsigned int address,
				 pte_t wanted, unsigned int gup_flags)
{
	const pte_t *entry = &mm->pte[address];
	pte_t pte = READ_ONCE(*entry);

	return gup_fast_entry(entry, pte, wanted, pte_page(pte), gup_flags);
}

/* The same of an address that may have a PMD. */
static struct page *gup_fast_page(struct mm_struct *mm, unsigned int address,
				  pte_t wanted, unsigned int gup_flags)
{
	const pte_t *entry = pmd_of(mm, address);
	pte_t pmd = READ_ONCE(*entry);

	if (!pmd)
		return gup_fast_pte(mm, address, wanted, gup_flags);
	return gup_fast_entry(entry, pmd, wanted,
			      pte_page(pmd) + address % HPAGE_PMD_NR,
			      gup_flags);
}

/*
 * As many of the pages from @start on as can be had without a fault. Who pins
 * while fork takes away the right to write gets none, as fork may not have seen
 * the pins.
 */
static unsigned int gup_fast(struct mm_struct *mm, unsigned int start,
			     unsigned int nr_pages, unsigned int gup_flags,
			     struct page **pages)
{
	bool against_fork = gup_flags & FOLL_PIN && !buggy(pin_vs_fork);
	unsigned int seq = READ_ONCE(mm->write_protect_seq), nr;

	if (against_fork && seq & 1)
		return 0;
	for (nr = 0; nr < nr_pages && start + nr < NR_PTES; nr++) {
		pages[nr] = gup_fast_page(mm, start + nr,
					  PTE_PRESENT | PTE_WRITE, gup_flags);
		if (!pages[nr])
			break;
		report_grab(page_folio(pages[nr]), gup_flags, 1);
	}
	if (against_fork && READ_ONCE(mm->write_protect_seq) != seq) {
		gup_put_pages(pages, nr, gup_flags);
		return 0;
	}
	return nr;
}

/*
 * The page that @mm has at @address, with a reference for the caller; NULL if
 * there is none, or it is going just now. Any context; no lock held.
 */
struct page *follow_page(struct mm_struct *mm, unsigned int address)
{
	return gup_fast_page(mm, address, PTE_PRESENT, FOLL_GET);
}

/*
 * Store there as a device does that was given the page: by a reference of its
 * own, from when the page table allowed it. What has become of the entry since
 * then does not matter: who has the reference has the page, which stays what
 * the file has there, and marks it dirty before he lets go of it. Only for
 * pages of a disk's file: anonymous memory may be copied meanwhile. False if
 * there is none.
 */
bool device_store(struct mm_struct *mm, unsigned int address,
		  unsigned long content)
{
	struct page *page;

	if (!(READ_ONCE(mm->pte[address]) & PTE_WRITE))
		return false;
	page = follow_page(mm, address);
	if (!page)
		return false;
	if (page_folio(page) != page || folio_test_anon(page) ||
	    test_bit(PG_swapbacked, &page->flags)) {
		put_page(page);
		return false;
	}
	WRITE_ONCE(*page_content(page), content);
	arch_file_stored(page, content);
	folio_mark_dirty(page);
	put_page(page);
	return true;
}

/* --- Slow: with mmap_lock and faults --- */

/* The page, if the process may write to it; else NULL. mmap_lock held. */
static struct page *follow_page_pte(struct mm_struct *mm, unsigned int address,
				    unsigned int gup_flags)
{
	struct page *page = NULL, *folio;
	pte_t pte, pmd;

	spin_lock(&mm->page_table_lock);
	pmd = *pmd_of(mm, address);
	pte = pmd ? pmd : mm->pte[address];
	if (pte & PTE_PRESENT && pte & PTE_WRITE) {
		page = pte_page(pte) + (pmd ? address % HPAGE_PMD_NR : 0);
		folio = page_folio(page);
		atomic_add(grab_refs(folio, gup_flags), &folio->refcount);
		count_pin(folio, gup_flags, 1);
		report_grab(folio, gup_flags, 1);
	}
	spin_unlock(&mm->page_table_lock);
	return page;
}

/* 0, or why there is no such page. mmap_lock held. */
static int get_user_page(struct mm_struct *mm, unsigned int address,
			 unsigned int gup_flags, struct page **page)
{
	const struct vm_area_struct *vma = find_vma(mm, address);
	int ret;

	if (!vma || (vma->vm_file && !mapping_allows(vma->vm_file, gup_flags)))
		return -EFAULT;
	while (!fatal_signal_pending()) {
		*page = follow_page_pte(mm, address, gup_flags);
		if (*page)
			return 0;
		ret = handle_mm_fault(mm, address, FAULT_WRITE);
		if (ret)
			return ret;
	}
	return -EINTR;
}

/* How many there are, up to the first that is not; or why there is none. */
static int __get_user_pages_locked(struct mm_struct *mm, unsigned int start,
				   unsigned int nr_pages,
				   unsigned int gup_flags, struct page **pages)
{
	unsigned int nr = 0;
	int ret = 0;

	down_read(&mm->mmap_lock);
	while (nr < nr_pages && !ret) {
		ret = get_user_page(mm, start + nr, gup_flags, &pages[nr]);
		nr += !ret;
	}
	up_read(&mm->mmap_lock);
	return nr ? (int)nr : ret;
}

/* --- For good --- */

/* Whether somebody has a reference on a pinned page who may be a batch. */
static bool may_be_in_a_batch(struct page *folio)
{
	int pin = buggy(drain_test_counts_own_pin) ? 1 : GUP_PIN_COUNTING_BIAS;

	/* Those do not stay there. */
	if (folio_test_large(folio))
		return false;
	if (buggy(lru_flag_not_proof))
		return !test_bit(PG_lru, &folio->flags);
	return atomic_read(&folio->refcount) !=
	       folio_expected_ref_count(folio) + pin;
}

/* What has been drained for the pages of one list, so far. */
enum drained { DRAINED_NONE, DRAINED_THIS_CPU, DRAINED_ALL };

static void drain_batches_with(struct page *folio, enum drained *drained)
{
	if (*drained == DRAINED_NONE && may_be_in_a_batch(folio)) {
		lru_add_drain();
		*drained = DRAINED_THIS_CPU;
	}
	if (*drained == DRAINED_THIS_CPU && may_be_in_a_batch(folio)) {
		lru_add_drain_all();
		*drained = DRAINED_ALL;
	}
}

/*
 * Take what may not stay where it is off the LRU into @list. Returns how many
 * pages that are, with those that somebody else has taken off.
 */
static unsigned int collect_longterm_unpinnable(struct page **pages,
						unsigned int nr_pages,
						struct list_head *list)
{
	unsigned int step = buggy(pin_checks_every_other_page) ? 2 : 1;
	enum drained drained = DRAINED_NONE;
	unsigned int collected = 0;
	const struct page *last = NULL; /* as those of one follow each other */

	for (unsigned int i = 0; i < nr_pages; i += step) {
		struct page *folio = page_folio(pages[i]);

		if (folio_is_longterm_pinnable(folio) || folio == last)
			continue;
		last = folio;
		drain_batches_with(folio, &drained);
		if (folio_isolate_lru(folio) ==
		    buggy(isolate_result_inverted)) {
			collected += !buggy(pin_ignores_isolation_errors);
			continue;
		}
		collected++;
		mod_isolated(folio, 1);
		list_add_tail(&folio->lru, list);
	}
	return collected;
}

/*
 * 0 if pages that are pinned may stay so. Else the pins are dropped: -EAGAIN,
 * all that was in the way and on the LRU has been moved; -EBUSY, nothing was on
 * the LRU; -ENOMEM, something could not be moved.
 */
static int check_and_migrate_movable_pages(struct page **pages,
					   unsigned int nr_pages,
					   unsigned int gup_flags)
{
	static const struct migrate_control mc = { .mode = MIGRATE_SYNC,
						   .reason = MR_LONGTERM_PIN };
	struct list_head list;
	int ret = -EAGAIN;

	INIT_LIST_HEAD(&list);
	if (!collect_longterm_unpinnable(pages, nr_pages, &list))
		return 0;
	/* Isolation has references of its own; ours would be in the way. */
	gup_put_pages(pages, nr_pages, gup_flags);
	if (list_empty(&list))
		return -EBUSY;
	if (migrate_pages(&list, &mc, NULL))
		ret = -ENOMEM;
	putback_movable_pages(&list);
	return ret;
}

/* Whether to try again, although nothing has become better. */
static bool wait_for_isolation(unsigned int *nr_retries)
{
	cond_resched();
	return buggy(gup_longterm_endless) || ++*nr_retries < NR_PIN_RETRY;
}

/*
 * The same as __get_user_pages_locked(); all that is allocated meanwhile may be
 * pinned for good, and so may all that is returned.
 */
static int __gup_longterm_locked(struct mm_struct *mm, unsigned int start,
				 unsigned int nr_pages, unsigned int gup_flags,
				 struct page **pages)
{
	unsigned int flags = memalloc_nocma_save(), nr_retries = 0;
	int nr, ret;

	do {
		nr = __get_user_pages_locked(mm, start, nr_pages, gup_flags,
					     pages);
		if (nr <= 0) {
			ret = nr;
			break;
		}
		ret = check_and_migrate_movable_pages(pages, (unsigned int)nr,
						      gup_flags);
		if (ret == -ENOMEM && buggy(pin_despite_failed_migration)) {
			ret = nr = __get_user_pages_locked(mm, start, nr_pages,
							   gup_flags, pages);
			break;
		}
		if (ret == -EBUSY && wait_for_isolation(&nr_retries))
			ret = -EAGAIN;
	} while (ret == -EAGAIN);
	memalloc_nocma_restore(flags);
	return ret ? ret : nr;
}

/* --- All of it --- */

/*
 * Get or pin, as @gup_flags say, the pages that @mm may write to from @start
 * on, until gup_put_pages(). Returns how many of @nr_pages that are; if none,
 * -EFAULT, there is no such memory; -ENOMEM, there was no memory, or somebody
 * has a reference on a page that had to be moved; -EBUSY, he has it off the
 * LRU; -EINTR, the task is to end. May sleep; no lock held.
 */
int get_user_pages(struct mm_struct *mm, unsigned int start,
		   unsigned int nr_pages, unsigned int gup_flags,
		   struct page **pages)
{
	if (gup_flags & FOLL_LONGTERM)
		return __gup_longterm_locked(mm, start, nr_pages, gup_flags,
					     pages);
	return __get_user_pages_locked(mm, start, nr_pages, gup_flags, pages);
}

/* The same: without locks, as far as that goes. */
int get_user_pages_fast(struct mm_struct *mm, unsigned int start,
			unsigned int nr_pages, unsigned int gup_flags,
			struct page **pages)
{
	unsigned int nr = gup_fast(mm, start, nr_pages, gup_flags, pages);
	int ret;

	if (nr == nr_pages)
		return (int)nr;
	ret = get_user_pages(mm, start + nr, nr_pages - nr, gup_flags,
			     pages + nr);
	/* Whoever has some is told of these. */
	if (ret < 0)
		return nr ? (int)nr : ret;
	return (int)nr + ret;
}
