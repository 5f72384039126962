#!/bin/sh
# Runs every fuzzer that is built in $BUILD/fuzzers for so many seconds (the first argument), several at a time.
# It begins with the corpus that is kept (tests/fuzz/corpus/<fuzzer without fuzz_>) and with what earlier runs found
# ($BUILD/corpus). A crash leaves its input in $BUILD/crashes and the end of the fuzzer's log on the screen.
set -u

cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build/fuzz}
seconds=${1:-60}
mkdir -p "$build/crashes" "$build/logs"

# shellcheck disable=SC2016
find "$build/fuzzers" -name 'fuzz_*' -type f | sort | xargs -P "$(nproc)" -n 1 sh -c '
	build=$1 seconds=$2 name=${3##*/}
	kept=tests/fuzz/corpus/${name#fuzz_}
	found=$build/corpus/${name#fuzz_}
	mkdir -p "$found"
	[ -d "$kept" ] || kept=
	if "$3" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$build/crashes/$name-" \
		"$found" $kept >"$build/logs/$name" 2>&1; then
		printf "%s: %s\n" "$name" "$(sed -n "s/^Done \([0-9]*\) runs.*/\1 runs, no crash/p" "$build/logs/$name")"
	else
		printf "%s: CRASH\n" "$name"
		tail -n 30 "$build/logs/$name"
		exit 1
	fi' sh "$build" "$seconds"
