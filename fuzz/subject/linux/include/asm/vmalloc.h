/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_VMALLOC_H
#define ASM_VMALLOC_H

/* No huge mappings of vmalloc space. */

#endif
