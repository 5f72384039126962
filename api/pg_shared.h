/*
 * What the lanes and connections of one engine share. Belongs to the engine;
 * used on its loop's thread only, save the counters.
 */
#ifndef OSALLISUUS_API_PG_SHARED_H
#define OSALLISUUS_API_PG_SHARED_H

#include "api/pg_engine.h"
#include "api/pg_rows.h"
#include "api/pg_values.h"

#include <stdatomic.h>
#include <stdint.h>

struct event;
struct event_base;
struct pg_lane;

struct pg_shared {
	struct event_base *base;
	struct pg_engine_options options; /* conninfo is the engine's copy, load is never NULL */
	struct event *turn;               /* active once a loop turn in which something came or was done */
	struct pg_lane *own;              /* where a query goes that met a lock or a deadlock */
	struct pg_values values;
	struct pg_split split;
	_Atomic uint64_t batches, queries, replays, reconnects, timeouts, refused, waiting;
};

static inline void pg_count(_Atomic uint64_t *counter, uint64_t more)
{
	atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

#endif
