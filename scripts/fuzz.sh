#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fuzz.sh [OPTION...]: install what is missing, build, and fuzz.
#
#   --seconds N           for how long, in all (60, or no limit with --runs)
#   --runs N              for how many executions, in all
#   --target NAME         fuzz_mm (default), fuzz_isolation, fuzz_cma,
#                         fuzz_page_alloc, fuzz_migrate, fuzz_pin,
#                         fuzz_hotplug, fuzz_compaction, fuzz_huge_page
#   --engine NAME         libfuzzer (default), afl
#   --seed N              of the engine's random numbers
#   --bug NAME            switch on a known bug (see: scripts/mmfuzz bugs)
#   --policy NAME=VALUE   choose a design (see: scripts/mmfuzz policies)
#   --known NAME          mask a known finding (see: scripts/mmfuzz findings)
#   --access every        plain loads and stores may interleave, too
#   --jobs N              processes (1)
#   --empty               begin with nothing; --bug implies it
#   --linux VERSION       fuzz the Linux that Debian has the sources of: 6.12
#                         or 6.1, which set-up installs
#   --linux-tree PATH     fuzz the Linux tree in PATH, which is only read
#   --geometry NAME       of a Linux tree: small (default), pageblocks of 16
#                         pages; real, as on x86
#   --bisect              exit codes for `git bisect run`: 125 for a tree that
#                         does not fit, 255 instead of 2 and 3
#
# --bug, --policy and --known may be repeated. A campaign begins with the stored
# programs of its target and what earlier campaigns have found; with --seed or
# --runs, with the stored ones only: both together repeat it exactly under
# libfuzzer. What ends with a verdict is kept in build/fuzz/findings/, for a
# Linux tree in build/linux-*/findings/.
#
# Exit code: 0 nothing found, 1 a verdict was printed, 2 bad usage, 3 set-up,
# build or harness failure.
set -uo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/engines.sh"

target=fuzz_mm engine=libfuzzer
seconds='' runs='' seed='' jobs=1 access='' empty='' bisect=''
bugs=() policies=() known=()

number() { # OPTION VALUE
	[[ $2 =~ ^[0-9]{1,9}$ ]] || bad_usage "$1: not a number: '$2'"
}

own_options='^--(seconds|runs|target|engine|seed|bug|policy|known|access|jobs)$'

parse() {
	while [ $# -gt 0 ]; do
		case $1 in
		--help | -h) help ;;
		--empty) empty=yes && shift && continue ;;
		--bisect) shift && continue ;;
		--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
		esac
		[[ $1 =~ $own_options || $1 =~ $subject_options ]] ||
			bad_usage "no such option: $1"
		[ $# -ge 2 ] || bad_usage "$1: needs a value"
		case $1 in
		--seconds) number "$1" "$2" && seconds=$2 ;;
		--runs) number "$1" "$2" && runs=$2 ;;
		--seed) number "$1" "$2" && seed=$2 ;;
		--jobs) number "$1" "$2" && jobs=$2 ;;
		--target) target=$2 ;;
		--engine) engine=$2 ;;
		--access) access=$2 ;;
		--bug) bugs+=("$2") empty=yes ;;
		--policy) policies+=("$2") ;;
		--known) known+=("$2") ;;
		*) subject_option "$1" "$2" ;;
		esac
		shift 2
	done
	[[ $engine =~ ^(libfuzzer|afl)$ ]] || bad_usage "no engine '$engine'"
	[[ $access =~ ^(every)?$ ]] || bad_usage "--access can only be every"
	[ "$jobs" -gt 0 ] || bad_usage "--jobs: at least one"
	[[ $target =~ ^fuzz_[a-z_]+$ && -e fuzz/targets/$target.c ]] ||
		bad_usage "no target '$target'"
	[ "$seconds$runs" ] || seconds=60
	choose_subject
	if [ "$bisect" ]; then
		[ "$tree" ] || bad_usage "--bisect: needs --linux-tree PATH"
		misfit=125
	fi
}

# What the tool and the targets are told about bugs and the like.
settle() {
	local name code=0

	tool_args=()
	for name in "${bugs[@]}"; do
		tool_args+=(--bug "$name")
	done
	for name in "${policies[@]}"; do
		tool_args+=(--policy "$name")
	done
	for name in "${known[@]}"; do
		tool_args+=(--known "$name")
	done
	if [ "$access" ]; then
		tool_args+=(--access "$access")
	fi
	if [ "$target" != fuzz_mm ]; then
		tool_args+=(--target "$target")
	fi
	: >"$work/nothing"
	"$tool" run "${tool_args[@]}" "$work/nothing" >"$work/log" 2>&1 ||
		code=$?
	if [ "$code" -ne 0 ]; then
		cat "$work/log" >&2
		[ "$code" -eq 2 ] && exit 2
		does_not_fit "the empty program does not run"
	fi
	unset MMFUZZ_BUGS MMFUZZ_POLICIES MMFUZZ_KNOWN MMFUZZ_ACCESS \
		MMFUZZ_TRACE_HASH
	name=$(IFS=, && echo "${bugs[*]}")
	[ -z "$name" ] || export MMFUZZ_BUGS="$name"
	name=$(IFS=, && echo "${policies[*]}")
	[ -z "$name" ] || export MMFUZZ_POLICIES="$name"
	name=$(IFS=, && echo "${known[*]}")
	[ -z "$name" ] || export MMFUZZ_KNOWN="$name"
	[ -z "$access" ] || export MMFUZZ_ACCESS="$access"
}

# Where a campaign begins: $stored to read, $corpus to read and add to.
choose_corpus() {
	stored=$build/corpus/$target
	corpus=$work/corpus
	if [ "$empty" ]; then
		stored=$work/none
	elif [ -z "$seed$runs" ]; then
		corpus=$build/found/$target
	fi
	mkdir -p "$stored" "$corpus" || fail "cannot make $corpus"
	if [ -z "$seed" ]; then
		seed=$((RANDOM * 32768 + RANDOM + 1))
	fi
}

time_left() {
	if [ "$seconds" ]; then
		echo ", $((seconds > elapsed ? seconds - elapsed : 0)) s left"
	fi
}

# One line of progress; on a terminal always the same one.
report_progress() {
	local line

	"${engine}_sample"
	line="$elapsed s: $execs runs, $((execs / (elapsed + 1)))/s,"
	line+=" coverage $coverage, interleavings $interleavings,"
	line+=" corpus $corpus_size$(time_left)"
	if [ -t 1 ]; then
		printf '\r\033[K%.*s' $((${COLUMNS:-$(tput cols)} - 1)) "$line"
	elif [ "$elapsed" -ge "$next_line" ]; then
		next_line=$((elapsed + 10))
		echo "$line"
	fi
}

# Until time or runs are over, a process has found something, or Ctrl-C.
watch() {
	local began=$SECONDS next_line=10 tick=0

	while "${engine}_goes_on" && [ ! "$stop" ]; do
		elapsed=$((SECONDS - began))
		[ $((tick++ % 5)) -eq 0 ] && report_progress
		# Engines count time in their own ways, and some start late.
		[ "$elapsed" -gt "${seconds:-$elapsed}" ] && break
		sleep 0.2
	done
	elapsed=$((SECONDS - began))
	if [ -t 1 ]; then
		printf '\r\033[K'
	fi
	kill -INT "${pids[@]}" 2>/dev/null
	wait_for_all
}

wait_for_all() {
	local i patience=50

	while [ $((patience--)) -gt 0 ] && kill -0 "${pids[@]}" 2>/dev/null; do
		sleep 0.1
	done
	kill -KILL "${pids[@]}" 2>/dev/null
	codes=()
	for i in "${!pids[@]}"; do
		wait "${pids[i]}" 2>/dev/null
		codes[i]=$?
	done
}

# Replays FILE: 1 if it ends with a verdict, which it prints, 3 if it does not
# end well, 0 if it does. What the tool does not see, the target's executable is
# asked for.
judge() { # FILE
	local code out=$work/replay

	replay="$mmfuzz run ${tool_args[*]} $1"
	timeout -k 5 30 "$tool" run "${tool_args[@]}" "$1" >"$out" 2>&1
	if ! grep -qaE "$verdicts" "$out"; then
		replay="$(env | grep '^MMFUZZ_' | tr '\n' ' ')$build/$target $1"
		out=$work/replay.target
		timeout -k 5 30 "$build/$target" -artifact_prefix="$work/" \
			"$1" >"$out" 2>&1
		code=$?
		if ! grep -qaE "$verdicts" "$out"; then
			[ "$code" -eq 0 ] || return 3
			return 0
		fi
	fi
	cat "$out"
	return 1
}

verdicts='^ASSERTION FAILED: |ERROR: AddressSanitizer:|: runtime error: '

# Moves the artefacts of this campaign to where they stay, and judges them. One
# that an engine found only slow may turn out to be none.
judge_all() {
	local file name result code=0

	mkdir -p "$build/findings" || fail "cannot make $build/findings"
	while read -r file; do
		name=$(sha1sum <"$file")
		name=$(artefact_kind "$file")-${name%% *}
		mv -f "$file" "$build/findings/$name"
		name=$build/findings/$name
		if [ "$code" -eq 1 ]; then
			echo "also: $name"
			continue
		fi
		result=0
		judge "$name" || result=$?
		case $result-$name in
		1-*) code=1 finding=$replay ;;
		0-*/slow-*) rm "$name" ;;
		*)
			code=3
			tail -n 5 "$work/replay"
			echo "no verdict: $name"
			;;
		esac
	done < <("${engine}_artefacts")
	return "$code"
}

artefact_kind() { # FILE
	case $1 in
	*/hangs/*) echo slow ;;
	*/crashes/*) echo crash ;;
	*) basename "${1%-*}" ;;
	esac
}

summary() { # CODE
	local when="$execs executions, $elapsed s, seed $seed"

	echo
	case $1 in
	0) echo "nothing found in $when" && campaign ;;
	1) echo "found after $when" && echo "replay: $finding" | tr -s ' ' ;;
	esac
}

# What the targets counted: operations that do nothing, states out of reach.
# A short campaign says nothing about that.
campaign() {
	[ "$execs" -ge 10000 ] || return
	cat "$work"/stats.* 2>/dev/null | awk '
	$1 == "op" { run[$2] += $3; idle[$2] += $5 }
	$1 == "state" { reached[$2] += $3 }
	END {
		for (op in run) {
			if (!run[op])
				never = never " " op
			else if (2 * idle[op] > run[op])
				lazy = lazy sprintf(" %s (%d %%)", op,
					100 * idle[op] / run[op])
		}
		for (state in reached)
			if (!reached[state])
				out = out " " state
		if (never) print "operations never run:" never
		if (lazy) print "operations that mostly did nothing:" lazy
		if (out) print "states never reached:" out
	}'
}

# Runs at the end, however that comes. To git bisect, all codes below 128 are
# answers; a mistake and Ctrl-C must not be.
# shellcheck disable=SC2317
leave() {
	local code=$?

	rm -rf "$work"
	case $bisect-$code-$stop in
	-*) ;;
	yes-[01]- | yes-125-*) ;;
	*) code=255 ;;
	esac
	exit "$code"
}

main() {
	local code=0

	stop='' work=''
	trap leave EXIT
	if [[ " $* " = *" --bisect "* ]]; then
		bisect=yes
	fi
	parse "$@"
	set_up "$engine"
	if [ "$engine" = afl ]; then
		reconfigure=yes
	fi
	build=build/$subject tool=build/$subject/mmfuzz
	# shellcheck disable=SC2046
	build "$subject" mmfuzz corpora "$target" $("${engine}_files")
	mkdir -p "$build/runs"
	work=$(mktemp -d "$build/runs/run.XXXXXX") || fail "no $build/runs"
	settle
	choose_corpus

	pids=() codes=() finding='' elapsed=0
	execs=0 coverage=0 corpus_size=0 interleavings=0
	trap 'stop=yes' INT TERM
	"${engine}_start"
	watch
	trap '' INT
	"${engine}_sample"
	judge_all || code=$?
	if [ "$code" -eq 0 ] && ! "${engine}_went_well"; then
		code=3
	fi
	if [ "$code" -eq 3 ]; then
		say "the engine's last words:"
		tail -n 30 "$work"/log.0 >&2
	fi
	summary "$code"
	exit "$code"
}

cd "$root" || exit 3
main "$@"
