#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# test.sh [PRESET...]: install what is missing, build, and run every test under
# each preset of CMakePresets.json; by default under fuzz, dev and release.
#
# Exit code: 0 all passed, 1 a test failed with a verdict, 3 otherwise.
set -uo pipefail
. "$(dirname "$0")/common.sh"

presets=()
for arg in "$@"; do
	case $arg in
	--help | -h) help ;;
	fuzz | dev | release | coverage) presets+=("$arg") ;;
	*) bad_usage "no such preset: $arg" ;;
	esac
done
[ ${#presets[@]} -gt 0 ] || presets=(fuzz dev release)

cd "$root" || exit 3
scripts/setup.sh afl || exit
result=0
for preset in "${presets[@]}"; do
	say "--- $preset ---"
	reconfigure=yes build "$preset"
	log=build/$preset/test.log
	ctest --preset "$preset" --output-on-failure --no-tests=error \
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
