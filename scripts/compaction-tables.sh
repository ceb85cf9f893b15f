#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# compaction-tables.sh [--rounds N] [--schedules N] [--pin-schedules N]
# [--out FILE]: what pinned memory costs compaction and who can fool it, under
# each value of policy compaction-skip, and what long-term pins cost a CMA area,
# under each value of policy nocma; writes the tables to docs/compaction.md and
# prints them.
#
#   --rounds N         of processes that begin anew, for each number (400)
#   --schedules N      of processes that share a page, for each number (10000)
#   --pin-schedules N  of pins for good, for each number (500)
#   --out FILE         where to write it
#
# The same code has the same numbers, everywhere. Exit code: 0, 2 bad usage, 3
# a measurement did not end well.
set -uo pipefail
. "$(dirname "$0")/common.sh"

rounds=400 schedules=10000 pin_schedules=500 out=$root/docs/compaction.md
while [ $# -gt 0 ]; do
	case $1 in
	--help | -h) help ;;
	--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
	--*) ;;
	*) bad_usage "no such option: $1" ;;
	esac
	[ $# -ge 2 ] || bad_usage "$1: needs a value"
	case $1 in
	--rounds | --schedules | --pin-schedules)
		[[ $2 =~ ^[1-9][0-9]{0,6}$ ]] ||
			bad_usage "$1: not a number: '$2'"
		name=${1#--}
		declare "${name//-/_}=$2"
		;;
	--out) out=$2 ;;
	*) bad_usage "no such option: $1" ;;
	esac
	shift 2
done
[ -d "$(dirname "$out")" ] || bad_usage "no folder $(dirname "$out")"

cd "$root" || exit 3
set_up libfuzzer
build fuzz pinned_shmem hostile_process pinned_cma
shmem=$(build/fuzz/pinned_shmem "$rounds") ||
	fail "pinned_shmem did not end well"
hostile=$(build/fuzz/hostile_process "$schedules") ||
	fail "hostile_process did not end well"
pins=$(build/fuzz/pinned_cma "$pin_schedules") ||
	fail "pinned_cma did not end well"

# The table of one of several on standard input that begins with heading $1.
table_of() {
	awk -v name="$1" '$2 !~ /^[0-9]/ { on = $1 == name } on' | rows
}

# A stored program.
crash() {
	echo "[crashes/$1](../crashes/$1/README.md)"
}

tables() {
	cat <<-END
		<!-- SPDX-License-Identifier: GPL-2.0-only -->
		# Pinned memory and compaction, pinned memory and CMA, counted

		Written by \`scripts/compaction-tables.sh\`; where tasks go on
		is drawn, the same each time.

		## Memory that cannot be moved

		A machine of 64 MB with pageblocks of 2 MB. 8 MB of shmem, half
		of every fourth pageblock, are pinned for good, as vfio does for
		a guest. Other processes begin anew $rounds times; each time
		kcompactd makes what huge pages it can, and requests for huge
		pages compact themselves, 16 times in turn. By policy
		\`compaction-skip\`: pages isolated, of both kinds; pages that
		could not be moved, and that were; pages that the migrate
		scanner and the free scanner have looked at; huge pages.

	END
	table_of pinned <<<"$shmem"
	cat <<-END

		In May 2023 Khalid Aziz saw 135,470,452 pages isolated and
		134,616,282 that could not be moved with the test of 3.15, which
		is for anonymous pages only, and 777,235 and 47 with his. What
		is left here could not be moved for want of a free page.

		The same, but that somebody has a reference on each of these
		pages, no pin (\`FOLL_GET\`). Only who counts references sees
		that.

	END
	table_of in-use <<<"$shmem"
	cat <<-END

		## A hostile process

		Whether processes can keep a page where it is that nobody has
		pinned, as David Hildenbrand feared ("a hostile process can
		effectively lock its own memory into place", May 2023). A pin is
		1024 references. Here it is 8 (\`set pins 8\`), as there are 8
		processes; "at most 32 mappings" becomes at most one. All of
		them have the page, and either read it for ever, or 7 of them
		unmap it and map it again for ever, while CPU 0 compacts all of
		memory. Share of $schedules schedules, in percent, in which the
		page is where it was after 1, 2, 4 and 8 times.

	END
	rows <<<"$hostile"
	cat <<-END

		Whoever takes a number of references for a pin,
		\`maybe-dma-pinned\` and \`longterm-pinned\`, can be fooled for
		ever by mapping the page often enough:
		$(crash policy-compaction-skip-maybe-dma-pinned)
		and
		$(crash policy-compaction-skip-longterm-pinned)
		are the shortest ways. fuzz_compaction has found none for each
		of the others in 200,000 executions or more; a page that is
		mapped and unmapped all the time is in the way of its
		own migration for a moment, or looks so, as the references and
		the entries are not counted at once, but not each time.

		## Pins for good and CMA

		A CMA area is half of a small machine. Processes on 7 CPUs end
		and begin anew, so CMA pages lie on the pcplists, while CPU 0
		pins 16 pages, some of them there before; $pin_schedules
		schedules. By policy \`nocma\`: pages pinned; of these in the
		CMA area; pages moved to be pinned, some more than once;
		schedules in which that had no end; pages of the area, over all
		others, that cma_alloc() does not get any more when all
		processes but those whose memory is pinned have ended.

		With what pins for good today: what is in a CMA area is moved
		to unmovable memory, looked at again, and not pinned if that
		fails.

	END
	table_of today <<<"$pins"
	cat <<-END

		As before 5.13: it is moved to movable memory, which is to be
		kept out of CMA by the section alone, and pinned where it is if
		it cannot be taken off the LRU or moved (the switches
		\`pin-target-movable\`, \`pin-despite-failed-migration\` and
		\`pin-ignores-isolation-errors\`). Then \`nocma=none\`, which
		takes CMA pages off the pcplist, is what Joonsoo Kim saw in
		September 2020: they are pinned, or moved for ever, each to the
		one that the last move has freed, and the area is lost. The two
		that Andrew Morton proposed, and \`5.9\`, have few or none:
		those were off the LRU, which no section helps against; that
		each of the two can be given a CMA page all the same is shown by
		$(crash policy-nocma-retry)
		and
		$(crash policy-nocma-drain-first).

	END
	table_of before-5.13 <<<"$pins"
}

if ! tables >"$out.new" || ! mv "$out.new" "$out"; then
	fail "cannot write $out"
fi
printf '%s\n\n%s\n\n%s\n' "$shmem" "$hostile" "$pins"
