// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of places. A place is an address in the tree's code and a kind of yield
 * point; its function is the one that the tree's .c file has at that address,
 * whatever inline functions of headers lie between.
 */
#include <stdio.h>
#include <string.h>

#include "subject/access.h"
#include "subject/linux/linux.h"
#include "subject/subject.h"

/* Present in sanitizer builds only. */
void __sanitizer_symbolize_pc(void *pc, const char *fmt, char *out, size_t size)
	__attribute__((weak));
void __sanitizer_symbolize_global(void *data, const char *fmt, char *out,
				  size_t size) __attribute__((weak));

static bool is_header(const char *frame)
{
	const char *file = strchr(frame, ' ');

	return file && strlen(file) > 2 &&
	       !strcmp(file + strlen(file) - 2, ".h");
}

/* Frames come as strings one after the other, the innermost first. */
const char *access_function(const void *pc)
{
	static char frames[2048];
	char *frame = frames;

	if (!__sanitizer_symbolize_pc)
		return "?";
	memset(frames, 0, sizeof(frames));
	/* A return address belongs to the instruction before it. */
	__sanitizer_symbolize_pc((char *)(uintptr_t)pc - 1, "%f %s", frames,
				 sizeof(frames) - 1);
	while (is_header(frame) && frame[strlen(frame) + 1])
		frame += strlen(frame) + 1;
	if (strchr(frame, ' '))
		*strchr(frame, ' ') = 0;
	return frame;
}

void subject_place_name(const void *place, const char **func, const char **what)
{
	uintptr_t bits = (uintptr_t)place;

	*func = access_function((const void *)(bits & ~(uintptr_t)0 >> 8));
	if (what)
		*what = bits >> 56 ? sim_point_name(
					     (enum sim_point)(bits >> 56) - 1) :
				     "access";
}

/*
 * Names of what is initialised statically, each looked up once. Where nothing
 * can be looked up (AFL++ forbids it) they are told apart by where they lie.
 */
const char *place_data_name(const void *data)
{
	static struct {
		const void *data;
		char name[40];
	} known[64];
	unsigned int i;

	for (i = 0; i < 64 && known[i].data; i++) {
		if (known[i].data == data)
			return known[i].name;
	}
	if (i == 64)
		return "unnamed lock";
	known[i].data = data;
	if (__sanitizer_symbolize_global)
		__sanitizer_symbolize_global((void *)(uintptr_t)data, "%g",
					     known[i].name,
					     sizeof(known[i].name));
	if (!known[i].name[0] || known[i].name[0] == '<')
		snprintf(known[i].name, sizeof(known[i].name), "lock at +%zu",
			 image_offset(data));
	return known[i].name;
}
