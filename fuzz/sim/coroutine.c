/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Coroutines in assembly for x86-64 and arm64, by ucontext elsewhere.
 * swapcontext() enters the kernel for the signal mask, which makes it some
 * twenty times slower; it is the fallback only.
 */
#include "coroutine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define COROUTINE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COROUTINE_ASAN 1
#endif
#endif

#ifdef COROUTINE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

/* Whoever has just been left: its stack is learned on arrival. */
static struct coroutine *coroutine_left;

static void departure(struct coroutine *from, struct coroutine *to)
{
	coroutine_left = from;
#ifdef COROUTINE_ASAN
	__sanitizer_start_switch_fiber(&from->fake_stack, to->stack,
				       to->stack_bytes);
#else
	(void)to;
#endif
}

static void arrival(struct coroutine *self)
{
#ifdef COROUTINE_ASAN
	__sanitizer_finish_switch_fiber(self->fake_stack,
					&coroutine_left->stack,
					&coroutine_left->stack_bytes);
#else
	(void)self;
#endif
}

/* The first C function on a new stack. */
static void __attribute__((noreturn, used)) start(struct coroutine *self)
{
	arrival(self);
	self->entry(self->arg);
	abort();
}

static void map_stack(struct coroutine *co)
{
	size_t guard = (size_t)sysconf(_SC_PAGESIZE);
	void *mapping = mmap(NULL, guard + COROUTINE_STACK_BYTES,
			     PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			     0);

	if (mapping == MAP_FAILED || mprotect(mapping, guard, PROT_NONE)) {
		perror("mmfuzz: no memory for a coroutine");
		exit(3);
	}
	co->mapping = mapping;
	co->stack = co->mapping + guard;
	co->stack_bytes = COROUTINE_STACK_BYTES;
}

#if COROUTINE_UCONTEXT

static void start_here(unsigned int high, unsigned int low)
{
	start((struct coroutine *)(uintptr_t)((uint64_t)high << 32 | low));
}

static void prepare(struct coroutine *co)
{
	uint64_t self = (uintptr_t)co;

	if (getcontext(&co->context)) {
		perror("mmfuzz: getcontext");
		exit(3);
	}
	co->context.uc_stack.ss_sp = (void *)(uintptr_t)co->stack;
	co->context.uc_stack.ss_size = co->stack_bytes;
	co->context.uc_link = NULL;
	makecontext(&co->context, (void (*)(void))start_here, 2,
		    (unsigned int)(self >> 32), (unsigned int)self);
}

static void swap(struct coroutine *from, struct coroutine *to)
{
	swapcontext(&from->context, &to->context);
}

#else /* assembly */

void coroutine_swap(void **save_sp, void *load_sp);
void coroutine_enter(void);

#if defined(__x86_64__)

/* Jumps instead of returning: the return predictor would always be wrong. */
__asm__(".text\n"
	".p2align 4\n"
	".globl coroutine_swap\n"
	".hidden coroutine_swap\n"
	".type coroutine_swap, @function\n"
	"coroutine_swap:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	popq %rcx\n"
	"	jmpq *%rcx\n"
	".size coroutine_swap, . - coroutine_swap\n"
	".globl coroutine_enter\n"
	".hidden coroutine_enter\n"
	".type coroutine_enter, @function\n"
	"coroutine_enter:\n"
	"	.cfi_startproc\n"
	"	.cfi_undefined %rip\n" /* stack traces end here */
	"	andq $-16, %rsp\n"
	"	movq %r12, %rdi\n"
	"	callq *%r13\n"
	"	ud2\n"
	"	.cfi_endproc\n"
	".size coroutine_enter, . - coroutine_enter\n");

/* In the order of the pops above. */
struct frame {
	uint64_t r15, r14, r13, r12, rbx, rbp, rip;
	uint64_t unused;
};

static void fill_frame(struct frame *frame, struct coroutine *co)
{
	frame->r12 = (uintptr_t)co;
	frame->r13 = (uintptr_t)start;
	frame->rip = (uintptr_t)coroutine_enter;
}

#else /* arm64 */

__asm__(".text\n"
	".p2align 4\n"
	".globl coroutine_swap\n"
	".hidden coroutine_swap\n"
	".type coroutine_swap, %function\n"
	"coroutine_swap:\n"
	"	sub sp, sp, #160\n"
	"	stp x19, x20, [sp]\n"
	"	stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]\n"
	"	stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]\n"
	"	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	mov x2, sp\n"
	"	str x2, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x19, x20, [sp]\n"
	"	ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]\n"
	"	ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]\n"
	"	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	add sp, sp, #160\n"
	"	ret\n"
	".size coroutine_swap, . - coroutine_swap\n"
	".globl coroutine_enter\n"
	".hidden coroutine_enter\n"
	".type coroutine_enter, %function\n"
	"coroutine_enter:\n"
	"	.cfi_startproc\n"
	"	.cfi_undefined x30\n" /* stack traces end here */
	"	mov x0, x19\n"
	"	blr x20\n"
	"	brk #1\n"
	"	.cfi_endproc\n"
	".size coroutine_enter, . - coroutine_enter\n");

struct frame {
	uint64_t x19, x20, x21_x29[9], x30, d8_d15[8];
};

static void fill_frame(struct frame *frame, struct coroutine *co)
{
	frame->x19 = (uintptr_t)co;
	frame->x20 = (uintptr_t)start;
	frame->x30 = (uintptr_t)coroutine_enter;
}

#endif

static void prepare(struct coroutine *co)
{
	uintptr_t top = (uintptr_t)co->stack + co->stack_bytes;
	struct frame *frame = (struct frame *)(top - sizeof(*frame));

	_Static_assert(sizeof(*frame) % 16 == 0, "stacks are aligned to 16");
	memset(frame, 0, sizeof(*frame));
	fill_frame(frame, co);
	co->sp = frame;
}

static void swap(struct coroutine *from, struct coroutine *to)
{
	coroutine_swap(&from->sp, to->sp);
}

#endif

void coroutine_make(struct coroutine *co, void (*entry)(void *arg), void *arg)
{
	if (!co->mapping)
		map_stack(co);
#ifdef COROUTINE_ASAN
	/* Frames that were abandoned have left their redzones behind. */
	__asan_unpoison_memory_region(co->stack, co->stack_bytes);
#endif
	co->entry = entry;
	co->arg = arg;
	co->fake_stack = NULL;
	prepare(co);
}

void coroutine_switch(struct coroutine *from, struct coroutine *to)
{
	departure(from, to);
	swap(from, to);
	arrival(from);
}
