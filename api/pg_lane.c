#include "api/pg_lane.h"

#include "api/pg_connection.h"
#include "api/pg_shared.h"
#include "common/arena.h"
#include "common/clock.h"

#include <event2/event.h>

#include <stdlib.h>

enum { US_PER_S = 1000000, BUSY_QUERIES_PER_S = 200, REST_MOST_US = 300000 };

struct pg_lane {
	struct pg_shared *shared;
	const struct pg_lane_rules *rules;
	struct pg_queue again; /* before those that wait */
	struct pg_queue waiting;
	struct pg_connection **connections;
	unsigned connection_count;
	struct event *wait_timer; /* pending while anything may have waited too long */
	struct event *rest_timer; /* pending while the lane rests and queries wait */
	uint64_t queries_seen;    /* of the whole process, when a batch of this lane last ended */
	int64_t seen_us;
	_Atomic bool is_ready;
};

/*
 * Two batches of reads in flight keep the server busy while the next one collects. On one host, 64 callers:
 * 125k/s with one, 175k/s with two, 130k/s with four, whose batches are too small
 * (tests/bench/pg_engine_bench.c). Reads have the plan that make check-sql has looked at: left to itself
 * PostgreSQL plans a list anew each time, which takes as long as to run it. A page of a list is walked in the
 * order of an index, also while there are no statistics.
 */
static const struct pg_lane_rules lane_rules[PG_LANE_KIND_COUNT] = {
    [PG_LANE_READ] = {.application_name = "osallisuus-api read",
	.settings = "SET default_transaction_read_only = on; SET plan_cache_mode = force_generic_plan;"
		    "SET enable_sort = off; SET enable_bitmapscan = off;",
	.lock_timeout_ms = 500,
	.in_flight = 2,
	.again_in_flight = 4,
	.stands = true,
	.shares = true,
	.answers_early = true,
	.is_read_only = true},
    [PG_LANE_HOT] = {.application_name = "osallisuus-api write",
	.settings = "",
	.lock_timeout_ms = 100,
	.in_flight = 1,
	.again_in_flight = 4,
	.stands = true,
	.shares = true,
	.is_impatient = true},
    [PG_LANE_OWN] = {.application_name = "osallisuus-api own",
	.settings = "",
	.lock_timeout_ms = 2000,
	.in_flight = 1,
	.again_in_flight = 1},
    [PG_LANE_SEARCH] = {.application_name = "osallisuus-api search",
	.settings = "SET plan_cache_mode = force_custom_plan;",
	.lock_timeout_ms = 500,
	.queue_wait_ms = 5000,
	.in_flight = 1,
	.again_in_flight = 1,
	.rests = 5},
    /* Who sends in bulk has few batches under way and waits for them. */
    [PG_LANE_BULK] = {.application_name = "osallisuus-api bulk",
	.settings = "",
	.lock_timeout_ms = 2000,
	.batch = PG_BULK_BATCH,
	.queue = 64 * PG_BULK_BATCH,
	.queue_wait_ms = 10000,
	.in_flight = 1,
	.again_in_flight = 4,
	.shares = true},
};

static unsigned connections_of(const struct pg_shared *shared, enum pg_lane_kind kind);
static int64_t wait_us_of(const struct pg_lane *lane);
static bool is_connected(const struct pg_lane *lane);
static void feed(struct pg_lane *lane, struct pg_connection *connection);
static void fill(struct pg_lane *lane, struct pg_connection *connection);
static struct pg_query *pop(struct pg_lane *lane, struct pg_queue *queue);
static void open_more(struct pg_lane *lane);
static void on_wait(evutil_socket_t fd, short what, void *context);
static bool rests(struct pg_lane *lane);
static void on_rested(evutil_socket_t fd, short what, void *context);
static void expire(struct pg_lane *lane, struct pg_queue *queue, int64_t now_us);
static void arm_wait_timer(struct pg_lane *lane);
static int64_t oldest_us(const struct pg_lane *lane);

struct pg_lane *pg_lane_new(struct arena *arena, struct pg_shared *shared, enum pg_lane_kind kind)
{
	struct pg_lane *lane = arena_alloc(arena, sizeof *lane);

	lane->shared = shared;
	lane->rules = &lane_rules[kind];
	lane->connection_count = connections_of(shared, kind);
	lane->connections = arena_array(arena, lane->connection_count, sizeof(struct pg_connection *));
	for (unsigned i = 0; i < lane->connection_count; i++)
		lane->connections[i] = pg_connection_new(arena, lane);
	lane->wait_timer = evtimer_new(shared->base, on_wait, lane);
	lane->rest_timer = evtimer_new(shared->base, on_rested, shared);
	if (lane->wait_timer == NULL || lane->rest_timer == NULL)
		abort();
	return lane;
}

void pg_lane_start(struct pg_lane *lane)
{
	if (lane->rules->stands)
		pg_connection_open(lane->connections[0]);
}

void pg_lane_stop(struct pg_lane *lane)
{
	struct pg_query *query;

	for (unsigned i = 0; i < lane->connection_count; i++)
		pg_connection_close(lane->connections[i]);
	while ((query = pop(lane, &lane->again)) != NULL)
		pg_query_answer(query, PG_UNAVAILABLE);
	while ((query = pop(lane, &lane->waiting)) != NULL)
		pg_query_answer(query, PG_UNAVAILABLE);
	event_free(lane->wait_timer);
	event_free(lane->rest_timer);
}

const struct pg_lane_rules *pg_lane_rules(const struct pg_lane *lane)
{
	return lane->rules;
}

struct pg_shared *pg_lane_shared(const struct pg_lane *lane)
{
	return lane->shared;
}

bool pg_lane_is_ready(const struct pg_lane *lane)
{
	return atomic_load_explicit(&lane->is_ready, memory_order_relaxed);
}

/*
 * A search works a processor for as long as hundreds of reads do. Without the rest 4 clients that search
 * without a pause take a third of the throughput of the others (tests/bench/search.py). While there are
 * others, on whichever loop, one search runs at a time, and then none for some times as long as it took.
 */
void pg_lane_landed(struct pg_lane *lane, int64_t sent_us)
{
	struct pg_load *load = lane->shared->options.load;
	int64_t now_us, took_us;
	uint64_t queries, busy;

	if (lane->rules->rests == 0)
		return;
	now_us = clock_monotonic_us();
	took_us = now_us - sent_us < REST_MOST_US ? now_us - sent_us : REST_MOST_US;
	queries = load->queries;
	busy = (uint64_t)(now_us - lane->seen_us) * BUSY_QUERIES_PER_S / US_PER_S;
	load->is_busy = lane->seen_us > 0 && queries - lane->queries_seen > busy;
	load->rests_until_us = load->is_busy ? now_us + took_us * lane->rules->rests : 0;
	lane->queries_seen = queries;
	lane->seen_us = now_us;
}

void pg_lane_push(struct pg_lane *lane, struct pg_query *query)
{
	pg_queue_push(&lane->waiting, query);
	pg_count(&lane->shared->waiting, 1);
}

/* Its wait begins anew; their number is bounded by the batches in flight. */
void pg_lane_push_again(struct pg_lane *lane, struct pg_query *query)
{
	query->submitted_us = clock_monotonic_us();
	pg_queue_push(&lane->again, query);
	pg_count(&lane->shared->waiting, 1);
}

void pg_lane_pump(struct pg_lane *lane)
{
	if (!pg_lane_has_waiting(lane))
		return;
	for (unsigned i = 0; i < lane->connection_count; i++)
		feed(lane, lane->connections[i]);
	open_more(lane);
	arm_wait_timer(lane);
}

bool pg_lane_has_waiting(const struct pg_lane *lane)
{
	return lane->again.count + lane->waiting.count > 0;
}

void pg_lane_trim(struct pg_lane *lane, struct pg_queue *refused)
{
	unsigned most = lane->rules->queue > 0 ? lane->rules->queue : lane->shared->options.queue;
	struct pg_queue kept = {0};
	struct pg_query *query;

	if (lane->waiting.count <= most)
		return;
	while (kept.count < most)
		pg_queue_push(&kept, pg_queue_pop(&lane->waiting));
	while ((query = pop(lane, &lane->waiting)) != NULL) {
		pg_query_move(query, PG_QUERY_REFUSED);
		pg_queue_push(refused, query);
	}
	lane->waiting = kept;
}

void pg_lane_stands(struct pg_lane *lane, bool is_ready)
{
	atomic_store_explicit(&lane->is_ready, is_ready, memory_order_relaxed);
	event_active(lane->shared->turn, EV_TIMEOUT, 0);
}

static unsigned connections_of(const struct pg_shared *shared, enum pg_lane_kind kind)
{
	switch (kind) {
	case PG_LANE_OWN:
		return shared->options.own_connections;
	case PG_LANE_SEARCH:
		return shared->options.search_connections;
	case PG_LANE_BULK:
		return shared->options.bulk_connections;
	case PG_LANE_READ:
	case PG_LANE_HOT:
	case PG_LANE_KIND_COUNT:
		break;
	}
	return 1;
}

/* A lane that rests keeps its queries longer, but not for a database that is away. */
static int64_t wait_us_of(const struct pg_lane *lane)
{
	unsigned ms = lane->rules->queue_wait_ms;

	if (ms == 0 || (lane->rules->rests > 0 && !is_connected(lane)))
		ms = lane->shared->options.queue_wait_ms;
	return (int64_t)ms * 1000;
}

static bool is_connected(const struct pg_lane *lane)
{
	for (unsigned i = 0; i < lane->connection_count; i++)
		if (pg_connection_state(lane->connections[i]) == PG_CONNECTION_READY)
			return true;
	return false;
}

static void feed(struct pg_lane *lane, struct pg_connection *connection)
{
	int64_t now_us = clock_monotonic_us();

	while (pg_lane_has_waiting(lane)) {
		unsigned most = lane->again.count > 0 ? lane->rules->again_in_flight : lane->rules->in_flight;

		if (rests(lane) || !pg_connection_has_room(connection, most, now_us))
			return;
		fill(lane, connection);
		pg_connection_send(connection, now_us);
		if (lane->rules->rests > 0 && lane->shared->options.load->is_busy)
			lane->shared->options.load->rests_until_us =
			    now_us + REST_MOST_US; /* until it lands */
	}
}

/* One that runs again, or as many new ones as fit. */
static void fill(struct pg_lane *lane, struct pg_connection *connection)
{
	const struct pg_engine_options *options = &lane->shared->options;
	unsigned shared_most = lane->rules->batch > 0 ? lane->rules->batch : options->batch;
	unsigned most = lane->rules->shares ? shared_most : 1;
	struct pg_query *query = pop(lane, &lane->again);
	unsigned count = 0;
	size_t bytes = 0;

	if (query != NULL) {
		pg_connection_add(connection, query);
		pg_count(&lane->shared->replays, 1);
		return;
	}
	while ((query = lane->waiting.head) != NULL && count < most) {
		if (count > 0 && bytes + query->bytes > options->batch_bytes)
			break;
		bytes += query->bytes;
		count++;
		pg_connection_add(connection, pop(lane, &lane->waiting));
	}
	pg_count(&lane->shared->queries, count);
	pg_count(&lane->shared->options.load->queries, count);
}

static struct pg_query *pop(struct pg_lane *lane, struct pg_queue *queue)
{
	struct pg_query *query = pg_queue_pop(queue);

	if (query != NULL)
		atomic_fetch_sub_explicit(&lane->shared->waiting, 1, memory_order_relaxed);
	return query;
}

/* As many connections are on their way as queries wait for one. */
static void open_more(struct pg_lane *lane)
{
	unsigned wanted = lane->again.count + lane->waiting.count;

	for (unsigned i = 0; i < lane->connection_count && wanted > 0; i++) {
		enum pg_connection_state state = pg_connection_state(lane->connections[i]);

		if (state == PG_CONNECTION_READY || state == PG_CONNECTION_RETIRING)
			continue;
		wanted--;
		if (state == PG_CONNECTION_CLOSED)
			pg_connection_open(lane->connections[i]);
	}
}

static void on_wait(evutil_socket_t fd, short what, void *context)
{
	struct pg_lane *lane = context;
	int64_t now_us = clock_monotonic_us();

	(void)fd;
	(void)what;
	expire(lane, &lane->again, now_us);
	expire(lane, &lane->waiting, now_us);
	arm_wait_timer(lane);
}

/* Whether it sends nothing for now; then the timer will wake it. */
static bool rests(struct pg_lane *lane)
{
	struct timeval left;
	int64_t left_us;

	if (lane->rules->rests == 0)
		return false;
	left_us = lane->shared->options.load->rests_until_us - clock_monotonic_us();
	if (left_us <= 0)
		return false;
	left = (struct timeval){.tv_sec = left_us / US_PER_S, .tv_usec = left_us % US_PER_S};
	if (!evtimer_pending(lane->rest_timer, NULL) && evtimer_add(lane->rest_timer, &left) != 0)
		abort();
	return true;
}

static void on_rested(evutil_socket_t fd, short what, void *context)
{
	struct pg_shared *shared = context;

	(void)fd;
	(void)what;
	event_active(shared->turn, EV_TIMEOUT, 0);
}

static void expire(struct pg_lane *lane, struct pg_queue *queue, int64_t now_us)
{
	int64_t wait_us = wait_us_of(lane);

	while (queue->head != NULL && now_us - queue->head->submitted_us >= wait_us) {
		pg_count(&lane->shared->refused, 1);
		pg_query_answer(pop(lane, queue), PG_UNAVAILABLE);
	}
}

/* It may ring for a query that is gone by then: so it is set once per wait, not once per query. */
static void arm_wait_timer(struct pg_lane *lane)
{
	int64_t least_us = (int64_t)lane->shared->options.queue_wait_ms * 1000;
	int64_t left_us;
	struct timeval left;

	if (!pg_lane_has_waiting(lane) || evtimer_pending(lane->wait_timer, NULL))
		return;
	left_us = oldest_us(lane) + wait_us_of(lane) - clock_monotonic_us();
	if (lane->rules->rests > 0 && left_us > least_us)
		left_us = least_us; /* by then the database may be away */
	if (left_us < 0)
		left_us = 0;
	left = (struct timeval){.tv_sec = left_us / US_PER_S, .tv_usec = left_us % US_PER_S};
	if (evtimer_add(lane->wait_timer, &left) != 0)
		abort();
}

static int64_t oldest_us(const struct pg_lane *lane)
{
	const struct pg_query *again = lane->again.head, *waiting = lane->waiting.head;

	if (again == NULL)
		return waiting->submitted_us;
	if (waiting == NULL || again->submitted_us < waiting->submitted_us)
		return again->submitted_us;
	return waiting->submitted_us;
}
