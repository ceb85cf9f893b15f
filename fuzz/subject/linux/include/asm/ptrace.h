/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_PTRACE_H
#define ASM_PTRACE_H

struct pt_regs {
	unsigned long ip;
};

#define user_mode(regs) 0
#define instruction_pointer(regs) ((regs)->ip)
#define profile_pc(regs) ((regs)->ip)
#define user_stack_pointer(regs) 0ul
#define arch_has_single_step() 0

#endif
