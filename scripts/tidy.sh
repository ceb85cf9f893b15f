#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tidy.sh: what a machine can say about style. Prints each line that breaks a
# rule; exit code 0 if there is none, 3 otherwise.
set -uo pipefail
. "$(dirname "$0")/common.sh"

case ${1:-} in
"") ;;
--help | -h) help ;;
*) bad_usage "no arguments, please" ;;
esac
cd "$root" || exit 3

found=$(mktemp)
trap 'rm -f "$found"' EXIT

c_files() {
	find core fuzz -name '*.[ch]' "$@"
}

scripts() {
	find scripts .ci -type f "$@"
}

source_files() {
	c_files "$@"
	scripts "$@"
	find core fuzz -name '*.def' "$@"
	find . -path ./build -prune -o -name CMakeLists.txt "$@"
}

check_format() {
	local file

	c_files | while read -r file; do
		clang-format-19 --dry-run -Werror "$file" >/dev/null 2>&1 ||
			echo "$file: run clang-format-19 -i"
	done
}

# A function's body opens and closes in the first column.
check_lengths() {
	c_files -print0 | xargs -0 awk '
	FNR == 1 { start = 0 }
	FNR == 601 { print FILENAME ": more than 600 lines" }
	/^\{/ { start = FNR }
	/^\}/ {
		if (start && FNR - start - 1 > 60)
			print FILENAME ":" start ": more than 60 lines"
		start = 0
	}
	/^[ \t]*#[ \t]*if/ && start && FILENAME ~ /^core\// {
		print FILENAME ":" FNR ": #if in a function of the core"
	}'
}

# Tables (.def) are set by hand and may be wider.
check_columns() {
	local file

	{ c_files; scripts; } | while read -r file; do
		expand "$file" | awk -v file="$file" 'length > 80 {
			print file ":" NR ": more than 80 columns" }'
	done
}

check_licence() {
	{
		source_files -print0
		find README.md docs corpus compare crashes \
			\( -name '*.prog' -o -name '*.md' \) -print0
	} | xargs -0 awk '
	FNR == 1 { if (file && !seen) print file ": no SPDX line"
		   file = FILENAME; seen = 0 }
	FNR <= 3 && /SPDX-License-Identifier: GPL-2.0-only/ { seen = 1 }
	END { if (!seen) print file ": no SPDX line" }'
}

# The core reads like a kernel: no word of the harness.
check_core_words() {
	grep -rnE '\b(sim_|fuzz_|(sim|fuzz|yield|hook|trace)(s|ed|ing)?\b)' \
		core | sed 's/^/a word of the harness: /'
}

check_reminders() {
	source_files -print0 | xargs -0 grep -nE '\b(TO''DO|FIX''ME|XX''X)\b'
}

check_shell() {
	command -v shellcheck >/dev/null || return
	scripts -print0 | xargs -0 shellcheck -x -P SCRIPTDIR -f gcc
}

{
	check_format
	check_lengths
	check_columns
	check_licence
	check_core_words
	check_reminders
	check_shell
} >"$found"
cat "$found"
[ -s "$found" ] && exit 3
exit 0
