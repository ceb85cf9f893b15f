#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# test.sh [PRESET...]
# test.sh --linux 6.12|6.1 or --linux-tree PATH [--geometry small|real]
#
# Install what is missing, build, and run every test: of the core under each
# preset of CMakePresets.json, by default under fuzz, dev and release; or of a
# Linux tree, which Debian has the sources of or which lies in PATH.
#
# Exit code: 0 all passed, 1 a test failed with a verdict, 3 otherwise.
set -uo pipefail
. "$(dirname "$0")/common.sh"

presets=()
while [ $# -gt 0 ]; do
	case $1 in
	--help | -h) help ;;
	fuzz | dev | release | coverage) presets+=("$1") && shift && continue ;;
	--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
	esac
	[[ $1 =~ $subject_options ]] ||
		bad_usage "no such preset or option: $1"
	[ $# -ge 2 ] || bad_usage "$1: needs a value"
	subject_option "$1" "$2"
	shift 2
done
choose_subject
if [ "$subject" != fuzz ]; then
	[ ${#presets[@]} -eq 0 ] || bad_usage "presets are for the core"
	presets=("$subject")
elif [ ${#presets[@]} -eq 0 ]; then
	presets=(fuzz dev release)
fi

cd "$root" || exit 3
set_up afl
result=0
for preset in "${presets[@]}"; do
	say "--- $preset ---"
	reconfigure=yes build "$preset"
	log=build/$preset/test.log
	ctest --test-dir "build/$preset" --output-on-failure --no-tests=error \
		-j "$(nproc)" 2>&1 | tee "$log"
	[ "${PIPESTATUS[0]}" -eq 0 ] && continue
	# Only tests that failed print what they saw.
	if [ "$result" -ne 3 ] && grep -q 'ASSERTION FAILED: ' "$log"; then
		result=1
	else
		result=3
	fi
done
exit "$result"
