#include "api/pg_connection.h"

#include "api/pg_flight.h"
#include "api/pg_session.h"
#include "api/pg_shared.h"
#include "common/arena.h"
#include "common/clock.h"
#include "common/log.h"

#include <event2/event.h>
#include <libpq-fe.h>

#include <stdlib.h>

enum { CONNECT_MS = 2000, RETRY_LEAST_MS = 50, RETRY_MOST_MS = 2000 };
enum { STALL_MS = 2000 }; /* beyond statement_timeout: the server stands still */

struct pg_connection {
	struct pg_lane *lane;
	PGconn *pg; /* NULL when closed or waiting */
	enum pg_connection_state state;
	struct event *readable, *writable; /* of the present socket */
	struct event *timer;               /* retry, connecting too long, or stalled: by state */
	unsigned failures;                 /* attempts since it last was ready */
	unsigned successes;
	int64_t schema_version; /* as found; -1: not known */
	struct pg_flight flight;
};

static void move(struct pg_connection *connection, enum pg_connection_state to);
static void attempt(struct pg_connection *connection);
static void on_connecting(evutil_socket_t fd, short what, void *context);
static void watch_connecting(struct pg_connection *connection, PostgresPollingStatusType polling);
static void greet(struct pg_connection *connection);
static void take_greeting(struct pg_connection *connection);
static void become_ready(struct pg_connection *connection);
static void on_socket(evutil_socket_t fd, short what, void *context);
static void take_results(struct pg_connection *connection);
static void flush(struct pg_connection *connection);
static void on_timer(evutil_socket_t fd, short what, void *context);
static void check_stall(struct pg_connection *connection);
static void drop(struct pg_connection *connection, const char *reason);
static void shut(struct pg_connection *connection);
static unsigned retry_ms(const struct pg_connection *connection);
static void set_timer(struct pg_connection *connection, unsigned ms);
static void watch(
    struct pg_connection *connection, struct event **event, short what, event_callback_fn callback);
static void unwatch(struct event **event);
static const char *name_of(const struct pg_connection *connection);

struct pg_connection *pg_connection_new(struct arena *arena, struct pg_lane *lane)
{
	struct pg_connection *connection = arena_alloc(arena, sizeof *connection);
	const struct pg_shared *shared = pg_lane_shared(lane);

	connection->lane = lane;
	connection->timer = evtimer_new(shared->base, on_timer, connection);
	if (connection->timer == NULL)
		abort();
	pg_flight_init(&connection->flight, arena, lane);
	return connection;
}

enum pg_connection_state pg_connection_state(const struct pg_connection *connection)
{
	return connection->state;
}

void pg_connection_open(struct pg_connection *connection)
{
	attempt(connection);
}

void pg_connection_close(struct pg_connection *connection)
{
	shut(connection);
	move(connection, PG_CONNECTION_CLOSED);
	event_free(connection->timer);
	pg_flight_abandon(&connection->flight);
	pg_flight_release(&connection->flight);
}

bool pg_connection_has_room(const struct pg_connection *connection, unsigned most, int64_t now_us)
{
	return connection->state == PG_CONNECTION_READY &&
	       pg_flight_has_room(&connection->flight, most, now_us);
}

void pg_connection_add(struct pg_connection *connection, struct pg_query *query)
{
	pg_flight_add(&connection->flight, query);
}

void pg_connection_send(struct pg_connection *connection, int64_t now_us)
{
	if (!pg_flight_send(&connection->flight, connection->pg, now_us)) {
		drop(connection, "lost");
		return;
	}
	if (!evtimer_pending(connection->timer, NULL))
		set_timer(
		    connection, pg_lane_shared(connection->lane)->options.statement_timeout_ms + STALL_MS);
	flush(connection);
}

static void move(struct pg_connection *connection, enum pg_connection_state to)
{
	static const bool legal[PG_CONNECTION_STATE_COUNT][PG_CONNECTION_STATE_COUNT] = {
	    [PG_CONNECTION_CLOSED] = {[PG_CONNECTION_CONNECTING] = true},
	    [PG_CONNECTION_WAITING] = {[PG_CONNECTION_CONNECTING] = true},
	    [PG_CONNECTION_CONNECTING] = {[PG_CONNECTION_GREETING] = true, [PG_CONNECTION_WAITING] = true},
	    [PG_CONNECTION_GREETING] = {[PG_CONNECTION_READY] = true, [PG_CONNECTION_WAITING] = true},
	    [PG_CONNECTION_READY] = {[PG_CONNECTION_RETIRING] = true, [PG_CONNECTION_WAITING] = true},
	    [PG_CONNECTION_RETIRING] = {[PG_CONNECTION_WAITING] = true},
	};

	if (to != PG_CONNECTION_CLOSED && !legal[connection->state][to])
		abort();
	log_event(LOG_DEBUG, "database_connection", log_text("connection", name_of(connection)),
	    log_int("from", connection->state), log_int("to", to));
	if (to == PG_CONNECTION_READY)
		pg_lane_stands(connection->lane, true);
	else if (connection->state == PG_CONNECTION_READY)
		pg_lane_stands(connection->lane, false);
	connection->state = to;
}

static void attempt(struct pg_connection *connection)
{
	const struct pg_engine_options *options = &pg_lane_shared(connection->lane)->options;

	move(connection, PG_CONNECTION_CONNECTING);
	connection->schema_version = -1;
	connection->pg =
	    pg_session_start(options->conninfo, pg_lane_rules(connection->lane), connection->failures);
	if (connection->pg == NULL)
		abort();
	set_timer(connection, CONNECT_MS);
	if (PQstatus(connection->pg) == CONNECTION_BAD)
		drop(connection, "connect_failed");
	else
		watch_connecting(connection, PGRES_POLLING_WRITING);
}

static void on_connecting(evutil_socket_t fd, short what, void *context)
{
	struct pg_connection *connection = context;

	(void)fd;
	(void)what;
	unwatch(&connection->readable); /* before libpq may close this socket and open another */
	watch_connecting(connection, PQconnectPoll(connection->pg));
}

static void watch_connecting(struct pg_connection *connection, PostgresPollingStatusType polling)
{
	switch (polling) {
	case PGRES_POLLING_READING:
		watch(connection, &connection->readable, EV_READ, on_connecting);
		return;
	case PGRES_POLLING_WRITING:
		watch(connection, &connection->readable, EV_WRITE, on_connecting);
		return;
	case PGRES_POLLING_OK:
		greet(connection);
		return;
	case PGRES_POLLING_FAILED:
	case PGRES_POLLING_ACTIVE:
		break;
	}
	drop(connection, "connect_failed");
}

static void greet(struct pg_connection *connection)
{
	const struct pg_engine_options *options = &pg_lane_shared(connection->lane)->options;

	move(connection, PG_CONNECTION_GREETING);
	if (!pg_session_greet(connection->pg, pg_lane_rules(connection->lane), options)) {
		drop(connection, "settings_refused");
		return;
	}
	watch(connection, &connection->readable, EV_READ | EV_PERSIST, on_socket);
	flush(connection);
}

static void take_greeting(struct pg_connection *connection)
{
	unsigned wanted = pg_lane_shared(connection->lane)->options.schema_version;

	switch (pg_session_answer(connection->pg, wanted, &connection->schema_version)) {
	case PG_GREETING_GOING:
		return;
	case PG_GREETING_DONE:
		become_ready(connection);
		return;
	case PG_GREETING_REFUSED:
		drop(connection, "settings_refused");
		return;
	case PG_GREETING_SCHEMA:
		log_event(LOG_ERROR, "schema_version", log_text("connection", name_of(connection)),
		    log_int("found", connection->schema_version), log_int("wanted", wanted));
		drop(connection, "schema_version");
		return;
	}
}

static void become_ready(struct pg_connection *connection)
{
	if (PQenterPipelineMode(connection->pg) != 1) {
		drop(connection, "settings_refused");
		return;
	}
	(void)evtimer_del(connection->timer);
	if (connection->successes++ > 0)
		pg_count(&pg_lane_shared(connection->lane)->reconnects, 1);
	if (connection->failures > 0)
		log_event(LOG_INFO, "database_connected", log_text("connection", name_of(connection)),
		    log_int("attempts", connection->failures));
	connection->failures = 0;
	move(connection, PG_CONNECTION_READY);
}

/* Input first, also when the socket only became writable: a server that cannot send does not read either. */
static void on_socket(evutil_socket_t fd, short what, void *context)
{
	struct pg_connection *connection = context;
	bool is_alive = PQconsumeInput(connection->pg) == 1;

	(void)fd;
	(void)what;
	if (connection->state == PG_CONNECTION_GREETING)
		take_greeting(connection);
	else
		take_results(connection);
	if (connection->pg == NULL)
		return;
	if (!is_alive)
		drop(connection, "lost");
	else
		flush(connection);
}

static void take_results(struct pg_connection *connection)
{
	switch (pg_flight_take(&connection->flight, connection->pg)) {
	case PG_PROGRESS_ENDED:
		drop(connection, "ended_by_server");
		return;
	case PG_PROGRESS_STALE:
		if (connection->state == PG_CONNECTION_READY)
			move(connection, PG_CONNECTION_RETIRING);
		break;
	case PG_PROGRESS_GOING:
	case PG_PROGRESS_PAUSED:
	case PG_PROGRESS_SYNCED:
		break;
	}
	if (connection->flight.count == 0 && connection->state == PG_CONNECTION_RETIRING)
		drop(connection, "stale_plan");
}

static void flush(struct pg_connection *connection)
{
	int left = PQflush(connection->pg);

	if (left < 0)
		drop(connection, "lost");
	else if (left > 0 && connection->writable == NULL)
		watch(connection, &connection->writable, EV_WRITE | EV_PERSIST, on_socket);
	else if (left == 0)
		unwatch(&connection->writable);
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
	struct pg_connection *connection = context;

	(void)fd;
	(void)what;
	switch (connection->state) {
	case PG_CONNECTION_CLOSED:
	case PG_CONNECTION_STATE_COUNT:
		return;
	case PG_CONNECTION_WAITING:
		if (pg_lane_rules(connection->lane)->stands || pg_lane_has_waiting(connection->lane))
			attempt(connection);
		else
			move(connection, PG_CONNECTION_CLOSED);
		return;
	case PG_CONNECTION_CONNECTING:
	case PG_CONNECTION_GREETING:
		drop(connection, "connect_timeout");
		return;
	case PG_CONNECTION_READY:
	case PG_CONNECTION_RETIRING:
		check_stall(connection);
		return;
	}
}

static void check_stall(struct pg_connection *connection)
{
	unsigned most_ms = pg_lane_shared(connection->lane)->options.statement_timeout_ms + STALL_MS;
	int64_t age_ms;

	if (connection->flight.count == 0)
		return;
	age_ms = (clock_monotonic_us() - pg_flight_oldest_us(&connection->flight)) / 1000;
	if (age_ms >= most_ms)
		drop(connection, "stalled");
	else
		set_timer(connection, most_ms - (unsigned)age_ms);
}

/* The one way out of a connection; the next attempt is on its way afterwards. */
static void drop(struct pg_connection *connection, const char *reason)
{
	unsigned wait_ms = retry_ms(connection);

	/* Once: the attempts that follow say nothing new. */
	if (connection->failures == 0)
		log_event(LOG_WARNING, "database_connection_lost",
		    log_text("connection", name_of(connection)), log_text("reason", reason),
		    log_int("retry_ms", wait_ms));
	shut(connection);
	connection->failures++;
	move(connection, PG_CONNECTION_WAITING);
	set_timer(connection, wait_ms);
	pg_flight_abandon(&connection->flight);
}

static void shut(struct pg_connection *connection)
{
	unwatch(&connection->readable);
	unwatch(&connection->writable);
	(void)evtimer_del(connection->timer);
	PQfinish(connection->pg);
	connection->pg = NULL;
}

/* 50 ms doubled up to 2 s, of which between half and the whole: many loops shall not come back as one. */
static unsigned retry_ms(const struct pg_connection *connection)
{
	unsigned doublings = connection->failures < 6 ? connection->failures : 6;
	unsigned most_ms = (unsigned)RETRY_LEAST_MS << doublings;
	uint64_t seed = (uint64_t)clock_monotonic_us() ^ (uintptr_t)connection;
	unsigned jitter = (unsigned)((seed * 0x9E3779B97F4A7C15U) >> 48);

	if (most_ms > RETRY_MOST_MS)
		most_ms = RETRY_MOST_MS;
	return most_ms / 2 + jitter % (most_ms / 2 + 1);
}

static void set_timer(struct pg_connection *connection, unsigned ms)
{
	struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};

	if (evtimer_add(connection->timer, &wait) != 0)
		abort();
}

static void watch(
    struct pg_connection *connection, struct event **event, short what, event_callback_fn callback)
{
	unwatch(event);
	*event = event_new(
	    pg_lane_shared(connection->lane)->base, PQsocket(connection->pg), what, callback, connection);
	if (*event == NULL || event_add(*event, NULL) != 0)
		abort();
}

static void unwatch(struct event **event)
{
	if (*event != NULL)
		event_free(*event);
	*event = NULL;
}

static const char *name_of(const struct pg_connection *connection)
{
	return pg_lane_rules(connection->lane)->application_name;
}
