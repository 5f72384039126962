#!/bin/sh
# `make lint`: the rules that need nothing but the sources. No finding is allowed; each is one line, file:line: what.
set -u

cd "$(dirname "$0")/../.." || exit 1
python=/usr/bin/python3
failed=0

"$python" tests/lint/rules.py || failed=1
sh tests/lint/headers.sh || failed=1
if [ -e openapi/generate.py ]; then
	"$python" openapi/generate.py --check || failed=1
fi
[ "$failed" = 0 ] && echo "lint: no findings"
exit "$failed"
