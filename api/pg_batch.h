/*
 * A batch: the executions between two Syncs of one connection, sent in one go
 * and one transaction. Queries of the same LANE_MANY statement share an
 * execution. A batch owns its results and holds the queries until they are
 * answered or given back to a lane.
 */
#ifndef OSALLISUUS_API_PG_BATCH_H
#define OSALLISUUS_API_PG_BATCH_H

#include "api/pg_lane.h"
#include "api/pg_prepared.h"
#include "api/pg_query.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct pg_batch;
struct pg_conn;   /* PGconn of libpq */
struct pg_result; /* PGresult of libpq */

/* Room for query_max queries, or statements of LANE_MANY; lives in the arena, of which `lane` is its lane. */
struct pg_batch *pg_batch_new(struct arena *arena, struct pg_lane *lane, unsigned query_max);

void pg_batch_add(struct pg_batch *batch, struct pg_query *query, struct pg_prepared *prepared);

/* Queues everything and the Sync in libpq. False: the connection is of no use any more. */
MUST_USE bool pg_batch_send(struct pg_batch *batch, struct pg_conn *pg, int64_t now_us);
int64_t pg_batch_sent_us(const struct pg_batch *batch);

enum pg_progress {
	PG_PROGRESS_GOING,
	PG_PROGRESS_PAUSED, /* nothing more to read now */
	PG_PROGRESS_SYNCED, /* the batch is over: pg_batch_settle */
	PG_PROGRESS_STALE,  /* as going, and the connection must be replaced after its batches: a plan is out
			       of date */
	PG_PROGRESS_ENDED   /* the connection is of no use any more: pg_batch_abandon */
};

/* Takes what PQgetResult returned, NULL too. A read is answered here. */
enum pg_progress pg_batch_take(
    struct pg_batch *batch, struct pg_result *result, struct pg_prepared *prepared);
const char *pg_batch_sqlstate(const struct pg_batch *batch); /* of the first failure; "" */

/* After the Sync: answers the queries, or sends them round again when one of them failed. Empties the batch.
 */
void pg_batch_settle(struct pg_batch *batch);
/* Answers PG_UNAVAILABLE to what is left. Empties the batch. */
void pg_batch_abandon(struct pg_batch *batch);

#endif
