// SPDX-License-Identifier: GPL-2.0-only
/*
 * What processes and files have, as stored last. Each access is compared when
 * it happens, so it does not matter who else is at work; and so is each page
 * that a process has, when nobody is.
 *
 * Of anonymous memory what an address holds goes with its page table entry:
 * with the first one it is zero, or the parent's in a fork, or that of the
 * address that it is moved from. Of a file it is what any process has stored,
 * until it is truncated: from when on is not known, so for the time being both
 * that and zero are right.
 */
#include <string.h>

#include "check/ledger.h"

#define NR_TOGETHER 8 /* addresses of a PMD */

struct file_content {
	unsigned long value;
	unsigned int nr_stores, nr_truncations; /* the latter under way */
	unsigned int at_truncation; /* nr_stores when the last one began */
	unsigned int nr_begun; /* truncations so far */
	bool maybe_zero;
	bool unknown; /* a store may have gone to what was truncated */
};

static struct {
	bool used;
	unsigned long anon[SUBJECT_NR_MMS][SUBJECT_NR_ADDRESSES];
	/* Off its address just now, of those that move together. */
	unsigned long moved[SUBJECT_NR_MMS][NR_TOGETHER];
	/* Addresses, as a mask: what is there is known when it is read. */
	uint32_t unknown[SUBJECT_NR_MMS];
	uint32_t moved_unknown[SUBJECT_NR_MMS]; /* of @moved */
	/* What a task is forking: the child, + 1, and its parent. */
	uint8_t child[SIM_CONTEXTS], parent[SIM_CONTEXTS];
	/* Where the parent has stored to meanwhile, as a mask. */
	uint32_t stored[SIM_CONTEXTS];
	/* Where its pages looked pinned before. */
	uint32_t looked_pinned[SIM_CONTEXTS];
	struct file_content file[SUBJECT_NR_FILES][SUBJECT_FILE_PAGES];
	/* Who sets its size, and whether two have done so at the same time. */
	uint8_t nr_sizing[SUBJECT_NR_FILES];
	bool sized_twice[SUBJECT_NR_FILES];
	/* Truncations that had begun when a task looked for a buffer. */
	unsigned int before_buffer[SIM_CONTEXTS];
} contents;

void ledger_reset_contents(void)
{
	if (contents.used)
		memset(&contents, 0, sizeof(contents));
}

/* In a mask; large files have pages that are in none. */
static uint32_t bit_of(unsigned int nr)
{
	return nr < 32 ? 1u << nr : 0;
}

/* --- Where it goes --- */

/* By its references, as who forks has it: yes may be wrong. */
static bool looks_pinned(unsigned int mm, unsigned int address)
{
	struct subject_page_view page;
	struct subject_pte pte;
	unsigned int pfn;

	subject_pte(mm, address, &pte);
	if (pte.kind != SUBJECT_PTE_PRESENT)
		return false;
	pfn = subject_folio_head(pte.nr);
	subject_page(pfn, &page);
	return page.head ? ledger_nr_held(pfn, SUBJECT_HOLDER_PIN) :
			   page.refcount >= subject_pin_refs(&ledger->geometry);
}

bool ledger_looked_pinned(unsigned int address)
{
	return contents.looked_pinned[sim_context()] >> address & 1;
}

void check_fork_begin(unsigned int mm, unsigned int parent)
{
	uint32_t *looked = &contents.looked_pinned[sim_context()];

	*looked = 0;
	for (unsigned int i = 0; i < SUBJECT_FILE_ADDRESS; i++)
		*looked |= (uint32_t)looks_pinned(parent, i) << i;
	contents.child[sim_context()] = (uint8_t)(mm + 1);
	contents.parent[sim_context()] = (uint8_t)parent;
	contents.stored[sim_context()] = 0;
	ledger_note_child(mm);
}

void check_fork_end(unsigned int mm)
{
	contents.child[sim_context()] = 0;
	ledger_note_is_child(mm);
}

/*
 * A child that does not share its parent's page has a copy of it: when that was
 * made is not known, if the parent goes on writing.
 */
static bool is_unknown_of_child(unsigned int parent, unsigned int address,
				const struct subject_pte *new)
{
	uint32_t unknown = contents.unknown[parent];
	struct subject_pte of_parent;

	subject_pte(parent, address, &of_parent);
	if (new->kind == SUBJECT_PTE_PRESENT && of_parent.nr != new->nr) {
		check_note(STATE_fork_copied);
		unknown |= contents.stored[sim_context()];
	}
	return unknown & bit_of(address);
}

static bool is_unknown(unsigned int mm, unsigned int address,
		       const struct subject_pte *new)
{
	unsigned int context = sim_context();

	if (subject_is_moving(mm))
		return contents.moved_unknown[mm] >> address % NR_TOGETHER & 1;
	return contents.child[context] == mm + 1 &&
	       is_unknown_of_child(contents.parent[context], address, new);
}

static void set_unknown(uint32_t *mask, unsigned int nr, bool unknown)
{
	*mask = (*mask & ~bit_of(nr)) | (unknown ? bit_of(nr) : 0);
}

static void note_stored(unsigned int mm, unsigned int address)
{
	set_unknown(&contents.unknown[mm], address, false);
	for (unsigned int i = 0; i < SIM_CONTEXTS; i++) {
		if (contents.child[i] && contents.parent[i] == mm)
			contents.stored[i] |= bit_of(address);
	}
}

static unsigned long content_of_new(unsigned int mm, unsigned int address)
{
	unsigned int context = sim_context();

	if (subject_is_moving(mm))
		return contents.moved[mm][address % NR_TOGETHER];
	if (contents.child[context] == mm + 1)
		return contents.anon[contents.parent[context]][address];
	return 0;
}

void ledger_move_content(unsigned int mm, unsigned int address,
			 const struct subject_pte *old,
			 const struct subject_pte *new)
{
	unsigned long *content = &contents.anon[mm][address];

	contents.used = true;
	if (old->kind == SUBJECT_PTE_NONE) {
		*content = content_of_new(mm, address);
		set_unknown(&contents.unknown[mm], address,
			    is_unknown(mm, address, new));
	}
	if (new->kind != SUBJECT_PTE_NONE)
		return;
	contents.moved[mm][address % NR_TOGETHER] = *content;
	set_unknown(&contents.moved_unknown[mm], address % NR_TOGETHER,
		    contents.unknown[mm] & bit_of(address));
	*content = 0;
}

/* --- Truncation --- */

/* That may go at any time, whatever has been stored there. */
static bool is_behind_end(unsigned int file, unsigned int index)
{
	return index >= subject_file_size(file);
}

void check_truncate_begin(unsigned int file, unsigned int index)
{
	struct file_content *f = &contents.file[file][index];

	contents.used = true;
	f->nr_truncations++;
	f->nr_begun++;
	f->maybe_zero = true;
	f->at_truncation = f->nr_stores;
}

/* Without a store since then nothing is left of what there was. */
void check_truncate_end(unsigned int file, unsigned int index)
{
	struct file_content *f = &contents.file[file][index];

	f->nr_truncations--;
	if (f->nr_truncations || f->nr_stores != f->at_truncation)
		return;
	f->value = 0;
	f->maybe_zero = false;
	f->unknown = is_behind_end(file, index);
}

void check_size_begin(unsigned int file)
{
	contents.used = true;
	contents.sized_twice[file] = contents.nr_sizing[file] > 0;
	contents.nr_sizing[file]++;
}

void __attribute__((noinline)) check_size_end(unsigned int file,
					      unsigned int size)
{
	contents.nr_sizing[file]--;
	if (!contents.sized_twice[file] && subject_file_size(file) != size)
		check_fail(CHECK_file_size, "  file %u: has %u pages, not %u",
			   file, subject_file_size(file), size);
}

/* --- Buffers --- */

void check_buffer_begin(unsigned int index)
{
	const struct file_content *f = &contents.file[0][index];

	contents.used = true;
	contents.before_buffer[sim_context()] = f->nr_truncations ? ~0u :
								    f->nr_begun;
}

/* A buffer outlives the truncation of its page. */
void event_buffer_store(unsigned int index, unsigned long content)
{
	struct file_content *f = &contents.file[0][index];

	sim_trace("stored %u at %u by the buffer", (unsigned int)content, index,
		  0);
	f->nr_stores++;
	if (contents.before_buffer[sim_context()] != f->nr_begun)
		f->unknown = true;
	else
		f->value = content;
}

/* --- Accesses --- */

static void __attribute__((noinline, cold)) fail_content(unsigned int mm,
							 unsigned int address,
							 unsigned long content,
							 unsigned long value)
{
	check_fail(CHECK_content,
		   "  process %u, address %u: reads %lu, stored last was %lu",
		   mm, address, content, value);
}

static bool is_as_stored(unsigned int file, unsigned int index,
			 unsigned long content)
{
	struct file_content *f = &contents.file[file][index];

	if (f->unknown)
		f->value = content;
	f->unknown = is_behind_end(file, index);
	if (f->maybe_zero && !content)
		f->value = 0;
	if (content != f->value)
		return false;
	f->maybe_zero = f->nr_truncations;
	return true;
}

/* As a process would read it, at that address. */
static void look_at_content(unsigned int mm, unsigned int address,
			    unsigned long content)
{
	unsigned long value = contents.anon[mm][address];
	struct subject_area area;

	subject_area_at(mm, address, &area);
	if (area.file >= 0) {
		unsigned int file = (unsigned int)area.file;

		value = contents.file[file][area.index].value;
		if (is_as_stored(file, area.index, content))
			return;
	} else if (content == value) {
		return;
	} else if (contents.unknown[mm] & bit_of(address)) {
		contents.anon[mm][address] = content;
		set_unknown(&contents.unknown[mm], address, false);
		return;
	}
	fail_content(mm, address, content, value);
}

void event_user_load(unsigned int mm, unsigned int address,
		     unsigned long content)
{
	sim_trace("process %u reads %u at %u", mm, (unsigned int)content,
		  address);
	ledger_look_at_pins(mm, address);
	look_at_content(mm, address, content);
}

/* What @entry stands for; migration entries are nobody's at rest. */
static unsigned long content_behind(const struct subject_pte *entry)
{
	return entry->kind == SUBJECT_PTE_SWAP ?
		       subject_slot_content(entry->nr) :
		       subject_content(entry->nr);
}

void ledger_look_at_content(unsigned int mm, unsigned int address,
			    const struct subject_pte *entry)
{
	look_at_content(mm, address, content_behind(entry));
}

void ledger_look_at_file(unsigned int file, unsigned int index,
			 const struct subject_pte *entry)
{
	unsigned long content;

	content = entry->kind == SUBJECT_PTE_NONE ?
			  subject_disk_content(file, index) :
			  content_behind(entry);
	if (!is_as_stored(file, index, content))
		check_fail(CHECK_content,
			   "  file %u, index %u: has %lu, stored last was %lu",
			   file, index, content,
			   contents.file[file][index].value);
}

/* Its other owner would read what he has not stored. */
static void __attribute__((noinline)) check_shared_store(unsigned int mm,
							 unsigned int address)
{
	struct subject_pte pte;

	subject_pte(mm, address, &pte);
	if (pte.kind == SUBJECT_PTE_PRESENT && ledger->ptes[pte.nr] > 1)
		check_fail(CHECK_shared_store,
			   "  process %u, address %u: pfn %u, which %u entries "
			   "map",
			   mm, address, pte.nr, ledger->ptes[pte.nr]);
}

void event_user_store(unsigned int mm, unsigned int address,
		      unsigned long content)
{
	struct subject_area area;

	sim_trace("process %u stores %u at %u", mm, (unsigned int)content,
		  address);
	contents.used = true;
	ledger_look_at_pins(mm, address);
	subject_area_at(mm, address, &area);
	if (area.file < 0) {
		check_shared_store(mm, address);
		note_stored(mm, address);
		contents.anon[mm][address] = content;
		return;
	}
	event_file_store((unsigned int)area.file, area.index, content);
}

void event_file_store(unsigned int file, unsigned int index,
		      unsigned long content)
{
	struct file_content *f = &contents.file[file][index];

	f->value = content;
	f->nr_stores++;
	f->maybe_zero = f->nr_truncations;
	f->unknown = is_behind_end(file, index);
}
