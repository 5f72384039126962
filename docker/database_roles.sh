#!/bin/sh
# Runs once in the new database of compose.yaml: the roles of the service, with their passwords. What they may do is
# granted by the migrations.
set -eu

for who in api worker mailer; do
	psql -v ON_ERROR_STOP=1 -v role="osallisuus_$who" -v password="$(cat "/run/secrets/password_$who")" \
		-U "$POSTGRES_USER" -d "$POSTGRES_DB" <<-'END'
		CREATE ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
	END
done
