#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Link a tree's objects and kernel/'s into one object that shares no name with
# the harness but those of bridge.h, and list in the manifest all that in it is
# not the tree's own code.
#
# usage: link.sh OUTPUT MANIFEST COMPILER SUFFIX TREE_OBJECT... -- KERNEL_OBJECT...
set -eu

here=$(cd "$(dirname "$0")" && pwd)
output=$1 manifest=$2 compiler=$3 suffix=$4
shift 4
work=$output.link
rm -rf "$work"
mkdir -p "$work"

nm=llvm-nm$suffix objcopy=llvm-objcopy$suffix readelf=llvm-readelf$suffix
lld=ld.lld$suffix

tree="" kernel="" seen=""
for object; do
	if [ "$object" = -- ]; then
		seen=1
	elif [ "$seen" ]; then
		kernel="$kernel $object"
	else
		tree="$tree $object"
	fi
done

fail()
{
	echo "$output: $1" >&2
	sed 's/^/  /' "$2" >&2
	exit 1
}

# Global symbols that the objects define: all of "$@".
defined()
{
	$nm --defined-only --extern-only --format=just-symbols "$@" |
		sed '/^$/d; /:$/d' | LC_ALL=C sort -u
}

rows()
{
	sed -n "s/^$1(\\([A-Za-z0-9_]*\\), *\\(.*\\))\$/\\1 \\2/p" "$here/stubs.def" |
		LC_ALL=C sort
}

# What is static in the tree, and boot or operations need.
rows STATIC | cut -d' ' -f1 >"$work/static"
mkdir "$work/tree"
for object in $tree; do
	$objcopy --globalize-symbols="$work/static" "$object" \
		"$work/tree/$(basename "$object")"
done

# Every symbol in kernel/ is an entry point, or has its row.
defined $kernel >"$work/kernel"
grep '^tree_' "$work/kernel" >"$work/entries"
grep -v '^tree_\|^__wrap_\|^asan\.\|^sancov\.\|^__llvm' "$work/kernel" >"$work/ours"
rows STUB | cut -d' ' -f1 >"$work/rows"
LC_ALL=C comm -23 "$work/ours" "$work/rows" >"$work/missing"
[ ! -s "$work/missing" ] ||
	fail "in kernel/, but without a row in stubs.def" "$work/missing"

# What is defined twice is an error here; what is not used goes.
$lld -r --gc-sections -T "$here/tree.lds" -o "$work/first.o" \
	$(sed 's/^/-u /' "$work/entries") \
	$(rows WRAP | sed 's/ .*//; s/^/--wrap=/') "$work"/tree/*.o $kernel

# What is still undefined, and not the harness's or the C library's, aborts.
sed '/^#/d; /^$/d; s/.*/^(&)$/' "$here/allowed.def" >"$work/allowed"
$nm --undefined-only --format=just-symbols "$work/first.o" |
	grep -v '^$' | grep -vEf "$work/allowed" | LC_ALL=C sort -u >"$work/undefined"
# Called, as relocations tell; of others only the address is taken.
$readelf -rW "$work/first.o" |
	awk '$3 ~ /PLT32|CALL26|JUMP26/ { print $5 }' | LC_ALL=C sort -u >"$work/called"
LC_ALL=C comm -12 "$work/undefined" "$work/called" >"$work/functions"
LC_ALL=C comm -23 "$work/undefined" "$work/called" >"$work/data"
{
	echo "void __attribute__((noreturn)) host_unimplemented(const char *);"
	sed 's/.*/void &(void) { host_unimplemented("&"); }/' "$work/functions"
	sed 's/.*/char &[4096] __attribute__((aligned(4096), section(".bss")));/' "$work/data"
} >"$work/stubs.c"
$compiler -w -fno-builtin -fPIC -O1 -c -o "$work/stubs.o" "$work/stubs.c"
$lld -r -T "$here/tree.lds" -o "$work/second.o" "$work/first.o" "$work/stubs.o"

# All that a run may write is in the snapshot.
$readelf -SW "$work/second.o" | sed 's/^ *\[ *[0-9]*\] //' |
	awk '$7 ~ /W/ && $7 ~ /A/ { print $1 }' |
	grep -v '^tree_data$\|^tree_percpu$\|^__sancov_\|^\.init_array\|^\.fini_array\|^__llvm_' |
	LC_ALL=C sort -u >"$work/outside" || true
[ ! -s "$work/outside" ] ||
	fail "sections that a run may write, but no reset restores" "$work/outside"

$objcopy --keep-global-symbols="$work/entries" "$work/second.o" "$output"

# The manifest: all that is not the tree's, and is linked.
defined "$work/second.o" >"$work/linked"
{
	rows STATIC | awk '{ n = $1; $1 = ""; print "static  " n ":" $0 }'
	rows WRAP | awk '{ n = $1; $1 = ""; print "wrapped " n ":" $0 }'
	rows STUB | LC_ALL=C join - "$work/linked" |
		LC_ALL=C join - "$work/ours" |
		awk '{ n = $1; $1 = ""; print "stub    " n ":" $0 }'
	sed 's/.*/abort   &: not implemented, ends the run with status 3/' "$work/functions"
	sed 's/.*/zero    &: data or a function whose address is taken, all zero/' "$work/data"
} | tr -d '"' >"$manifest"
rm -rf "$work/tree"
