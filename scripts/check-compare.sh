#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-compare.sh CORE LINUX FILE.prog: the tools of the two subjects agree
# about the program. Exit code 77 if one of them is not built, or from another
# commit than the other.
#
# check-compare.sh CORE LINUX: a comparison tells what differs, and what it
# cannot do.
set -uo pipefail

core=$1 linux=$2
for tool in "$core" "$linux"; do
	[ -x "$tool" ] || {
		echo "$tool: not built"
		exit 77
	}
done
version() {
	"$1" --version | sed 's/,.*//'
}
if [ "$(version "$core")" != "$(version "$linux")" ]; then
	echo "$core is $(version "$core"), $linux is $(version "$linux")"
	exit 77
fi
if [ $# -eq 3 ]; then
	exec "$core" compare --with "$linux" "$3"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# expect CODE TEXT ARG...: compare exits with CODE and prints TEXT.
expect() {
	local code=0

	"$core" compare "${@:3}" >"$work/out" 2>&1 || code=$?
	if [ "$code" -ne "$1" ] || ! grep -qF -e "$2" "$work/out"; then
		cat "$work/out"
		echo "compare ${*:3}: exit code $code, not $1 with '$2'"
		exit 1
	fi
}

with=(--with "$linux")
program() {
	printf 'mmfuzz 1\nset memory 256\nset cma 0\n' >"$work/x.prog"
	cat >>"$work/x.prog"
}

# A page that was drained into an isolated block is counted by the core's bug.
program <<-END
	0 alloc
	0 free
	1 isolate
	1 drain
END
expect 0 'agree: 4 operations, done' "${with[@]}" "$work/x.prog"
expect 1 'end: core INV_FREE_PAGES, linux-6.12 nothing' "${with[@]}" \
	--bug pcp-stale-type-bulk-free "$work/x.prog"
expect 1 'FAILED: ' "${with[@]}" --bug pcp-stale-type-bulk-free "$work/x.prog"
grep -qF 'operation 4: 1 drain' "$work/out" || {
	cat "$work/out"
	echo "the operation that differs is not named"
	exit 1
}

# Another design, no bug: whose request gets the unmovable pageblocks.
program <<-END
	set cma 8
	0 alloc order 6 type unmovable
	0 nocma_begin
	0 alloc order 5
END
expect 0 agree "${with[@]}" "$work/x.prog"
expect 1 'types: core UUUUMMMMCCCCCCCC, linux-6.12 UUUUUUUUCCCCCCCC' \
	"${with[@]}" --policy nocma=5.9 "$work/x.prog"

# Switches count the yield points of one subject.
program <<-END
	0 alloc
	  switch at 3 to 1
	1 alloc
END
expect 0 'without its 1 switches' "${with[@]}" "$work/x.prog"

# A machine that only one of them can have: orders of a tree are compiled in.
"$linux" compare --with "$core" "$work/x.prog" >"$work/out" 2>&1
code=$?
if [ "$code" -ne 2 ] || ! grep -q 'block_order:3,max_order:5' "$work/out"; then
	cat "$work/out"
	echo "the tree has the machine of the core: exit code $code, not 2"
	exit 1
fi
expect 2 'expected --with TOOL' "$work/x.prog"
expect 2 'No such file' "${with[@]}" "$work/none.prog"
expect 2 '"no-such-bug" for a bug' "${with[@]}" --bug no-such-bug \
	"$work/x.prog"
expect 3 'No such file' --with "$work/none" "$work/x.prog"
