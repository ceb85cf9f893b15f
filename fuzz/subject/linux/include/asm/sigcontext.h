/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_SIGCONTEXT_H
#define ASM_SIGCONTEXT_H

struct sigcontext {
	unsigned long nothing;
};

#endif
