#!/bin/sh
# Three readers of the C code, each with no finding allowed: clang-tidy (.clang-tidy says what it looks for),
# gcc -fanalyzer and cppcheck. Arguments: the language flags of the Makefile. BUILD: where the generated headers are.
set -u

cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
sources=$(find api common worker -name '*.c' | sort)
tests=$(find tests/unit tests/fuzz -name '*.c' 2>/dev/null | sort)
processes=$(nproc)
failed=0

# One file at a time: after its first file clang-tidy 14 takes every va_list for uninitialised.
echo '== clang-tidy'
# shellcheck disable=SC2016,SC2086
printf '%s\n' $sources $tests | xargs -P "$processes" -n 1 sh -c '
	flags=$1
	shift
	clang-tidy-14 --quiet "$@" -- $flags 2>/dev/null' sh "$*" || failed=1

echo '== gcc -fanalyzer'
# shellcheck disable=SC2086
printf '%s\n' $sources | xargs -P "$processes" -n 1 gcc "$@" -O1 -fanalyzer -Werror -c -o /dev/null || failed=1

echo '== cppcheck'
# Suppressed for all files, with the reason:
#  missingIncludeSystem    the system's headers are not read
#  unusedStructMember      members that libraries or the generated tables use
#  unmatchedSuppression    an inline suppression for another configuration
#  variableScope           declarations stand at the top of their function; a buffer's life is not its first use
# Jansson's loops are given in a form that cppcheck can read.
# shellcheck disable=SC2086
cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,style,performance,portability --inline-suppr \
	--suppress=missingIncludeSystem --suppress=unusedStructMember --suppress=unmatchedSuppression \
	--suppress=variableScope -D_GNU_SOURCE \
	'-Djson_object_foreach(object,key,value)=while (json_next(object, &key, &value))' \
	'-Djson_array_foreach(array,index,value)=while (json_next(array, &index, &value))' -I. -I"$build" -j "$processes" $sources || failed=1

exit "$failed"
