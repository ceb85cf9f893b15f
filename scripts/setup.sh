#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# setup.sh [libfuzzer|afl]: install what building and fuzzing needs and this
# Debian 12 does not have yet; without an argument, as for libfuzzer. As a user
# other than root it prints the command to run instead.
set -uo pipefail
. "$(dirname "$0")/common.sh"

packages=(clang-19 llvm-19 lld-19 libclang-rt-19-dev clang-format-19 cmake
	ninja-build git ca-certificates libcmocka-dev)
case ${1:-libfuzzer} in
--help | -h) help ;;
libfuzzer) ;;
afl) packages+=(afl++) ;;
*) bad_usage "no such engine: $1" ;;
esac

if ! command -v dpkg-query >/dev/null; then
	for tool in clang-19 cmake ninja; do
		command -v "$tool" >/dev/null ||
			fail "no $tool, and no dpkg to install it with;" \
				"in Debian 12 the packages are: ${packages[*]}"
	done
	exit 0
fi

missing=()
for package in "${packages[@]}"; do
	# shellcheck disable=SC2016 # dpkg's variable, not ours
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)
	[ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

install=(apt-get install -y --no-install-recommends "${missing[@]}")
if [ "$(id -u)" -ne 0 ]; then
	say "missing packages; run this, then try again:"
	say "  sudo ${install[*]}"
	exit 3
fi

export DEBIAN_FRONTEND=noninteractive
log=$root/build/setup.log
mkdir -p "$root/build" || fail "cannot make $root/build"
say "installing: ${missing[*]}"
install() {
	quietly "reading the package lists" "$log" apt-get update -q &&
		quietly "installing packages" "$log" "${install[@]}"
}
if ! install; then
	tail -n 20 "$log" >&2
	fail "apt-get failed; all of it: build/setup.log"
fi
