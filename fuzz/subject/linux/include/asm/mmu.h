/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_MMU_H
#define ASM_MMU_H

typedef struct {
	unsigned long nothing;
} mm_context_t;

#endif
