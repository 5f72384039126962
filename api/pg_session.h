/*
 * What a new connection is asked for and told before its first query: where to
 * connect, the session's settings, and which version the schema has.
 */
#ifndef OSALLISUUS_API_PG_SESSION_H
#define OSALLISUUS_API_PG_SESSION_H

#include "api/pg_engine.h"
#include "api/pg_lane.h"

#include <stdbool.h>
#include <stdint.h>

struct pg_conn; /* PGconn of libpq */

/* Can libpq read it? err code: setting. */
MUST_USE bool pg_session_check(const char *conninfo, struct err *err);

/*
 * Begins to connect; NULL: no memory. See PQconnectStart. Of several hosts in
 * conninfo each attempt begins with the next one: a host that swallows
 * packets takes the time of a whole attempt, and libpq would never come to the second.
 */
struct pg_conn *pg_session_start(const char *conninfo, const struct pg_lane_rules *rules, unsigned attempt);

/* Queues the settings; the last result is the schema's version. False: the connection is of no use. */
MUST_USE bool pg_session_greet(
    struct pg_conn *pg, const struct pg_lane_rules *rules, const struct pg_engine_options *options);

enum pg_greeting {
	PG_GREETING_GOING,
	PG_GREETING_DONE,
	PG_GREETING_REFUSED, /* a setting or the question for the version failed */
	PG_GREETING_SCHEMA   /* another version than the statements were made for */
};

/* Reads what has come. *ret_version: of the schema, when it is known; starts at -1. */
enum pg_greeting pg_session_answer(struct pg_conn *pg, unsigned wanted, int64_t *version);

#endif
