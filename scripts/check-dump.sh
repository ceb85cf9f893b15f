#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-dump.sh MMFUZZ: `run --dump` prints what the core is like before all is
# given back, `run --record` a line for each operation, and who is in the way of
# a migration is named by `run -v` and by the verdict.
set -uo pipefail

mmfuzz=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# expect CODE TEXT ARG...: `mmfuzz run` exits with CODE and prints line TEXT.
expect() {
	local code=0

	"$mmfuzz" run "${@:3}" >"$work/out" 2>&1 || code=$?
	if [ "$code" -ne "$1" ] || ! grep -qxF -e "$2" "$work/out"; then
		cat "$work/out"
		echo "run ${*:3}: exit code $code, not $1 with '$2'"
		exit 1
	fi
}

cat >"$work/x.prog" <<-END
	mmfuzz 1
	set memory 64
	set cma 0
	set blocks pageblock 3 max 5
	set pcplists batch 1 high 4
	0 alloc order 3 type unmovable
	1 isolate block 1
END
line='Node 0, zone   Normal      0      0      0      1      1      1 '
expect 0 "$line" --dump=buddyinfo "$work/x.prog"
expect 0 'Pages per block:  8' --dump=pagetypeinfo,buddyinfo "$work/x.prog"
grep -qxF "$line" "$work/out" || {
	echo "not both dumps"
	exit 1
}
expect 0 '  start_pfn:           0' --dump "$work/x.prog"
line='mmfuzz: "slabinfo" for a dump of core; expected buddyinfo, pagetypeinfo'
expect 2 "$line or zoneinfo, which the core has" --dump=slabinfo "$work/x.prog"

line='op=4 result=done free=56 cma=0 isolated=0 highatomic=0 pcp=0,0'
line+=' areas=0,0,0,1,1,1 types=UUUUMMMM holds=0:0+8'
expect 0 "$line" --record "$work/x.prog"
expect 0 "$line" --record --target fuzz_cma "$work/x.prog"
grep -q '^op=5' "$work/out" && {
	echo "fuzz_cma has isolated"
	exit 1
}
line='mmfuzz run: --machine 7; expected what --record prints behind "machine="'
expect 2 "$line" --record --machine 7 "$work/x.prog"

cat >"$work/x.prog" <<-END
	mmfuzz 1
	bug free-type-read-before-lock
	set blocks pageblock 5 max 7
	0 alloc order 4
	0 free
	  switch at free_one_page:spin_lock to 1
	1 isolate
END
expect 1 'end=INV_FREE_PAGES at=2' --record "$work/x.prog"

cat >"$work/x.prog" <<-END
	mmfuzz 1
	0 touch mm 0 address 0
	0 lru_drain scope local
	0 get
	0 contig_alloc
END
expect 0 'pfn 0 stays: slots have it, 1' -v "$work/x.prog"
expect 0 '| page dumped because: migration failure' -v "$work/x.prog"
grep -q '^| page: refcount:3 mapcount:1 ' "$work/out" || {
	echo "no page:"
	exit 1
}

cat >"$work/x.prog" <<-END
	mmfuzz 1
	policy lru-drain=never
	0 touch mm 0 address 0
	0 lru_drain scope local
	0 lru mm 0 address 0 what activate
	0 contig_alloc
END
line='  pfn 0 stays: a reference of a batch of cpu 0 (lru_activate)'
expect 1 "$line" "$work/x.prog"
line='    references: a page table, who has isolated it, a batch of cpu 0'
expect 1 "$line (lru_activate)" "$work/x.prog"

cat >"$work/x.prog" <<-END
	mmfuzz 1
	policy migration-wait=hold-reference
	0 lru_off
	0 touch mm 0 address 16
	0 migrate
	  switch at folio_migrate:atomic_read to 1
	1 touch mm 0 address 16
END
expect 1 '  pfn 0 stays: a reference of a waiter (task 1)' "$work/x.prog"
line='    references: a page table, an index, who has isolated it, a waiter'
expect 1 "$line (task 1)" "$work/x.prog"

# The designs that leave their race open: a short program and the name of who is
# in the way.
crashes=$(dirname "$0")/../crashes
for prog in "$crashes"/policy-{lru-drain,migration-wait}-*/crash.prog; do
	"$mmfuzz" run "$prog" >"$work/out" 2>&1
	grep -qE '^  pfn [0-9]+ stays: a reference of a (batch of|waiter) ' \
		"$work/out" || {
		cat "$work/out"
		echo "$prog: no name"
		exit 1
	}
	if [ "$(grep -c '^[0-9]' "$prog")" -gt 10 ] ||
		[ "$(grep -c '^  switch' "$prog")" -gt 4 ]; then
		echo "$prog: too long"
		exit 1
	fi
done
