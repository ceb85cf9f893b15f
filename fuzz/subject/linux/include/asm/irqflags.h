/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_IRQFLAGS_H
#define ASM_IRQFLAGS_H

#include "bridge.h"

/* Flags are 1 while interrupts are on. */
#define arch_local_save_flags() host_irqs_on()
#define arch_local_irq_save() host_irq_save()
#define arch_local_irq_restore(flags) host_irq_restore(flags, (void *)0)
#define arch_local_irq_disable() ((void)host_irq_save())
#define arch_local_irq_enable() host_irq_restore(1, (void *)0)
#define arch_irqs_disabled_flags(flags) (!(flags))
#define arch_irqs_disabled() (!host_irqs_on())

#endif
