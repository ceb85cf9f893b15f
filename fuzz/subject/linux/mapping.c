// SPDX-License-Identifier: GPL-2.0-only
/* Address spaces: the tree's are not a part of the image. */
#include <errno.h>

#include "subject/subject.h"

int subject_user_load(unsigned int mm, unsigned int address,
		      unsigned long *content)
{
	(void)mm, (void)address, (void)content;
	return -EFAULT;
}

int subject_user_store(unsigned int mm, unsigned int address,
		       unsigned long content)
{
	(void)mm, (void)address, (void)content;
	return -EFAULT;
}

int subject_pin(unsigned int mm, unsigned int address, unsigned int *pfn)
{
	(void)mm, (void)address, (void)pfn;
	return -EFAULT;
}

void subject_unpin(unsigned int pfn)
{
	(void)pfn;
}

bool subject_device_store(unsigned int mm, unsigned int address,
			  unsigned long content)
{
	(void)mm, (void)address, (void)content;
	return false;
}

void subject_zap(unsigned int mm, unsigned int start, unsigned int end)
{
	(void)mm, (void)start, (void)end;
}

void subject_fork(unsigned int mm, unsigned int parent)
{
	(void)mm, (void)parent;
}

void subject_mremap(unsigned int mm)
{
	(void)mm;
}

int subject_exec(unsigned int mm, unsigned long content)
{
	(void)mm, (void)content;
	return -ENOMEM;
}

void subject_truncate(unsigned int file, unsigned int index)
{
	(void)file, (void)index;
}

void subject_swapoff(void)
{
}

void subject_pte(unsigned int mm, unsigned int address, struct subject_pte *pte)
{
	(void)mm, (void)address;
	*pte = (struct subject_pte){ SUBJECT_PTE_NONE, 0 };
}

void subject_area_at(unsigned int mm, unsigned int address,
		     struct subject_area *area)
{
	(void)mm, (void)address;
	*area = (struct subject_area){ -1, -1, 0 };
}

void subject_area_of(unsigned int pfn, struct subject_area *area)
{
	(void)pfn;
	*area = (struct subject_area){ -1, -1, 0 };
}

bool subject_is_moving(unsigned int mm)
{
	(void)mm;
	return false;
}

void subject_file_page(unsigned int file, unsigned int index,
		       struct subject_pte *entry)
{
	(void)file, (void)index;
	*entry = (struct subject_pte){ SUBJECT_PTE_NONE, 0 };
}

bool subject_slot_page(unsigned int slot, unsigned int *pfn)
{
	(void)slot, (void)pfn;
	return false;
}

unsigned int subject_slot_entries(unsigned int slot)
{
	(void)slot;
	return 0;
}

unsigned int subject_mapcount(unsigned int pfn)
{
	(void)pfn;
	return 0;
}
