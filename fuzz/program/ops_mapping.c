// SPDX-License-Identifier: GPL-2.0-only
/* Operations on address spaces: what processes and files do with user pages. */
#include <errno.h>

#include "check/check.h"
#include "program/held.h"

void begin_users(enum check_op op)
{
	ops.mapping_used = true;
	check_op_begin(op, may_use_cma(SUBJECT_REQUEST_MOVABLE));
	if (op == CHECK_OP_ALLOC)
		check_op_wants(0, nr_zones_for(SUBJECT_REQUEST_MOVABLE),
			       rights_of(SUBJECT_GFP_KERNEL, 0),
			       last_rights_of(SUBJECT_GFP_KERNEL, 0));
}

/* Returns the time; end() ends the operation. */
static unsigned int begin(enum check_op op)
{
	begin_users(op);
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
	int error = subject_pin(mm, address, &pfn);

	if (error)
		return error;
	check_pinned(pfn);
	subject_unpin(pfn);
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
	time = begin(access == ACCESS_PIN ? CHECK_OP_PIN : CHECK_OP_ALLOC);
	return end(touch(mm, rec->arg[1], access), mm, time);
}

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

	if (!subject_caps()->has_forks)
		return false;
	time = begin(CHECK_OP_OTHER);
	check_fork_begin(mm, parent);
	subject_fork(mm, parent);
	check_fork_end(mm);
	if (was_alone(time))
		check_forked(mm, parent);
	return end(0, mm, time);
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

bool op_truncate(const struct record *rec)
{
	if (!subject_caps()->has_files)
		return false;
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
