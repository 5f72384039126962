#!/bin/sh
# Installs the Debian packages of the named groups of packages.txt that are missing.
# Nothing is missing: nothing is done, and no network is asked.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

wanted() {
	for group in "$@"; do
		if [ "$group" = all ]; then
			sed -n 's/^[a-z]*: *//p' "$here/packages.txt"
		else
			sed -n "s/^$group: *//p" "$here/packages.txt"
		fi
	done | tr ' ' '\n' | sort -u
}

# A package counts that another one provides, as some builds of nodejs do with npm.
have=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}, ${Provides}\n' 2>/dev/null | sed -n 's/^ii *//p' |
	tr ',' '\n' | sed 's/^ *//; s/ .*//' | sort -u)
missing=$(wanted "$@" | grep -vxF "$have" || true)
[ -n "$missing" ] || exit 0

list=$(echo "$missing" | tr '\n' ' ')
echo "Packages to install: $list"
as_root='env'
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "Not root and no sudo here. As root, run: apt-get install $list" >&2
		exit 1
	fi
	as_root='sudo env'
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Quiet when it goes well, the whole log when it does not.
step() {
	what=$1
	shift
	started=$(date +%s)
	printf '  %s … ' "$what"
	if ! "$@" >"$log" 2>&1 </dev/null; then
		echo failed
		cat "$log" >&2
		exit 1
	fi
	printf '%s s\n' "$(($(date +%s) - started))"
}

if [ "$as_root" != env ] && ! sudo -n true 2>/dev/null; then
	sudo -v
fi
# The words of as_root and of the list are meant to be split.
# shellcheck disable=SC2086
step 'reading package lists' $as_root DEBIAN_FRONTEND=noninteractive apt-get update
# shellcheck disable=SC2086
step 'installing' $as_root DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $list
