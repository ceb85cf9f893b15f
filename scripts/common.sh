# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by the other scripts: messages, what is fuzzed, set-up, build.
#
# Exit codes, here and everywhere: 0 nothing found, 1 a verdict was printed,
# 2 bad usage or input, 3 set-up, build or harness failure.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
caller_dir=$PWD

# What a Ctrl-C has ended is neither a failure nor to be tried again.
trap 'exit 130' INT

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

# --- What is fuzzed: the core, or a Linux tree ---

# Where it is built, in build/: a preset's name for the core, linux-* for a
# tree. And how to ask for its tool.
# shellcheck disable=SC2034
subject=fuzz mmfuzz=scripts/mmfuzz
tree='' debian='' geometry=''
# shellcheck disable=SC2034
subject_options='^--(linux|linux-tree|geometry)$'

subject_option() { # OPTION VALUE
	case $1 in
	--linux)
		[[ $2 =~ ^6\.(1|12)$ ]] ||
			bad_usage "--linux: there are 6.12 and 6.1, not '$2'"
		[ -z "$tree$debian" ] || bad_usage "only one tree, please"
		debian=$2
		;;
	--linux-tree)
		[ -z "$tree$debian" ] || bad_usage "only one tree, please"
		tree=$(own_tree "$2") || exit
		;;
	--geometry)
		[[ $2 =~ ^(small|real)$ ]] ||
			bad_usage "--geometry: small or real, not '$2'"
		geometry=$2
		;;
	esac
}

own_tree() { # PATH: as an absolute one, if a kernel lies there
	local dir file

	dir=$(cd "$caller_dir" && cd -P -- "$1" >/dev/null 2>&1 && pwd) ||
		no_tree "$1" "no folder that can be entered"
	for file in Makefile mm/page_alloc.c; do
		[ -r "$dir/$file" ] ||
			no_tree "$dir" "there is no $file that can be read"
	done
	grep -q '^VERSION = ' "$dir/Makefile" ||
		no_tree "$dir" "its Makefile has no line VERSION"
	printf '%s\n' "$dir"
}

no_tree() { # PATH REASON
	say "$(basename "$0"): --linux-tree $1: $2;" \
		"name the top folder of a Linux tree"
	exit 2
}

# After the last option.
choose_subject() {
	if [ "$debian" ]; then
		subject=linux-$debian
		mmfuzz="scripts/mmfuzz --linux $debian"
	elif [ "$tree" ]; then
		subject=$(printf %s "$tree" | sha1sum)
		subject=linux-${subject:0:8}
		mmfuzz=$(printf 'scripts/mmfuzz --linux-tree %q' "$tree")
		# It may have become another one since.
		reconfigure=yes
	elif [ "$geometry" ]; then
		bad_usage "--geometry: the core has it in its programs"
	fi
	if [ "$geometry" = real ]; then
		subject+=-real
		mmfuzz+=' --geometry real'
	fi
}

cache=${XDG_CACHE_HOME:-${HOME:-$root/build}/.cache}/mmfuzz

# What of a tree the build needs: a tenth of all.
# shellcheck disable=SC2034
tree_parts=(Makefile include kernel lib mm)

debian_tree() { # VERSION: where the installed package of it is unpacked
	local version

	# shellcheck disable=SC2016 # dpkg's variable, not ours
	version=$(dpkg-query -W -f '${Version}' "linux-source-$1") ||
		fail "linux-source-$1 is not installed"
	echo "$cache/linux-source-$1_${version//[!0-9A-Za-z.]/-}"
}

set_up() { # ENGINE
	"$root/scripts/setup.sh" "$1" ${debian:+"$debian"} || exit
	if [ "$debian" ]; then
		tree=$(debian_tree "$debian") || exit
	fi
}

# --- Building it ---

lock() { # FILE: until unlock
	exec 9>"$1" || fail "cannot write $1"
	flock -n 9 && return
	say "waiting for another process that holds $1 ..."
	flock 9
}

unlock() {
	exec 9>&-
}

configure() { # NAME [ARG...]
	local name=$1

	shift
	case $name in
	linux-*)
		set -- fuzz -B "build/$name" -DSUBJECT=linux -DTREE="$tree" \
			-DGEOMETRY="${geometry:-small}" "$@"
		;;
	*) set -- "$name" "$@" ;;
	esac
	(cd "$root" && cmake --preset "$@")
}

# A build directory can be used if it is complete, of this place and this tree.
is_configured() { # DIR
	[ -s "$1/build.ninja" ] &&
		grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" \
			"$1/CMakeCache.txt" 2>/dev/null &&
		grep -qxF "TREE:PATH=$tree" "$1/CMakeCache.txt"
}

# build NAME [TARGET...]: a preset or a Linux tree's, in build/NAME.
build() {
	local name=$1 dir=$root/build/$1 log=$root/build/$1/build.log

	shift
	mkdir -p "$dir" || fail "cannot make $dir"
	lock "$dir/.lock"
	if ! is_configured "$dir"; then
		quietly "configuring $name" "$log" configure "$name" --fresh ||
			build_failed "$log"
	elif [ "${reconfigure:-}" ]; then
		quietly "configuring $name" "$log" configure "$name" ||
			build_failed "$log"
	fi
	if ! ninja_build "$dir" "$log" "$@"; then
		# Compiler errors are told; a broken build directory is mended.
		grep -q '^FAILED: ' "$log" && build_failed "$log"
		quietly "configuring $name" "$log" configure "$name" --fresh ||
			build_failed "$log"
		ninja_build "$dir" "$log" "$@" || build_failed "$log"
	fi
	unlock
}

# Of a tree that does not fit, all that does not fit is told at once.
ninja_build() { # DIR LOG [TARGET...]
	quietly "building $(basename "$1")" "$2" \
		ninja ${tree:+-k0} -C "$1" "${@:3}"
}

# The exit code for a tree that cannot be built or run.
misfit=3

does_not_fit() {
	say "$(basename "$0"): $*"
	exit "$misfit"
}

build_failed() { # LOG
	awk '
	/^\[[0-9]+\/[0-9]+\]|^ninja: Entering/ { next }
	/^-- |^Preset CMake|^  [A-Z_]+="/ { next }
	{ print }
	/^FAILED: / { getline } # the command
	NR > 60 && !all { exit }
	' all="$tree" "$1" >&2
	[ "$tree" ] ||
		fail "the build failed; all of it: ${1#"$root"/}"
	does_not_fit "$tree cannot be built; all of it: ${1#"$root"/}"
}

# Names in reports need it, and it is not in the PATH of a fresh Debian 12.
symbolizer=/usr/lib/llvm-19/bin/llvm-symbolizer
if [ -x "$symbolizer" ] && [ -z "${ASAN_SYMBOLIZER_PATH:-}" ]; then
	export ASAN_SYMBOLIZER_PATH=$symbolizer
fi

# --- Tables ---

# From columns apart by blanks: a row for each line, after the heading.
rows() {
	awk '{ for (i = 1; i <= NF; i++) printf "| %s ", $i; print "|" }
	NR == 1 { for (i = 1; i <= NF; i++) printf "|---"; print "|" }'
}
