#include "api/pg_engine.h"

#include "api/pg_lane.h"
#include "api/pg_query.h"
#include "api/pg_session.h"
#include "api/pg_shared.h"
#include "common/arena.h"
#include "common/clock.h"

#include <event2/event.h>

#include <stdlib.h>

struct pg_engine {
	struct arena *arena;
	struct pg_shared shared;
	struct pg_lane *lanes[PG_LANE_KIND_COUNT];
	struct pg_queue refused; /* answered at the end of the turn, for done is never called by submit */
	bool is_closing;
};

static bool options_check(const struct pg_engine_options *options, struct err *err);
static enum pg_lane_kind kind_of(const struct pg_engine *engine, const struct pg_query *query);
static void on_turn(evutil_socket_t fd, short what, void *context);
static void answer_refused(struct pg_engine *engine);
static uint64_t read_count(const _Atomic uint64_t *counter);

bool pg_engine_new(struct event_base *base, const struct pg_engine_options *options,
    struct pg_engine **ret_engine, struct err *err)
{
	struct arena *arena;
	struct pg_engine *engine;

	if (!options_check(options, err))
		return false;
	arena = arena_new();
	engine = arena_alloc(arena, sizeof *engine);
	engine->arena = arena;
	engine->shared.base = base;
	engine->shared.options = *options;
	engine->shared.options.conninfo = arena_string(arena, options->conninfo);
	if (options->load == NULL)
		engine->shared.options.load = arena_alloc(arena, sizeof(struct pg_load));
	engine->shared.turn = event_new(base, -1, 0, on_turn, engine);
	if (engine->shared.turn == NULL)
		abort();
	for (enum pg_lane_kind kind = 0; kind < PG_LANE_KIND_COUNT; kind++)
		engine->lanes[kind] = pg_lane_new(arena, &engine->shared, kind);
	engine->shared.own = engine->lanes[PG_LANE_OWN];
	for (enum pg_lane_kind kind = 0; kind < PG_LANE_KIND_COUNT; kind++)
		pg_lane_start(engine->lanes[kind]);
	*ret_engine = engine;
	return true;
}

void pg_engine_submit(struct pg_engine *engine, struct pg_query *query)
{
	struct pg_lane *lane = engine->lanes[kind_of(engine, query)];

	pg_query_init(query, clock_monotonic_us());
	if (query->state == PG_QUERY_MALFORMED) {
		pg_queue_push(&engine->refused, query);
	} else if (engine->is_closing) {
		pg_query_move(query, PG_QUERY_REFUSED);
		pg_queue_push(&engine->refused, query);
	} else {
		pg_lane_push(lane, query);
	}
	event_active(engine->shared.turn, EV_TIMEOUT, 0);
}

void pg_engine_free(struct pg_engine *engine)
{
	if (engine == NULL)
		return;
	engine->is_closing = true;
	for (enum pg_lane_kind kind = 0; kind < PG_LANE_KIND_COUNT; kind++)
		pg_lane_stop(engine->lanes[kind]);
	answer_refused(engine);
	event_free(engine->shared.turn);
	pg_values_release(&engine->shared.values);
	pg_split_release(&engine->shared.split);
	arena_free(engine->arena);
}

bool pg_engine_is_ready(const struct pg_engine *engine)
{
	return pg_lane_is_ready(engine->lanes[PG_LANE_READ]) && pg_lane_is_ready(engine->lanes[PG_LANE_HOT]);
}

void pg_engine_counts(const struct pg_engine *engine, struct pg_engine_counts *ret_counts)
{
	const struct pg_shared *shared = &engine->shared;

	*ret_counts = (struct pg_engine_counts){.batches = read_count(&shared->batches),
	    .queries = read_count(&shared->queries),
	    .replays = read_count(&shared->replays),
	    .reconnects = read_count(&shared->reconnects),
	    .timeouts = read_count(&shared->timeouts),
	    .refused = read_count(&shared->refused),
	    .waiting = read_count(&shared->waiting)};
}

static bool options_check(const struct pg_engine_options *options, struct err *err)
{
	enum { BATCH_MOST = 1024 };

	if (options->batch < 1 || options->batch > BATCH_MOST)
		return err_set(err, "setting", "a batch takes 1 to %d queries", BATCH_MOST);
	if (options->queue < 1 || options->own_connections < 1 || options->search_connections < 1)
		return err_set(err, "setting", "the queue and the connections of each lane are at least one");
	if (options->statement_timeout_ms < 1)
		return err_set(err, "setting", "statements must have a time limit");
	return pg_session_check(options->conninfo, err);
}

static enum pg_lane_kind kind_of(const struct pg_engine *engine, const struct pg_query *query)
{
	switch (query->statement->lane) {
	case LANE_READ:
		return PG_LANE_READ;
	case LANE_MANY:
		if (query->is_bulk && engine->shared.options.bulk_connections > 0)
			return PG_LANE_BULK;
		return PG_LANE_HOT;
	case LANE_WRITE:
		return PG_LANE_HOT;
	case LANE_OWN:
		return PG_LANE_OWN;
	case LANE_SEARCH:
		return PG_LANE_SEARCH;
	case LANE_COUNT:
		break;
	}
	abort();
}

static void on_turn(evutil_socket_t fd, short what, void *context)
{
	struct pg_engine *engine = context;

	(void)fd;
	(void)what;
	for (enum pg_lane_kind kind = 0; kind < PG_LANE_KIND_COUNT; kind++) {
		pg_lane_pump(engine->lanes[kind]);
		pg_lane_trim(engine->lanes[kind], &engine->refused);
	}
	answer_refused(engine);
}

/* Those that are there now: what is submitted meanwhile has its own turn, except at the end. */
static void answer_refused(struct pg_engine *engine)
{
	unsigned count = engine->refused.count;
	struct pg_query *query;

	while ((count-- > 0 || engine->is_closing) && (query = pg_queue_pop(&engine->refused)) != NULL) {
		pg_count(&engine->shared.refused, 1);
		if (query->state == PG_QUERY_MALFORMED)
			pg_query_answer_failed(
			    query, "22021"); /* character_not_in_repertoire, as in LANE_MANY */
		else
			pg_query_answer(query, PG_UNAVAILABLE);
	}
}

static uint64_t read_count(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}
