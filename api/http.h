/*
 * The HTTP/1.1 server of one loop: connections on bufferevents, deadlines,
 * limits, pipelining in order. It knows bytes and messages, no routes and no
 * JSON. http_parse.c reads the messages; RELIABILITY lists what it refuses.
 *
 * A whole request (head and body) becomes an exchange and is handed to
 * on_request, on the loop's thread. Whoever takes it answers exactly once with
 * http_reply_send, at once or later, on the same thread. When the client has
 * gone meanwhile the reply is dropped; the exchange stays valid until then.
 * Messages that are refused never become an exchange: the server asks
 * on_refusal for the body of the answer and closes the connection after it.
 *
 * A body too large to be kept is handed on in pieces to whoever took its
 * exchange, and a reply too large to be kept is written in pieces: see the ends
 * of this file. Both wait for the slower side, in constant memory.
 */
#ifndef OSALLISUUS_API_HTTP_H
#define OSALLISUUS_API_HTTP_H

#include "api/http_parse.h"
#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"
#include "common/json_out.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct evbuffer;
struct http_peers;
struct http_server;
struct http_exchange;

/* Sizes in bytes, times in seconds; each is a setting. */
struct http_options {
	struct http_parse_limits parse;
	size_t body_bytes;   /* 413 above */
	size_t stream_bytes; /* the same, for a body in pieces */
	size_t body_rate;    /* least bytes/s of a body, measured over the whole of it */
	unsigned header_s, body_s, idle_s;
	unsigned stream_s;    /* for a body in pieces; in each span of body_s it keeps the least rate */
	unsigned write_s;     /* a reply that the client does not read for so long is cut */
	unsigned connections; /* of this loop; one more is answered 503 and closed */
	unsigned connections_per_peer; /* counted over all servers that share peers; 0: no limit */
	unsigned pipelined;            /* requests of one connection that wait for their answer */
	const char *hosts; /* for absolute-form targets: names that are ours, comma-separated; empty: any */
	struct http_peers *peers; /* shared by the servers of all loops; NULL: this server counts alone */
};

/* What the router and the rest look at; all slices live as long as the exchange. */
struct http_request {
	const struct http_head *head;
	struct http_slice
	    body; /* as sent, with chunked coding removed; body.at is NUL-terminated after length */
	struct arena *arena; /* the exchange's: everything of this request is allocated here */
	const char *peer;    /* textual address, for limits only: never logged, never stored */
	int64_t started_us;  /* clock_monotonic_us when the head was complete */
};

typedef void http_on_request(
    void *context, struct http_exchange *exchange, const struct http_request *request);
/* Fills reply (status set already: 400 … 505, 408, 413, 414, 417, 431, 501, 503) with a problem document. */
struct http_reply;
typedef void http_on_refusal(void *context, const char *problem_code, struct http_reply *reply);

/* Whether the body of a POST comes in pieces; asked when its head is complete. */
typedef bool http_on_head(void *context, const struct http_request *request);

struct http_callbacks {
	http_on_head *on_head; /* NULL: no body does */
	http_on_request *on_request;
	http_on_refusal *on_refusal;
	void *context;
};

/* How many connections each address has open, over all loops; thread-safe. It outlives the servers that use
 * it. */
struct http_peers *http_peers_new(void);
void http_peers_free(struct http_peers *peers); /* NULL is fine */

/*
 * The server takes connections from listener_fd (shared by all loops, never
 * closed here). The options are copied, save for hosts, which the caller keeps.
 * SIGPIPE must be ignored or blocked in the loop's thread (loop.c does).
 */
MUST_USE bool http_server_new(struct event_base *base, int listener_fd, const struct http_options *options,
    struct http_callbacks callbacks, struct http_server **ret_server, struct err *err);
/* Stops accepting; answers what is in flight with Connection: close; http_server_is_idle then becomes true.
 */
void http_server_drain(struct http_server *server);
bool http_server_is_idle(const struct http_server *server);
void http_server_free(struct http_server *server); /* cuts what is still open */
unsigned http_server_connections(const struct http_server *server);

/*
 * The reply of an exchange. Headers are written as given: names and values are
 * checked by assert to have no CR or LF. Date, Content-Length and Connection
 * are added. For HEAD, 204 and 304 the body is dropped (for HEAD its length is told).
 */
struct http_reply *http_exchange_reply(struct http_exchange *exchange);
void http_reply_status(struct http_reply *reply, unsigned status);
unsigned http_reply_get_status(const struct http_reply *reply);
void http_reply_header(struct http_reply *reply, const char *name, const char *value);
/* The body, as an evbuffer sink; the reply owns it. */
struct json_sink http_reply_sink(struct http_reply *reply);
size_t http_reply_body_length(const struct http_reply *reply);
void http_reply_body_clear(struct http_reply *reply);
/* Bytes that outlive the reply (static, or kept by the caller for ever) are sent without a copy. */
void http_reply_body_static(struct http_reply *reply, const void *bytes, size_t length);
/* Sends; afterwards the exchange, its request and its arena are gone. */
void http_reply_send(struct http_exchange *exchange);

/*
 * A body in pieces: on_request is called before it is read, and it is read
 * after http_stream_begin only (so 100 Continue waits for that, too). on_end
 * comes last, once; a reply that is sent before it ends the stream, and the
 * connection is closed behind the reply.
 */
enum http_stream_end {
	HTTP_STREAM_WHOLE,
	HTTP_STREAM_REFUSED, /* malformed, too large or too slow: to be answered with problem_code */
	HTTP_STREAM_GONE     /* the client has left in the middle; it may still read a reply */
};

struct http_stream {
	void (*on_piece)(void *context, const char *bytes, size_t length);
	void (*on_end)(void *context, enum http_stream_end end, const char *problem_code);
	void *context;
};

void http_stream_begin(struct http_exchange *exchange, const struct http_stream *stream);
/* No more pieces, also when called in on_piece; meanwhile no deadline runs. on_end may come nevertheless. */
void http_stream_pause(struct http_exchange *exchange);
void http_stream_resume(struct http_exchange *exchange);

/*
 * A reply in pieces, instead of http_reply_send: status and headers are final
 * at the beginning. Whoever writes it waits for on_room, writes into the sink,
 * and hands that on with http_reply_part, for which on_room is called once
 * again, never from inside. False, or http_exchange_is_gone: the client is not
 * there any more, and all that is left is to end it. HTTP/1.1 gets chunks, 1.0
 * the end of the connection.
 */
typedef void http_on_room(void *context);
MUST_USE bool http_reply_begin(struct http_exchange *exchange, http_on_room *on_room, void *context);
MUST_USE bool http_reply_part(struct http_exchange *exchange);
/* The last of it; afterwards the exchange, its request and its arena are gone. */
void http_reply_end(struct http_exchange *exchange);
/* It cannot be finished: the connection is cut, so that the client sees it. */
void http_reply_abort(struct http_exchange *exchange);
bool http_exchange_is_gone(const struct http_exchange *exchange);

/* Opens, binds and listens with TCP_NODELAY, SO_REUSEADDR, CLOEXEC, non-blocking. Address: "127.0.0.1", "::",
 * … port 0: any. */
MUST_USE bool http_listen(
    const char *address, unsigned port, int *ret_fd, unsigned *ret_port, struct err *err);

#endif
