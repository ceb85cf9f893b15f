#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-tables.sh POPULAR_PAGE APP_LAUNCHES: the designs come out in the order
# in which they were tried, in a small number of schedules: each was better.
set -uo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$1" 200 >"$work/popular" && "$2" 200 >"$work/launches" || exit 1
cat "$work/popular" "$work/launches"

awk '
function wrong(text) { print "wrong: " text; bad = 1 }
NR == 1 { for (i = 2; i <= NF; i++) column[$i] = i; next }
{ hold = $column["hold-reference"] }
$column["no-reference"] != 100 { wrong("no-reference fails") }
$column["put-and-wait"] < hold { wrong("put-and-wait is no better") }
NR > 2 && hold > last { wrong("more processes do no harm") }
{ last = hold }
END {
	if (!(hold < 50))
		wrong("eight processes do no harm")
	exit bad
}' "$work/popular" || exit 1

awk '
function wrong(text) { print "wrong: " text; bad = 1 }
NR > 1 { attempts[$1] = $3; failed[$1] = $5 }
END {
	if (attempts["never"] <= attempts["once-before"] ||
	    failed["never"] <= failed["once-before"])
		wrong("to drain once is no better than never")
	for (value in attempts) {
		if (value == "never" || value == "once-before")
			continue
		if (2 * attempts[value] > attempts["once-before"])
			wrong(value " is no better than to drain once")
		if (failed[value])
			wrong("allocations fail with " value)
	}
	exit bad
}' "$work/launches"
