#!/bin/sh
# Puts the renderer of /docs, Redoc (MIT), at $BUILD/docs/redoc.js: out of its npm package, whose hash is kept here.
# Where npm or the network is missing /docs keeps its plain links to the contract: one line says so, nothing fails.
set -eu

VERSION=2.5.4
SHA512=33a8d6846d6aa019c7e93166cc99ecb72099f3b1e6398fd4cc39bbf261e262284476557f61c4bda203a8d4d94496724c78bb32c4715edb215ce2c3631d3ac005
NPM_SECONDS=60

cd "$(dirname "$0")/../.."
docs=${BUILD:-build}/docs
recipe=$(sha512sum <docker/local/docs.sh)
[ "$(cat "$docs/redoc.recipe" 2>/dev/null)" != "$recipe" ] || exit 0

plain() {
	echo "  /docs shows plain links only: $1"
	exit 0
}

command -v npm >/dev/null || plain 'npm is not installed'
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
timeout "$NPM_SECONDS" npm pack "redoc@$VERSION" --pack-destination "$directory" --silent --prefer-offline --fetch-retries=0 \
	>/dev/null 2>&1 </dev/null || plain "npm does not deliver redoc $VERSION"
echo "$SHA512  $directory/redoc-$VERSION.tgz" | sha512sum --check --status ||
	plain "redoc $VERSION came with a hash that is not the one in docker/local/docs.sh"
tar -xzf "$directory/redoc-$VERSION.tgz" -C "$directory" package/bundles/redoc.standalone.js package/LICENSE

# Its one picture lies on another host; an empty one is left out by Redoc itself. Its source map is not served.
mkdir -p "$docs"
sed -e 's|https://cdn\.redoc\.ly/redoc/logo-mini\.svg|data:,|' -e '/^\/\/# sourceMappingURL=/d' \
	"$directory/package/bundles/redoc.standalone.js" >"$docs/redoc.js.$$"
mv "$directory/package/LICENSE" "$docs/redoc.LICENSE"
mv "$docs/redoc.js.$$" "$docs/redoc.js"
echo "$recipe" >"$docs/redoc.recipe"
