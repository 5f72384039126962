#include "api/http_connection.h"
#include "common/clock.h"

#include <assert.h>
#include <event2/buffer.h>

enum {
	HEAD_MOST = 256,    /* status line, Content-Length and Connection */
	COPIED_MOST = 4096, /* a body up to this is copied behind its head: one piece to write */
	HEADERS_CAPACITY = 256,
	SPACE_FIRST = 976, /* fills what evbuffers take from malloc at least: 1 KiB with their own struct */
	SPACE_NEXT = 4096 - 48,
	DIGITS_MAX = 20
};

struct reason {
	unsigned status;
	const char *line;
};

static struct evbuffer *body_of(struct http_reply *reply);
static void close_space(struct http_reply *reply);
static char *reserve_space(void *context, size_t size);
static void commit_space(void *context, size_t size);
static bool has_no_content(unsigned status);
static const char *status_line(unsigned status);
static void refresh_date(struct http_server *server);
static char *begin_head(const struct http_reply *reply, char *at);
static char *end_head(const struct http_reply *reply, char *at, bool close);
static char *put(char *at, const char *bytes, size_t length);
static char *put_number(char *at, size_t number);

static const struct reason reasons[] = {
    {200, "HTTP/1.1 200 OK\r\n"},
    {201, "HTTP/1.1 201 Created\r\n"},
    {202, "HTTP/1.1 202 Accepted\r\n"},
    {204, "HTTP/1.1 204 No Content\r\n"},
    {304, "HTTP/1.1 304 Not Modified\r\n"},
    {400, "HTTP/1.1 400 Bad Request\r\n"},
    {401, "HTTP/1.1 401 Unauthorized\r\n"},
    {403, "HTTP/1.1 403 Forbidden\r\n"},
    {404, "HTTP/1.1 404 Not Found\r\n"},
    {405, "HTTP/1.1 405 Method Not Allowed\r\n"},
    {408, "HTTP/1.1 408 Request Timeout\r\n"},
    {409, "HTTP/1.1 409 Conflict\r\n"},
    {410, "HTTP/1.1 410 Gone\r\n"},
    {412, "HTTP/1.1 412 Precondition Failed\r\n"},
    {413, "HTTP/1.1 413 Content Too Large\r\n"},
    {414, "HTTP/1.1 414 URI Too Long\r\n"},
    {415, "HTTP/1.1 415 Unsupported Media Type\r\n"},
    {417, "HTTP/1.1 417 Expectation Failed\r\n"},
    {422, "HTTP/1.1 422 Unprocessable Content\r\n"},
    {428, "HTTP/1.1 428 Precondition Required\r\n"},
    {429, "HTTP/1.1 429 Too Many Requests\r\n"},
    {431, "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
    {500, "HTTP/1.1 500 Internal Server Error\r\n"},
    {501, "HTTP/1.1 501 Not Implemented\r\n"},
    {503, "HTTP/1.1 503 Service Unavailable\r\n"},
    {505, "HTTP/1.1 505 HTTP Version Not Supported\r\n"},
    {303, "HTTP/1.1 303 See Other\r\n"},
    {301, "HTTP/1.1 301 Moved Permanently\r\n"},
    {302, "HTTP/1.1 302 Found\r\n"},
    {307, "HTTP/1.1 307 Temporary Redirect\r\n"},
    {308, "HTTP/1.1 308 Permanent Redirect\r\n"},
    {406, "HTTP/1.1 406 Not Acceptable\r\n"},
    {411, "HTTP/1.1 411 Length Required\r\n"},
    {502, "HTTP/1.1 502 Bad Gateway\r\n"},
    {504, "HTTP/1.1 504 Gateway Timeout\r\n"},
};

void http_reply_status(struct http_reply *reply, unsigned status)
{
	reply->status = status;
}

unsigned http_reply_get_status(const struct http_reply *reply)
{
	return reply->status;
}

void http_reply_header(struct http_reply *reply, const char *name, const char *value)
{
	size_t name_length = strlen(name);
	size_t value_length = strlen(value);
	size_t needed = reply->headers_length + name_length + value_length + strlen(": \r\n");
	char *at;

	assert(!strpbrk(name, "\r\n") && !strpbrk(value, "\r\n"));
	if (needed > reply->headers_capacity) {
		char *old = reply->headers;

		reply->headers_capacity = needed > HEADERS_CAPACITY ? 2 * needed : HEADERS_CAPACITY;
		reply->headers = arena_alloc(reply->exchange->request.arena, reply->headers_capacity);
		if (old)
			memcpy(reply->headers, old, reply->headers_length);
	}
	at = put(reply->headers + reply->headers_length, name, name_length);
	at = put(at, ": ", 2);
	at = put(at, value, value_length);
	put(at, "\r\n", 2);
	reply->headers_length = needed;
}

struct json_sink http_reply_sink(struct http_reply *reply)
{
	return (struct json_sink){.reserve = reserve_space, .commit = commit_space, .context = reply};
}

size_t http_reply_body_length(const struct http_reply *reply)
{
	return (reply->body ? evbuffer_get_length(reply->body) : 0) + reply->space_used;
}

void http_reply_body_clear(struct http_reply *reply)
{
	close_space(reply);
	if (reply->body)
		evbuffer_drain(reply->body, evbuffer_get_length(reply->body));
}

void http_reply_body_static(struct http_reply *reply, const void *bytes, size_t length)
{
	struct evbuffer *body = body_of(reply);
	int failed;

	close_space(reply);
	if (length <= COPIED_MOST)
		failed = evbuffer_add(body, bytes, length);
	else
		failed = evbuffer_add_reference(body, bytes, length, NULL, NULL);
	if (failed)
		abort();
}

void http_reply_release(struct http_reply *reply)
{
	if (!reply->body)
		return;
	http_reply_body_clear(reply);
	http_server_give_buffer(reply->exchange->server, reply->body);
	reply->body = NULL;
}

void http_reply_write(struct http_reply *reply, struct evbuffer *out, bool close)
{
	struct http_server *server = reply->exchange->server;
	size_t length = http_reply_body_length(reply);
	bool with_body = length > 0 && !reply->exchange->no_body && !has_no_content(reply->status);
	bool copied = with_body && length <= COPIED_MOST;
	struct evbuffer_iovec space;
	char *at;

	close_space(reply);
	refresh_date(server);
	if (evbuffer_reserve_space(out,
		(ssize_t)(HEAD_MOST + server->date_length + reply->headers_length + (copied ? length : 0)),
		&space, 1) != 1)
		abort();
	at = begin_head(reply, space.iov_base);
	if (!has_no_content(reply->status)) {
		at = put(at, "Content-Length: ", 16);
		at = put_number(at, length);
		at = put(at, "\r\n", 2);
	}
	at = end_head(reply, at, close);
	if (copied)
		at += evbuffer_copyout(reply->body, at, length);
	space.iov_len = (size_t)(at - (char *)space.iov_base);
	if (evbuffer_commit_space(out, &space, 1) < 0)
		abort();
	if (with_body && !copied && evbuffer_add_buffer(out, reply->body) < 0)
		abort();
}

void http_reply_write_head(
    struct http_reply *reply, struct evbuffer *out, enum http_framing framing, bool close)
{
	struct http_server *server = reply->exchange->server;
	struct evbuffer_iovec space;
	char *at;

	refresh_date(server);
	if (evbuffer_reserve_space(
		out, (ssize_t)(HEAD_MOST + server->date_length + reply->headers_length), &space, 1) != 1)
		abort();
	at = begin_head(reply, space.iov_base);
	if (framing == HTTP_FRAMED_BY_CHUNKS)
		at = put(at, "Transfer-Encoding: chunked\r\n", 28);
	at = end_head(reply, at, close);
	space.iov_len = (size_t)(at - (char *)space.iov_base);
	if (evbuffer_commit_space(out, &space, 1) < 0)
		abort();
}

/* An empty chunk would be the last. */
void http_reply_write_part(struct http_reply *reply, struct evbuffer *out, enum http_framing framing)
{
	size_t length = http_reply_body_length(reply);
	bool chunk = framing == HTTP_FRAMED_BY_CHUNKS;

	close_space(reply);
	if (length == 0)
		return;
	if (chunk && evbuffer_add_printf(out, "%zx\r\n", length) < 0)
		abort();
	if (evbuffer_add_buffer(out, reply->body) < 0)
		abort();
	if (chunk && evbuffer_add(out, "\r\n", 2) < 0)
		abort();
}

static char *begin_head(const struct http_reply *reply, char *at)
{
	const struct http_exchange *exchange = reply->exchange;
	const char *line = status_line(reply->status);

	if (line)
		at = put(at, line, strlen(line));
	else
		at += snprintf(at, HEAD_MOST / 2, "HTTP/1.1 %03u Status\r\n", reply->status % 1000);
	at = put(at, exchange->server->date, exchange->server->date_length);
	return put(at, reply->headers, reply->headers_length);
}

static char *end_head(const struct http_reply *reply, char *at, bool close)
{
	if (close)
		at = put(at, "Connection: close\r\n", 19);
	else if (reply->exchange->request.head->minor_version == 0)
		at = put(at, "Connection: keep-alive\r\n", 24);
	return put(at, "\r\n", 2);
}

static struct evbuffer *body_of(struct http_reply *reply)
{
	if (!reply->body)
		reply->body = http_server_take_buffer(reply->exchange->server);
	return reply->body;
}

/* Space is reserved in larger pieces than a writer asks for, and given back here. */
static void close_space(struct http_reply *reply)
{
	struct evbuffer_iovec space = {.iov_base = reply->space, .iov_len = reply->space_used};

	if (!reply->space)
		return;
	if (evbuffer_commit_space(reply->body, &space, 1) < 0)
		abort();
	reply->space = NULL;
	reply->space_length = 0;
	reply->space_used = 0;
}

static char *reserve_space(void *context, size_t size)
{
	struct http_reply *reply = context;
	struct evbuffer *body = body_of(reply);
	struct evbuffer_iovec space;
	size_t least;

	if (reply->space_length - reply->space_used >= size && reply->space)
		return reply->space + reply->space_used;
	close_space(reply);
	least = evbuffer_get_length(body) == 0 ? SPACE_FIRST : SPACE_NEXT;
	if (evbuffer_reserve_space(body, (ssize_t)(size > least ? size : least), &space, 1) != 1)
		abort();
	reply->space = space.iov_base;
	reply->space_length = space.iov_len;
	return reply->space;
}

static void commit_space(void *context, size_t size)
{
	struct http_reply *reply = context;

	assert(size <= reply->space_length - reply->space_used);
	reply->space_used += size;
}

/* RFC 9110 6.4.1: these end with their head. */
static bool has_no_content(unsigned status)
{
	return status == 204 || status == 304;
}

static const char *status_line(unsigned status)
{
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
		if (reasons[i].status == status)
			return reasons[i].line;
	}
	return NULL;
}

static void refresh_date(struct http_server *server)
{
	int64_t now_ms = clock_wall_ms();
	char text[CLOCK_HTTP_DATE_SIZE];

	if (now_ms / 1000 == server->date_s)
		return;
	server->date_s = now_ms / 1000;
	clock_format_http_date(now_ms, text);
	server->date_length = (size_t)snprintf(server->date, sizeof server->date, "Date: %s\r\n", text);
}

static char *put(char *at, const char *bytes, size_t length)
{
	if (length > 0)
		memcpy(at, bytes, length);
	return at + length;
}

static char *put_number(char *at, size_t number)
{
	char digits[DIGITS_MAX];
	size_t first = DIGITS_MAX;

	do {
		digits[--first] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return put(at, digits + first, DIGITS_MAX - first);
}
