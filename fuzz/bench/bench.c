/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench PAGES CPUS OPERATIONS MILLISECONDS light|TARGET: how long an
 * execution takes, as one line of a table. Without arguments: its heading.
 */
#include <stdio.h>
#include <sys/resource.h>

#include "bench/load.h"

int main(int argc, char **argv)
{
	struct rusage usage;
	struct load load;
	double ns;

	if (argc == 1) {
		puts("  pages cpus   ops    runs/s    us/run memory MiB");
		return 0;
	}
	load_make(argc, argv, &load);
	ns = load_run(load.ms);
	getrusage(RUSAGE_SELF, &usage);
	printf("%7lu %4lu %5lu %9.0f %9.1f %10ld\n", load.pages, load.cpus,
	       load.operations, 1e9 / ns, ns / 1e3, usage.ru_maxrss >> 10);
	return 0;
}
