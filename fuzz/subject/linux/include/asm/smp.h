/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_SMP_H
#define ASM_SMP_H

#include "bridge.h"

#define raw_smp_processor_id() host_cpu()

#endif
