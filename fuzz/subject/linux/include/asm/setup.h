/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_SETUP_H
#define ASM_SETUP_H

#define COMMAND_LINE_SIZE 256

#endif
