#include "api/http_connection.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>

/*
 * Deadlines are kept for a connection's phase as a whole; a byte now and then
 * does not move them. Each connection is looked at HTTP_TICK_MS, which costs
 * less than a timer that is set and cleared with every read.
 */

static void check_head(struct http_connection *connection, int64_t now_us);
static void check_body(struct http_connection *connection, int64_t now_us);
static void check_stream(struct http_connection *connection, int64_t now_us);
static void check_write(struct http_connection *connection, int64_t now_us);
static bool has_passed(int64_t since_us, int64_t now_us, unsigned seconds);

void http_deadline_check(struct http_connection *connection, int64_t now_us)
{
	switch (connection->state) {
	case HTTP_READING_HEAD:
		check_head(connection, now_us);
		break;
	case HTTP_READING_BODY:
		check_body(connection, now_us);
		break;
	case HTTP_LINGERING:
		if (has_passed(connection->since_us, now_us, HTTP_LINGER_S))
			http_connection_move(connection, HTTP_GONE);
		break;
	case HTTP_LAST:
	case HTTP_GONE:
		break;
	}
	if (connection->state != HTTP_GONE)
		check_write(connection, now_us);
}

/* A connection on which nothing was asked is closed without a word. */
static void check_head(struct http_connection *connection, int64_t now_us)
{
	const struct http_server *server = connection->server;
	bool idle = http_connection_is_idle(connection);
	unsigned limit_s = connection->head_begun ? server->options.header_s : server->options.idle_s;

	if (idle && server->draining && limit_s > HTTP_DRAIN_IDLE_S)
		limit_s = HTTP_DRAIN_IDLE_S;
	if ((!idle && !connection->head_begun) || !has_passed(connection->since_us, now_us, limit_s))
		return;
	if (idle)
		http_connection_move(connection, HTTP_LAST);
	else
		http_reading_refuse(connection, &http_refusals[HTTP_REQUEST_TIMEOUT]);
	http_server_touch(connection->server, connection);
}

/* While earlier answers hold back the 100 Continue, it is not the client who is slow. */
static void check_body(struct http_connection *connection, int64_t now_us)
{
	const struct http_options *options = &connection->server->options;
	uint64_t elapsed_us = (uint64_t)(now_us - connection->since_us);
	bool slow = has_passed(connection->since_us, now_us, HTTP_RATE_GRACE_S) &&
		    connection->body_bytes * 1000000 < options->body_rate * elapsed_us;

	if (connection->continue_wanted)
		return;
	if (connection->receiving->in_pieces) {
		check_stream(connection, now_us);
		return;
	}
	if (slow || has_passed(connection->since_us, now_us, options->body_s))
		http_reading_refuse(connection, &http_refusals[HTTP_REQUEST_TIMEOUT]);
}

/* In each span of body_s in which it may send, the client keeps the rate; its time as a whole is bounded,
 * too. */
static void check_stream(struct http_connection *connection, int64_t now_us)
{
	const struct http_options *options = &connection->server->options;
	uint64_t came = connection->body_bytes - connection->span_mark;

	if (!http_stream_is_open(connection))
		return;
	if (has_passed(connection->since_us, now_us, options->stream_s)) {
		http_reading_refuse(connection, &http_refusals[HTTP_REQUEST_TIMEOUT]);
		return;
	}
	if (!has_passed(connection->span_us, now_us, options->body_s))
		return;
	if (came == 0 || came < (uint64_t)options->body_rate * options->body_s) {
		http_reading_refuse(connection, &http_refusals[HTTP_REQUEST_TIMEOUT]);
		return;
	}
	connection->span_us = now_us;
	connection->span_mark = connection->body_bytes;
}

/* In each span of write_s the client reads everything, or as fast as a body would have to come. */
static void check_write(struct http_connection *connection, int64_t now_us)
{
	const struct http_options *options = &connection->server->options;
	size_t unsent = evbuffer_get_length(bufferevent_get_output(connection->bufferevent));
	uint64_t received;

	if (unsent == 0 || !has_passed(connection->write_since_us, now_us, options->write_s))
		return;
	received = http_connection_received(connection);
	if (received - connection->write_mark < (uint64_t)options->body_rate * options->write_s ||
	    received == connection->write_mark) {
		http_connection_move(connection, HTTP_GONE);
		return;
	}
	connection->write_mark = received;
	connection->write_since_us = now_us;
}

static bool has_passed(int64_t since_us, int64_t now_us, unsigned seconds)
{
	return now_us - since_us > (int64_t)seconds * 1000000;
}
