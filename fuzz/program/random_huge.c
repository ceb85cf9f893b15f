// SPDX-License-Identifier: GPL-2.0-only
/*
 * Large folios that two want at once: one who splits the folio, or moves it, or
 * gives up a part of it, and another who looks for one of its pages meanwhile.
 */
#include "program/random.h"
#include "program/random_record.h"
#include "subject/subject.h"

#define WHOLE 7 /* a span of eight pages */
#define HUGE_SPLIT 2

static struct record on_address(uint8_t task, unsigned int op, uint8_t mm,
				uint8_t address, uint8_t arg)
{
	return (struct record){ .type = RECORD_OP,
				.index = (uint8_t)op,
				.task = task,
				.arg = { mm, address, arg } };
}

static struct record with_arg(uint8_t task, unsigned int op, uint8_t arg)
{
	return (struct record){ .type = RECORD_OP,
				.index = (uint8_t)op,
				.task = task,
				.arg = { arg } };
}

static struct record switch_to(uint64_t *rng, uint8_t task, unsigned int nr)
{
	return (struct record){ .type = RECORD_SWITCH,
				.task = task,
				.at = (uint16_t)random_below(rng, nr) };
}

/* Who the folio is of, and at which of its addresses they meet. */
struct meeting {
	uint8_t one, other;
	uint8_t mm, address;
	bool shmem;
};

static struct meeting random_place(uint64_t *rng)
{
	struct meeting m = { .one = (uint8_t)random_below(rng, 2),
			     .mm = (uint8_t)random_below(rng, 4),
			     .address = (uint8_t)random_below(rng, 8),
			     .shmem = !random_below(rng, 3) };

	m.other = !m.one;
	if (m.shmem) {
		m.mm = (uint8_t)(2 + m.mm % 2);
		m.address = (uint8_t)(m.address + SUBJECT_FILE_ADDRESS);
	}
	return m;
}

/* The process has one there, written to, on the LRU. */
static unsigned int make_folio(uint64_t *rng, const struct meeting *m,
			       struct record *r)
{
	uint8_t order =
		(uint8_t)(random_below(rng, 2) ? 3 : 1 + random_below(rng, 3));

	r[0] = with_arg(m->one, PROGRAM_OP_huge, m->shmem);
	r[0].arg[1] = order;
	r[1] = on_address(m->one, PROGRAM_OP_touch, m->mm, m->address, 1);
	return 2;
}

/* Others find it another way: a parent's, or a file's, in a second process. */
static uint8_t another_process(uint64_t *rng, const struct meeting *m)
{
	if (m->shmem)
		return m->mm + 4;
	return random_below(rng, 2) ? m->mm : m->mm + 1;
}

static struct record split(uint8_t task, const struct meeting *m)
{
	struct record r = with_arg(task, PROGRAM_OP_huge, HUGE_SPLIT);

	r.arg[2] = m->mm;
	r.arg[3] = m->address;
	return r;
}

/* What makes several folios of it, or another one. */
static struct record change_folio(uint64_t *rng, const struct meeting *m,
				  uint8_t task)
{
	switch (random_below(rng, 6)) {
	case 0:
		return with_arg(task, PROGRAM_OP_migrate, 0);
	case 1:
		return with_arg(task, PROGRAM_OP_reclaim, 0);
	case 2:
		if (m->shmem) {
			struct record r =
				with_arg(task, PROGRAM_OP_truncate, m->mm);

			r.arg[1] = m->address - SUBJECT_FILE_ADDRESS;
			r.arg[2] = (uint8_t)random_below(rng, 2);
			return r;
		}
		return on_address(task, PROGRAM_OP_zap, m->mm, m->address, 0);
	default:
		return split(task, m);
	}
}

static struct record look_for_page(uint64_t *rng, const struct meeting *m,
				   uint8_t task)
{
	uint8_t mm = another_process(rng, m);
	struct record r;

	switch (random_below(rng, 6)) {
	case 0:
		return on_address(task, PROGRAM_OP_zap, mm, m->address,
				  (uint8_t)random_below(rng, 8));
	case 1:
		return with_arg(task, PROGRAM_OP_reclaim, 0);
	case 2:
	case 3:
		r = on_address(task, PROGRAM_OP_pin, mm, m->address, 0);
		/* A reference or a pin, without locks. */
		r.arg[3] = (uint8_t)(1 + 2 * random_below(rng, 3));
		return r;
	default:
		return on_address(task, PROGRAM_OP_touch, mm, m->address,
				  (uint8_t)random_below(rng, 2));
	}
}

static unsigned int meet_in_folio(uint64_t *rng, struct record *r)
{
	struct meeting m = random_place(rng);
	unsigned int n = make_folio(rng, &m, r);

	if (!m.shmem && !random_below(rng, 4))
		r[n++] = on_address(m.one, PROGRAM_OP_fork, m.mm, 0, 0);
	if (random_below(rng, 2)) {
		r[n++] = change_folio(rng, &m, m.one);
		r[n++] = switch_to(rng, m.other, 160);
		r[n++] = look_for_page(rng, &m, m.other);
	} else {
		r[n++] = look_for_page(rng, &m, m.other);
		r[n++] = switch_to(rng, m.one, 12);
		r[n++] = change_folio(rng, &m, m.one);
	}
	if (random_below(rng, 2))
		r[n++] = switch_to(rng, m.one, 32);
	r[n++] = on_address(m.other, PROGRAM_OP_touch, m.mm, m.address, 1);
	return n;
}

/*
 * What is mapped page by page is queued to be split when it is moved, or when a
 * part of it is given up: who goes through the queue, and who moves or frees.
 */
static unsigned int meet_on_queue(uint64_t *rng, struct record *r)
{
	struct meeting m = random_place(rng);
	unsigned int n;

	m.shmem = false;
	m.address %= 8;
	n = make_folio(rng, &m, r);
	if (random_below(rng, 4))
		r[0].arg[1] = 2;
	else
		r[n++] = on_address(m.one, PROGRAM_OP_zap, m.mm, m.address, 0);
	r[n++] = with_arg(m.one, PROGRAM_OP_migrate, 0);
	r[n] = switch_to(rng, m.other, 96);
	r[n++].at += 64;
	if (random_below(rng, 2))
		r[n++] = with_arg(m.other, PROGRAM_OP_reclaim, 0);
	else
		r[n++] = on_address(m.other, PROGRAM_OP_zap, m.mm, 0, WHOLE);
	r[n] = switch_to(rng, m.one, 32);
	r[n++].at += 8;
	return n;
}

/* It is being moved while a part is given up, and a third one looks for it. */
static unsigned int meet_three(uint64_t *rng, struct record *r)
{
	struct meeting m = random_place(rng);
	unsigned int n;

	m.shmem = false;
	m.address %= 8;
	n = make_folio(rng, &m, r);
	r[0].arg[1] = 3;
	r[n++] = with_arg(m.one, PROGRAM_OP_migrate, 0);
	r[n++] = switch_to(rng, m.other, 160);
	r[n++] = on_address(m.other, PROGRAM_OP_zap, m.mm, m.address, 0);
	r[n++] = switch_to(rng, (uint8_t)(m.one + 2), 32);
	r[n++] = look_for_page(rng, &m, (uint8_t)(m.one + 2));
	return n;
}

/* A page is looked up by another process while its folio is split. */
static unsigned int meet_in_file(uint64_t *rng, struct record *r)
{
	struct meeting m = random_place(rng);
	unsigned int n;

	m.shmem = true;
	m.mm = (uint8_t)(2 + m.mm % 2);
	m.address = (uint8_t)(SUBJECT_FILE_ADDRESS + 1 + m.address % 7);
	n = make_folio(rng, &m, r);
	r[n++] = split(m.one, &m);
	r[n] = switch_to(rng, m.other, 64);
	r[n++].at += 24;
	r[n++] = on_address(m.other, PROGRAM_OP_touch, m.mm + 4, m.address, 0);
	return n;
}

/* A file ends within a folio that somebody has; it is split later, or used. */
static unsigned int meet_at_end(uint64_t *rng, struct record *r)
{
	struct meeting m = random_place(rng);
	unsigned int n;

	m.shmem = true;
	m.mm = (uint8_t)(2 + m.mm % 2);
	m.address = SUBJECT_FILE_ADDRESS + m.address % 4;
	n = make_folio(rng, &m, r);
	r[n++] = on_address(m.one, PROGRAM_OP_pin, m.mm, m.address, 0);
	r[n] = with_arg(m.other, PROGRAM_OP_truncate, m.mm);
	r[n].arg[1] = m.address - SUBJECT_FILE_ADDRESS;
	r[n++].arg[2] = 1;
	if (random_below(rng, 2))
		r[n++] = switch_to(rng, m.one, 96);
	r[n++] = with_arg(m.one, PROGRAM_OP_free, 0);
	r[n++] = on_address(m.one, PROGRAM_OP_touch, m.mm, m.address, 1);
	r[n] = split(m.one, &m);
	r[n++].arg[1] = (uint8_t)random_below(rng, 3);
	return n;
}

/* A folio is split between two looks of somebody who has no lock. */
static unsigned int meet_without_lock(uint64_t *rng, struct record *r)
{
	struct meeting m = random_place(rng);
	unsigned int n;

	m.shmem = false;
	m.address %= 8;
	n = make_folio(rng, &m, r);
	r[0].arg[1] = 2;
	r[n] = on_address(m.other, PROGRAM_OP_pin, m.mm, m.address, 0);
	r[n++].arg[3] = (uint8_t)(1 + 2 * random_below(rng, 3));
	r[n++] = switch_to(rng, m.one, 8);
	r[n++] = split(m.one, &m);
	return n;
}

/* Compaction has seen a page when somebody takes it off the LRU. */
static unsigned int meet_on_lru(uint64_t *rng, struct record *r)
{
	struct meeting m = random_place(rng);
	unsigned int n = 0;

	m.address %= 8;
	for (unsigned int i = 0; i < 2; i++)
		r[n++] = on_address(m.one, PROGRAM_OP_touch, m.mm,
				    (uint8_t)(m.address + i), 1);
	r[n++] = with_arg(m.one, PROGRAM_OP_lru_drain, 1);
	r[n] = with_arg(m.one, PROGRAM_OP_compact, 0);
	r[n++].arg[1] = 1;
	r[n++] = switch_to(rng, m.other, 64);
	r[n++] = on_address(m.other, PROGRAM_OP_off_lru, m.mm, m.address, 0);
	return n;
}

unsigned int random_huge_meeting(uint64_t *rng, const struct program *p,
				 struct record *r)
{
	static unsigned int (*const meet[])(uint64_t *, struct record *) = {
		meet_in_folio, meet_in_folio, meet_in_folio,	 meet_on_queue,
		meet_on_queue, meet_on_queue, meet_without_lock, meet_three,
		meet_in_file,  meet_in_file,  meet_on_lru,	 meet_at_end,
	};

	(void)p;
	return meet[random_below(rng, sizeof(meet) / sizeof(meet[0]))](rng, r);
}
