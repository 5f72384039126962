/*
 * The batches in flight on one connection, in the order in which they were
 * sent, and the statements prepared there. Embedded in its connection.
 */
#ifndef OSALLISUUS_API_PG_FLIGHT_H
#define OSALLISUUS_API_PG_FLIGHT_H

#include "api/pg_batch.h"
#include "api/pg_lane.h"
#include "api/pg_prepared.h"
#include "api/pg_query.h"

#include <stdbool.h>
#include <stdint.h>

enum { PG_FLIGHT_MAX = 4 };

struct arena;
struct pg_conn; /* PGconn of libpq */

struct pg_flight {
	struct pg_lane *lane;
	struct pg_batch *batches[PG_FLIGHT_MAX]; /* a ring */
	unsigned first, count;
	struct pg_prepared prepared;
};

void pg_flight_init(struct pg_flight *flight, struct arena *arena, struct pg_lane *lane);
void pg_flight_release(struct pg_flight *flight);

/* Can another batch go, when `most` may be in flight? Not behind one that has been stuck for a while. */
bool pg_flight_has_room(const struct pg_flight *flight, unsigned most, int64_t now_us);
/* Only with room: into the batch that is sent next. */
void pg_flight_add(struct pg_flight *flight, struct pg_query *query);
/* False: the connection is of no use any more. */
MUST_USE bool pg_flight_send(struct pg_flight *flight, struct pg_conn *pg, int64_t now_us);
int64_t pg_flight_oldest_us(
    const struct pg_flight *flight); /* when the first was sent; only with count > 0 */

/* Takes all results that have come. PG_PROGRESS_PAUSED, _STALE or _ENDED, as in pg_batch_take. */
enum pg_progress pg_flight_take(struct pg_flight *flight, struct pg_conn *pg);

/* The connection is gone: PG_UNAVAILABLE to all, nothing is prepared. */
void pg_flight_abandon(struct pg_flight *flight);

#endif
