/*
 * Queries on their way through the engine: queues of them, and what a query
 * has been through. A queue owns nothing; a query stands in at most one, or in
 * one batch. Nothing here fails.
 */
#ifndef OSALLISUUS_API_PG_QUERY_H
#define OSALLISUUS_API_PG_QUERY_H

#include "api/pg_engine.h"

#include <stdbool.h>
#include <stdint.h>

/* The values of pg_query.state. */
enum pg_query_state {
	PG_QUERY_FRESH,     /* not run yet: may share a batch */
	PG_QUERY_AGAIN,     /* was in a batch that was rolled back: runs with a Sync of its own */
	PG_QUERY_LAST,      /* runs alone for the last time: whatever goes wrong now is its answer */
	PG_QUERY_REFUSED,   /* the queue was full */
	PG_QUERY_MALFORMED, /* a NUL in a text, which libpq would silently cut there */
	PG_QUERY_STATE_COUNT
};

struct pg_queue {
	struct pg_query *head, *tail;
	unsigned count;
};

void pg_queue_push(struct pg_queue *queue, struct pg_query *query);
struct pg_query *pg_queue_pop(struct pg_queue *queue); /* NULL: empty */

/* Measures the values and decides between PG_QUERY_FRESH and PG_QUERY_MALFORMED. */
void pg_query_init(struct pg_query *query, int64_t now_us);
void pg_query_move(struct pg_query *query, enum pg_query_state to);

/* The query is its caller's again: it must not be touched afterwards. */
void pg_query_answer(struct pg_query *query, enum pg_outcome outcome);
void pg_query_answer_failed(struct pg_query *query, const char *sqlstate);

#endif
