#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-crash.sh MMFUZZ FOLDER clean|bug|finding
#
# clean:   the crash of FOLDER ends as "done" on the code of today.
# bug:     with the bug or policy of its header, it ends with the verdict in
#          `expect`, and without it as "done".
# finding: it ends with the verdict in `expect`; when the finding that the
#          folder is named after is masked, as "done".
#
# All of that if it is for this subject.
set -euo pipefail

mmfuzz=$1 folder=$2 what=$3
prog=$folder/crash.prog
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() {
	echo "$folder: $*"
	sed 's/^/    /' "$work/out"
	exit 1
}

# Runs the tool and demands exit code $1.
run() {
	local code=0
	"$mmfuzz" "${@:2}" >"$work/out" 2>&1 || code=$?
	[ "$code" -eq "$1" ] || die "exit code $code, not $1"
}

expect=$(cat "$folder/expect")
: >"$work/out"
[[ $expect =~ ^[A-Za-z0-9_]+$ ]] || die "expect: not one verdict: '$expect'"
[ -s "$folder/README.md" ] || die "no README.md"

run 0 verify "$prog"
grep -q ': is not for ' "$work/out" && exit 0
if [ "$what" = finding ]; then
	run 1 run "$prog"
	grep -q "^ASSERTION FAILED: $expect:" "$work/out" ||
		die "another verdict than $expect"
	run 0 run --known "$(basename "$folder")" "$prog"
	exit 0
fi
if [ "$what" = bug ]; then
	run 1 run "$prog"
	grep -q "^ASSERTION FAILED: $expect:" "$work/out" ||
		die "another verdict than $expect"
fi

# The bytes know neither bugs nor policies.
access=()
if grep -q '^access every' "$prog"; then
	access=(--access every)
fi
run 0 build "$prog" -o "$work/crash"
run 0 run "${access[@]}" "$work/crash"
