#include "api/http_connection.h"
#include "common/clock.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <strings.h>

static bool read_on(struct http_connection *connection);
static bool read_head(struct http_connection *connection);
static bool is_worth_parsing(const struct http_connection *connection, const char *bytes, size_t length);
static bool read_body(struct http_connection *connection);
static void take_message(struct http_connection *connection, const char *bytes, size_t length);
static void copy_head(
    struct http_exchange *exchange, const struct http_head *head, const char *bytes, size_t length);
static void rebase(struct http_slice *slice, const char *old, size_t length, const char *moved);
static void dispatch(struct http_connection *connection, struct http_exchange *exchange);
static void send_continue(struct http_connection *connection);
static void discard(struct http_connection *connection);
static void take_body(struct http_connection *connection, struct http_exchange *exchange);
static bool is_ours(const char *hosts, struct http_slice host);

void http_reading_run(struct http_connection *connection)
{
	while (read_on(connection))
		;
	if (connection->eof && !connection->held)
		http_reading_stop(connection);
	http_connection_listen(connection);
}

void http_reading_refuse(struct http_connection *connection, const struct http_refusal *refusal)
{
	struct http_server *server = connection->server;
	struct http_exchange *exchange;

	if (connection->receiving && connection->receiving->in_pieces) {
		http_stream_finish(connection, HTTP_STREAM_REFUSED, refusal->problem_code);
		return;
	}
	if (connection->receiving)
		http_exchange_free(connection->receiving);
	exchange = http_exchange_new(connection);
	connection->receiving = NULL;
	connection->continue_wanted = false;
	http_connection_move(connection, HTTP_LAST);
	exchange->closes = true;
	exchange->no_body = connection->method == HTTP_HEAD;
	exchange->reply.status = refusal->status;
	http_exchange_append(exchange);
	server->callbacks.on_refusal(server->callbacks.context, refusal->problem_code, &exchange->reply);
	http_reply_send(exchange);
}

/* Everything whole has been taken: what is left is a piece of a message. */
void http_reading_stop(struct http_connection *connection)
{
	if (connection->receiving && connection->receiving->in_pieces)
		http_stream_finish(connection, HTTP_STREAM_GONE, NULL);
	else if (connection->receiving)
		http_exchange_free(connection->receiving);
	connection->receiving = NULL;
	if (connection->state == HTTP_READING_HEAD || connection->state == HTTP_READING_BODY)
		http_connection_move(connection, HTTP_LAST);
}

/* True when there may be more to do at once. */
static bool read_on(struct http_connection *connection)
{
	connection->held = connection->state == HTTP_READING_HEAD && !http_connection_may_take(connection);
	if (connection->receiving && connection->receiving->in_pieces)
		connection->held = !http_stream_is_open(connection);
	switch (connection->state) {
	case HTTP_READING_HEAD:
		return !connection->held && read_head(connection);
	case HTTP_READING_BODY:
		return read_body(connection);
	case HTTP_LAST:
	case HTTP_LINGERING:
		discard(connection);
		break;
	case HTTP_GONE:
		break;
	}
	return false;
}

static bool read_head(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	struct evbuffer *input = bufferevent_get_input(connection->bufferevent);
	const struct http_refusal *refusal = NULL;
	size_t length = evbuffer_get_length(input);
	size_t used = 0;
	const char *bytes;

	if (length == 0)
		return false;
	if (length > server->options.parse.head_bytes)
		length = server->options.parse.head_bytes;
	bytes = (const char *)evbuffer_pullup(input, (ssize_t)length);
	if (!is_worth_parsing(connection, bytes, length))
		return false;
	switch (http_parse_head(bytes, length, &server->options.parse, &server->head, &used, &refusal)) {
	case HTTP_PARSED:
		connection->method = server->head.method;
		take_message(connection, bytes, used);
		return true;
	case HTTP_REFUSED:
		connection->method = server->head.method;
		http_reading_refuse(connection, refusal);
		return true;
	case HTTP_INCOMPLETE:
		break;
	}
	connection->method = server->head.method;
	connection->head_seen = length;
	if (!connection->head_begun) {
		connection->head_begun = true;
		connection->since_us = clock_monotonic_us();
	}
	return false;
}

/* A head that drips in is looked at for each line, or when it has doubled: never once for each byte. */
static bool is_worth_parsing(const struct http_connection *connection, const char *bytes, size_t length)
{
	size_t seen = connection->head_seen;

	if (length >= 2 * seen || length == connection->server->options.parse.head_bytes)
		return true;
	return length > seen && memchr(bytes + seen, '\n', length - seen);
}

static bool read_body(struct http_connection *connection)
{
	const struct http_refusal *refusal = NULL;
	struct http_exchange *exchange = connection->receiving;

	if (connection->held)
		return false;
	if (connection->continue_wanted)
		send_continue(connection);
	switch (http_body_read(connection, &refusal)) {
	case HTTP_PARSED:
		if (exchange == NULL || connection->receiving != exchange) /* answered before its end */
			return true;
		if (exchange->in_pieces) {
			http_stream_finish(connection, HTTP_STREAM_WHOLE, NULL);
			return true;
		}
		connection->receiving = NULL;
		dispatch(connection, exchange);
		return true;
	case HTTP_REFUSED:
		http_reading_refuse(connection, refusal);
		return true;
	case HTTP_INCOMPLETE:
		break;
	}
	return connection->receiving != exchange;
}

/* The head of connection->server->head, whose bytes are the first of the input. */
static void take_message(struct http_connection *connection, const char *bytes, size_t length)
{
	const struct http_server *server = connection->server;
	const struct http_head *head = &server->head;
	struct evbuffer *input = bufferevent_get_input(connection->bufferevent);
	struct http_exchange *exchange;

	if (head->absolute_form && !is_ours(server->options.hosts, head->host)) {
		http_reading_refuse(connection, &http_refusals[HTTP_BAD_HOST]);
		return;
	}
	exchange = http_exchange_new(connection);
	copy_head(exchange, head, bytes, length);
	exchange->in_pieces = head->method == HTTP_POST && server->callbacks.on_head &&
			      server->callbacks.on_head(server->callbacks.context, &exchange->request);
	if (head->body == HTTP_BODY_LENGTH && head->content_length > http_body_most(exchange)) {
		http_exchange_free(exchange);
		http_reading_refuse(connection, &http_refusals[HTTP_BODY_TOO_LARGE]);
		return;
	}
	evbuffer_drain(input, length);
	connection->head_seen = 0;
	connection->head_begun = false;
	exchange->request.started_us = clock_monotonic_us();
	exchange->closes = !head->keep_alive;
	exchange->no_body = head->method == HTTP_HEAD;
	if (!exchange->in_pieces &&
	    (head->body == HTTP_BODY_NONE || (head->body == HTTP_BODY_LENGTH && head->content_length == 0))) {
		dispatch(connection, exchange);
		return;
	}
	connection->continue_wanted = head->expect_continue && evbuffer_get_length(input) == 0;
	take_body(connection, exchange);
}

/* One that comes in pieces is handed on before them, and may be answered when on_request returns. */
static void take_body(struct http_connection *connection, struct http_exchange *exchange)
{
	struct http_server *server = connection->server;

	connection->receiving = exchange;
	connection->since_us = exchange->request.started_us;
	http_body_begin(connection);
	http_connection_move(connection, HTTP_READING_BODY);
	if (!exchange->in_pieces)
		return;
	http_exchange_append(exchange);
	server->callbacks.on_request(server->callbacks.context, exchange, &exchange->request);
}

/* The slices of the copy point into bytes of the arena. */
static void copy_head(
    struct http_exchange *exchange, const struct http_head *head, const char *bytes, size_t length)
{
	struct arena *arena = exchange->request.arena;
	struct http_head *copy = arena_alloc(arena, sizeof *copy);
	const char *kept = arena_copy(arena, bytes, length);

	*copy = *head;
	copy->headers = arena_array(arena, head->header_count, sizeof *copy->headers);
	rebase(&copy->path, bytes, length, kept);
	rebase(&copy->query, bytes, length, kept);
	rebase(&copy->host, bytes, length, kept);
	for (unsigned i = 0; i < head->header_count; i++) {
		copy->headers[i] = head->headers[i];
		rebase(&copy->headers[i].name, bytes, length, kept);
		rebase(&copy->headers[i].value, bytes, length, kept);
	}
	exchange->request.head = copy;
}

static void rebase(struct http_slice *slice, const char *old, size_t length, const char *moved)
{
	uintptr_t offset = (uintptr_t)slice->at - (uintptr_t)old;

	if (slice->at && offset <= length)
		slice->at = moved + offset;
}

/* It may be answered, and gone, when on_request returns. */
static void dispatch(struct http_connection *connection, struct http_exchange *exchange)
{
	struct http_server *server = connection->server;

	http_connection_move(connection, exchange->closes ? HTTP_LAST : HTTP_READING_HEAD);
	http_exchange_append(exchange);
	server->callbacks.on_request(server->callbacks.context, exchange, &exchange->request);
}

/* After the answers to what was asked before; not at all when the body comes anyway (RFC 9110 10.1.1). */
static void send_continue(struct http_connection *connection)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (evbuffer_get_length(bufferevent_get_input(connection->bufferevent)) == 0) {
		if (connection->first && connection->first != connection->receiving)
			return;
		if (evbuffer_add(connection->ready, text, sizeof text - 1) < 0)
			abort();
		connection->since_us = clock_monotonic_us();
		http_server_touch(connection->server, connection);
	}
	connection->continue_wanted = false;
}

static void discard(struct http_connection *connection)
{
	struct evbuffer *input = bufferevent_get_input(connection->bufferevent);
	size_t length = evbuffer_get_length(input);

	connection->discarded += length;
	evbuffer_drain(input, length);
	if (connection->discarded <= HTTP_DISCARD_MAX)
		return;
	if (connection->state == HTTP_LINGERING)
		http_connection_move(connection, HTTP_GONE);
	else
		bufferevent_disable(connection->bufferevent, EV_READ);
}

/* The name without its port is one of the comma-separated list; an empty list allows any. */
static bool is_ours(const char *hosts, struct http_slice host)
{
	const char *colon = host.at[0] == '[' ? NULL : memchr(host.at, ':', host.length);
	const char *bracket = host.at[0] == '[' ? memchr(host.at, ']', host.length) : NULL;

	if (!hosts || !*hosts)
		return true;
	if (bracket)
		host.length = (size_t)(bracket + 1 - host.at);
	else if (colon)
		host.length = (size_t)(colon - host.at);
	for (const char *at = hosts; *at;) {
		size_t length;

		at += strspn(at, ", ");
		length = strcspn(at, ", ");
		if (length == host.length && strncasecmp(at, host.at, length) == 0)
			return true;
		at += length;
	}
	return false;
}
