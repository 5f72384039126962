#!/bin/sh
# The private PostgreSQL cluster of `make run`, on a Unix socket, without TCP.
#
#   cluster.sh start     makes it when there is none, starts it when it does not run
#   cluster.sh stop      stops it
#   cluster.sh socket    prints the directory of its socket
#   cluster.sh wipe      stops it and removes it with all data
#
# It lives in var/pg. PostgreSQL refuses root: then it runs as nobody, in a directory that nobody can reach
# even when the checkout lies where only root can go; var/pg is a link to it.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
bin=/usr/lib/postgresql/15/bin
link=$root/var/pg
place=$(printf '%s' "$root" | sha256sum | cut -c1-12)
SOCKET_PATH_MOST=90 # PostgreSQL takes 107 bytes with the name of the socket

if [ "$(id -u)" -eq 0 ]; then
	home=/var/lib/osallisuus-$place
else
	home=$link
fi

as_owner() {
	if [ "$(id -u)" -eq 0 ]; then
		(cd / && setpriv --reuid=nobody --regid=nogroup --clear-groups "$@")
	else
		"$@"
	fi
}

socket_directory() {
	if [ "${#home}" -le "$SOCKET_PATH_MOST" ]; then
		echo "$home"
	else
		echo "${TMPDIR:-/tmp}/osallisuus-$(id -u)-$place"
	fi
}

is_running() {
	[ -f "$home/data/postmaster.pid" ] || return 1
	pid=$(head -n 1 "$home/data/postmaster.pid")
	# The number may be another process by now: after a crash of the machine, or in a new container.
	[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = postgres ] && [ "$(readlink "/proc/$pid/cwd")" = "$(readlink -f "$home/data")" ]
}

create() {
	if [ "$home" != "$link" ] && [ -d "$home" ]; then
		rm -rf "$home" # var/ was removed by hand: its cluster goes too
	fi
	mkdir -p "$home" "$root/var"
	chmod 700 "$home"
	if [ "$home" != "$link" ]; then
		chown nobody:nogroup "$home"
		ln -sfn "$home" "$link"
	fi
	as_owner "$bin/initdb" -D "$home/data" -A trust -U osallisuus -E UTF8 --locale=C.UTF-8 --no-instructions >/dev/null
	cat >>"$home/data/postgresql.conf" <<-END
		listen_addresses = ''
		max_connections = 200
		timezone = 'UTC'
		log_min_messages = warning
		log_error_verbosity = terse
		log_parameter_max_length = 0
		log_parameter_max_length_on_error = 0
	END
}

start() {
	if [ -e "$home/data/PG_VERSION" ] && [ "$(cat "$home/data/PG_VERSION")" != 15 ]; then
		echo "var/pg is of PostgreSQL $(cat "$home/data/PG_VERSION"), not 15" >&2
		exit 1
	fi
	if [ ! -e "$link/data/PG_VERSION" ]; then
		rm -f "$link"
		create
	fi
	is_running && return 0
	rm -f "$home/data/postmaster.pid"
	socket=$(socket_directory)
	mkdir -p "$socket"
	rm -f "$socket/.s.PGSQL.5432" "$socket/.s.PGSQL.5432.lock"
	if ! as_owner "$bin/pg_ctl" -D "$home/data" -o "-k '$socket'" -l "$home/postgresql.log" -w -t 60 start >/dev/null; then
		echo "PostgreSQL does not start; the end of var/pg/postgresql.log:" >&2
		tail -n 20 "$home/postgresql.log" >&2
		exit 1
	fi
}

stop() {
	if is_running; then
		as_owner "$bin/pg_ctl" -D "$home/data" -m fast -w -t 60 stop >/dev/null
	fi
}

case ${1:-} in
start) start ;;
stop) stop ;;
socket) socket_directory ;;
wipe)
	stop
	rm -rf "$home" "$link"
	;;
*)
	sed -n '2,7s/^# \{0,1\}//p' "$0"
	exit 2
	;;
esac
