#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-twice.sh BUILD FILE.prog...: the same input is the same execution: one
# trace hash each, again and again, alone and among others in any order, at
# random addresses and at fixed ones, in the tool and under both engines. What
# MMFUZZ_KNOWN says is masked in all of them.
set -euo pipefail

build=$1
shift
[ $# -gt 0 ] || {
	echo "no programs to run"
	exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# hashes NAME COMMAND...: notes the hashes that COMMAND prints.
hashes() {
	local name=$1
	shift
	"$@" >"$work/out" 2>&1 || {
		cat "$work/out"
		echo "$name: failed"
		exit 1
	}
	# An engine's own words may precede it: it buffers them.
	sed -n 's/.*trace hash: //p' "$work/out" >"$work/$name"
}

same() {
	cmp -s "$work/$1" "$work/$2" || {
		paste "$work/$1" "$work/$2"
		echo "trace hashes differ: $1, $2"
		exit 1
	}
}

run=("$build/mmfuzz" run -v ${MMFUZZ_KNOWN:+--known "$MMFUZZ_KNOWN"})
files=()
for prog in "$@"; do
	bytes=$work/${#files[@]}.bytes
	"$build/mmfuzz" build "$prog" -o "$bytes"
	files+=("$bytes")
done
backwards=()
for ((i = ${#files[@]} - 1; i >= 0; i--)); do
	backwards+=("${files[i]}")
done

hashes first "${run[@]}" "${files[@]}"
[ "$(wc -l <"$work/first")" -eq ${#files[@]} ] || {
	echo "not one trace hash for each of ${#files[@]} files"
	exit 1
}
hashes second "${run[@]}" "${files[@]}"
same first second
hashes backwards "${run[@]}" "${backwards[@]}"
tac "$work/backwards" >"$work/forwards"
same first forwards
: >"$work/alone"
for file in "${files[@]}"; do
	hashes one "${run[@]}" "$file"
	cat "$work/one" >>"$work/alone"
done
same first alone
if setarch -R true 2>/dev/null; then
	hashes fixed setarch -R "${run[@]}" "${files[@]}"
	same first fixed
else
	echo "setarch -R is not allowed here: fixed addresses not tried"
fi

export MMFUZZ_TRACE_HASH=1
# Its search for leaks would run an input that allocates a second time.
hashes libfuzzer "$build/fuzz_mm" -detect_leaks=0 "${files[@]}"
same first libfuzzer
if [ -x "$build/afl_fuzz_mm" ]; then
	hashes afl "$build/afl_fuzz_mm" "${files[@]}"
	same first afl
else
	echo "AFL++ is not installed: its executables not tried"
fi
echo "${#files[@]} programs, one trace hash each"
