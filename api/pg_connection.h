/*
 * One connection of a lane: opened without waiting, in pipeline mode, opened
 * anew when it is lost or its server stalls. A connection is ready when its
 * session is set up and the schema has the version that the statements were
 * made for.
 *
 * Host names in conninfo are looked up while the loop waits (libpq knows no
 * other way): give addresses or a socket directory.
 */
#ifndef OSALLISUUS_API_PG_CONNECTION_H
#define OSALLISUUS_API_PG_CONNECTION_H

#include "api/pg_lane.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct pg_batch;
struct pg_connection;

struct pg_connection *pg_connection_new(struct arena *arena, struct pg_lane *lane);

enum pg_connection_state {
	PG_CONNECTION_CLOSED,
	PG_CONNECTION_WAITING,    /* for the next attempt */
	PG_CONNECTION_CONNECTING, /* PQconnectPoll */
	PG_CONNECTION_GREETING,   /* session settings and schema version */
	PG_CONNECTION_READY,
	PG_CONNECTION_RETIRING, /* takes no new batch; is replaced after those in flight */
	PG_CONNECTION_STATE_COUNT
};

enum pg_connection_state pg_connection_state(const struct pg_connection *connection);

/* From PG_CONNECTION_CLOSED. */
void pg_connection_open(struct pg_connection *connection);
/* Answers PG_UNAVAILABLE to what is in flight; closed for good. */
void pg_connection_close(struct pg_connection *connection);

/* Can another batch go, when `most` may be in flight? Not behind one that has been stuck for a while. */
bool pg_connection_has_room(const struct pg_connection *connection, unsigned most, int64_t now_us);
/* An empty batch to fill with pg_connection_add, then pg_connection_send. Only with room. */
void pg_connection_add(struct pg_connection *connection, struct pg_query *query);
void pg_connection_send(struct pg_connection *connection, int64_t now_us);

#endif
