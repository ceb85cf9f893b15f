/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Coroutines: stacks that one host thread goes round on. The only thing here
 * that depends on the processor or on the sanitizer.
 */
#ifndef FUZZ_SIM_COROUTINE_H
#define FUZZ_SIM_COROUTINE_H

#include <stddef.h>
#include <stdint.h>

#if !defined(__ELF__) || !(defined(__x86_64__) || defined(__aarch64__)) || \
	defined(COROUTINE_UCONTEXT)
#undef COROUTINE_UCONTEXT
#define COROUTINE_UCONTEXT 1
#include <ucontext.h>
#else
#define COROUTINE_UCONTEXT 0
#endif

#define COROUTINE_STACK_BYTES ((size_t)256 << 10)

/* All zero is the stack of whoever switches away from it first. */
struct coroutine {
	void *sp; /* while it does not run */
	uint8_t *mapping; /* guard page, then the stack; NULL if not ours */
	const void *stack; /* lowest byte, for the sanitizer */
	size_t stack_bytes;
	void *fake_stack; /* the sanitizer's */
	void (*entry)(void *arg); /* never returns */
	void *arg;
#if COROUTINE_UCONTEXT
	ucontext_t context;
#endif
};

/*
 * Make @co begin with @entry(@arg) when it is switched to. Whatever it was
 * doing is forgotten; its stack is mapped the first time and kept for ever.
 * Exits with status 3 if there is no memory.
 */
void coroutine_make(struct coroutine *co, void (*entry)(void *arg), void *arg);

/* @from is what runs now. Returns when something switches to @from. */
void coroutine_switch(struct coroutine *from, struct coroutine *to);

#endif
