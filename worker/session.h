/*
 * A connection to the database that comes back. Each thread has its own; when
 * it is lost the thread waits, 50 ms to 2 s between tries, and never gives up
 * before a stop is asked. Losing and regaining it is logged once.
 */
#ifndef OSALLISUUS_WORKER_SESSION_H
#define OSALLISUUS_WORKER_SESSION_H

#include "common/pg.h"
#include "worker/stop.h"

#include <stdbool.h>

struct session;

/* Laid out by the caller; `name` is copied. */
struct session_options {
	const char *name; /* what the database sees */
	bool is_quick;    /* commits do not wait for the disk */
	bool listens;     /* to 'job' */
};

struct session *session_new(const struct session_options *options, const struct stop *stop);
void session_free(struct session *session); /* NULL is fine */

/* Connected; waits for it. NULL: a stop was asked meanwhile. */
struct pg *session_pg(struct session *session);

/* How often it has connected: another number, another connection. */
unsigned session_number(const struct session *session);

#endif
