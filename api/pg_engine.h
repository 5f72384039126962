/*
 * The PostgreSQL engine of one loop: lanes of connections in pipeline mode,
 * one Sync per batch, answers only after the Sync. DESIGN ("Lanes and shared
 * commits") is its specification.
 *
 * A query belongs to its caller, with its values, and stays valid until done is
 * called. That happens exactly once, on the loop's thread, never inside
 * pg_engine_submit. done may submit, but must not free the engine. Everything is
 * bounded: what is still waiting at the end of a loop turn beyond the queue, or
 * has waited too long for a connection, is PG_UNAVAILABLE.
 *
 * A query that gets no row is answered so: whether it is run once more (an
 * insert that lost a race) is its caller's decision. A text with a NUL, which
 * libpq would cut there, is PG_FAILED with 22021 and never sent.
 *
 * An engine is used on one thread, but for pg_engine_is_ready and pg_engine_counts.
 */
#ifndef OSALLISUUS_API_PG_ENGINE_H
#define OSALLISUUS_API_PG_ENGINE_H

#include "api/contract.h"
#include "common/attributes.h"
#include "common/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct pg_engine;
struct pg_rows;
struct pg_query;

/* What the engines of a process know of each other, for they share processors. Zero at first; outlives them.
 */
struct pg_load {
	_Atomic uint64_t queries;       /* sent, by all lanes */
	_Atomic int64_t rests_until_us; /* no search begins before */
	atomic_bool is_busy;            /* when a search last ended */
};

struct pg_engine_options {
	const char *conninfo;
	struct pg_load *load; /* of all engines of the process; NULL: there is no other */
	unsigned queue;       /* queries that may wait for a connection, per lane (many and write together) */
	unsigned queue_wait_ms;
	unsigned batch; /* queries in one Sync */
	size_t batch_bytes;
	unsigned own_connections, search_connections; /* at most, opened when needed */
	unsigned bulk_connections;                    /* the same; 0: bulk queries go the way of the others */
	unsigned statement_timeout_ms;
	unsigned schema_version; /* a connection to another one is refused, logged and tried again */
};

/*
 * One value, in the form of its bind type: BIND_UUID 16 bytes, BIND_BYTEA the
 * bytes, BIND_JSONB the JSON text, all others their text. bytes NULL: SQL NULL.
 * bytes[length] is NUL.
 */
struct pg_param {
	const char *bytes;
	size_t length;
};

enum pg_outcome {
	PG_ROWS,       /* rows, maybe none; for a write: durable */
	PG_FAILED,     /* refused by the database: sqlstate, constraint */
	PG_TIMED_OUT,  /* statement_timeout or lock_timeout (57014, 55P03) */
	PG_UNAVAILABLE /* queue full, no connection, or lost with the query in flight: nobody knows whether it
			  took effect */
};

struct pg_answer {
	enum pg_outcome outcome;
	const struct pg_rows *rows; /* PG_ROWS; valid until done returns */
	char sqlstate[6];
	char constraint[64]; /* "" when there is none */
	char column[64];     /* of the table, where the error names one */
};

enum { PG_BULK_BATCH = 500 };

typedef void pg_query_done(struct pg_query *query, const struct pg_answer *answer);

struct pg_query {
	const struct statement *statement;
	const struct pg_param *params; /* statement->bind_count of them */
	pg_query_done *done;
	void *context;
	bool is_bulk; /* one of hundreds of a LANE_MANY statement: those have connections of their own, where
			 up to PG_BULK_BATCH share a Sync, and delay nobody else */
	/* the engine's own: */
	struct pg_query *next;
	int64_t submitted_us;
	size_t bytes;
	unsigned state;
};

/* err code: setting. Whether the database is there shows later: pg_engine_is_ready. */
MUST_USE bool pg_engine_new(struct event_base *base, const struct pg_engine_options *options,
    struct pg_engine **ret_engine, struct err *err);
void pg_engine_submit(struct pg_engine *engine, struct pg_query *query);
/* Answers PG_UNAVAILABLE to what is left and closes the connections. NULL is fine. */
void pg_engine_free(struct pg_engine *engine);
bool pg_engine_is_ready(
    const struct pg_engine *engine); /* a connection of the read lane and of the write lane stand */

/* Numbers for /metrics; read from any thread. */
struct pg_engine_counts {
	uint64_t batches; /* Syncs */
	uint64_t queries; /* sent for the first time */
	uint64_t replays; /* sent again: after another query of their batch failed, or met a lock */
	uint64_t reconnects;
	uint64_t timeouts; /* PG_TIMED_OUT */
	uint64_t refused;  /* queue full, or waited too long */
	uint64_t waiting;  /* now */
};
void pg_engine_counts(const struct pg_engine *engine, struct pg_engine_counts *ret_counts);

/* ---- rows: what belongs to one query; in LANE_MANY its rows of the shared result (by _n) ---- */

enum pg_kind {
	PG_KIND_TEXT,
	PG_KIND_NUMBER,
	PG_KIND_BOOL,
	PG_KIND_JSON,
	PG_KIND_TIMESTAMPTZ,
	PG_KIND_DATE,
	PG_KIND_BYTEA
};

unsigned pg_rows_count(const struct pg_rows *rows);
unsigned pg_rows_columns(const struct pg_rows *rows);
const char *pg_rows_name(const struct pg_rows *rows, unsigned column);
enum pg_kind pg_rows_kind(const struct pg_rows *rows, unsigned column); /* by the column's type */
/* The text form, NUL-terminated; NULL: SQL NULL. */
const char *pg_rows_value(const struct pg_rows *rows, unsigned row, unsigned column, size_t *ret_length);
/* -1 when there is no such column. */
int pg_rows_find(const struct pg_rows *rows, const char *name);

#endif
