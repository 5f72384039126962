/*
 * The engine's own throughput: CLIENTS callers per loop thread, each with one
 * query under way, submitted anew from its answer as the HTTP layer does.
 *
 *     pg_engine_bench CONNINFO many|alone|own|read CLIENTS SECONDS [THREADS]
 *
 * many: inserts that share executions and commits; alone: the same with one
 * Sync for each; own: the same on the own lane's connections; read: by key.
 * Prints one line: queries/s, p50 and p99 in ms, queries per batch.
 */
#include "api/pg_engine.h"
#include "common/clock.h"
#include "common/log.h"

#include <event2/event.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LATENCIES_MAX = 4000000, THREADS_MAX = 8, KEYS = 10000, BODY_SIZE = 128 };

struct caller {
	struct pg_query query;
	struct pg_param params[2];
	struct bench *bench;
	unsigned char id[17];
	char key[16];
	int64_t began_us;
};

struct bench {
	const char *conninfo;
	const struct statement *statement;
	unsigned batch, caller_count, seconds, number;
	struct event_base *base;
	struct pg_engine *engine;
	struct caller *callers;
	uint64_t seed;
	unsigned *latencies_us;
	size_t done, failed;
	bool is_over;
	int64_t began_us;
	struct pg_engine_counts counts;
};

static const struct bind many_binds[] = {{.type = BIND_UUID, .oid = 2951}, {.type = BIND_JSONB, .oid = 3807}};
static const struct bind one_binds[] = {{.type = BIND_UUID, .oid = 2950}, {.type = BIND_JSONB, .oid = 3802}};
static const struct bind read_binds[] = {{.type = BIND_INT, .oid = 23}};

static const struct statement many = {.name = "bench_many",
    .sql = "WITH input AS (SELECT * FROM unnest($1, $2) WITH ORDINALITY AS i (id, body, n)),"
	   " made AS (INSERT INTO bench_thing SELECT id, body FROM input ORDER BY id ON CONFLICT (id) DO "
	   "NOTHING RETURNING id)"
	   " SELECT i.n AS _n, m.id FROM input i JOIN made m ON m.id = i.id",
    .lane = LANE_MANY,
    .binds = many_binds,
    .bind_count = 2};
static const struct statement own = {.name = "bench_own",
    .sql = "INSERT INTO bench_thing VALUES ($1, $2) ON CONFLICT (id) DO NOTHING RETURNING id",
    .lane = LANE_OWN,
    .binds = one_binds,
    .bind_count = 2};
static const struct statement reading = {.name = "bench_read",
    .sql = "SELECT id, filler FROM bench_row WHERE id = $1",
    .lane = LANE_READ,
    .binds = read_binds,
    .bind_count = 1};

static const char body[] =
    "{\"kind\":\"concern\",\"text\":\"The queue at the health station was long and nobody told "
    "us why it was so long that day\"}";

static void *run(void *context);
static void submit(struct caller *caller);
static void on_done(struct pg_query *query, const struct pg_answer *answer);
static void on_ready_poll(evutil_socket_t fd, short what, void *context);
static void on_end(evutil_socket_t fd, short what, void *context);
static uint64_t random_next(struct bench *bench);
static int compare(const void *left, const void *right);
static void report(struct bench *benches, unsigned count);

int main(int argc, char **argv)
{
	struct bench benches[THREADS_MAX] = {0};
	pthread_t threads[THREADS_MAX];
	unsigned count = argc == 6 ? (unsigned)strtoul(argv[5], NULL, 10) : 1;

	if (argc < 5 || count < 1 || count > THREADS_MAX)
		return 2;
	log_init("pg_engine_bench", LOG_WARNING);
	for (unsigned i = 0; i < count; i++) {
		benches[i] = (struct bench){.conninfo = argv[1],
		    .statement = strcmp(argv[2], "read") == 0  ? &reading
				 : strcmp(argv[2], "own") == 0 ? &own
							       : &many,
		    .batch = strcmp(argv[2], "alone") == 0 ? 1 : 64,
		    .caller_count = (unsigned)strtoul(argv[3], NULL, 10),
		    .seconds = (unsigned)strtoul(argv[4], NULL, 10),
		    .number = i,
		    .seed = (uint64_t)clock_wall_ms() + (uint64_t)i * 7919U};
		if (pthread_create(&threads[i], NULL, run, &benches[i]) != 0)
			return 1;
	}
	for (unsigned i = 0; i < count; i++)
		(void)pthread_join(threads[i], NULL);
	report(benches, count);
	return 0;
}

static void *run(void *context)
{
	struct bench *bench = context;
	const struct pg_engine_options options = {.conninfo = bench->conninfo,
	    .queue = 4096,
	    .queue_wait_ms = 1000,
	    .batch = bench->batch,
	    .batch_bytes = 1 << 20,
	    .own_connections = 4,
	    .search_connections = 1,
	    .statement_timeout_ms = 3000,
	    .schema_version = 1};
	const struct timeval often = {.tv_usec = 1000};
	struct event *poll;
	struct err err = {0};

	bench->base = event_base_new();
	bench->latencies_us = calloc(LATENCIES_MAX, sizeof *bench->latencies_us);
	bench->callers = calloc(bench->caller_count, sizeof *bench->callers);
	if (bench->base == NULL || bench->latencies_us == NULL || bench->callers == NULL ||
	    !pg_engine_new(bench->base, &options, &bench->engine, &err))
		abort();
	poll = event_new(bench->base, -1, EV_PERSIST, on_ready_poll, bench);
	(void)event_add(poll, &often);
	while (bench->began_us == 0)
		(void)event_base_loop(bench->base, EVLOOP_ONCE);
	event_free(poll);
	(void)event_base_dispatch(bench->base);
	pg_engine_counts(bench->engine, &bench->counts);
	pg_engine_free(bench->engine);
	event_base_free(bench->base);
	return NULL;
}

static void on_ready_poll(evutil_socket_t fd, short what, void *context)
{
	struct bench *bench = context;
	const struct timeval length = {.tv_sec = (time_t)bench->seconds};

	(void)fd;
	(void)what;
	if (!pg_engine_is_ready(bench->engine) || bench->began_us != 0)
		return;
	bench->began_us = clock_monotonic_us();
	(void)event_base_once(bench->base, -1, EV_TIMEOUT, on_end, bench, &length);
	for (unsigned i = 0; i < bench->caller_count; i++) {
		struct caller *caller = &bench->callers[i];

		caller->bench = bench;
		caller->query = (struct pg_query){.statement = bench->statement,
		    .params = caller->params,
		    .done = on_done,
		    .context = caller};
		submit(caller);
	}
}

static void submit(struct caller *caller)
{
	uint64_t high = random_next(caller->bench), low = random_next(caller->bench);

	memcpy(caller->id, &high, sizeof high);
	memcpy(caller->id + 8, &low, sizeof low);
	if (caller->query.statement == &reading) {
		int length = snprintf(caller->key, sizeof caller->key, "%u", (unsigned)(high % KEYS) + 1);

		caller->params[0] = (struct pg_param){caller->key, (size_t)length};
	} else {
		caller->params[0] = (struct pg_param){(const char *)caller->id, 16};
		caller->params[1] = (struct pg_param){body, sizeof body - 1};
	}
	caller->began_us = clock_monotonic_us();
	pg_engine_submit(caller->bench->engine, &caller->query);
}

static void on_done(struct pg_query *query, const struct pg_answer *answer)
{
	struct caller *caller = query->context;
	struct bench *bench = caller->bench;

	if (bench->is_over)
		return;
	if (answer->outcome != PG_ROWS || pg_rows_count(answer->rows) != 1)
		bench->failed++;
	else if (bench->done < LATENCIES_MAX)
		bench->latencies_us[bench->done++] = (unsigned)(clock_monotonic_us() - caller->began_us);
	submit(caller);
}

static void on_end(evutil_socket_t fd, short what, void *context)
{
	struct bench *bench = context;

	(void)fd;
	(void)what;
	bench->is_over = true;
	(void)event_base_loopbreak(bench->base);
}

/* xorshift64*; only keys that differ are needed. */
static uint64_t random_next(struct bench *bench)
{
	bench->seed ^= bench->seed >> 12;
	bench->seed ^= bench->seed << 25;
	bench->seed ^= bench->seed >> 27;
	return bench->seed * 0x2545F4914F6CDD1DU;
}

static int compare(const void *left, const void *right)
{
	const unsigned *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static void report(struct bench *benches, unsigned count)
{
	size_t done = 0, failed = 0;
	uint64_t batches = 0;
	struct bench *first = &benches[0];
	size_t middle = first->done / 2, late = first->done * 99 / 100;

	for (unsigned i = 0; i < count; i++) {
		done += benches[i].done;
		failed += benches[i].failed;
		batches += benches[i].counts.batches;
	}
	qsort(first->latencies_us, first->done, sizeof *first->latencies_us, compare);
	printf("%-10s %3u callers %u threads %8.0f/s  p50 %.2f ms  p99 %.2f ms  %.1f per batch  %zu failed\n",
	    first->statement->name, first->caller_count, count, (double)done / first->seconds,
	    first->latencies_us[middle] / 1000.0, first->latencies_us[late] / 1000.0,
	    (double)done / (double)batches, failed);
	for (unsigned i = 0; i < count; i++) {
		free(benches[i].latencies_us);
		free(benches[i].callers);
	}
}
