// SPDX-License-Identifier: GPL-2.0-only
/* What tests do to a page struct, to see that the tree notices. */
#include <linux/mm.h>

#include "kernel.h"

void tree_damage_page(unsigned int pfn, enum bridge_damage damage)
{
	struct page *page = tree_to_page(pfn);

	switch (damage) {
	case BRIDGE_DAMAGE_REFERENCE:
		page->_refcount.counter++;
		break;
	case BRIDGE_DAMAGE_LIST:
		page->lru.prev = &page->lru;
		break;
	case BRIDGE_DAMAGE_MAPPING:
		page->mapping = (void *)PAGE_OFFSET;
		break;
	case BRIDGE_DAMAGE_MAPCOUNT:
		page->_mapcount.counter++;
		break;
	case BRIDGE_DAMAGE_ACTIVE:
		page->flags ^= 1ul << PG_active;
		break;
	case BRIDGE_DAMAGE_PINS:
		atomic_inc(&((struct folio *)page)->_pincount);
		break;
	case BRIDGE_DAMAGE_QUEUE:
		tree_damage_queue(page);
		break;
	case BRIDGE_DAMAGE_CONTENT:
		*(unsigned long *)page_address(page) ^= 1;
		break;
	}
}
