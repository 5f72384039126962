#!/bin/bash
# `make run`: from a fresh checkout to a running service with something to look at. A second run starts quickly and
# keeps its data. Ctrl-C, SIGTERM or a closed terminal stop everything that was started here.
#
#   run.sh          as `make run`
#   run.sh wipe     removes var/ with the database, keys and mails
#
# OSALLISUUS_DB: this database instead of a private cluster. OSALLISUUS_PORT, OSALLISUUS_OPS_PORT: 8080 and 8081 otherwise.
set -euo pipefail

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
cd "$root"
local_scripts=docker/local
build=${BUILD:-build}
port=${OSALLISUUS_PORT:-8080}
ops_port=${OSALLISUUS_OPS_PORT:-8081}
READY_S=30
STOP_S=20
children=()
names=()
cluster_is_ours=false
unset OSALLISUUS_PORT OSALLISUUS_OPS_PORT

# shellcheck source=docker/local/steps.sh
. "$local_scripts/steps.sh"

main() {
	if [ "${1:-}" = wipe ]; then
		take_lock
		"$local_scripts/cluster.sh" wipe
		rm -rf var
		return
	fi
	take_lock
	trap stop_all EXIT
	trap 'exit 0' INT TERM HUP
	"$local_scripts/deps.sh" build run
	"$local_scripts/docs.sh"
	end_leftovers
	check_port "$port" OSALLISUUS_PORT
	check_port "$ops_port" OSALLISUUS_OPS_PORT
	step 'building' var/log/build.log make --no-print-directory -j "$(nproc)" all
	make_secrets
	open_database
	step 'bringing the schema up to date' var/log/migrate.log admin migrate
	load_demo
	start_programs
	write_environment
	welcome
	watch
}

take_lock() {
	mkdir -p var/log
	exec 9>var/run.lock
	if ! flock -n 9; then
		echo "It is running already (process $(cat var/run.pid 2>/dev/null)): stop that one first." >&2
		exit 1
	fi
	echo $$ >var/run.pid
}

# What an earlier run left that was killed before it could stop its programs; the number may be another process by now.
end_leftovers() {
	local pid
	[ -f var/run.children ] || return 0
	while read -r pid; do
		if tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qE "^$build/osallisuus-|mail_sink.py var/mail" && kill -TERM "$pid"; then
			wait_for_end "$pid" "$((SECONDS + STOP_S))"
		fi
	done <var/run.children
	rm -f var/run.children
}

check_port() {
	if ! /usr/bin/python3 -c "import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', int(sys.argv[1])))" "$1" 2>/dev/null; then
		echo "Port $1 is in use or may not be used: choose another with $2=…" >&2
		exit 1
	fi
}

# Made once; who has the server key can make every receipt code.
make_secrets() {
	local line
	mkdir -p var/keys && chmod 700 var/keys
	if [ ! -s var/keys/mail.public ]; then
		(
			umask 077
			line=$("$build/osallisuus-admin" server-key new)
			echo "${line#*=}" >var/keys/server
			while read -r line; do
				case $line in
				OSALLISUUS_MAIL_SECRET_KEY=*) echo "${line#*=}" >var/keys/mail.secret ;;
				OSALLISUUS_MAIL_PUBLIC_KEY=*) public=${line#*=} ;;
				esac
			done < <("$build/osallisuus-admin" mail-key new)
			echo "$public" >var/keys/mail.public
		)
	fi
}

# Sets owner_db, api_db, worker_db and mailer_db.
open_database() {
	if [ -n "${OSALLISUUS_DB:-}" ]; then
		owner_db=$OSALLISUUS_DB api_db=$OSALLISUUS_DB worker_db=$OSALLISUUS_DB mailer_db=$OSALLISUUS_DB
		return
	fi
	local base
	cluster_is_ours=true
	step 'starting PostgreSQL' var/log/cluster.log "$local_scripts/cluster.sh" start
	base="host='$("$local_scripts/cluster.sh" socket)' dbname=osallisuus"
	owner_db="$base user=osallisuus"
	api_db="$base user=osallisuus_api"
	worker_db="$base user=osallisuus_worker"
	mailer_db="$base user=osallisuus_mailer"
	if ! psql -qXAt -d "$owner_db" -c 'SELECT 1' >/dev/null 2>&1; then
		psql -qX -d "${owner_db/dbname=osallisuus/dbname=postgres}" -c 'CREATE DATABASE osallisuus'
	fi
}

admin() {
	OSALLISUUS_DB=$owner_db OSALLISUUS_SERVER_KEY_FILE=var/keys/server OSALLISUUS_MAIL_PUBLIC_KEY=$(cat var/keys/mail.public) \
		"$build/osallisuus-admin" "$@"
}

# Once for each database. In one that has data already only keys are made. Sets demo_keys, the file with them.
load_demo() {
	local has_units
	demo_keys=var/keys/demo-$(printf '%s' "$owner_db" | sha256sum | cut -c1-12)
	has_units=$(psql -qXAt -d "$owner_db" -c 'SELECT EXISTS (SELECT FROM unit)')
	if [ "$has_units" = t ] && [ -s "$demo_keys" ]; then
		return
	fi
	(
		umask 077
		if [ "$has_units" = t ]; then
			step 'making keys' var/demo.partial admin demo --keys
		else
			step 'loading demo data' var/demo.partial admin demo
		fi
	)
	mv var/demo.partial "$demo_keys"
}

start_programs() {
	mkdir -p var/mail
	rm -f var/mail.port
	start mail_sink /usr/bin/python3 "$local_scripts/mail_sink.py" var/mail var/mail.port
	wait_until 'the mail sink' test -s var/mail.port
	export OSALLISUUS_SERVER_KEY_FILE=var/keys/server
	export OSALLISUUS_PUBLIC_URL=http://127.0.0.1:$port
	export OSALLISUUS_CONTROLLER='Suvirannan hyvinvointialue' OSALLISUUS_CONTROLLER_SV='Suviranta välfärdsområde'
	export OSALLISUUS_CONTROLLER_EN='Suviranta wellbeing services county'
	export OSALLISUUS_PRIVACY_URL=/privacy OSALLISUUS_ACCESSIBILITY_URL=/accessibility OSALLISUUS_CONTACT=osallisuus@example.org
	OSALLISUUS_DB=$api_db OSALLISUUS_MAIL_PUBLIC_KEY=$(cat var/keys/mail.public) OSALLISUUS_PORT=$port OSALLISUUS_OPS_PORT=$ops_port \
		start api "$build/osallisuus-api"
	OSALLISUUS_DB=$mailer_db OSALLISUUS_MAIL_SECRET_KEY_FILE=var/keys/mail.secret OSALLISUUS_SMTP_URL=smtp://127.0.0.1:$(cat var/mail.port) \
		OSALLISUUS_MAIL_FROM=osallisuus@example.org OSALLISUUS_MAIL_FROM_NAME='Suvirannan hyvinvointialue' start worker-mail "$build/osallisuus-worker" mail
	OSALLISUUS_DB=$worker_db start worker "$build/osallisuus-worker" news follow_up clock report index audit retention
	wait_until 'the API' curl -fsS -o /dev/null "http://127.0.0.1:$ops_port/readyz"
}

# In a session of its own, so that Ctrl-C reaches this script alone, which then stops it in order.
start() {
	local name=$1
	shift
	setsid "$@" >>"var/log/$name.log" 2>&1 9>&- &
	children+=($!)
	names+=("$name")
	echo $! >>var/run.children
}

wait_until() {
	local what=$1 deadline=$((SECONDS + READY_S))
	shift
	while ! "$@" 2>/dev/null; do
		check_children
		if [ "$SECONDS" -ge "$deadline" ]; then
			echo "$what is not ready after $READY_S s; see var/log/" >&2
			exit 1
		fi
		sleep 0.05
	done
}

check_children() {
	local i
	for i in "${!children[@]}"; do
		if ! kill -0 "${children[$i]}" 2>/dev/null; then
			echo "${names[$i]} has ended; the end of var/log/${names[$i]}.log:" >&2
			tail -n 5 "var/log/${names[$i]}.log" >&2
			exit 1
		fi
	done
}

watch() {
	wait -n "${children[@]}" || true
	check_children
}

stop_all() {
	local pid deadline=$((SECONDS + STOP_S))
	trap '' INT TERM HUP
	[ "${#children[@]}" -eq 0 ] || echo 'Stopping …'
	[ -z "$step_pid" ] || kill -TERM "$step_pid" 2>/dev/null || true
	for pid in "${children[@]}"; do
		kill -TERM "$pid" 2>/dev/null || true
	done
	for pid in "${children[@]}"; do
		wait_for_end "$pid" "$deadline"
	done
	if $cluster_is_ours; then
		"$local_scripts/cluster.sh" stop
	fi
	rm -f var/run.pid var/run.children
}

wait_for_end() {
	while kill -0 "$1" 2>/dev/null && [ "$SECONDS" -lt "$2" ]; do
		sleep 0.1
	done
	kill -KILL "$1" 2>/dev/null || true
}

main "$@"
