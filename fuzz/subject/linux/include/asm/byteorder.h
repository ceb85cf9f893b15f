/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_BYTEORDER_H
#define ASM_BYTEORDER_H

#include <linux/byteorder/little_endian.h>

#endif
