# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# Sourced by fuzz.sh: how each engine is started, watched and understood.
#
#   ENGINE_files      what must be built for it, besides the target
#   ENGINE_start      starts the processes, notes them in pids
#   ENGINE_goes_on    whether to go on waiting
#   ENGINE_sample     sets execs, coverage, corpus_size, interleavings
#   ENGINE_artefacts  prints the files that ended an execution
#   ENGINE_went_well  whether all processes ended as they should

share() { # NUMBER: of $1, for each job, rounded up
	echo $((($1 + jobs - 1) / jobs))
}

all_running() {
	local pid

	for pid in "${pids[@]}"; do
		kill -0 "$pid" 2>/dev/null || return 1
	done
}

any_running() {
	local pid

	for pid in "${pids[@]}"; do
		kill -0 "$pid" 2>/dev/null && return 0
	done
	return 1
}

# --- libFuzzer ---

libfuzzer_files() {
	:
}

libfuzzer_start() {
	local job args

	args=(-max_len=1024 -timeout=25 -print_final_stats=1)
	args+=(-artifact_prefix="$work/artefact/")
	[ "$seconds" ] && args+=(-max_total_time="$seconds")
	[ "$runs" ] && args+=(-runs="$(share "$runs")")
	[ "$jobs" -eq 1 ] && args+=(-reload=0)
	mkdir -p "$work/artefact"
	for ((job = 0; job < jobs; job++)); do
		MMFUZZ_STATS=$work/stats.$job "$build/$target" "${args[@]}" \
			-seed=$((seed + job)) "$corpus" "$stored" \
			>"$work/log.$job" 2>&1 &
		pids+=($!)
	done
}

# The first process to crash ends the campaign.
libfuzzer_goes_on() {
	all_running && return
	[ -z "$(libfuzzer_artefacts)" ] && any_running
}

libfuzzer_artefacts() {
	find "$work/artefact" -type f | sort
}

# From each job: executions, coverage, corpus, interleavings.
add_sample() {
	execs=$((execs + $1))
	coverage=$(($2 > coverage ? $2 : coverage))
	corpus_size=$(($3 > corpus_size ? $3 : corpus_size))
	interleavings=$(($4 > interleavings ? $4 : interleavings))
}

# "#1024 NEW    cov: 80 ft: 150 corp: 20/1Kb ..."; at the end of the log
# "stat::number_of_executed_units: 2000"; in between the targets' own counts.
libfuzzer_sample() {
	local job line

	execs=0
	for ((job = 0; job < jobs; job++)); do
		read -r -a line < <({
			cat "$work/stats.$job"
			tail -c 4096 "$work/log.$job"
		} 2>/dev/null | awk '
			/^runs / { n = $2 }
			/^interleavings / { pairs = $2 }
			/^#[0-9]+/ {
				if (substr($1, 2) > n)
					n = substr($1, 2)
				for (i = 2; i < NF; i++) {
					if ($i == "cov:") cov = $(i + 1)
					if ($i == "corp:") corp = $(i + 1)
				}
			}
			/^stat::number_of_executed_units:/ { n = $2 }
			END { print n + 0, cov + 0, corp + 0, pairs + 0 }')
		add_sample "${line[@]}"
	done
}

# 72: libFuzzer was interrupted.
libfuzzer_went_well() {
	local code

	for code in "${codes[@]}"; do
		[ "$code" -eq 0 ] || [ "$code" -eq 72 ] || return 1
	done
}

# --- AFL++ ---

afl_files() {
	echo "afl_$target" mmfuzz_afl_mutator
}

# afl-fuzz wants a first input, passes silently over one that crashes, and
# knows what ASan has to be told if nobody else tells it.
afl_start() {
	local job file args

	mkdir -p "$work/in"
	find "$stored" "$corpus" -type f -exec cp -t "$work/in" {} +
	for file in "$work"/in/*; do
		[ -e "$file" ] && afl_seed_ends_well "$file"
	done
	printf '\0' >"$work/in/empty-program"

	unset ASAN_OPTIONS
	export AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1
	export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
	export AFL_BENCH_UNTIL_CRASH=1
	export AFL_CRASH_EXITCODE=3 # the harness has given up
	export AFL_CUSTOM_MUTATOR_LIBRARY=$root/$build/libmmfuzz_afl_mutator.so
	args=(-i "$work/in" -o "$work/afl" -t 5000 -G 1024)
	[ "$seconds" ] && args+=(-V "$seconds")
	[ "$runs" ] && args+=(-E "$(share "$runs")")
	for ((job = 0; job < jobs; job++)); do
		MMFUZZ_STATS=$work/stats.$job afl-fuzz "${args[@]}" \
			-s $((seed + job)) -S "job$job" -- \
			"$build/afl_$target" >"$work/log.$job" 2>&1 &
		pids+=($!)
	done
}

afl_seed_ends_well() { # FILE
	mkdir -p "$work/seeds/crashes"
	timeout -k 5 120 "$tool" run "${tool_args[@]}" "$1" \
		>/dev/null 2>&1 || cp "$1" "$work/seeds/crashes"
}

# One that crashes ends the campaign, also among the first inputs.
afl_goes_on() {
	[[ $(afl_artefacts) != */crashes/* ]] && any_running
}

afl_artefacts() {
	find "$work/seeds" "$work/afl" \( -path '*/crashes/*' -o \
		-path '*/hangs/*' \) -type f ! -name README.txt 2>/dev/null |
		sort
}

# fuzzer_stats is written once a minute and at the end; in between the targets'
# own counts. A crash is named for when: "id:000000,...,execs:579,..."
afl_sample() {
	local job line dir

	execs=0
	for ((job = 0; job < jobs; job++)); do
		dir=$work/afl/job$job
		read -r -a line < <({
			cat "$work/stats.$job" "$dir/fuzzer_stats"
			echo "corpus $(find "$dir/queue" -name 'id:*' | wc -l)"
			find "$dir/crashes" -name 'id:*' | sort
		} 2>/dev/null | awk '
			/^runs / { n = $2 }
			/^interleavings / { pairs = $2 }
			/^execs_done / && $3 > n { n = $3 }
			/^edges_found / { cov = $3 }
			/^corpus / { corp = $2 }
			!crash && match($0, /,execs:[0-9]+/) {
				$0 = substr($0, RSTART, RLENGTH)
				crash = substr($0, 8)
			}
			END {
				print (crash ? crash : n) + 0, cov + 0,
					corp + 0, pairs + 0
			}')
		add_sample "${line[@]}"
	done
}

afl_went_well() {
	local job

	for ((job = 0; job < jobs; job++)); do
		[ -e "$work/afl/job$job/fuzzer_stats" ] || return 1
	done
	afl_keep_corpus
}

# What was new, for the next campaign.
afl_keep_corpus() {
	local file name

	for file in "$work"/afl/job*/queue/*+cov; do
		[ -e "$file" ] || continue
		name=$(sha1sum <"$file")
		cp "$file" "$corpus/${name%% *}"
	done
}
