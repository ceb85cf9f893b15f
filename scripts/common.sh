# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by the other scripts: messages, set-up, build.
#
# Exit codes, here and everywhere: 0 nothing found, 1 a verdict was printed,
# 2 bad usage or input, 3 set-up, build or harness failure.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() {
	printf '%s\n' "$*" >&2
}

bad_usage() {
	say "$(basename "$0"): $* (try --help)"
	exit 2
}

fail() {
	say "$(basename "$0"): $*"
	exit 3
}

# The comment at the top of the calling script is its help.
help() {
	sed -n '4,/^[^#]/{/^#/{s/^# \{0,1\}//;p;}}' "$0"
	exit 0
}

# quietly WHAT LOG COMMAND...: output goes to LOG; says WHAT after two seconds.
quietly() {
	local what=$1 log=$2 code=0 since=$SECONDS ticker
	shift 2
	(
		trap 'kill "$nap" 2>/dev/null' TERM
		sleep 2 >/dev/null 2>&1 9>&- &
		nap=$!
		wait "$nap" && say "$what ..."
	) 9>&- &
	ticker=$!
	"$@" </dev/null >"$log" 2>&1 || code=$?
	kill "$ticker" 2>/dev/null
	wait "$ticker" 2>/dev/null
	if [ $((SECONDS - since)) -gt 2 ]; then
		say "$what: $((SECONDS - since)) s"
	fi
	return "$code"
}

configure() { # PRESET [ARG...]
	(cd "$root" && cmake --preset "$@")
}

# A build directory can be used if it is complete and of this place.
is_configured() { # DIR
	[ -s "$1/build.ninja" ] &&
		grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" \
			"$1/CMakeCache.txt" 2>/dev/null
}

# build PRESET [TARGET...]
build() {
	local preset=$1 dir=$root/build/$1 log=$root/build/$1/build.log
	shift
	mkdir -p "$dir" || fail "cannot make $dir"
	exec 9>"$dir/.lock"
	flock 9
	if ! is_configured "$dir"; then
		quietly "configuring" "$log" configure "$preset" --fresh ||
			build_failed "$log"
	elif [ "${reconfigure:-}" ]; then
		quietly "configuring" "$log" configure "$preset" ||
			build_failed "$log"
	fi
	if ! ninja_build "$dir" "$log" "$@"; then
		# Compiler errors are told; a broken build directory is mended.
		grep -q '^FAILED: ' "$log" && build_failed "$log"
		quietly "configuring" "$log" configure "$preset" --fresh ||
			build_failed "$log"
		ninja_build "$dir" "$log" "$@" || build_failed "$log"
	fi
	exec 9>&-
}

ninja_build() { # DIR LOG [TARGET...]
	quietly "building $(basename "$1")" "$2" ninja -C "$1" "${@:3}"
}

build_failed() { # LOG
	grep -vE '^\[[0-9]+/[0-9]+\]|^ninja: Entering' "$1" | head -60 >&2
	fail "the build failed; all of it: ${1#"$root"/}"
}

# Names in reports need it, and it is not in the PATH of a fresh Debian 12.
symbolizer=/usr/lib/llvm-19/bin/llvm-symbolizer
if [ -x "$symbolizer" ] && [ -z "${ASAN_SYMBOLIZER_PATH:-}" ]; then
	export ASAN_SYMBOLIZER_PATH=$symbolizer
fi
