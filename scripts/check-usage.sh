#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-usage.sh: bad options end with exit code 2 and say what is wrong, before
# anything is built.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 3

refuses() { # TEXT SCRIPT ARG...
	local out code=0

	out=$(timeout 10 "scripts/$2" "${@:3}" 2>&1) || code=$?
	if [ "$code" -ne 2 ] || [[ $out != *"$1"* ]]; then
		echo "$2 ${*:3}: exit code $code, not 2 with '$1':"
		echo "$out"
		exit 1
	fi
}

refuses "--runs: not a number: 'many'" bugs-table.sh --runs many
refuses '--runs: needs a value' bugs-table.sh --runs
refuses 'no such option: --fast' bugs-table.sh --fast=yes
refuses "no target 'fuzz_none'" bugs-table.sh --target fuzz_none
refuses 'no folder /none' bugs-table.sh --out /none/x.md
refuses "--schedules: not a number: '0'" migration-tables.sh --schedules 0
refuses 'no folder /none' migration-tables.sh --out /none/x.md
refuses "--rounds: not a number: '0'" compaction-tables.sh --rounds 0
refuses "--pin-schedules: needs a value" compaction-tables.sh --pin-schedules
refuses 'no folder /none' compaction-tables.sh --out /none/x.md
refuses "--lines: not a percentage: 'all'" coverage.sh --lines all
refuses 'no such option: 95' coverage.sh 95
refuses "there are 6.12 and 6.1, not '5'" mmfuzz compare --linux 5 x.prog
refuses 'only one tree' mmfuzz --linux 6.12 compare --linux 6.1 x.prog
refuses '--linux: needs a value' mmfuzz compare x.prog --linux
