#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# bench.sh [--linux 6.12|6.1]... [SECONDS]: how fast it is, here and now; each
# measurement takes that long (3). First the engine: libFuzzer with an empty
# target beside each target on its stored programs. Then one execution: of what
# each target admits; in parts, as it grows with pages, operations and CPUs.
# With --linux, the same of that Linux, at the size that it has. Compare numbers
# of one run only.
set -uo pipefail
. "$(dirname "$0")/common.sh"

versions=()
while [[ ${1:-} = --* || ${1:-} = -h ]]; do
	case $1 in
	--help | -h) help ;;
	--linux=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
	--linux) ;;
	*) bad_usage "no such option: $1" ;;
	esac
	[ $# -ge 2 ] || bad_usage "$1: needs a value"
	IFS=, read -r -a more <<<"$2"
	versions+=("${more[@]}")
	shift 2
done
[ $# -le 1 ] || bad_usage "one number of seconds, please, and last"
seconds=${1:-3}
case $seconds in
*[!0-9]* | 0) bad_usage "not a number of seconds: '$seconds'" ;;
esac
for version in "${versions[@]}"; do
	(subject_option --linux "$version") || exit
done

cd "$root" || exit 3
set_up libfuzzer
build fuzz
work=$(mktemp -d build/fuzz/bench.XXXXXX) || fail "no build/fuzz"
trap 'rm -rf "$work"' EXIT

# A Linux tree may well end with a verdict: no failure, but no number either.
is_finding() {
	[ "$tree" ] && grep -q '^ASSERTION FAILED: ' "$work/log"
}

# Prints executions per second of $1, in build/, on the corpus $2.
executions() {
	local begin runs

	mkdir -p "$work/new/$1" "$2"
	begin=$(date +%s%N)
	"build/$1" -seed=1 -max_len=1024 -print_final_stats=1 -reload=0 \
		-max_total_time="$seconds" -artifact_prefix="$work/" \
		"$work/new/$1" "$2" >"$work/log" 2>&1 || {
		is_finding && return
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

empty() {
	printf '%-16s %10s %8s %8s\n' "libFuzzer, ASan" executions/s ratio MiB
	empty=$(executions fuzz/bench_empty "$work/none") || exit
	printf '%-16s %10d %8s %8d\n' "(empty)" "$empty" 1 "$(memory)"
}

targets() {
	local target speed

	for target in fuzz/targets/fuzz_*.c; do
		target=$(basename "$target" .c)
		speed=$(executions "$subject/$target" \
			"build/$subject/corpus/$target") || exit
		if [ -z "$speed" ]; then
			printf '%-16s %10s\n' "$target" "(verdict)"
			continue
		fi
		printf '%-16s %10d %8s %8d\n' "$target" "$speed" \
			"1/$((empty / (speed ? speed : 1)))" "$(memory)"
	done
}

# both ARGUMENT...: a line of bench and the rest of it by bench_parts.
both() {
	local whole parts

	{
		whole=$("build/$subject/bench" "$@") &&
			parts=$("build/$subject/bench_parts" "$@")
	} 2>"$work/log" || {
		is_finding && echo "$* (verdict)" && return
		tail -n 40 "$work/log" >&2
		fail "bench $* did not end well"
	}
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

# Random programs of what each target admits, in columns: name, then a line.
mixes() { # OPERATIONS
	local target

	printf '%-16s ' "operations of" && build/fuzz/bench
	for target in light fuzz/targets/fuzz_*.c; do
		target=$(basename "$target" .c)
		printf '%-16s ' "$target"
		"build/$subject/bench" 2048 2 "$1" $((seconds * 1000)) \
			"$target" 2>"$work/log" && continue
		is_finding && echo "(verdict)" && continue
		tail -n 40 "$work/log" >&2
		fail "bench of $target did not end well"
	done
}

empty
targets
echo
echo "200 switches for every 64 operations:"
mixes 64
echo
echo "All operations:"
lines fuzz_mm "2048 2 64" "256 2 64" "16384 2 64" "262144 2 64" \
	"2048 2 16" "2048 2 256" "2048 1 64" "2048 4 64" "2048 8 64"
echo
echo "alloc and free only:"
lines light "2048 2 64" "256 2 64" "16384 2 64" "262144 2 64"

for version in "${versions[@]}"; do
	debian='' tree='' # no longer the one before
	subject_option --linux "$version"
	choose_subject
	set_up libfuzzer
	build "$subject"
	echo
	echo "Linux $version, known findings masked:"
	MMFUZZ_KNOWN=$("build/$subject/mmfuzz" findings |
		awk '{ print $1 }' | paste -sd,)
	export MMFUZZ_KNOWN
	targets
	echo
	echo "200 switches for every 64 operations:"
	mixes 32
	echo
	echo "All operations:"
	lines fuzz_mm "2048 2 32"
	echo
	echo "alloc and free only:"
	lines light "2048 2 32"
done
