// SPDX-License-Identifier: GPL-2.0-only
/* Operations on address spaces: what processes and files do with user pages. */
#include <errno.h>

#include "check/check.h"
#include "program/held.h"

static void begin_as(enum check_op op, enum check_cma cma)
{
	ops.mapping_used = true;
	/* What it allocates is not one page then. */
	if (op == CHECK_OP_ALLOC && ops.huge_used)
		op = CHECK_OP_OTHER;
	check_op_begin(op, cma);
	if (op == CHECK_OP_ALLOC)
		check_op_wants(0, nr_zones_for(SUBJECT_REQUEST_MOVABLE),
			       rights_of(SUBJECT_GFP_KERNEL, 0),
			       last_rights_of(SUBJECT_GFP_KERNEL, 0));
}

void begin_users(enum check_op op)
{
	begin_as(op, may_use_cma(SUBJECT_REQUEST_MOVABLE));
}

/* Returns the time; end() ends the operation. */
static unsigned int begin(enum check_op op)
{
	begin_users(op);
	return begin_alone();
}

/* What is allocated meanwhile may be pinned for good. */
static unsigned int begin_pin(enum subject_pin how)
{
	begin_as(CHECK_OP_PIN, subject_pin_is_longterm(how) ?
				       CHECK_CMA_FORBIDDEN :
				       may_use_cma(SUBJECT_REQUEST_MOVABLE));
	return begin_alone();
}

static bool end(int error, unsigned int mm, unsigned int time)
{
	if (mm < SUBJECT_NR_MMS && was_alone(time))
		check_mm(mm);
	check_op_end(error == -ENOMEM ? CHECK_FAILED : CHECK_DONE, 0, 0);
	return error != -EFAULT;
}

/* Each store is of something else, and never zero. */
unsigned long ops_next_content(void)
{
	return ++ops.nr_contents;
}

enum touch_access { ACCESS_READ, ACCESS_WRITE, ACCESS_DEVICE, ACCESS_PIN };

/* No longer than the operation: others find it in their way meanwhile. */
static int pin(unsigned int mm, unsigned int address)
{
	unsigned int pfn;
	int nr;

	check_pin_begin(mm, address, 1);
	nr = subject_pin(mm, address, 1, SUBJECT_PIN_LONGTERM, &pfn);
	if (nr < 0)
		return nr;
	check_pinned(pfn);
	subject_unpin(&pfn, 1, SUBJECT_PIN_LONGTERM);
	return 0;
}

static int device_store(unsigned int mm, unsigned int address)
{
	unsigned long content = ops_next_content();

	return subject_device_store(mm, address, content) ? 0 : -EFAULT;
}

static int touch(unsigned int mm, unsigned int address,
		 enum touch_access access)
{
	unsigned long content;

	switch (access) {
	case ACCESS_WRITE:
		return subject_user_store(mm, address, ops_next_content());
	case ACCESS_DEVICE:
		return device_store(mm, address);
	case ACCESS_PIN:
		return pin(mm, address);
	default:
		return subject_user_load(mm, address, &content);
	}
}

bool op_touch(const struct record *rec)
{
	enum touch_access access = rec->arg[2];
	unsigned int mm = rec->arg[0], time;

	if (!subject_caps()->has_mappings)
		return false;
	time = access == ACCESS_PIN ? begin_pin(SUBJECT_PIN_LONGTERM) :
				      begin(CHECK_OP_ALLOC);
	return end(touch(mm, rec->arg[1], access), mm, time);
}

/* --- Pins that are kept --- */

static void check_pins(const struct held *held, unsigned int mm,
		       unsigned int address)
{
	for (unsigned int i = 0; i < held->nr_bulk; i++)
		check_pin(mm, address + i, held->bulk[i], held->how);
}

static int pin_pages(const struct record *rec, struct held *held,
		     unsigned int time)
{
	unsigned int mm = rec->arg[0], address = rec->arg[1];
	unsigned int nr = rec->arg[2] + 1u;
	int ret;

	*held = (struct held){ .kind = HELD_NOTHING,
			       .how = (enum subject_pin)rec->arg[3] };
	check_pin_begin(mm, address, nr);
	ret = subject_pin(mm, address, nr, held->how, held->bulk);
	if (ret == -EBUSY)
		check_pin_busy(company_since(time));
	if (ret < 0)
		return ret;
	check_pin_number((unsigned int)ret, nr);
	held->kind = HELD_PIN;
	held->nr_bulk = (unsigned int)ret;
	held->start = held->bulk[0];
	held->end = held->start + 1;
	check_pins(held, mm, address);
	return 0;
}

bool op_pin(const struct record *rec)
{
	struct held held, *slot;
	unsigned int time;
	int error;
	bool done;

	if (!subject_caps()->has_pins)
		return false;
	slot = take_empty(0);
	if (!slot)
		return false;
	time = begin_pin((enum subject_pin)rec->arg[3]);
	error = pin_pages(rec, &held, time);
	done = end(error, rec->arg[0], time);
	*slot = held;
	return done;
}

void give_back_pins(const struct held *held)
{
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	for (unsigned int i = 0; i < held->nr_bulk; i++)
		check_unpin(held->bulk[i]);
	subject_unpin(held->bulk, held->nr_bulk, held->how);
	check_op_end(CHECK_DONE, 0, 0);
}

/* --- Memory of processes --- */

bool op_zap(const struct record *rec)
{
	unsigned int mm = rec->arg[0], time;
	unsigned int stop = rec->arg[1] + rec->arg[2] + 1u;

	if (!subject_caps()->has_mappings)
		return false;
	if (stop > SUBJECT_NR_ADDRESSES)
		stop = SUBJECT_NR_ADDRESSES;
	time = begin(CHECK_OP_OTHER);
	subject_zap(mm, rec->arg[1], stop);
	return end(0, mm, time);
}

bool op_fork(const struct record *rec)
{
	unsigned int parent = rec->arg[0], time;
	unsigned int mm = (parent + rec->arg[1] + 1u) % SUBJECT_NR_MMS;
	int error;

	if (!subject_caps()->has_forks)
		return false;
	time = begin(CHECK_OP_OTHER);
	check_fork_begin(mm, parent);
	error = subject_fork(mm, parent);
	check_fork_end(mm);
	if (!error && was_alone(time))
		check_forked(mm, parent);
	return end(error, mm, time);
}

bool op_move(const struct record *rec)
{
	unsigned int mm = rec->arg[0], time;
	int error = 0;

	if (!subject_caps()->moves_mappings)
		return false;
	time = begin(CHECK_OP_ALLOC);
	if (rec->arg[1])
		error = subject_exec(mm, ops_next_content());
	else
		subject_mremap(mm);
	return end(error, mm, time);
}

static void truncate_file(unsigned int file, unsigned int index)
{
	unsigned int time = begin(CHECK_OP_OTHER);

	check_truncate_begin(file, index);
	subject_truncate(file, index);
	check_truncate_end(file, index);
	end(0, SUBJECT_NR_MMS, time);
}

/* What is behind the end is zero from now on, if the file gets longer. */
static void set_file_size(unsigned int file, unsigned int size)
{
	unsigned int time = begin(CHECK_OP_OTHER);

	check_size_begin(file);
	for (unsigned int i = size; i < SUBJECT_FILE_PAGES; i++)
		check_truncate_begin(file, i);
	subject_set_file_size(file, size);
	check_size_end(file, size);
	for (unsigned int i = size; i < SUBJECT_FILE_PAGES; i++)
		check_truncate_end(file, i);
	end(0, SUBJECT_NR_MMS, time);
}

bool op_truncate(const struct record *rec)
{
	if (!subject_caps()->has_files)
		return false;
	if (rec->arg[2])
		set_file_size(rec->arg[0], rec->arg[1] + 1u);
	else
		truncate_file(rec->arg[0], rec->arg[1]);
	return true;
}

/* From its first entry on that is not empty. */
static void zap_all(unsigned int mm)
{
	for (unsigned int i = 0; i < SUBJECT_NR_ADDRESSES; i++) {
		struct subject_pte pte;

		subject_pte(mm, i, &pte);
		if (pte.kind == SUBJECT_PTE_NONE)
			continue;
		subject_zap(mm, i, SUBJECT_NR_ADDRESSES);
		return;
	}
}

static void truncate_all(unsigned int file)
{
	if (subject_file_size(file) != SUBJECT_FILE_PAGES)
		set_file_size(file, SUBJECT_FILE_PAGES);
	for (unsigned int i = 0; i < SUBJECT_FILE_PAGES; i++) {
		struct subject_pte entry;

		subject_file_page(file, i, &entry);
		if (entry.kind != SUBJECT_PTE_NONE)
			truncate_file(file, i);
	}
}

void give_back_mappings(void)
{
	if (!ops.mapping_used)
		return;
	check_mappings();
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	for (unsigned int mm = 0; mm < SUBJECT_NR_MMS; mm++)
		zap_all(mm);
	check_op_end(CHECK_DONE, 0, 0);
	for (unsigned int file = 0; file < SUBJECT_NR_FILES; file++)
		truncate_all(file);
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_swapoff();
	check_op_end(CHECK_DONE, 0, 0);
	check_mappings();
}
