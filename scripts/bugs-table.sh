#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# bugs-table.sh [--runs N] [--seeds N] [--out FILE] [NAME...]: how long it takes
# to find each bug switch (scripts/mmfuzz bugs) and each policy against which
# crashes/ has a program, or those named, from an empty corpus, and writes the
# table docs/switches.md. A policy is named NAME=VALUE.
#
#   --runs N     executions after which a campaign gives up (2000000)
#   --seeds N    seeds 1 to N (3)
#   --target T   what to fuzz with; by default the first of fuzz_page_alloc,
#                fuzz_isolation, fuzz_cma, fuzz_pin, fuzz_migrate, fuzz_hotplug,
#                fuzz_compaction, fuzz_huge_page that admits the stored
#                program's operations, else fuzz_mm
#   --out FILE   where to write it
#
# Results are kept in build/fuzz/switches/, those of each build apart, so what
# has been interrupted goes on where it was; the table is valid at any time.
#
# Exit code: 0 each was found at most seeds, 1 one was not, 2 bad usage, 3 a
# campaign did not end well.
set -uo pipefail
. "$(dirname "$0")/common.sh"

runs=2000000 seeds=3 target='' out=$root/docs/switches.md
names=()
while [ $# -gt 0 ]; do
	case $1 in
	--help | -h) help ;;
	--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
	--*) ;;
	*) names+=("$1") && shift && continue ;;
	esac
	[ $# -ge 2 ] || bad_usage "$1: needs a value"
	case $1 in
	--runs | --seeds)
		[[ $2 =~ ^[1-9][0-9]{0,8}$ ]] ||
			bad_usage "$1: not a number: '$2'"
		declare "${1#--}=$2"
		;;
	--target) target=$2 ;;
	--out) out=$2 ;;
	*) bad_usage "no such option: $1" ;;
	esac
	shift 2
done
if [ "$target" ]; then
	[[ $target =~ ^fuzz_[a-z_]+$ && -e $root/fuzz/targets/$target.c ]] ||
		bad_usage "no target '$target'"
fi
[ -d "$(dirname "$out")" ] || bad_usage "no folder $(dirname "$out")"

cd "$root" || exit 3
set_up libfuzzer
narrow=(
	fuzz_page_alloc fuzz_isolation fuzz_cma fuzz_pin fuzz_migrate
	fuzz_hotplug fuzz_compaction fuzz_huge_page
)
build fuzz mmfuzz "${narrow[@]}" fuzz_mm ${target:+"$target"}
tool=build/fuzz/mmfuzz
mapfile -t all < <(
	"$tool" bugs | awk '{ print $1 }'
	sed -n 's/^policy //p' crashes/policy-*/crash.prog | sort -u
)
[ ${#all[@]} -gt 0 ] || fail "there are no bug switches"
for name in "${names[@]}"; do
	[[ " ${all[*]} " = *" $name "* ]] ||
		bad_usage "no switch or policy '$name'; there are: ${all[*]}"
done
[ ${#names[@]} -gt 0 ] || names=("${all[@]}")

# The engine is that of one build; another one has other numbers.
id=$(cat build/fuzz/"${target:-fuzz_mm}" "$tool" | sha1sum)
version=$("$tool" --version) || fail "$tool does not run"
version=${version#mmfuzz } version=${version%%,*}
results=build/fuzz/switches/${id:0:12}
mkdir -p "$results" || fail "cannot make $results"

# The folder of a switch or a policy, empty if there is none.
folder_of() { # NAME
	if [ -e "crashes/$1/crash.prog" ]; then
		echo "crashes/$1"
	elif [[ $1 = *=* ]]; then
		dirname "$(grep -lxF "policy $1" crashes/policy-*/crash.prog |
			head -n 1)"
	fi
}

# A target that does not admit all of a program does not come to its verdict, or
# not even to the places of its switches.
declare -A targets
target_of() { # NAME
	echo "${targets[$1]}"
}

choose_target() { # NAME
	local folder candidate code

	folder=$(folder_of "$1")
	targets[$1]=${target:-fuzz_mm}
	[ "$folder" ] && [ -z "$target" ] || return 0
	for candidate in "${narrow[@]}"; do
		code=0
		"$tool" run --target "$candidate" "$folder/crash.prog" \
			>/dev/null 2>&1 || code=$?
		[ "$code" -eq 1 ] || continue
		targets[$1]=$candidate
		return
	done
}

# Where the result of one campaign is kept.
result_file() { # NAME SEED
	echo "$results/$1.$(target_of "$1").$2.$runs"
}

# "EXECUTIONS CHECK", or "- -" if @runs of them found nothing.
measure() { # NAME SEED
	local file log=$results/log code=0 what=--bug
	local check nr

	file=$(result_file "$1" "$2")
	[ -s "$file" ] && return
	[[ $1 = *=* ]] && what=--policy
	say "$1, seed $2 ..."
	scripts/fuzz.sh "$what" "$1" --empty --seed "$2" --runs "$runs" \
		--target "$(target_of "$1")" >"$log" 2>&1 || code=$?
	case $code in
	0)
		# What has been stopped has not found nothing.
		nr=$(sed -n 's/^nothing found in \([0-9]*\) .*/\1/p' "$log")
		[ "${nr:-0}" -ge "$runs" ] ||
			fail "$1, seed $2: stopped after ${nr:-0} executions"
		echo "- -" >"$file.new"
		;;
	1)
		check=$(grep -m 1 '^ASSERTION FAILED: ' "$log")
		check=${check#ASSERTION FAILED: } check=${check%%:*}
		sed -n 's/^found after \([0-9]*\) executions.*/\1/p' "$log" |
			sed "s/\$/ ${check:-ASan}/" >"$file.new"
		;;
	130) exit 130 ;;
	*)
		tail -n 20 "$log" >&2
		fail "$1, seed $2: the campaign did not end well"
		;;
	esac
	[ -s "$file.new" ] || fail "$1, seed $2: no result in $log"
	mv "$file.new" "$file"
	say "$1, seed $2: $(cat "$file")"
}

# Of a switch: its results, one for each line; nothing if they are not complete.
results_of() { # NAME
	local seed

	for ((seed = 1; seed <= seeds; seed++)); do
		[ -s "$(result_file "$1" "$seed")" ] || return
	done
	for ((seed = 1; seed <= seeds; seed++)); do
		cat "$(result_file "$1" "$seed")"
	done
}

row() { # NAME
	local folder

	folder=$(folder_of "$1")
	if [ "$folder" ]; then
		folder="[$folder](../$folder/README.md)"
	fi
	results_of "$1" | awk -v name="$1" -v folder="${folder:-none}" \
		-v target="$(target_of "$1")" '
	function thousands(n, s) {
		for (s = ""; n >= 1000; n = int(n / 1000))
			s = sprintf(",%03d", n % 1000) s
		return n s
	}
	{
		cell[NR] = $1 == "-" ? "not" : thousands($1)
		number[NR] = $1 == "-" ? 1e18 : $1 + 0
		check = tolower($2); sub(/^inv_/, "", check)
		if (check != "-" && !seen[check]++)
			checks = checks (checks ? ", " : "") check
	}
	END {
		if (!NR) {
			printf "| %s | %s | not measured yet", name, target
			exit
		}
		for (i = 1; i <= NR; i++)
			line = line (i > 1 ? "; " : "") cell[i]
		for (i = 2; i <= NR; i++) # few of them
			for (j = i; j > 1 && number[j] < number[j - 1]; j--) {
				t = number[j]
				number[j] = number[j - 1]
				number[j - 1] = t
			}
		m = number[int((NR + 1) / 2)]
		printf "| %s | %s | %s | %s | %s | %s", name, target,
			checks ? checks : "-", line,
			m < 1e18 ? thousands(m) : "not", folder
	}'
	echo " |"
}

# All switches, whatever was asked for this time.
table() {
	local name

	cat <<-END
		<!-- SPDX-License-Identifier: GPL-2.0-only -->
		# Bug switches and broken policies, and how soon they are found

		Written by \`scripts/bugs-table.sh\`. Each from an empty corpus,
		\`scripts/fuzz.sh --bug NAME --target T --seed N --runs $runs\`,
		or \`--policy NAME=VALUE --empty\`; build $version. The numbers
		are those of one build: what an engine sees depends on where
		code lies. "not": nothing in that many.

	END
	echo "| switch | target | reported by | executions, seeds 1 to" \
		"$seeds | median | program |"
	echo "|--------|--------|-------------|----|--------|---------|"
	for name in "${all[@]}"; do
		row "$name"
	done
}

write_table() {
	if ! table >"$out.new" || ! mv "$out.new" "$out"; then
		fail "cannot write $out"
	fi
}

for name in "${all[@]}"; do
	choose_target "$name"
done
write_table
for name in "${names[@]}"; do
	for ((seed = 1; seed <= seeds; seed++)); do
		measure "$name" "$seed"
	done
	write_table
done

missed=()
for name in "${names[@]}"; do
	[[ $(row "$name") =~ \|\ not\ \|[^\|]*\|$ ]] && missed+=("$name")
done
[ ${#missed[@]} -eq 0 ] && exit 0
echo "not found: ${missed[*]}"
exit 1
