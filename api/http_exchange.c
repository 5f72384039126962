#include "api/http_connection.h"
#include "common/clock.h"

static bool write_first(struct http_connection *connection, struct http_exchange *exchange);

struct http_exchange *http_exchange_new(struct http_connection *connection)
{
	struct arena *arena = arena_new();
	struct http_exchange *exchange = arena_alloc(arena, sizeof *exchange);

	exchange->connection = connection;
	exchange->server = connection->server;
	exchange->request.arena = arena;
	exchange->request.body = (struct http_slice){"", 0};
	exchange->request.peer = arena_string(arena, connection->peer);
	exchange->reply.exchange = exchange;
	exchange->reply.status = 200;
	return exchange;
}

void http_exchange_free(struct http_exchange *exchange)
{
	http_reply_release(&exchange->reply);
	arena_free(exchange->request.arena);
}

struct http_reply *http_exchange_reply(struct http_exchange *exchange)
{
	return &exchange->reply;
}

void http_exchange_append(struct http_exchange *exchange)
{
	struct http_connection *connection = exchange->connection;

	if (connection->last)
		connection->last->next = exchange;
	else
		connection->first = exchange;
	connection->last = exchange;
	connection->waiting++;
}

void http_reply_send(struct http_exchange *exchange)
{
	struct http_connection *connection = exchange->connection;

	exchange->answered = true;
	if (connection && connection->receiving == exchange)
		http_stream_forget(connection);
	if (connection)
		http_exchange_write_answered(connection);
	else
		http_exchange_free(exchange);
}

/* When the server stops, the last reply says so; one to a body that is still coming is not the last. */
void http_exchange_write_answered(struct http_connection *connection)
{
	struct http_exchange *exchange;
	bool ends;

	while ((exchange = connection->first) && write_first(connection, exchange)) {
		connection->first = exchange->next;
		if (!connection->first)
			connection->last = NULL;
		connection->waiting--;
		ends = http_flow_ends_connection(exchange);
		http_exchange_free(exchange);
		if (ends)
			http_exchange_abandon(connection);
	}
	if (!connection->first && connection->state == HTTP_READING_HEAD && !connection->head_begun)
		connection->since_us = clock_monotonic_us();
	http_server_touch(connection->server, connection);
}

/* True when it is all there. */
static bool write_first(struct http_connection *connection, struct http_exchange *exchange)
{
	bool stops =
	    connection->server->draining && !exchange->next && connection->state == HTTP_READING_HEAD;

	if (exchange->flow != HTTP_REPLY_WHOLE)
		return http_flow_write(connection);
	if (!exchange->answered)
		return false;
	if (stops)
		http_connection_move(connection, HTTP_LAST);
	http_reply_write(&exchange->reply, connection->ready, exchange->closes || stops);
	return true;
}

void http_exchange_abandon(struct http_connection *connection)
{
	while (connection->first) {
		struct http_exchange *exchange = connection->first;
		bool receives = connection->receiving == exchange;

		connection->first = exchange->next;
		exchange->connection = NULL;
		exchange->server = NULL;
		if (exchange->answered) {
			http_exchange_free(exchange);
		} else if (exchange->wants_room) {
			exchange->wants_room = false;
			exchange->on_room(exchange->room_context);
		} else if (receives) {
			connection->receiving = NULL;
			if (exchange->stream.on_end)
				exchange->stream.on_end(exchange->stream.context, HTTP_STREAM_GONE, NULL);
		}
	}
	connection->last = NULL;
}
