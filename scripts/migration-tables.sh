#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# migration-tables.sh [--schedules N] [--allocations N] [--out FILE]: what a
# waiter on a migration entry and a batch of a CPU cost a migration, under each
# value of the policies migration-wait and lru-drain; writes the two tables to
# docs/migration.md and prints them.
#
#   --schedules N    migrations of a popular page for each number (10000)
#   --allocations N  contiguous allocations for each number (500)
#   --out FILE       where to write it
#
# The same code has the same numbers, everywhere. Exit code: 0, 2 bad usage, 3
# a measurement did not end well.
set -uo pipefail
. "$(dirname "$0")/common.sh"

schedules=10000 allocations=500 out=$root/docs/migration.md
while [ $# -gt 0 ]; do
	case $1 in
	--help | -h) help ;;
	--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
	--*) ;;
	*) bad_usage "no such option: $1" ;;
	esac
	[ $# -ge 2 ] || bad_usage "$1: needs a value"
	case $1 in
	--schedules | --allocations)
		[[ $2 =~ ^[1-9][0-9]{0,6}$ ]] ||
			bad_usage "$1: not a number: '$2'"
		declare "${1#--}=$2"
		;;
	--out) out=$2 ;;
	*) bad_usage "no such option: $1" ;;
	esac
	shift 2
done
[ -d "$(dirname "$out")" ] || bad_usage "no folder $(dirname "$out")"

cd "$root" || exit 3
set_up libfuzzer
build fuzz popular_page app_launches
popular=$(build/fuzz/popular_page "$schedules") ||
	fail "popular_page did not end well"
launches=$(build/fuzz/app_launches "$allocations") ||
	fail "app_launches did not end well"

tables() {
	cat <<-END
		<!-- SPDX-License-Identifier: GPL-2.0-only -->
		# What is in the way of a migration, counted

		Written by \`scripts/migration-tables.sh\`. Both with
		\`migrate-loop=one-by-one\`, the loop until 6.2 with its 10
		passes; where tasks go on is drawn, the same each time.

		## A popular page

		Processes share one page and touch it again and again while
		CPU 0 moves it, each on a CPU of its own; with 8, one shares the
		CPU of the migration. Share of migrations that moved the page,
		in percent of $schedules schedules, by number of processes and
		policy \`migration-wait\`. Who faults on a migration entry waits
		for the migration; with a reference, he makes it fail (Hugh
		Dickins, November 2018).

	END
	rows <<<"$popular"
	cat <<-END

		## Contiguous allocation beside processes that age their pages

		$allocations times CPU 0 takes 32 of the 96 pages of a CMA area,
		in which processes on 7 other CPUs have theirs. By policy
		\`lru-drain\`: allocations that came to a fourth pass over their
		pages (\`pass > 2\`), attempts to move a page in such passes,
		pages that a call of migrate_pages() has left where they were,
		allocations that failed. In February 2021 Minchan Kim saw about
		400 such attempts during about 500 allocations with the drain
		once before, and less than 30 with batches kept empty. What is
		left then are references for a moment, locked pages, writeback.

	END
	rows <<<"$launches"
}

if ! tables >"$out.new" || ! mv "$out.new" "$out"; then
	fail "cannot write $out"
fi
printf '%s\n\n%s\n' "$popular" "$launches"
