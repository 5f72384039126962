#include "api/http_connection.h"
#include "common/clock.h"

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
	exchange->answered = true;
	if (exchange->connection)
		http_exchange_write_answered(exchange->connection);
	else
		http_exchange_free(exchange);
}

/* When the server stops, the last reply says so; one to a body that is still coming is not the last. */
void http_exchange_write_answered(struct http_connection *connection)
{
	struct http_exchange *exchange;

	while ((exchange = connection->first) && exchange->answered) {
		bool stops =
		    connection->server->draining && !exchange->next && connection->state == HTTP_READING_HEAD;

		if (stops)
			http_connection_move(connection, HTTP_LAST);
		http_reply_write(&exchange->reply, connection->ready, exchange->closes || stops);
		connection->first = exchange->next;
		if (!connection->first)
			connection->last = NULL;
		connection->waiting--;
		http_exchange_free(exchange);
	}
	if (!connection->first && connection->state == HTTP_READING_HEAD && !connection->head_begun)
		connection->since_us = clock_monotonic_us();
	http_server_touch(connection->server, connection);
}

void http_exchange_abandon(struct http_connection *connection)
{
	while (connection->first) {
		struct http_exchange *exchange = connection->first;

		connection->first = exchange->next;
		exchange->connection = NULL;
		exchange->server = NULL;
		if (exchange->answered)
			http_exchange_free(exchange);
	}
	connection->last = NULL;
}
