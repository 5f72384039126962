#include "api/dispatch.h"
#include "api/http.h"
#include "api/keys.h"
#include "api/limiter.h"
#include "api/loop.h"
#include "api/loop_timer.h"
#include "api/metrics.h"
#include "api/ops.h"
#include "api/page_cache.h"
#include "api/pg_engine.h"
#include "api/service.h"
#include "common/arena.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/log.h"
#include "common/words.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { REFRESH_MS = 500, FIRST_REFRESH_MS = 20, STOP_LOOK_MS = 20, WORDS_CACHED = 256 };

static bool start_loop(struct loop *loop, void *context, struct err *err);
static bool start_engine(struct service_loop *loop, struct err *err);
static bool start_servers(struct service_loop *loop, struct err *err);
static struct http_options http_settings(const struct service *service);
static void refresh_first(void *context);
static void refresh(void *context);
static void on_stop_signal(struct loop *loop, void *context);
static void drain(struct loop *loop, void *context);
static void look_whether_idle(void *context);

bool service_start(struct service *service, int listener_fd, int ops_fd, struct err *err)
{
	int64_t wanted = config_int("LOOPS");

	service->listener_fd = listener_fd;
	service->ops_fd = ops_fd;
	service->peers = http_peers_new();
	service->loop_count = wanted > 0 ? (unsigned)wanted : (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	service->loops = calloc(service->loop_count, sizeof *service->loops);
	if (service->loops == NULL)
		abort();
	for (unsigned i = 0; i < service->loop_count; i++) {
		service->loops[i].service = service;
		service->loops[i].index = i;
		service->loops[i].metrics = metrics_new();
		if (!words_new(WORDS_CACHED, &service->loops[i].words, err) ||
		    !loop_new(i, &service->loops[i].loop, err))
			return false;
	}
	/* The last one first: when the first loop answers /readyz, all of them stand. */
	for (unsigned i = service->loop_count; i-- > 0;) {
		if (!loop_start(service->loops[i].loop, start_loop, &service->loops[i], err))
			return false;
	}
	return true;
}

void service_wait(struct service *service)
{
	for (unsigned i = 0; i < service->loop_count; i++)
		loop_join(service->loops[i].loop);
	for (unsigned i = 0; i < service->loop_count; i++) {
		loop_free(service->loops[i].loop);
		metrics_free(service->loops[i].metrics);
		words_free(service->loops[i].words);
	}
	free(service->loops);
	http_peers_free(service->peers);
	limiter_free(service->limiter);
	limiter_free(service->form_limiter);
}

static bool start_loop(struct loop *loop, void *context, struct err *err)
{
	struct service_loop *mine = context;

	if (!start_engine(mine, err) || !start_servers(mine, err))
		return false;
	if (mine->index != 0)
		return true;
	return loop_on_signal(loop, SIGTERM, on_stop_signal, err) &&
	       loop_on_signal(loop, SIGINT, on_stop_signal, err);
}

static bool start_engine(struct service_loop *loop, struct err *err)
{
	struct pg_engine_options options = {
	    .conninfo = config_text("DB"),
	    .load = &loop->service->load,
	    .queue = (unsigned)config_int("QUEUE"),
	    .queue_wait_ms = (unsigned)config_int("QUEUE_WAIT_MS"),
	    .batch = (unsigned)config_int("BATCH"),
	    .batch_bytes = (size_t)config_int("BATCH_BYTES"),
	    .own_connections = (unsigned)config_int("OWN_CONNECTIONS"),
	    .search_connections = (unsigned)config_int("SEARCH_CONNECTIONS"),
	    .bulk_connections = (unsigned)config_int("BULK_CONNECTIONS"),
	    .statement_timeout_ms = (unsigned)config_int("STATEMENT_TIMEOUT_MS"),
	    .schema_version = contract_schema_version,
	};

	if (!pg_engine_new(loop_base(loop->loop), &options, &loop->engine, err))
		return false;
	loop->keys = key_cache_new(loop->engine);
	loop->pages =
	    page_cache_new(loop->engine, (size_t)config_int("PAGE_CACHE_BYTES") / loop->service->loop_count);
	loop->refresh = loop_timer_new(loop->loop, FIRST_REFRESH_MS, refresh_first, loop);
	key_cache_refresh(loop->keys);
	return true;
}

static bool start_servers(struct service_loop *loop, struct err *err)
{
	struct http_options options = http_settings(loop->service);

	if (!http_server_new(loop_base(loop->loop), loop->service->listener_fd, &options,
		dispatch_callbacks(loop), &loop->server, err))
		return false;
	if (loop->index != 0)
		return true;
	return http_server_new(loop_base(loop->loop), loop->service->ops_fd, &options, ops_callbacks(loop),
	    &loop->ops_server, err);
}

static struct http_options http_settings(const struct service *service)
{
	return (struct http_options){
	    .parse = {.head_bytes = (size_t)config_int("HEAD_BYTES"),
		.target_bytes = (size_t)config_int("TARGET_BYTES"),
		.headers = (unsigned)config_int("HEADERS")},
	    .body_bytes = (size_t)config_int("BODY_BYTES"),
	    .stream_bytes = (size_t)config_int("IMPORT_BYTES"),
	    .stream_s = (unsigned)config_int("IMPORT_S"),
	    .body_rate = (size_t)config_int("BODY_RATE"),
	    .header_s = (unsigned)config_int("HEADER_S"),
	    .body_s = (unsigned)config_int("BODY_S"),
	    .idle_s = (unsigned)config_int("IDLE_S"),
	    .write_s = (unsigned)config_int("WRITE_S"),
	    .connections = (unsigned)config_int("CONNECTIONS"),
	    .connections_per_peer = (unsigned)config_int("CONNECTIONS_PER_PEER"),
	    .pipelined = (unsigned)config_int("PIPELINED"),
	    .hosts = config_text("HOSTS"),
	    .peers = service->peers,
	};
}

/* At start the keys are asked for often, so that the first request need not wait for half a second. */
static void refresh_first(void *context)
{
	struct service_loop *loop = context;

	key_cache_refresh(loop->keys);
	if (!key_cache_is_loaded(loop->keys))
		return;
	loop_timer_free(loop->refresh);
	loop->refresh = loop_timer_new(loop->loop, REFRESH_MS, refresh, loop);
}

static void refresh(void *context)
{
	struct service_loop *loop = context;

	key_cache_refresh(loop->keys);
	page_cache_refresh(loop->pages);
}

static void on_stop_signal(struct loop *loop, void *context)
{
	struct service *service = ((struct service_loop *)context)->service;

	(void)loop;
	if (service->stopping)
		return;
	service->stopping = true;
	log_event(LOG_INFO, "stopping", log_int("loops", service->loop_count));
	for (unsigned i = 0; i < service->loop_count; i++)
		loop_call(service->loops[i].loop, drain, &service->loops[i]);
}

static void drain(struct loop *loop, void *context)
{
	struct service_loop *mine = context;

	(void)loop;
	mine->stop_by_us = clock_monotonic_us() + config_int("STOP_S") * 1000000;
	http_server_drain(mine->server);
	/* Until the socket is closed new clients connect to it, and nobody answers them. */
	if (atomic_fetch_add(&mine->service->draining, 1) + 1 == mine->service->loop_count)
		close(mine->service->listener_fd);
	mine->stop = loop_timer_new(mine->loop, STOP_LOOK_MS, look_whether_idle, mine);
}

static void look_whether_idle(void *context)
{
	struct service_loop *loop = context;

	if (!http_server_is_idle(loop->server) && clock_monotonic_us() < loop->stop_by_us)
		return;
	loop_timer_free(loop->stop);
	loop_timer_free(loop->refresh);
	/* The engine first: what waits is answered, and the servers can let go of it. */
	pg_engine_free(loop->engine);
	loop->is_cut = true;
	key_cache_free(loop->keys);
	page_cache_free(loop->pages);
	http_server_free(loop->server);
	if (loop->ops_server != NULL)
		http_server_free(loop->ops_server);
	arena_thread_release();
	loop_stop(loop->loop);
}
