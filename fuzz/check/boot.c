// SPDX-License-Identifier: GPL-2.0-only
/* What a machine must be like that has just booted. */
#include "check/ledger.h"

/* Each pageblock has one type, whatever the zones of its pages. */
static const char *find_block_error(unsigned int pfn)
{
	unsigned int start, end;
	unsigned int type =
		ledger->block_type[pfn >> ledger->geometry.block_order];
	bool in_area;

	subject_cma_area(&start, &end);
	in_area = pfn >= start && pfn < end;
	if (in_area != (type == SUBJECT_CMA))
		return "not the CMA area's pageblocks alone are CMA";
	if (!in_area && !ledger->geometry.mobility && type != SUBJECT_MOVABLE)
		return "a pageblock outside of the CMA area is not movable";
	return NULL;
}

static const char *find_zone_error(unsigned int nr)
{
	const struct subject_geometry *g = &ledger->geometry;
	unsigned int end = subject_zone_end(g, nr);
	struct subject_zone_view zone;
	unsigned long nr_free = 0;

	for (unsigned int pfn = subject_zone_start(g, nr); pfn < end; pfn++) {
		const char *error = find_block_error(pfn);

		if (error)
			return error;
		nr_free += ledger->place[pfn] == PLACE_BUDDY;
		if (ledger->place[pfn] != PLACE_BUDDY &&
		    !subject_in_hole(g, pfn))
			return "a page is on no free list";
	}
	subject_zone(nr, &zone);
	return zone.nr_managed == nr_free ?
		       NULL :
		       "managed_pages is not the number of pages";
}

const char *ledger_boot_error(void)
{
	const char *error = NULL;

	for (unsigned int i = 0;
	     i < subject_nr_zones(&ledger->geometry) && !error; i++)
		error = find_zone_error(i);
	return error;
}
