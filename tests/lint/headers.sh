#!/bin/sh
# Each header compiles alone, with the warnings of the build. Generated headers are taken from BUILD when they are there.
set -u

cd "$(dirname "$0")/../.." || exit 1
flags="-std=c17 -D_GNU_SOURCE -I. -I${BUILD:-build}/gen -isystem /usr/include/postgresql -include common/banned.h
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes -Werror -fsyntax-only -x c"

find api common worker -name '*.h' | sort | xargs -P "$(nproc)" -n 1 sh -c '
	flags=$1
	# Through a file of one include, for a header as the main file gets other warnings.
	# shellcheck disable=SC2086
	printf "#include \"%s\"\n" "$2" | gcc $flags - || { echo "$2: does not compile alone"; exit 1; }' sh "$flags"
