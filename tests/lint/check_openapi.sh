#!/bin/sh
# `make check-openapi`: Redocly and Spectral read the bundled contract as it is served. No finding is allowed.
# redocly.yaml and spectral.yaml beside this file say which rules are off and why.
set -u

cd "$(dirname "$0")/../.." || exit 1
contract=${BUILD:-build}/lint/openapi.json
programs=tests/node_modules/.bin
failed=0

if [ ! -x "$programs/redocly" ] || [ ! -x "$programs/spectral" ]; then
	echo 'check-openapi: the linters are not in tests/node_modules' >&2
	exit 1
fi
# With lines, so that a finding has a place.
mkdir -p "$(dirname "$contract")"
/usr/bin/python3 -m json.tool --no-ensure-ascii "${BUILD:-build}/gen/openapi.json" "$contract" || exit 1

echo '== Redocly'
report=$(REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true "$programs/redocly" lint --config tests/lint/redocly.yaml \
	--format=stylish "$contract" 2>&1) || failed=1
# A warning lets it end with 0.
echo "$report" | grep -q 'warning' && failed=1
[ "$failed" = 0 ] || echo "$report"

echo '== Spectral'
"$programs/spectral" lint --quiet --ruleset tests/lint/spectral.yaml --fail-severity=hint --display-only-failures "$contract" || failed=1

[ "$failed" = 0 ] && echo 'check-openapi: no findings'
exit "$failed"
