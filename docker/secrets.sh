#!/bin/sh
# Makes docker/secrets/ for compose.yaml: passwords of the database roles, the server key, the mailer's pair of keys.
# Keep a copy of server_key and mail_secret_key: without the first no receipt code opens any more, without the second
# nobody can be reached. What is there already stays.
set -eu
umask 077

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
secrets=$here/secrets
mkdir -p "$secrets"

random_hex() {
	od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

# Readable for the container's user, which has another number; the directory itself is closed.
keep() {
	[ -s "$secrets/$1" ] && return
	cat >"$secrets/$1"
	chmod 644 "$secrets/$1"
}

for who in owner api worker mailer; do
	random_hex | keep "password_$who"
	role=osallisuus_$who
	[ "$who" != owner ] || role=osallisuus
	echo "host=database dbname=osallisuus user=$role password=$(cat "$secrets/password_$who")" | keep "db_$who"
done
random_hex | keep server_key
if [ ! -s "$secrets/mail_secret_key" ]; then
	docker build -q -f "$here/Dockerfile" -t osallisuus "$here/.." >/dev/null
	pair=$(docker run --rm --network none osallisuus osallisuus-admin mail-key new)
	echo "$pair" | grep PUBLIC | keep public.env
	echo "$pair" | sed -n 's/.*SECRET_KEY=//p' | keep mail_secret_key
fi
echo "The secrets are in $secrets."
