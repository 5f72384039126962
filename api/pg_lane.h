/*
 * A lane of the engine: the queries that wait, the connections that serve
 * them, and the choice of what is sent next and where. The lanes many and
 * write of the contract are one here, for they share a connection ("hot").
 */
#ifndef OSALLISUUS_API_PG_LANE_H
#define OSALLISUUS_API_PG_LANE_H

#include "api/pg_engine.h"
#include "api/pg_verdict.h"

#include <stdbool.h>

struct arena;
struct pg_lane;
struct pg_shared;

enum pg_lane_kind {
	PG_LANE_READ,
	PG_LANE_HOT,
	PG_LANE_OWN,
	PG_LANE_SEARCH,
	PG_LANE_BULK,
	PG_LANE_KIND_COUNT
};

/* How a lane uses its connections. */
struct pg_lane_rules {
	const char *application_name;
	const char *settings; /* of its sessions alone */
	unsigned lock_timeout_ms;
	unsigned batch;           /* queries in one Sync; 0: as the options say, for queue and wait, too */
	unsigned queue;           /* queries that may wait */
	unsigned queue_wait_ms;   /* and how long */
	unsigned in_flight;       /* batches on one connection */
	unsigned again_in_flight; /* the same while queries run again with Syncs of their own */
	unsigned
	    rests;   /* while the process is busy: one batch at a time, then none for so many times as long */
	bool stands; /* its one connection is opened at start and kept; else opened when needed */
	bool shares; /* several queries in one Sync */
	bool answers_early; /* a result is final before its Sync: nothing was written */
	bool is_read_only;
	bool is_impatient; /* a query that waits for a lock goes to the own lane */
};

struct pg_lane *pg_lane_new(struct arena *arena, struct pg_shared *shared, enum pg_lane_kind kind);
void pg_lane_start(struct pg_lane *lane);
/* Answers PG_UNAVAILABLE to all that wait or are under way, and closes. */
void pg_lane_stop(struct pg_lane *lane);

const struct pg_lane_rules *pg_lane_rules(const struct pg_lane *lane);
struct pg_shared *pg_lane_shared(const struct pg_lane *lane);
/* Of a lane whose one connection stands; from any thread. */
bool pg_lane_is_ready(const struct pg_lane *lane);

/* A batch that was sent then has ended. */
void pg_lane_landed(struct pg_lane *lane, int64_t sent_us);

void pg_lane_push(struct pg_lane *lane, struct pg_query *query);
/* A query whose batch was rolled back. */
void pg_lane_push_again(struct pg_lane *lane, struct pg_query *query);
/* Sends what waits, as far as connections are free; opens more of them. */
void pg_lane_pump(struct pg_lane *lane);
bool pg_lane_has_waiting(const struct pg_lane *lane);
/* Takes out what came last, so that no more wait than may. To be called after the pump: a full turn is not a
 * full queue. */
void pg_lane_trim(struct pg_lane *lane, struct pg_queue *refused);

/* By the connections of the lane. */
void pg_lane_stands(struct pg_lane *lane, bool is_ready);

#endif
