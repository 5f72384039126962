#include "api/http.h"

#include "api/http_connection.h"
#include "common/clock.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <sys/time.h>

static bool make_events(struct http_server *server, int listener_fd, struct err *err);
static void on_turn_end(int fd, short what, void *context);
static void on_tick(int fd, short what, void *context);
static struct http_connection *pop_touched(struct http_server *server);

bool http_server_new(struct event_base *base, int listener_fd, const struct http_options *options,
    struct http_callbacks callbacks, struct http_server **ret_server, struct err *err)
{
	struct http_server *server = calloc(1, sizeof *server);

	if (!server)
		abort();
	server->base = base;
	server->options = *options;
	server->callbacks = callbacks;
	server->head.headers = calloc(options->parse.headers, sizeof *server->head.headers);
	if (!server->head.headers)
		abort();
	if (!options->peers) {
		server->own_peers = http_peers_new();
		server->options.peers = server->own_peers;
	}
	if (!make_events(server, listener_fd, err)) {
		http_server_free(server);
		return false;
	}
	*ret_server = server;
	return true;
}

void http_server_drain(struct http_server *server)
{
	int64_t now_us = clock_monotonic_us();

	server->draining = true;
	http_accept_rest(server);
	http_accept_stop(server);
	/* Idle connections have a moment for one more request, so that one on its way is not lost. */
	for (struct http_connection *each = server->connections; each; each = each->next) {
		if (http_connection_is_idle(each))
			each->since_us = now_us;
	}
}

bool http_server_is_idle(const struct http_server *server)
{
	return server->draining && !server->connections;
}

unsigned http_server_connections(const struct http_server *server)
{
	return server->admitted;
}

void http_server_free(struct http_server *server)
{
	if (!server)
		return;
	http_accept_stop(server);
	while (server->connections)
		http_connection_free(server->connections);
	if (server->turn_end)
		event_free(server->turn_end);
	if (server->tick)
		event_free(server->tick);
	while (server->spare_count > 0)
		evbuffer_free(server->spares[--server->spare_count]);
	http_peers_free(server->own_peers);
	free(server->head.headers);
	free(server);
}

/* Has the connection looked at when everything else of this loop turn has run. */
void http_server_touch(struct http_server *server, struct http_connection *connection)
{
	if (!server->turn_end_active) {
		server->turn_end_active = true;
		event_active(server->turn_end, EV_TIMEOUT, 0);
	}
	if (!connection || connection->touched)
		return;
	connection->touched = true;
	connection->next_touched = NULL;
	if (server->touched_last)
		server->touched_last->next_touched = connection;
	else
		server->touched_first = connection;
	server->touched_last = connection;
}

struct evbuffer *http_server_take_buffer(struct http_server *server)
{
	struct evbuffer *buffer;

	if (server && server->spare_count > 0)
		return server->spares[--server->spare_count];
	buffer = evbuffer_new();
	if (!buffer)
		abort();
	return buffer;
}

/* Empty buffers only: what is in them would be somebody else's reply. */
void http_server_give_buffer(struct http_server *server, struct evbuffer *buffer)
{
	if (server && server->spare_count < HTTP_SPARE_BUFFERS && evbuffer_get_length(buffer) == 0)
		server->spares[server->spare_count++] = buffer;
	else
		evbuffer_free(buffer);
}

static bool make_events(struct http_server *server, int listener_fd, struct err *err)
{
	struct timeval interval = {.tv_usec = HTTP_TICK_MS * 1000L};

	server->turn_end = event_new(server->base, -1, 0, on_turn_end, server);
	server->tick = event_new(server->base, -1, EV_PERSIST, on_tick, server);
	if (!server->turn_end || !server->tick || event_add(server->tick, &interval) < 0)
		return err_set(err, "system", "cannot make the events of the HTTP server");
	return http_accept_start(server, listener_fd, err);
}

/*
 * libevent runs an event that was activated during a turn after those that
 * were active before it, in the same turn. So all replies of the turn are
 * ready here, and no bufferevent is in a callback of its own.
 */
static void on_turn_end(int fd, short what, void *context)
{
	struct http_server *server = context;
	struct http_connection *connection;

	(void)fd;
	(void)what;
	while ((connection = pop_touched(server))) {
		if (connection->state == HTTP_GONE) {
			http_connection_free(connection);
			continue;
		}
		http_reading_run(connection);
		if (connection->state != HTTP_GONE)
			http_connection_settle(connection);
	}
	server->turn_end_active = false;
	http_accept_turn_end(server);
}

static struct http_connection *pop_touched(struct http_server *server)
{
	struct http_connection *connection = server->touched_first;

	if (!connection)
		return NULL;
	server->touched_first = connection->next_touched;
	if (!server->touched_first)
		server->touched_last = NULL;
	connection->touched = false;
	return connection;
}

static void on_tick(int fd, short what, void *context)
{
	struct http_server *server = context;
	int64_t now_us = clock_monotonic_us();

	(void)fd;
	(void)what;
	for (struct http_connection *each = server->connections; each; each = each->next)
		http_deadline_check(each, now_us);
}
