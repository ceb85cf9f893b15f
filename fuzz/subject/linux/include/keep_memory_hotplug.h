/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before mm/memory_hotplug.c: each function lies in a section of its
 * own, by which tree.lds finds offline_pages(), and in none for references to
 * what is gone after boot.
 */
#ifndef KEEP_MEMORY_HOTPLUG_H
#define KEEP_MEMORY_HOTPLUG_H

#include <linux/init.h>

#undef __ref
#define __ref

#endif
