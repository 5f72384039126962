#include "api/http_connection.h"
#include "common/clock.h"

#include <assert.h>
#include <event2/buffer.h>

static enum http_framing framing_of(const struct http_exchange *exchange);
static void write_head(struct http_connection *connection, struct http_exchange *exchange);

/* ---- bodies ---- */

void http_stream_begin(struct http_exchange *exchange, const struct http_stream *stream)
{
	struct http_connection *connection = exchange->connection;

	assert(exchange->in_pieces && !exchange->stream.on_piece);
	exchange->stream = *stream;
	if (!connection || connection->receiving != exchange) {
		stream->on_end(stream->context, HTTP_STREAM_GONE, NULL);
		return;
	}
	connection->since_us = clock_monotonic_us();
	http_stream_resume(exchange);
}

void http_stream_pause(struct http_exchange *exchange)
{
	exchange->paused = true;
}

/* The client's time runs from here on, for it may have had no way to send. */
void http_stream_resume(struct http_exchange *exchange)
{
	struct http_connection *connection = exchange->connection;

	exchange->paused = false;
	if (!connection || connection->receiving != exchange)
		return;
	connection->span_us = clock_monotonic_us();
	connection->span_mark = connection->body_bytes;
	http_server_touch(connection->server, connection);
}

bool http_stream_is_open(const struct http_connection *connection)
{
	const struct http_exchange *exchange = connection->receiving;

	return exchange && exchange->in_pieces && exchange->stream.on_piece && !exchange->paused;
}

void http_stream_piece(struct http_connection *connection, const char *bytes, size_t length)
{
	const struct http_stream *stream = &connection->receiving->stream;

	if (length > 0)
		stream->on_piece(stream->context, bytes, length);
}

void http_stream_finish(
    struct http_connection *connection, enum http_stream_end end, const char *problem_code)
{
	struct http_exchange *exchange = connection->receiving;

	if (end == HTTP_STREAM_WHOLE) {
		connection->receiving = NULL;
		http_connection_move(connection, exchange->closes ? HTTP_LAST : HTTP_READING_HEAD);
	} else {
		http_stream_forget(connection);
	}
	if (exchange->stream.on_end)
		exchange->stream.on_end(exchange->stream.context, end, problem_code);
}

void http_stream_forget(struct http_connection *connection)
{
	connection->receiving->closes = true;
	connection->receiving = NULL;
	connection->continue_wanted = false;
	if (connection->state == HTTP_READING_BODY)
		http_connection_move(connection, HTTP_LAST);
	http_server_touch(connection->server, connection);
}

/* ---- replies ---- */

bool http_reply_begin(struct http_exchange *exchange, http_on_room *on_room, void *context)
{
	struct http_connection *connection = exchange->connection;

	assert(exchange->flow == HTTP_REPLY_WHOLE && !exchange->answered);
	if (connection && connection->receiving == exchange)
		http_stream_forget(connection);
	exchange->flow = HTTP_REPLY_BEGUN;
	exchange->on_room = on_room;
	exchange->room_context = context;
	return http_reply_part(exchange);
}

bool http_reply_part(struct http_exchange *exchange)
{
	assert(exchange->flow != HTTP_REPLY_WHOLE && !exchange->wants_room);
	if (!exchange->connection) {
		http_reply_body_clear(&exchange->reply);
		return false;
	}
	exchange->wants_room = true;
	http_exchange_write_answered(exchange->connection);
	return true;
}

void http_reply_end(struct http_exchange *exchange)
{
	exchange->wants_room = false;
	http_reply_send(exchange);
}

void http_reply_abort(struct http_exchange *exchange)
{
	struct http_connection *connection = exchange->connection;

	exchange->wants_room = false;
	exchange->answered = true; /* freed with its connection */
	if (connection)
		http_connection_move(connection, HTTP_GONE);
	else
		http_exchange_free(exchange);
}

bool http_exchange_is_gone(const struct http_exchange *exchange)
{
	return !exchange->connection;
}

bool http_flow_write(struct http_connection *connection)
{
	struct http_exchange *exchange = connection->first;
	enum http_framing framing = framing_of(exchange);

	if (exchange->flow == HTTP_REPLY_BEGUN)
		write_head(connection, exchange);
	if (exchange->no_body)
		http_reply_body_clear(&exchange->reply);
	else
		http_reply_write_part(&exchange->reply, connection->ready, framing);
	if (!exchange->answered)
		return false;
	if (!exchange->no_body && framing == HTTP_FRAMED_BY_CHUNKS &&
	    evbuffer_add(connection->ready, "0\r\n\r\n", 5) < 0)
		abort();
	return true;
}

void http_flow_room(struct http_connection *connection)
{
	struct http_exchange *exchange = connection->first;

	if (!exchange || !exchange->wants_room || http_connection_unsent(connection) >= HTTP_OUTPUT_MAX)
		return;
	exchange->wants_room = false;
	exchange->on_room(exchange->room_context);
}

bool http_flow_ends_connection(const struct http_exchange *exchange)
{
	return exchange->flow != HTTP_REPLY_WHOLE && framing_of(exchange) == HTTP_FRAMED_BY_CLOSE;
}

static enum http_framing framing_of(const struct http_exchange *exchange)
{
	return exchange->request.head->minor_version == 0 ? HTTP_FRAMED_BY_CLOSE : HTTP_FRAMED_BY_CHUNKS;
}

/* What comes behind a body that the end of the connection ends is never answered. */
static void write_head(struct http_connection *connection, struct http_exchange *exchange)
{
	enum http_framing framing = framing_of(exchange);
	bool stops =
	    connection->server->draining && !exchange->next && connection->state == HTTP_READING_HEAD;

	if (framing == HTTP_FRAMED_BY_CLOSE || stops) {
		exchange->closes = true;
		http_reading_stop(connection);
	}
	exchange->flow = HTTP_REPLY_FLOWING;
	http_reply_write_head(&exchange->reply, connection->ready, framing, exchange->closes);
}
