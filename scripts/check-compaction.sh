#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-compaction.sh PINNED_SHMEM HOSTILE_PROCESS PINNED_CMA: the designs come
# out as those who argued for them said, in a small number of schedules.
set -uo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$1" 3 >"$work/shmem" && "$2" 100 >"$work/hostile" && "$3" 40 >"$work/pins" ||
	exit 1
cat "$work/shmem" "$work/hostile" "$work/pins"

# What skips pages isolates a tenth or less of them in vain; the number of huge
# pages is the same.
awk '
function wrong(text) { print "wrong: " what ", " $1 ": " text; bad = 1 }
$2 !~ /^[0-9]/ { what = $1; next }
$1 == "anon-only" { isolated = $2; failed = $3; huge = $7; lines++; next }
{ lines++; sees = what == "pinned" || $1 == "extra-refs" }
sees && (10 * $3 > failed || 2 * $2 > isolated) {
	wrong("isolates what cannot be moved")
}
!sees && ($2 != isolated || $3 != failed) { wrong("sees references") }
$4 == 0 || 10 * $7 < 9 * huge { wrong("does not move what can be moved") }
END {
	if (lines != 14)
		wrong("a value is missing")
	exit bad
}' "$work/shmem" || exit 1

awk '
function wrong(text) { print "wrong: " $1 ": " text; bad = 1 }
NR == 1 { next }
{ lines++; fooled = $1 == "maybe-dma-pinned" || $1 == "longterm-pinned" }
fooled && ($2 != 100 || $5 != 100) { wrong("is not fooled by mappings") }
!fooled && $2 != 0 { wrong("is fooled by mappings") }
$9 != 0 { wrong("is fooled for ever") }
$1 ~ /unsigned/ { wraps = $6 }
$1 == "maybe-dma-pinned-less-mapcount" && $6 != 0 { wrong("wraps") }
END {
	if (lines != 7)
		wrong("a value is missing")
	exit bad
}' "$work/hostile" || exit 1

awk '
function wrong(text) { print "wrong: " what ", " $1 ": " text; bad = 1 }
$2 !~ /^[0-9]/ { what = $1; next }
{ lines++ }
what == "today" && ($3 || $5 || $6) { wrong("the area suffers") }
what == "before-5.13" && $1 == "none" && !($3 && $5 && $6) {
	wrong("the area does not suffer")
}
what == "before-5.13" && $1 != "none" && ($3 > 2 || $5) {
	wrong("the area suffers")
}
END {
	if (lines != 10)
		wrong("a value is missing")
	exit bad
}' "$work/pins"
