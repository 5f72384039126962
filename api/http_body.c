#include "api/http_connection.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>

/*
 * A body grows in the exchange's arena as it comes, so that nobody takes
 * memory with a number in a header. The limit is looked at before memory is
 * taken, and for chunks already when their size is read.
 */
enum { FIRST_CAPACITY = 1024 };

static enum http_parsed read_length(struct http_connection *connection);
static enum http_parsed pass_length(struct http_connection *connection);
static enum http_parsed read_chunks(
    struct http_connection *connection, const struct http_refusal **ret_refusal);
static void keep(struct http_exchange *exchange, struct http_slice data);
static void make_room(struct http_exchange *exchange, size_t more);

void http_body_begin(struct http_connection *connection)
{
	connection->chunked = (struct http_chunked){0};
	connection->body_bytes = 0;
	connection->body_left = connection->receiving->request.head->content_length;
	connection->data_bytes = 0;
	if (!connection->receiving->in_pieces)
		make_room(connection->receiving, 0);
}

size_t http_body_most(const struct http_exchange *exchange)
{
	const struct http_options *options = &exchange->server->options;

	return exchange->in_pieces ? options->stream_bytes : options->body_bytes;
}

enum http_parsed http_body_read(struct http_connection *connection, const struct http_refusal **ret_refusal)
{
	if (connection->receiving->request.head->body == HTTP_BODY_CHUNKED)
		return read_chunks(connection, ret_refusal);
	return connection->receiving->in_pieces ? pass_length(connection) : read_length(connection);
}

static enum http_parsed read_length(struct http_connection *connection)
{
	struct evbuffer *input = bufferevent_get_input(connection->bufferevent);
	struct http_exchange *exchange = connection->receiving;
	struct http_slice *body = &exchange->request.body;
	size_t length = evbuffer_get_length(input);

	if (length > connection->body_left)
		length = (size_t)connection->body_left;
	if (length > 0) {
		make_room(exchange, length);
		if (evbuffer_remove(input, exchange->body + body->length, length) != (int)length)
			abort();
		body->length += length;
		connection->body_left -= length;
		connection->body_bytes += length;
	}
	return connection->body_left == 0 ? HTTP_PARSED : HTTP_INCOMPLETE;
}

/* The exchange may be answered while it hears a piece. */
static enum http_parsed pass_length(struct http_connection *connection)
{
	struct evbuffer *input = bufferevent_get_input(connection->bufferevent);

	while (connection->body_left > 0 && http_stream_is_open(connection)) {
		size_t length = evbuffer_get_contiguous_space(input);
		const char *bytes = (const char *)evbuffer_pullup(input, (ssize_t)length);

		if (length == 0)
			break;
		if (length > connection->body_left)
			length = (size_t)connection->body_left;
		connection->body_left -= length;
		connection->body_bytes += length;
		http_stream_piece(connection, bytes, length);
		evbuffer_drain(input, length);
	}
	return connection->body_left == 0 ? HTTP_PARSED : HTTP_INCOMPLETE;
}

static enum http_parsed read_chunks(
    struct http_connection *connection, const struct http_refusal **ret_refusal)
{
	struct evbuffer *input = bufferevent_get_input(connection->bufferevent);
	struct http_exchange *exchange = connection->receiving;
	uint64_t most = http_body_most(exchange);
	bool in_pieces = exchange->in_pieces;
	enum http_parsed parsed = HTTP_INCOMPLETE;

	while (parsed == HTTP_INCOMPLETE && evbuffer_get_length(input) > 0) {
		size_t length = evbuffer_get_contiguous_space(input);
		const char *bytes = (const char *)evbuffer_pullup(input, (ssize_t)length);
		uint64_t room = most - connection->data_bytes;
		struct http_slice data;
		size_t used = 0;

		parsed = http_parse_chunk(&connection->chunked, bytes, length, &used, &data);
		if (parsed == HTTP_REFUSED) {
			*ret_refusal = &http_refusals[HTTP_BAD_CHUNK];
			return parsed;
		}
		if (data.length > room || connection->chunked.left > room - data.length) {
			*ret_refusal = &http_refusals[HTTP_BODY_TOO_LARGE];
			return HTTP_REFUSED;
		}
		connection->data_bytes += data.length;
		connection->body_bytes += used;
		if (in_pieces)
			http_stream_piece(connection, data.at, data.length);
		else
			keep(exchange, data);
		evbuffer_drain(input, used);
		if (in_pieces && !http_stream_is_open(connection))
			break;
	}
	return parsed;
}

static void keep(struct http_exchange *exchange, struct http_slice data)
{
	struct http_slice *body = &exchange->request.body;

	make_room(exchange, data.length);
	memcpy(exchange->body + body->length, data.at, data.length);
	body->length += data.length;
}

/* For the NUL after it, too: arenas give zeroed memory. */
static void make_room(struct http_exchange *exchange, size_t more)
{
	size_t needed = exchange->request.body.length + more + 1;
	size_t capacity = exchange->body_capacity > 0 ? exchange->body_capacity : FIRST_CAPACITY;
	char *grown;

	if (needed <= exchange->body_capacity)
		return;
	while (capacity < needed)
		capacity *= 2;
	grown = arena_alloc(exchange->request.arena, capacity);
	if (exchange->body)
		memcpy(grown, exchange->body, exchange->request.body.length);
	exchange->body = grown;
	exchange->body_capacity = capacity;
	exchange->request.body.at = grown;
}
