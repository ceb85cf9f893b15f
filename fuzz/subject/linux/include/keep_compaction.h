/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before mm/compaction.c: what of it is static and has callers that
 * are not there is kept all the same, as functions of their own.
 */
#ifndef KEEP_COMPACTION_H
#define KEEP_COMPACTION_H

#include <linux/mmzone.h>
#include "tree.h"

#ifdef TREE_HAS_compact_nodes_error
static noinline int __used compact_nodes(void);
#else
static noinline void __used compact_nodes(void);
#endif
static noinline void __used kcompactd_do_work(pg_data_t *pgdat);

#endif
