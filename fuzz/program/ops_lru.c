// SPDX-License-Identifier: GPL-2.0-only
/* Operations on the LRU and its batches. */
#include "check/check.h"
#include "program/held.h"

/* Of a page that a process has; a batch that is full, or disabled, may free. */
static bool move_page(const struct record *rec, enum subject_lru_op what)
{
	bool done;

	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	done = subject_lru(rec->arg[0], rec->arg[1], what);
	check_op_end(CHECK_DONE, 0, 0);
	return done;
}

bool op_lru(const struct record *rec)
{
	return move_page(rec, (enum subject_lru_op)rec->arg[2]);
}

/* The page that subject_lru() finds, if nobody else is at work; or none. */
static bool find_page(unsigned int mm, unsigned int address, unsigned int *pfn)
{
	for (unsigned int i = 0; i <= SUBJECT_NR_MMS * SUBJECT_NR_ADDRESSES;
	     i++) {
		struct subject_pte pte;

		subject_pte(mm % SUBJECT_NR_MMS, address, &pte);
		if (pte.kind == SUBJECT_PTE_PRESENT) {
			*pfn = pte.nr;
			return true;
		}
		if (++address == SUBJECT_NR_ADDRESSES) {
			address = 0;
			mm++;
		}
	}
	return false;
}

bool op_mlock(const struct record *rec)
{
	bool unlock = rec->arg[2], done;
	unsigned int time = begin_alone(), pfn;

	if (!subject_caps()->has_mlock ||
	    !find_page(rec->arg[0], rec->arg[1], &pfn))
		return false;
	ops.mlock_used = true;
	check_mlock_begin(pfn);
	done = move_page(rec, unlock ? SUBJECT_LRU_MUNLOCK : SUBJECT_LRU_MLOCK);
	if (done)
		check_mlock_end(pfn, unlock ? -1 : 1, company_since(time));
	return done;
}

bool op_lru_drain(const struct record *rec)
{
	struct check_batches batches;

	if (!subject_caps()->has_lru)
		return false;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	check_batches_begin(&batches);
	if (rec->arg[0]) {
		int cpu = (int)sim_cpu();

		subject_lru_drain_local();
		check_batches_drained(&batches, cpu);
	} else {
		subject_lru_drain_all();
		check_batches_drained(&batches, -1);
	}
	check_op_end(CHECK_DONE, 0, 0);
	return true;
}

bool op_off_lru(const struct record *rec)
{
	struct held *held;
	unsigned int pfn;
	bool done;

	if (!subject_caps()->has_pins)
		return false;
	held = take_empty(rec->arg[2]);
	if (!held)
		return false;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	done = subject_lru_isolate(rec->arg[0], rec->arg[1], &pfn);
	check_op_end(CHECK_DONE, 0, 0);
	*held = (struct held){ .kind = HELD_NOTHING };
	if (done)
		*held = (struct held){ .kind = HELD_OFF_LRU,
				       .start = pfn,
				       .end = pfn + 1 };
	return done;
}

void give_back_off_lru(const struct held *held)
{
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_lru_putback(held->start);
	check_op_end(CHECK_DONE, 0, 0);
}

bool op_poison(const struct record *rec)
{
	struct held *held;
	unsigned int pfn;
	bool done;

	if (!subject_caps()->has_poison)
		return false;
	held = take_empty(rec->arg[2]);
	if (!held)
		return false;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	done = subject_poison(rec->arg[0], rec->arg[1], &pfn);
	check_op_end(CHECK_DONE, 0, 0);
	*held = (struct held){ .kind = HELD_NOTHING };
	if (done) {
		check_note(STATE_poisoned);
		*held = (struct held){ .kind = HELD_POISON,
				       .start = pfn,
				       .end = pfn + 1 };
	}
	return done;
}

bool unpoison(const struct held *held)
{
	bool is_back;

	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	is_back = !subject_put_back(held->start);
	check_op_end(is_back ? CHECK_DONE : CHECK_FAILED, 0, 0);
	return is_back;
}

/* Whoever enables them need not be the one who has disabled them. */
bool op_lru_off(const struct record *rec)
{
	struct held *held;

	if (!subject_caps()->has_lru)
		return false;
	held = take_empty(rec->arg[0]);
	if (!held)
		return false;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_lru_disable();
	check_op_end(CHECK_DONE, 0, 0);
	*held = (struct held){ .kind = HELD_LRU_OFF };
	return true;
}

void give_back_lru_off(void)
{
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_lru_enable();
	check_op_end(CHECK_DONE, 0, 0);
}
