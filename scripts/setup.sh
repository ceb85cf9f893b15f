#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# setup.sh [libfuzzer|afl [6.12|6.1]]: install what building and fuzzing needs
# and this Debian 12 does not have yet; without an argument, as for libfuzzer.
# With a version, also the sources of that Linux, of which what the build needs
# is unpacked once into ${XDG_CACHE_HOME:-~/.cache}/mmfuzz. As a user other than
# root it prints the command that installs instead.
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
debian=${2:-}
[[ $debian =~ ^(6\.(1|12))?$ ]] || bad_usage "no such Linux: $debian"
[ -z "$debian" ] || packages+=("linux-source-$debian" xz-utils)

if ! command -v dpkg-query >/dev/null; then
	for tool in clang-19 cmake ninja; do
		command -v "$tool" >/dev/null ||
			fail "no $tool, and no dpkg to install it with;" \
				"in Debian 12 the packages are: ${packages[*]}"
	done
	[ -z "$debian" ] || fail "no dpkg to install linux-source-$debian" \
		"with; --linux-tree takes any tree"
	exit 0
fi

is_unpacked() { # DIR
	local part

	for part in "${tree_parts[@]}"; do
		[ -e "$1/$part" ] || return 1
	done
}

# What has its own name is complete, what another package has left goes: both
# by renaming.
unpack() { # VERSION
	local package=linux-source-$1 dir old

	dir=$(debian_tree "$1") || exit
	is_unpacked "$dir" && return
	mkdir -p "$cache" || fail "cannot make $cache"
	lock "$cache/.lock"
	is_unpacked "$dir" && return
	rm -rf "$cache"/unpacking.*
	unpacking=$(mktemp -d "$cache/unpacking.XXXXXX") ||
		fail "cannot write to $cache"
	trap 'rm -rf "$unpacking"' EXIT
	mkdir "$unpacking/new" "$unpacking/old"
	quietly "unpacking $package" "$cache/unpack.log" \
		tar -C "$unpacking/new" --no-same-owner --strip-components=1 \
		-xf "/usr/src/$package.tar.xz" \
		"${tree_parts[@]/#/$package/}" || {
		tail -n 20 "$cache/unpack.log" >&2
		fail "cannot unpack /usr/src/$package.tar.xz into $cache"
	}
	for old in "$cache/${package}_"*; do
		[ ! -e "$old" ] || mv -t "$unpacking/old" "$old"
	done
	mv -T "$unpacking/new" "$dir" || fail "cannot make $dir"
}

finish() {
	[ -z "$debian" ] || unpack "$debian"
	exit 0
}

missing=()
for package in "${packages[@]}"; do
	# shellcheck disable=SC2016 # dpkg's variable, not ours
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)
	[ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || finish

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
finish
