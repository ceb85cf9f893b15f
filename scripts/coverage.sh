#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# coverage.sh [--lines N] [--branches N] [--list]: how much of core/ the tests
# and the stored programs reach, for each file, in lines and branches.
#
#   --lines N      at least N % of the lines of all files together (0)
#   --branches N   at least N % of the branches (0)
#   --list         print each line and each branch that is not reached, as
#                  FILE:LINE: ... Branches inside of macros, such as that to
#                  bug() in BUG_ON(), count but are not listed.
#
# Campaigns do not count. Builds build/coverage; what it prints is kept there,
# in coverage/: summary.txt and missed.txt.
#
# Exit code: 0 as much as was asked for, 1 less than that, 2 bad usage, 3 a test
# failed or something could not be built.
set -uo pipefail
. "$(dirname "$0")/common.sh"

lines=0 branches=0 list=''
while [ $# -gt 0 ]; do
	case $1 in
	--help | -h) help ;;
	--list) list=yes && shift && continue ;;
	--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
	esac
	[[ $1 =~ ^--(lines|branches)$ ]] || bad_usage "no such option: $1"
	[ $# -ge 2 ] || bad_usage "$1: needs a value"
	[[ $2 =~ ^[0-9]{1,3}(\.[0-9]+)?$ ]] ||
		bad_usage "$1: not a percentage: '$2'"
	declare "${1#--}=$2"
	shift 2
done

cd "$root" || exit 3
set_up libfuzzer
build coverage
llvm=/usr/lib/llvm-19/bin
for name in llvm-profdata llvm-cov; do
	[ -x "$llvm/$name" ] ||
		fail "there is no $llvm/$name; install llvm-19"
done

dir=build/coverage
out=$dir/coverage
rm -rf "$out"
mkdir -p "$out" || fail "cannot make $out"
export LLVM_PROFILE_FILE=$root/$out/%m.profraw

# Engines begin with random bytes; benches count for nothing. What is compared
# with a Linux tree is run below.
ctest --test-dir "$dir" -LE '^(tidy|engines|twice|compare)$' \
	-E '^unit-(bench|core-)' --output-on-failure -j "$(nproc)" \
	>"$out/test.log" 2>&1 || {
	tail -n 40 "$out/test.log" >&2
	fail "a test failed: $out/test.log"
}
# Verdicts are what programs with bugs are for. A child that a test runs them
# in leaves no profile behind.
for program in corpus/*.prog crashes/*/crash.prog compare/*.prog; do
	subjects=$(sed -n 's/^subject //p' "$program")
	[[ " ${subjects:-core} " = *" core "* ]] || continue
	code=0
	"$dir/mmfuzz" run -q "$program" >"$out/log" 2>&1 || code=$?
	[ "$code" -le 1 ] || {
		cat "$out/log" >&2
		fail "$program does not run"
	}
done

"$llvm/llvm-profdata" merge -o "$out/all.profdata" "$out"/*.profraw \
	>"$out/log" 2>&1 || {
	cat "$out/log" >&2
	fail "the profiles cannot be merged"
}
objects=()
for file in "$dir"/fuzz/tests/*; do
	if [ -f "$file" ] && [ -x "$file" ]; then
		objects+=(-object "$file")
	fi
done
cov() { # COMMAND ARG...
	"$llvm/llvm-cov" "$1" "$dir/mmfuzz" "${objects[@]}" \
		-instr-profile="$out/all.profdata" "${@:2}" \
		"$root"/core/*.[ch] \
		2>"$out/log" || {
		cat "$out/log" >&2
		fail "llvm-cov $1 failed"
	}
}

# Name, and of lines and branches: how many, missed, percentage.
cov report -show-branch-summary | awk '
/^-/ { next }
$1 == "Filename" || NF < 13 { next }
$1 == "TOTAL" { $1 = "all" }
$9 + $12 > 0 || $8 > 0 {
	printf "%-18s %6d %6d %8s %8d %6d %8s\n",
		$1, $8, $9, $10, $11, $12, $13
}' >"$out/table"
{
	printf '%-18s %6s %6s %8s %8s %6s %8s\n' "core/" lines missed "" \
		branches missed ""
	cat "$out/table"
} >"$out/summary.txt"
grep -q '^all ' "$out/summary.txt" || fail "llvm-cov has reported nothing"

# A line, or a branch of a condition, that has not been executed: an inline
# function, in none of the files that have it.
cov show -format=text -show-branches=count -show-line-counts |
	sed "s|^$root/||" | awk '
	/^[^ |]+\.[ch]:$/ { file = substr($0, 1, length($0) - 1); next }
	/^ *[0-9]+\| *0\|/ {
		line = $0; sub(/\|.*/, "", line); sub(/^ */, "", line)
		text = $0; sub(/^[^|]*\|[^|]*\|[ \t]*/, "", text)
		if (text !~ /^[{}]?[ \t]*$/)
			print file ":" line ": " text
		next
	}
	/Branch \([0-9]+:[0-9]+\): \[True: / {
		place = $0; sub(/.*Branch \(/, "", place)
		sub(/\):.*/, "", place)
		place = file ":" place
		seen[place]
		if ($0 !~ /True: 0,/) true[place]
		if ($0 !~ /False: 0\]/) false[place]
	}
	END {
		for (place in seen) {
			line = place; sub(/:[0-9]+$/, "", line)
			if (!(place in true)) print line ": never true"
			if (!(place in false)) print line ": never false"
		}
	}' | sort -t: -k1,1 -k2,2n -u >"$out/missed.txt"

cat "$out/summary.txt"
if [ "$list" ]; then
	echo
	cat "$out/missed.txt"
fi
awk -v lines="$lines" -v branches="$branches" '
$1 == "all" {
	if ($4 + 0 < lines) {
		print "lines: " $4 ", less than " lines " %"
		code = 1
	}
	if ($7 + 0 < branches) {
		print "branches: " $7 ", less than " branches " %"
		code = 1
	}
}
END { exit code }' "$out/table"
