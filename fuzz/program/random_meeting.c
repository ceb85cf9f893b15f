// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations that do something only together: a page that two want, one of them
 * to move it or to take it away, and yield points at which the one is likely to
 * find the other half way.
 */
#include "program/random.h"
#include "program/random_record.h"
#include "subject/subject.h"

static struct record on_page(uint8_t task, unsigned int op, uint8_t mm,
			     uint8_t address)
{
	return (struct record){ .type = RECORD_OP,
				.index = (uint8_t)op,
				.task = task,
				.arg = { mm, address } };
}

/* The first CPU has pages from the first pageblock on, mostly. */
static struct record take_pages(uint64_t *rng, uint8_t task)
{
	static const uint8_t ops[] = { PROGRAM_OP_migrate, PROGRAM_OP_migrate,
				       PROGRAM_OP_contig_alloc,
				       PROGRAM_OP_reclaim };
	struct record r = { .type = RECORD_OP, .task = task };

	r.index = ops[random_below(rng, sizeof(ops))];
	if (r.index == PROGRAM_OP_reclaim || !random_below(rng, 4))
		r.arg[0] = (uint8_t)random_below(rng, 4);
	if (r.index != PROGRAM_OP_reclaim && random_below(rng, 2))
		r.arg[1] = (uint8_t)random_below(rng, 8);
	return r;
}

static struct record use_page(uint64_t *rng, const struct program *p,
			      uint8_t task, uint8_t mm, uint8_t address)
{
	static const uint8_t ops[] = { PROGRAM_OP_touch, PROGRAM_OP_touch,
				       PROGRAM_OP_lru, PROGRAM_OP_zap,
				       PROGRAM_OP_buffer };
	unsigned int op = ops[random_below(rng, sizeof(ops))];
	struct record r = on_page(task, op, mm, address);

	if (op == PROGRAM_OP_buffer)
		r.arg[0] = address & 7;
	else
		r.arg[2] = random_value(rng, p, program_ops[op].args[2]);
	return r;
}

static struct record switch_to(uint64_t *rng, uint8_t task, unsigned int nr)
{
	return (struct record){ .type = RECORD_SWITCH,
				.task = task,
				.at = (uint16_t)random_below(rng, nr) };
}

/* What is touched is on the LRU at once. */
static struct record put_off(uint64_t *rng, uint8_t task)
{
	return (struct record){ .type = RECORD_OP,
				.index = PROGRAM_OP_lru_off,
				.task = task,
				.arg = { (uint8_t)random_below(rng, 4) } };
}

/*
 * A stack that is about to move: its pages are on the LRU only while batches
 * are disabled. Who moves them meanwhile has them between two steps of the
 * other.
 */
static unsigned int meet_on_stack(uint64_t *rng, const struct program *p,
				  struct record *r)
{
	uint8_t mm = random_value(rng, p, PROGRAM_ARG_mm);
	unsigned int at = random_below(rng, 96);
	uint8_t one = (uint8_t)random_below(rng, 2), other = !one;

	r[0] = put_off(rng, one);
	r[1] = on_page(one, PROGRAM_OP_move, mm, 1);
	r[2] = switch_to(rng, other, 1);
	r[2].at = (uint16_t)at;
	r[3] = switch_to(rng, other, 32);
	r[3].at = (uint16_t)(r[3].at + at);
	r[4] = take_pages(rng, other);
	r[5] = switch_to(rng, one, 96);
	return 6;
}

static unsigned int meet_in_page(uint64_t *rng, const struct program *p,
				 struct record *r)
{
	uint8_t mm = random_value(rng, p, PROGRAM_ARG_mm);
	uint8_t address = random_value(rng, p, PROGRAM_ARG_address);
	uint8_t one = (uint8_t)random_below(rng, 2), other = !one;
	unsigned int n = 0;

	if (random_below(rng, 4)) {
		r[n] = on_page(one, PROGRAM_OP_touch, mm, address);
		r[n++].arg[2] = (uint8_t)random_below(rng, 2);
		/* On the LRU, so that it can be taken. */
		r[n] = (struct record){ .type = RECORD_OP,
					.index = PROGRAM_OP_lru_drain,
					.task = one };
		r[n++].arg[0] = 1;
	}
	r[n++] = take_pages(rng, one);
	r[n++] = switch_to(rng, other, 96);
	r[n++] = use_page(rng, p, other, mm, address);
	if (random_below(rng, 2))
		r[n++] = switch_to(rng, one, 16);
	return n;
}

/* --- Pages of files --- */

enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_DEVICE };

/* A page of a file that processes 0 and 4, 1 and 5, ... have. */
struct file_page {
	uint8_t file, index;
};

static struct file_page random_file_page(uint64_t *rng, unsigned int nr_files)
{
	return (struct file_page){ (uint8_t)random_below(rng, nr_files),
				   (uint8_t)random_below(rng, 3) };
}

static struct record touch(uint8_t task, struct file_page page,
			   enum access access)
{
	struct record r = on_page(task, PROGRAM_OP_touch, page.file,
				  (uint8_t)(SUBJECT_FILE_ADDRESS + page.index));

	r.arg[2] = (uint8_t)access;
	return r;
}

static struct record on_task(uint8_t task, unsigned int op, uint8_t arg)
{
	return (struct record){ .type = RECORD_OP,
				.index = (uint8_t)op,
				.task = task,
				.arg = { arg } };
}

static struct record write_back(uint8_t task, struct file_page page)
{
	struct record r = on_task(task, PROGRAM_OP_writeback, page.file);

	r.arg[1] = page.index;
	return r;
}

/* A buffer that is stored to, while the page that it belongs to is moved. */
static unsigned int meet_on_buffer(uint64_t *rng, const struct program *p,
				   struct record *r)
{
	uint8_t one = (uint8_t)random_below(rng, 2), other = !one;
	struct file_page page = random_file_page(rng, 1);
	unsigned int n = 0;

	(void)p;
	r[n++] = put_off(rng, one);
	r[n++] = touch(one, page, ACCESS_WRITE);
	r[n++] = take_pages(rng, one);
	r[n++] = switch_to(rng, other, 96);
	r[n++] = on_task(other, PROGRAM_OP_buffer, page.index);
	r[n++] = switch_to(rng, one, 16);
	r[n++] = touch(other, page, ACCESS_READ);
	return n;
}

/* A page that is being read in, or has just been put there for that. */
static unsigned int meet_on_reading(uint64_t *rng, const struct program *p,
				    struct record *r)
{
	uint8_t one = (uint8_t)random_below(rng, 2), other = !one;
	struct file_page page = random_file_page(rng, 2);
	unsigned int n = 0;

	(void)p;
	r[n++] = put_off(rng, one);
	r[n++] = touch(other, page, ACCESS_READ);
	r[n++] = switch_to(rng, one, 64);
	r[n++] =
		on_task(one, PROGRAM_OP_reclaim, (uint8_t)random_below(rng, 4));
	r[n++] = switch_to(rng, other, 64);
	return n;
}

/* A device has a page while it is written back and reclaimed, and stores. */
static unsigned int meet_on_device(uint64_t *rng, const struct program *p,
				   struct record *r)
{
	uint8_t one = (uint8_t)random_below(rng, 2), other = !one;
	struct file_page page = random_file_page(rng, 2);
	unsigned int n = 0;

	(void)p;
	r[n++] = put_off(rng, one);
	r[n++] = touch(one, page, ACCESS_WRITE);
	r[n++] = write_back(one, page);
	r[n++] = switch_to(rng, other, 4);
	r[n] = switch_to(rng, one, 8);
	r[n].index = PROGRAM_SWITCH_worker;
	r[n++].at += 16;
	r[n++] = on_task(one, PROGRAM_OP_reclaim, 0);
	r[n] = switch_to(rng, other, 32);
	r[n++].at += 32;
	r[n++] = touch(one, page, ACCESS_READ);
	r[n++] = touch(other, page, ACCESS_DEVICE);
	r[n++] = switch_to(rng, one, 12);
	return n;
}

/* Neighbours in a file that were allocated the other way round. */
static unsigned int meet_on_neighbours(uint64_t *rng, const struct program *p,
				       struct record *r)
{
	uint8_t one = (uint8_t)random_below(rng, 2), other = !one;
	struct file_page page = random_file_page(rng, 4), next = page;
	unsigned int n = 0;

	(void)p;
	next.index++;
	r[n++] = put_off(rng, one);
	r[n++] = touch(one, next, ACCESS_READ);
	r[n++] = touch(one, page, ACCESS_READ);
	r[n++] = take_pages(rng, one);
	r[n++] = switch_to(rng, other, 64);
	r[n++] = write_back(other, page);
	return n;
}

/* --- Pins --- */

/* A process forks, or its page is taken away, while somebody pins it. */
unsigned int random_pin_meeting(uint64_t *rng, const struct program *p,
				struct record *r)
{
	uint8_t mm = random_value(rng, p, PROGRAM_ARG_mm);
	uint8_t address = (uint8_t)random_below(rng, 3);
	uint8_t one = (uint8_t)random_below(rng, 2), other = !one;
	unsigned int n = 0;

	if (random_below(rng, 2))
		r[n++] = put_off(rng, one);
	r[n] = on_page(one, PROGRAM_OP_touch, mm, address);
	r[n++].arg[2] = ACCESS_WRITE;
	r[n] = on_page(one, PROGRAM_OP_fork, mm, 0);
	r[n].arg[1] = random_value(rng, p, PROGRAM_ARG_child);
	if (random_below(rng, 2))
		r[n] = take_pages(rng, one);
	n++;
	r[n++] = switch_to(rng, other, 96);
	r[n] = on_page(other, PROGRAM_OP_pin, mm, address);
	r[n++].arg[3] = random_value(rng, p, PROGRAM_ARG_pin);
	if (random_below(rng, 2))
		r[n++] = switch_to(rng, one, 32);
	r[n] = on_page(other, PROGRAM_OP_touch, mm, address);
	r[n++].arg[2] = ACCESS_WRITE;
	return n;
}

/* --- Broken memory --- */

/* Somebody has the page off the LRU when it is found to be broken. */
unsigned int random_broken_meeting(uint64_t *rng, const struct program *p,
				   struct record *r)
{
	uint8_t mm = random_value(rng, p, PROGRAM_ARG_mm);
	uint8_t address = (uint8_t)random_below(rng, 3);
	uint8_t one = (uint8_t)random_below(rng, 2), other = !one;
	uint8_t slot = (uint8_t)random_below(rng, 8);
	bool keeps = random_below(rng, 2);
	unsigned int n = 0;

	r[n] = on_page(one, PROGRAM_OP_touch, mm, address);
	r[n++].arg[2] = ACCESS_WRITE;
	if (keeps) {
		r[n] = on_page(one, PROGRAM_OP_off_lru, mm, address);
		r[n++].arg[2] = slot;
	} else {
		r[n++] = on_task(one, PROGRAM_OP_lru_drain, 1);
		r[n++] = take_pages(rng, one);
		r[n++] = switch_to(rng, other, 96);
	}
	r[n] = on_page(other, PROGRAM_OP_poison, mm, address);
	r[n++].arg[2] = (uint8_t)(slot + 1);
	if (keeps)
		r[n++] = on_task(one, PROGRAM_OP_undo, slot);
	r[n] = on_task(other, PROGRAM_OP_offline, 0);
	r[n++].arg[2] = (uint8_t)(slot + 2);
	return n;
}

/* --- All of them --- */

unsigned int random_meeting(uint64_t *rng, const struct program *p,
			    struct record *r)
{
	static unsigned int (*const meet[])(uint64_t *, const struct program *,
					    struct record *) = {
		meet_in_page,	meet_in_page,	    meet_in_page,
		meet_on_stack,	meet_on_buffer,	    meet_on_reading,
		meet_on_device, meet_on_neighbours,
	};
	const unsigned int nr = sizeof(meet) / sizeof(meet[0]);

	return meet[random_below(rng, nr)](rng, p, r);
}
