/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the core may assume of a kernel: locks, preemption, per-CPU numbers,
 * atomics, and the words for racy accesses. Whoever links the core provides
 * the functions; the meaning is that of include/linux of Linux 6.12.
 *
 * The words that let another CPU go on are a closed list: spin_lock(),
 * spin_lock_nested(), spin_trylock(), spin_unlock() and their irq forms,
 * mutex_lock(), mutex_unlock(), down_*(), up_*(), cpus_read_lock(),
 * cpus_read_unlock(), READ_ONCE(), WRITE_ONCE(), smp_mb(), atomic_*(),
 * set_bit(), clear_bit(), test_and_*_bit(), preempt_enable(), local_unlock(),
 * rcu_read_unlock(), local_irq_restore(), cond_resched(), sleep_on(),
 * wake_up(), schedule_timeout_killable(), queue_work_on(), flush_work(),
 * synchronize_rcu(); and of mapping.h, which are the processor's, pte_update(),
 * user_load(), user_store(). A plain access promises that the lock which
 * protects the data is held.
 */
#ifndef CORE_KERNEL_H
#define CORE_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NR_CPUS 8
#define NR_TASKS 56

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;

/* The spot in the code that a word of the list stands at. */
struct code_place {
	const char *func;
	const char *what;
};

#define PLACE(what_)                                                          \
	({                                                                    \
		static const struct code_place place_ __attribute__((         \
			section("code_places"), used)) = { __func__, what_ }; \
		&place_;                                                      \
	})

#define min(a, b)                              \
	({                                     \
		__typeof__(a) min_a = (a);     \
		__typeof__(b) min_b = (b);     \
		min_a < min_b ? min_a : min_b; \
	})
#define max(a, b)                              \
	({                                     \
		__typeof__(a) max_a = (a);     \
		__typeof__(b) max_b = (b);     \
		max_a > max_b ? max_a : max_b; \
	})
#define clamp(val, lo, hi) min(max(val, lo), hi)

#define ALIGN_DOWN(x, a) ((x) & ~((a) - 1))
#define ALIGN(x, a) ALIGN_DOWN((x) + (a) - 1, (a))
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

/* --- Broken rules --- */

void __attribute__((noreturn)) bug(const char *func, const char *condition);
#define BUG_ON(condition)                          \
	do {                                       \
		if (condition)                     \
			bug(__func__, #condition); \
	} while (0)

/* A piece of a line, as pr_cont() or seq_printf(). */
void __attribute__((format(printf, 1, 2))) printk(const char *fmt, ...);

/* --- Racy accesses --- */

void racy_read(const struct code_place *place);
void racy_write(const struct code_place *place);

#define READ_ONCE(x)                                   \
	({                                             \
		racy_read(PLACE("READ_ONCE"));         \
		*(const volatile __typeof__(x) *)&(x); \
	})
#define WRITE_ONCE(x, val)                               \
	do {                                             \
		racy_write(PLACE("WRITE_ONCE"));         \
		*(volatile __typeof__(x) *)&(x) = (val); \
	} while (0)

/* Accesses are in the order of the program anyway: it is where one may look. */
void do_smp_mb(const struct code_place *place);
#define smp_mb() do_smp_mb(PLACE("smp_mb"))

typedef struct {
	int counter;
} atomic_t;

/* For sums of what is counted in long. */
typedef struct {
	long counter;
} atomic_long_t;

int do_atomic_read(const atomic_t *v, const struct code_place *place);
void do_atomic_set(atomic_t *v, int i, const struct code_place *place);
int do_atomic_add_return(int i, atomic_t *v, const struct code_place *place);
int do_atomic_cmpxchg(atomic_t *v, int old, int new,
		      const struct code_place *place);
bool do_atomic_add_unless(atomic_t *v, int i, int unless,
			  const struct code_place *place);
long do_atomic_long_read(const atomic_long_t *v,
			 const struct code_place *place);
void do_atomic_long_add(long i, atomic_long_t *v,
			const struct code_place *place);
/* Returns whether the bit was set. */
bool do_change_bit(unsigned int nr, unsigned long *word, int value,
		   const struct code_place *place);

#define atomic_read(v) do_atomic_read(v, PLACE("atomic_read"))
#define atomic_set(v, i) do_atomic_set(v, i, PLACE("atomic_set"))
#define atomic_inc(v) (void)do_atomic_add_return(1, v, PLACE("atomic_inc"))
#define atomic_add(i, v) (void)do_atomic_add_return(i, v, PLACE("atomic_add"))
#define atomic_dec(v) (void)do_atomic_add_return(-1, v, PLACE("atomic_dec"))
#define atomic_add_return(i, v) \
	do_atomic_add_return(i, v, PLACE("atomic_add_return"))
#define atomic_sub_return(i, v) \
	do_atomic_add_return(-(i), v, PLACE("atomic_sub_return"))
#define atomic_dec_and_test(v) \
	(do_atomic_add_return(-1, v, PLACE("atomic_dec_and_test")) == 0)
#define atomic_sub_and_test(i, v) \
	(do_atomic_add_return(-(i), v, PLACE("atomic_sub_and_test")) == 0)
#define atomic_cmpxchg(v, old, new) \
	do_atomic_cmpxchg(v, old, new, PLACE("atomic_cmpxchg"))
#define atomic_add_unless(v, i, unless) \
	do_atomic_add_unless(v, i, unless, PLACE("atomic_add_unless"))
#define atomic_long_read(v) do_atomic_long_read(v, PLACE("atomic_long_read"))
#define atomic_long_add(i, v) do_atomic_long_add(i, v, PLACE("atomic_long_add"))
#define set_bit(nr, word) (void)do_change_bit(nr, word, 1, PLACE("set_bit"))
#define clear_bit(nr, word) (void)do_change_bit(nr, word, 0, PLACE("clear_bit"))
#define test_and_set_bit(nr, word) \
	do_change_bit(nr, word, 1, PLACE("test_and_set_bit"))
#define test_and_clear_bit(nr, word) \
	do_change_bit(nr, word, 0, PLACE("test_and_clear_bit"))
#define test_bit(nr, word) (READ_ONCE(*(word)) >> (nr) & 1)

/* --- CPUs, tasks, preemption, interrupts --- */

unsigned int smp_processor_id(void); /* stable while preemption is off */
unsigned int num_possible_cpus(void); /* 0 .. that many - 1 */
unsigned int num_online_cpus(void);
bool cpu_online(unsigned int cpu);

#define for_each_possible_cpu(cpu) \
	for ((cpu) = 0; (cpu) < num_possible_cpus(); (cpu)++)
#define for_each_online_cpu(cpu)      \
	for_each_possible_cpu(cpu)    \
		if (!cpu_online(cpu)) \
			continue;     \
		else

/* Between the two no CPU comes or goes, and what one has left is drained. */
void do_cpus_read_lock(const struct code_place *place);
void do_cpus_read_unlock(const struct code_place *place);
#define cpus_read_lock() do_cpus_read_lock(PLACE("cpus_read_lock"))
#define cpus_read_unlock() do_cpus_read_unlock(PLACE("cpus_read_unlock"))

bool fatal_signal_pending(void); /* the running task shall end */
unsigned int current_task(void); /* number of the running task, < NR_TASKS */
bool in_interrupt(void);

void preempt_disable(void);
void do_preempt_enable(const struct code_place *place);
#define preempt_enable() do_preempt_enable(PLACE("preempt_enable"))
void do_cond_resched(const struct code_place *place);
#define cond_resched() do_cond_resched(PLACE("cond_resched"))

unsigned long do_local_irq_save(void);
void do_local_irq_restore(unsigned long flags, const struct code_place *place);

/*
 * Keeps others off this CPU's data (local_lock_t without PREEMPT_RT): no other
 * task, or nobody at all. Sections of both kinds nest.
 */
void do_local_lock(void);
void do_local_unlock(const struct code_place *place);
unsigned long do_local_lock_irqsave(void);
void do_local_unlock_irqrestore(unsigned long flags,
				const struct code_place *place);
#define local_lock() do_local_lock()
#define local_unlock() do_local_unlock(PLACE("local_unlock"))
#define local_lock_irqsave(flags) ((flags) = do_local_lock_irqsave())
#define local_unlock_irqrestore(flags) \
	do_local_unlock_irqrestore(flags, PLACE("local_unlock_irqrestore"))

/* Sections that synchronize_rcu() waits for, as for all without preemption. */
void rcu_read_lock(void);
void do_rcu_read_unlock(const struct code_place *place);
void do_synchronize_rcu(const struct code_place *place);
#define rcu_read_unlock() do_rcu_read_unlock(PLACE("rcu_read_unlock"))
#define synchronize_rcu() do_synchronize_rcu(PLACE("synchronize_rcu"))

/*
 * Sleep until wake_up(@channel), an address. Nothing is lost if none of these
 * words stands between a check and the sleep. @what and @nr are for reports.
 */
void do_sleep_on(const void *channel, const char *what, unsigned int nr,
		 const struct code_place *place);
void do_wake_up(const void *channel, const struct code_place *place);
#define sleep_on(channel, what, nr) \
	do_sleep_on(channel, what, nr, PLACE("sleep_on"))
#define wake_up(channel) do_wake_up(channel, PLACE("wake_up"))

/*
 * Let all others go on for a moment, unless the running task shall end: nothing
 * changes before they have. It takes no more time than they need.
 */
void do_schedule_timeout_killable(const struct code_place *place);
#define schedule_timeout_killable() \
	do_schedule_timeout_killable(PLACE("schedule_timeout_killable"))

/* False if @work, an address, is pending already. */
bool do_queue_work_on(unsigned int cpu, void *work, void (*func)(void *work),
		      const struct code_place *place);
void do_flush_work(const void *work, const struct code_place *place);
#define queue_work_on(cpu, work, func) \
	do_queue_work_on(cpu, work, func, PLACE("queue_work_on"))
#define flush_work(work) do_flush_work(work, PLACE("flush_work"))

/* --- Locks --- */

typedef struct {
	const char *name; /* lock class */
	uint64_t word; /* the implementation's */
} spinlock_t;

struct mutex {
	const char *name;
	uint64_t word;
};

struct rw_semaphore {
	const char *name;
	uint64_t word;
	uint32_t readers;
};

/* @nr tells locks of one class apart in reports. */
void do_lock_init(void *lock, const char *name, unsigned int nr);
void do_spin_lock(spinlock_t *lock, const struct code_place *place);
/* While one of its class is held: callers agree on an order of these. */
void do_spin_lock_nested(spinlock_t *lock, const char *name,
			 const struct code_place *place);
bool do_spin_trylock(spinlock_t *lock, const struct code_place *place);
void do_spin_unlock(spinlock_t *lock, const struct code_place *place);
bool spin_is_held(const spinlock_t *lock); /* by this task */
void do_mutex_lock(struct mutex *lock, const struct code_place *place);
bool do_mutex_trylock(struct mutex *lock, const struct code_place *place);
void do_mutex_unlock(struct mutex *lock, const struct code_place *place);

#define spin_lock_init(lock, nr) do_lock_init(lock, &#lock[1], nr)
#define spin_lock(lock) do_spin_lock(lock, PLACE("spin_lock"))
#define spin_lock_nested(lock) \
	do_spin_lock_nested(lock, &(#lock "/1")[1], PLACE("spin_lock_nested"))
#define spin_trylock(lock) do_spin_trylock(lock, PLACE("spin_trylock"))
#define spin_unlock(lock) do_spin_unlock(lock, PLACE("spin_unlock"))
#define spin_lock_irqsave(lock, flags)         \
	do {                                   \
		(flags) = do_local_irq_save(); \
		spin_lock(lock);               \
	} while (0)
#define spin_unlock_irqrestore(lock, flags)                              \
	do {                                                             \
		spin_unlock(lock);                                       \
		do_local_irq_restore(flags, PLACE("local_irq_restore")); \
	} while (0)

#define mutex_init(lock) do_lock_init(lock, &#lock[1], 0)
#define mutex_lock(lock) do_mutex_lock(lock, PLACE("mutex_lock"))
#define mutex_trylock(lock) do_mutex_trylock(lock, PLACE("mutex_trylock"))
#define mutex_unlock(lock) do_mutex_unlock(lock, PLACE("mutex_unlock"))

void do_down_read(struct rw_semaphore *sem, const struct code_place *place);
bool do_down_read_trylock(struct rw_semaphore *sem,
			  const struct code_place *place);
void do_up_read(struct rw_semaphore *sem, const struct code_place *place);
void do_down_write(struct rw_semaphore *sem, const struct code_place *place);
void do_down_write_nested(struct rw_semaphore *sem, const char *name,
			  const struct code_place *place);
void do_up_write(struct rw_semaphore *sem, const struct code_place *place);

#define init_rwsem(sem, nr) do_lock_init(sem, &#sem[1], nr)
#define down_read(sem) do_down_read(sem, PLACE("down_read"))
#define down_read_trylock(sem) \
	do_down_read_trylock(sem, PLACE("down_read_trylock"))
#define up_read(sem) do_up_read(sem, PLACE("up_read"))
#define down_write(sem) do_down_write(sem, PLACE("down_write"))
#define down_write_nested(sem) \
	do_down_write_nested(sem, &(#sem "/1")[1], PLACE("down_write_nested"))
#define up_write(sem) do_up_write(sem, PLACE("up_write"))

#define lockdep_assert_held(lock) BUG_ON(!spin_is_held(lock))

#endif
