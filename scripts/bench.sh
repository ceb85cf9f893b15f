#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# bench.sh [SECONDS]: how fast it is, here and now; each measurement takes that
# long (3). First the engine: libFuzzer with an empty target beside each target
# on its stored programs. Then one execution, in parts: how it grows with pages,
# operations and CPUs. Compare numbers of one run only.
set -uo pipefail
. "$(dirname "$0")/common.sh"

seconds=${1:-3}
case $seconds in
--help | -h) help ;;
*[!0-9]* | 0) bad_usage "not a number of seconds: '$seconds'" ;;
esac

cd "$root" || exit 3
scripts/setup.sh || exit
build fuzz
work=$(mktemp -d build/fuzz/bench.XXXXXX) || fail "no build/fuzz"
trap 'rm -rf "$work"' EXIT

# Prints executions per second of target $1 on the corpus $2.
executions() {
	local begin runs

	mkdir -p "$work/new.$1" "$2"
	begin=$(date +%s%N)
	build/fuzz/"$1" -seed=1 -max_len=1024 -print_final_stats=1 -reload=0 \
		-max_total_time="$seconds" -artifact_prefix="$work/" \
		"$work/new.$1" "$2" >"$work/log" 2>&1 || {
		tail -n 40 "$work/log" >&2
		fail "$1 did not end well"
	}
	begin=$(($(date +%s%N) - begin))
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
	echo $((runs * 1000 / (begin / 1000000)))
}

memory() {
	sed -n 's/^stat::peak_rss_mb: *//p' "$work/log"
}

engine() {
	local target empty speed

	printf '%-16s %10s %8s %8s\n' "libFuzzer, ASan" executions/s ratio MiB
	empty=$(executions bench_empty "$work/none") || exit
	printf '%-16s %10d %8s %8d\n' "(empty)" "$empty" 1 "$(memory)"
	for target in fuzz/targets/fuzz_*.c; do
		target=$(basename "$target" .c)
		speed=$(executions "$target" build/fuzz/corpus/"$target") ||
			exit
		printf '%-16s %10d %8s %8d\n' "$target" "$speed" \
			"1/$((empty / (speed ? speed : 1)))" "$(memory)"
	done
}

# both ARGUMENT...: a line of bench and the rest of it by bench_parts.
both() {
	local whole parts

	whole=$(build/fuzz/bench "$@") || exit
	parts=$(build/fuzz/bench_parts "$@") || exit
	echo "$whole $parts"
}

# lines MIX "PAGES CPUS OPERATIONS"...
lines() {
	local line mix=$1

	shift
	both
	for line in "$@"; do
		# shellcheck disable=SC2086 # three words
		both $line $((seconds * 500)) "$mix"
	done
}

engine || exit
echo
echo "All operations, 200 switches for every 64:"
lines all "2048 2 64" "256 2 64" "16384 2 64" "262144 2 64" \
	"2048 2 16" "2048 2 256" "2048 1 64" "2048 4 64" "2048 8 64"
echo
echo "alloc and free only:"
lines light "2048 2 64" "256 2 64" "16384 2 64" "262144 2 64"
