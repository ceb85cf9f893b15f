// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pins: where they may be for good, and that the process they were got from
 * stays with the page. As long as that has not given the memory up, and it is
 * not a file's, each access of the process must find the page that is pinned;
 * what its entry is in between does not matter. When memory moves, its pins go
 * along.
 */
#include <string.h>

#include "check/ledger.h"

#define NR_PINS 256
#define NR_TOGETHER 8 /* addresses of a PMD */

/* A page that a process has at an address, or has given up there. */
struct pin {
	uint8_t mm, address;
	bool given_up;
	unsigned int pfn;
};

static struct {
	unsigned int nr;
	struct pin pin[NR_PINS];
	/* The address of each process whose entry was cleared last, of those
	 * that move together; addresses move by as many. */
	uint8_t cleared[SUBJECT_NR_MMS][NR_TOGETHER];
	/* How often it began to become another one's child, and has become. */
	unsigned int nr_begun[SUBJECT_NR_MMS], nr_ended[SUBJECT_NR_MMS];
} pins;

void ledger_reset_pins(void)
{
	pins.nr = 0;
	memset(pins.nr_begun, 0, sizeof(pins.nr_begun));
	memset(pins.nr_ended, 0, sizeof(pins.nr_ended));
}

void ledger_note_child(unsigned int mm)
{
	pins.nr_begun[mm]++;
}

void ledger_note_is_child(unsigned int mm)
{
	pins.nr_ended[mm]++;
}

/* --- For good --- */

bool ledger_is_in_cma(unsigned int pfn)
{
	unsigned int start, end;

	subject_cma_area(&start, &end);
	return pfn >= start && pfn < end;
}

void __attribute__((noinline)) check_pinned(unsigned int pfn)
{
	if (ledger_is_in_cma(pfn))
		check_fail(CHECK_pinned, "  pfn %u: in the CMA area", pfn);
	if (pfn >= ledger->geometry.movable_start)
		check_fail(CHECK_pinned, "  pfn %u: in zone Movable", pfn);
	check_note(STATE_pinned);
}

/* --- Pages that are pinned --- */

/* As a page, or in swap, whence it comes back. */
static bool has_page(unsigned int mm, unsigned int address, unsigned int pfn)
{
	struct subject_pte pte;

	subject_pte(mm, address, &pte);
	if (pte.kind == SUBJECT_PTE_SWAP && !subject_slot_page(pte.nr, &pte.nr))
		return false;
	return pte.kind != SUBJECT_PTE_NONE && pte.nr == pfn;
}

static bool is_nothing(const struct subject_area *area)
{
	return area->anon < 0 && area->file < 0;
}

/* The process has become another one since the running operation began. */
static bool has_ended(unsigned int mm)
{
	return pins.nr_begun[mm] != ledger_this_op()->pin_nr_ended;
}

/* Memory may have moved away, or have been truncated, since it was got. */
static void __attribute__((noinline))
check_got(unsigned int mm, unsigned int address, unsigned int pfn)
{
	struct subject_area page, wanted;

	subject_area_of(pfn, &page);
	subject_area_at(mm, address, &wanted);
	if (has_ended(mm) || subject_is_moving(mm) || is_nothing(&page) ||
	    is_nothing(&wanted))
		return;
	if (page.anon != wanted.anon || page.file != wanted.file ||
	    page.index != wanted.index)
		check_fail(CHECK_pin_stays,
			   "  process %u, address %u: got pfn %u, which is of "
			   "anon %d, file %d, index %u, not of anon %d, file "
			   "%d, index %u",
			   mm, address, pfn, page.anon, page.file, page.index,
			   wanted.anon, wanted.file, wanted.index);
}

/* The process may have given it up before the call that pinned it returned. */
void check_pin(unsigned int mm, unsigned int address, unsigned int pfn,
	       enum subject_pin how)
{
	struct subject_area area;

	check_got(mm, address, pfn);
	if (subject_pin_is_longterm(how))
		check_pinned(pfn);
	subject_area_of(pfn, &area);
	/* Of a mere reference the process need not know. */
	if (how < SUBJECT_PIN || area.file >= 0 || pins.nr == NR_PINS)
		return;
	pins.pin[pins.nr++] =
		(struct pin){ .mm = (uint8_t)mm,
			      .address = (uint8_t)address,
			      .given_up = !has_page(mm, address, pfn),
			      .pfn = pfn };
}

/* Of several pins of a page it does not matter which. */
void check_unpin(unsigned int pfn)
{
	for (unsigned int i = 0; i < pins.nr; i++) {
		if (pins.pin[i].pfn != pfn)
			continue;
		pins.pin[i] = pins.pin[--pins.nr];
		return;
	}
}

static void move_pin(struct pin *pin, unsigned int address,
		     const struct subject_pte *old,
		     const struct subject_pte *new)
{
	unsigned int cleared = pins.cleared[pin->mm][address % NR_TOGETHER];

	if (new->kind == SUBJECT_PTE_NONE && pin->address == address)
		pin->given_up = true;
	if (old->kind != SUBJECT_PTE_NONE || !pin->given_up ||
	    pin->address != cleared || new->nr != pin->pfn ||
	    new->kind == SUBJECT_PTE_SWAP || !subject_is_moving(pin->mm))
		return;
	pin->address = (uint8_t)address;
	pin->given_up = false;
}

void ledger_move_pins(unsigned int mm, unsigned int address,
		      const struct subject_pte *old,
		      const struct subject_pte *new)
{
	for (unsigned int i = 0; i < pins.nr; i++) {
		if (pins.pin[i].mm == mm)
			move_pin(&pins.pin[i], address, old, new);
	}
	if (new->kind == SUBJECT_PTE_NONE)
		pins.cleared[mm][address % NR_TOGETHER] = (uint8_t)address;
}

static void __attribute__((noinline)) check_pin_stays(const struct pin *pin)
{
	struct subject_pte pte;

	subject_pte(pin->mm, pin->address, &pte);
	if (pte.kind != SUBJECT_PTE_PRESENT || pte.nr != pin->pfn)
		check_fail(CHECK_pin_stays,
			   "  process %u, address %u: pfn %u is pinned, but "
			   "the process has pfn %u",
			   pin->mm, pin->address, pin->pfn, pte.nr);
}

void ledger_look_at_pins(unsigned int mm, unsigned int address)
{
	for (unsigned int i = 0; i < pins.nr; i++) {
		const struct pin *pin = &pins.pin[i];

		if (pin->mm == mm && pin->address == address && !pin->given_up)
			check_pin_stays(pin);
	}
}

/* --- Pages that must be moved --- */

void check_pin_begin(unsigned int mm, unsigned int start, unsigned int nr)
{
	struct ledger_op *op = ledger_this_op();

	op->pin_mm = mm;
	op->pin_nr_ended = pins.nr_ended[mm];
	op->pin_start = start;
	op->pin_end = start + nr;
	if (op->pin_end > SUBJECT_NR_ADDRESSES)
		op->pin_end = SUBJECT_NR_ADDRESSES;
}

void __attribute__((noinline)) check_pin_number(unsigned int nr,
						unsigned int wanted)
{
	if (!nr || nr > wanted)
		check_fail(CHECK_op_result,
			   "  %u pages, of %u that were wanted", nr, wanted);
}

static bool must_be_moved(unsigned int pfn)
{
	unsigned int block = pfn >> ledger->geometry.block_order;

	return ledger_is_in_cma(pfn) || pfn >= ledger->geometry.movable_start ||
	       subject_block_type(block) == SUBJECT_ISOLATE;
}

/* The first page from *@address on that the operation must move. */
static bool next_to_move(unsigned int *address, unsigned int *pfn)
{
	const struct ledger_op *op = ledger_this_op();
	struct subject_pte pte;

	for (; *address < op->pin_end; (*address)++) {
		subject_pte(op->pin_mm, *address, &pte);
		if (pte.kind == SUBJECT_PTE_PRESENT && must_be_moved(pte.nr)) {
			*pfn = pte.nr;
			return true;
		}
	}
	return false;
}

/* Nobody has it but its owners and the one pin, so no batch either. */
static bool is_in_no_batch(unsigned int pfn)
{
	struct subject_page_view page;

	pfn = subject_folio_head(pfn);
	subject_page(pfn, &page);
	/* Large folios are in no batch. */
	return page.head ||
	       page.refcount ==
		       ledger_nr_held(pfn, SUBJECT_HOLDER_PTE) +
			       ledger_nr_held(pfn, SUBJECT_HOLDER_CACHE) +
			       ledger_nr_held(pfn, SUBJECT_HOLDER_PRIVATE) +
			       subject_pin_refs(&ledger->geometry);
}

/* That takes works on all CPUs, which are waited for. */
void event_lru_drain_all(void)
{
	struct ledger_op *op = ledger_this_op();
	unsigned int pfn;

	if (op->op != CHECK_OP_PIN)
		return;
	for (unsigned int i = op->pin_start; next_to_move(&i, &pfn); i++) {
		if (!is_in_no_batch(pfn))
			return;
	}
	op->drained_needlessly = true;
}

/* In company somebody may have had a reference for a moment. */
void __attribute__((noinline)) ledger_look_at_drain(enum check_company company)
{
	struct ledger_op *op = ledger_this_op();

	if (op->drained_needlessly && company == CHECK_ALONE)
		check_fail(CHECK_needless_drain,
			   "  process %u, addresses %u to %u", op->pin_mm,
			   op->pin_start, op->pin_end);
	op->drained_needlessly = false;
}

void __attribute__((noinline)) check_pin_busy(enum check_company company)
{
	unsigned int pfn = 0;

	check_note(STATE_pin_busy);
	if (company != CHECK_ALONE)
		return;
	for (unsigned int i = ledger_this_op()->pin_start;
	     next_to_move(&i, &pfn); i++) {
		if (ledger_nr_held(subject_folio_head(pfn),
				   SUBJECT_HOLDER_ISOLATION))
			return;
	}
	check_fail(CHECK_unmoved, "  pfn %u: nobody has it off the LRU", pfn);
}
