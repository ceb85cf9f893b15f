/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running a program in a child process.
 */
#include "program/outcome.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program/workload.h"

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "mmfuzz: %s: %s\n", what, strerror(errno));
	exit(3);
}

/* Nobody wants the report of a candidate, nor its core dump. */
static void be_quiet(void)
{
	const struct rlimit none = { 0, 0 };
	int fd = open("/dev/null", O_WRONLY);

	if (fd >= 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	setrlimit(RLIMIT_CORE, &none);
	/* The parent decides what an interrupt means. */
	signal(SIGINT, SIG_IGN);
}

static void __attribute__((noreturn)) run_child(const struct program *program,
						int fd)
{
	static struct outcome outcome;

	be_quiet();
	sim_on_verdict(NULL);
	snprintf(outcome.id, sizeof(outcome.id), "%s",
		 workload_run(program) ? "done" : sim_verdict()->id);
	for (unsigned int i = 0; i < OUTCOME_MAX_STATES && workload_states[i];
	     i++)
		outcome.reached[i] = workload_reached(i);
	_exit(write(fd, &outcome, sizeof(outcome)) != sizeof(outcome));
}

/* False at a timeout. */
static bool wait_readable(int fd, unsigned int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int ret;

	do
		ret = poll(&p, 1, (int)timeout_ms);
	while (ret < 0 && errno == EINTR);
	return ret > 0;
}

void outcome_of(const struct program *program, unsigned int timeout_ms,
		struct outcome *outcome)
{
	ssize_t size = 0;
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		die("pipe");
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		close(fds[0]);
		run_child(program, fds[1]);
	}
	close(fds[1]);
	memset(outcome, 0, sizeof(*outcome));
	if (wait_readable(fds[0], timeout_ms)) {
		/* Smaller than PIPE_BUF: comes whole or not at all. */
		do
			size = read(fds[0], outcome, sizeof(*outcome));
		while (size < 0 && errno == EINTR);
		if (size != sizeof(*outcome))
			strcpy(outcome->id, "CRASH");
	} else {
		strcpy(outcome->id, "TIMEOUT");
	}
	kill(pid, SIGKILL);
	close(fds[0]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
