#include "api/http_connection.h"

#include "common/clock.h"
#include "common/log.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t input_most(const struct http_server *server);
static void link_in(struct http_connection *connection);
static void set_address(struct http_connection *connection, const struct sockaddr *address);
static void on_readable(struct bufferevent *bufferevent, void *context);
static void on_drained(struct bufferevent *bufferevent, void *context);
static void on_event(struct bufferevent *bufferevent, short what, void *context);
static bool send_ready(struct http_connection *connection);
static bool hand_over(struct http_connection *connection);
static void say_goodbye(struct http_connection *connection);

static const char *const state_names[] = {
    [HTTP_READING_HEAD] = "reading_head",
    [HTTP_READING_BODY] = "reading_body",
    [HTTP_LAST] = "last",
    [HTTP_LINGERING] = "lingering",
    [HTTP_GONE] = "gone",
};

/* From the row to the columns. */
static const bool legal_moves[HTTP_GONE + 1][HTTP_GONE + 1] = {
    [HTTP_READING_HEAD] = {[HTTP_READING_BODY] = true, [HTTP_LAST] = true, [HTTP_GONE] = true},
    [HTTP_READING_BODY] = {[HTTP_READING_HEAD] = true, [HTTP_LAST] = true, [HTTP_GONE] = true},
    [HTTP_LAST] = {[HTTP_LINGERING] = true, [HTTP_GONE] = true},
    [HTTP_LINGERING] = {[HTTP_GONE] = true},
};

struct http_connection *http_connection_new(
    struct http_server *server, int fd, const struct sockaddr *address)
{
	struct http_connection *connection = calloc(1, sizeof *connection);

	if (!connection)
		abort();
	connection->server = server;
	server->turned_away++;
	connection->fd = fd;
	connection->head_begun = true;
	connection->ready = evbuffer_new();
	connection->bufferevent = bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE);
	connection->since_us = clock_monotonic_us();
	set_address(connection, address);
	if (!connection->ready || !connection->bufferevent)
		abort();
	bufferevent_setcb(connection->bufferevent, on_readable, on_drained, on_event, connection);
	bufferevent_setwatermark(connection->bufferevent, EV_READ, 0, input_most(server));
	link_in(connection);
	if (bufferevent_enable(connection->bufferevent, EV_READ) < 0) {
		http_connection_free(connection);
		return NULL;
	}
	return connection;
}

/* Not inside a callback of its bufferevent, and not while it is touched. */
void http_connection_free(struct http_connection *connection)
{
	struct http_server *server = connection->server;

	if (connection->receiving && !connection->receiving->in_pieces)
		http_exchange_free(connection->receiving);
	http_exchange_abandon(connection);
	if (connection->previous)
		connection->previous->next = connection->next;
	else
		server->connections = connection->next;
	if (connection->next)
		connection->next->previous = connection->previous;
	if (connection->admitted) {
		server->admitted--;
		http_peers_leave(server->options.peers, &connection->address);
	} else {
		server->turned_away--;
	}
	bufferevent_free(connection->bufferevent);
	evbuffer_free(connection->ready);
	free(connection);
}

void http_connection_move(struct http_connection *connection, enum http_connection_state state)
{
	enum http_connection_state old = connection->state;

	if (old == state)
		return;
	if (!legal_moves[old][state])
		abort();
	if (log_wants(LOG_DEBUG))
		log_event(LOG_DEBUG, "http_connection", log_int("fd", connection->fd),
		    log_text("from", state_names[old]), log_text("to", state_names[state]));
	connection->state = state;
	if (state == HTTP_GONE)
		http_server_touch(connection->server, connection);
}

void http_connection_settle(struct http_connection *connection)
{
	if (!send_ready(connection)) {
		http_connection_move(connection, HTTP_GONE);
		return;
	}
	if (connection->state == HTTP_LAST && !connection->first && http_connection_unsent(connection) == 0)
		say_goodbye(connection);
	else if (connection->held && connection->state == HTTP_READING_HEAD &&
		 http_connection_may_take(connection))
		http_server_touch(connection->server, connection);
	http_flow_room(connection);
}

bool http_connection_is_idle(const struct http_connection *connection)
{
	return connection->state == HTTP_READING_HEAD && !connection->first &&
	       evbuffer_get_length(bufferevent_get_input(connection->bufferevent)) == 0 &&
	       http_connection_unsent(connection) == 0;
}

bool http_connection_may_take(const struct http_connection *connection)
{
	return connection->waiting < connection->server->options.pipelined &&
	       http_connection_unsent(connection) < HTTP_OUTPUT_MAX;
}

/*
 * A bufferevent whose input is full calls back in every turn of the loop, as
 * long as it is read (libevent 2.1.12: 35,000 times a second while an import waits for the database).
 */
void http_connection_listen(struct http_connection *connection)
{
	size_t length = evbuffer_get_length(bufferevent_get_input(connection->bufferevent));
	bool deaf = connection->held && length >= input_most(connection->server);

	if (deaf == connection->deaf)
		return;
	connection->deaf = deaf;
	if (deaf)
		(void)bufferevent_disable(connection->bufferevent, EV_READ);
	else if (bufferevent_enable(connection->bufferevent, EV_READ) < 0)
		http_connection_move(connection, HTTP_GONE);
}

size_t http_connection_unsent(const struct http_connection *connection)
{
	return evbuffer_get_length(connection->ready) +
	       evbuffer_get_length(bufferevent_get_output(connection->bufferevent));
}

/* The kernel may hold megabytes, and takes no more before a third of them are gone: they are not received
 * yet. */
uint64_t http_connection_received(const struct http_connection *connection)
{
	size_t unsent = evbuffer_get_length(bufferevent_get_output(connection->bufferevent));
	int queued = 0;

	if (ioctl(connection->fd, SIOCOUTQ, &queued) < 0 || queued < 0)
		queued = 0;
	return connection->moved - unsent - (uint64_t)queued;
}

static size_t input_most(const struct http_server *server)
{
	size_t two_heads = 2 * server->options.parse.head_bytes;

	return two_heads > HTTP_INPUT_MAX ? two_heads : HTTP_INPUT_MAX;
}

static void link_in(struct http_connection *connection)
{
	struct http_server *server = connection->server;

	connection->next = server->connections;
	if (connection->next)
		connection->next->previous = connection;
	server->connections = connection;
}

/* IPv4 addresses are kept as mapped ones, and shown as IPv4. */
static void set_address(struct http_connection *connection, const struct sockaddr *address)
{
	unsigned char *bytes = connection->address.s6_addr;

	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, address, sizeof in6);
		connection->address = in6.sin6_addr;
	} else if (address->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof in);
		bytes[10] = 0xff;
		bytes[11] = 0xff;
		memcpy(bytes + 12, &in.sin_addr, sizeof in.sin_addr);
	}
	if (IN6_IS_ADDR_V4MAPPED(&connection->address))
		(void)inet_ntop(AF_INET, bytes + 12, connection->peer, sizeof connection->peer);
	else
		(void)inet_ntop(AF_INET6, bytes, connection->peer, sizeof connection->peer);
}

static void on_readable(struct bufferevent *bufferevent, void *context)
{
	struct http_connection *connection = context;

	(void)bufferevent;
	http_reading_run(connection);
}

static void on_drained(struct bufferevent *bufferevent, void *context)
{
	struct http_connection *connection = context;

	(void)bufferevent;
	if (http_connection_is_idle(connection))
		connection->since_us = clock_monotonic_us();
	http_server_touch(connection->server, connection);
}

/* An end of file may be half a hang-up: what was asked is still answered. An error is a whole one. */
static void on_event(struct bufferevent *bufferevent, short what, void *context)
{
	struct http_connection *connection = context;

	(void)bufferevent;
	if (connection->state == HTTP_GONE)
		return;
	if (what & BEV_EVENT_EOF && connection->state != HTTP_LINGERING) {
		connection->eof = true;
		http_server_touch(connection->server, connection);
	} else {
		http_connection_move(connection, HTTP_GONE);
	}
}

/* All replies of the turn in one write; what the socket does not take goes to the bufferevent. */
static bool send_ready(struct http_connection *connection)
{
	struct evbuffer *output = bufferevent_get_output(connection->bufferevent);
	int written = 0;

	if (evbuffer_get_length(connection->ready) == 0)
		return true;
	if (evbuffer_get_length(output) > 0)
		return hand_over(connection);
	written = evbuffer_write(connection->ready, connection->fd);
	if (written < 0 && errno != EAGAIN && errno != EINTR)
		return false;
	if (written > 0)
		connection->moved += (uint64_t)written;
	if (evbuffer_get_length(connection->ready) == 0)
		return true;
	connection->write_since_us = clock_monotonic_us();
	connection->write_mark = http_connection_received(connection);
	return hand_over(connection);
}

static bool hand_over(struct http_connection *connection)
{
	struct evbuffer *output = bufferevent_get_output(connection->bufferevent);

	connection->moved += evbuffer_get_length(connection->ready);
	return evbuffer_add_buffer(output, connection->ready) == 0;
}

/*
 * Closing a socket with unread bytes resets it, and the client may never see
 * the last answer. So the sending side is shut down first, and what still
 * comes is thrown away until the client closes (RFC 9112 9.6).
 */
static void say_goodbye(struct http_connection *connection)
{
	if (connection->eof || shutdown(connection->fd, SHUT_WR) < 0) {
		http_connection_move(connection, HTTP_GONE);
		return;
	}
	connection->since_us = clock_monotonic_us();
	http_connection_move(connection, HTTP_LINGERING);
}
