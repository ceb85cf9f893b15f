#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-engine.sh TARGET: a libFuzzer executable starts from nothing, sees code
# and interleavings, and finds nothing in a thousand executions.
set -uo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" -runs=1000 -seed=1 -artifact_prefix="$work/" >"$work/out" 2>&1
code=$?
cat "$work/out"
[ "$code" -eq 0 ] || exit 1

demand() {
	grep -q "$1" "$work/out" || {
		echo "missing: $1"
		exit 1
	}
}
demand '^Done 1000 runs'
demand 'Loaded 1 modules'
demand ' Extra Counters'
