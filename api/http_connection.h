/*
 * What the parts of the HTTP server share: the server of one loop, its
 * connections and their exchanges. Private to http*.c; everybody else sees
 * http.h.
 *
 * Who owns what: the server its connections; a connection its exchanges, from
 * the first byte of a head that was read to the last byte of the reply that
 * was put into `ready`. When a connection goes, its unanswered exchanges
 * stay with whoever took them, with connection NULL, until http_reply_send.
 */
#ifndef OSALLISUUS_API_HTTP_CONNECTION_H
#define OSALLISUUS_API_HTTP_CONNECTION_H

#include "api/http.h"

#include <netinet/in.h>

struct bufferevent;
struct event;
struct evconnlistener;
struct sockaddr;

enum {
	HTTP_TICK_MS = 250,          /* how finely deadlines are kept */
	HTTP_ACCEPT_PAUSE_MS = 100,  /* after accept(2) failed, for want of descriptors */
	HTTP_ACCEPTS_PER_TURN = 2,   /* so that a burst spreads over the loops */
	HTTP_TURNED_AWAY_MAX = 64,   /* over the limit, and still told so; more are just closed */
	HTTP_INPUT_MAX = 16 * 1024,  /* bytes that wait unread by the parser; or two heads, if larger */
	HTTP_OUTPUT_MAX = 64 * 1024, /* bytes the client has not read: no further request is taken */
	HTTP_LINGER_S = 5,           /* for the client to read the last answer and close */
	HTTP_DISCARD_MAX = 8 * 1024 * 1024, /* bytes read and thrown away meanwhile */
	HTTP_DRAIN_IDLE_S = 1,              /* idle connections are kept so long when the server stops */
	HTTP_RATE_GRACE_S = 3,              /* least rates are looked at after so long */
	HTTP_SPARE_BUFFERS = 32
};

/* How the reply leaves; a reply in pieces goes from one to the next. */
enum http_reply_state {
	HTTP_REPLY_WHOLE,  /* in one piece, when it is answered */
	HTTP_REPLY_BEGUN,  /* its head waits for its turn */
	HTTP_REPLY_FLOWING /* its head is written */
};

enum http_connection_state {
	HTTP_READING_HEAD, /* between messages, or inside a head */
	HTTP_READING_BODY,
	HTTP_LAST,      /* nothing more is read as a message; what was taken is answered */
	HTTP_LINGERING, /* all is written and shut down; the client may read and close */
	HTTP_GONE       /* to be freed at the end of the loop turn */
};

struct http_reply {
	struct http_exchange *exchange;
	unsigned status;
	char *headers; /* formatted lines, in the exchange's arena */
	size_t headers_length, headers_capacity;
	struct evbuffer *body; /* NULL: empty */
	char *space;           /* reserved in body, not committed yet */
	size_t space_length, space_used;
};

struct http_exchange {
	struct http_exchange *next;         /* of the same connection, in the order of arrival */
	struct http_connection *connection; /* NULL: the client has gone */
	struct http_server *server;         /* NULL with the connection */
	struct http_request request;
	struct http_reply reply;
	char *body;
	size_t body_capacity;
	bool in_pieces; /* its body */
	bool paused;    /* the same, not read now */
	bool wants_room;
	enum http_reply_state flow;
	struct http_stream stream; /* of the body; on_piece NULL: not begun */
	http_on_room *on_room;
	void *room_context;
	bool answered; /* its turn to be written may not have come */
	bool closes;   /* the connection, when it is answered */
	bool no_body;  /* the answer to a HEAD */
};

struct http_connection {
	struct http_connection *next, *previous;
	struct http_connection *next_touched;
	struct http_server *server;
	struct bufferevent *bufferevent;
	struct evbuffer *ready; /* replies of this loop turn: one write */
	int fd;
	enum http_connection_state state;
	bool touched;         /* in the server's list for the end of this turn */
	bool admitted;        /* counted in the limits; else it is being turned away */
	bool eof;             /* the client sends no more */
	bool held;            /* bytes wait until answers are made or read */
	bool deaf;            /* the same, and as many as are taken from the socket beforehand */
	bool head_begun;      /* the time for a head runs */
	bool continue_wanted; /* 100 Continue is to be sent when the replies before it are */
	struct http_exchange *first, *last;
	unsigned waiting;
	enum http_method method;         /* of the message being read, as far as it is known */
	struct http_exchange *receiving; /* its head is read, its body not yet */
	struct http_chunked chunked;
	uint64_t body_left, body_bytes, discarded;
	uint64_t data_bytes; /* of the body, without what frames its chunks */
	size_t head_seen;    /* bytes of an incomplete head that the parser has looked at */
	int64_t since_us;    /* of the phase the deadlines look at */
	int64_t span_us;     /* of a body in pieces: since when its rate is looked at … */
	uint64_t span_mark;  /* … and from which byte on */
	uint64_t moved;      /* bytes ever handed to the socket or the bufferevent's output */
	uint64_t write_mark;
	int64_t write_since_us;
	struct in6_addr address;
	char peer[INET6_ADDRSTRLEN];
};

struct http_server {
	struct event_base *base;
	struct evconnlistener *listener; /* NULL when draining */
	struct http_options options;
	struct http_callbacks callbacks;
	struct http_peers *own_peers; /* when the options name none */
	struct event *turn_end, *tick, *accept_again;
	struct http_connection *connections;
	struct http_connection *touched_first, *touched_last;
	unsigned admitted, turned_away, accepted_in_turn;
	bool draining, turn_end_active;
	struct evbuffer *spares[HTTP_SPARE_BUFFERS];
	unsigned spare_count;
	int64_t date_s;
	char date[64]; /* the field line of this second */
	size_t date_length;
	struct http_head head; /* of the message being parsed */
};

/* http.c; touch: NULL for the turn's end itself. */
void http_server_touch(struct http_server *server, struct http_connection *connection);
struct evbuffer *http_server_take_buffer(struct http_server *server);
void http_server_give_buffer(struct http_server *server, struct evbuffer *buffer);

/* http_accept.c: `server->listener` and its pauses. */
MUST_USE bool http_accept_start(struct http_server *server, int listener_fd, struct err *err);
void http_accept_turn_end(struct http_server *server);
void http_accept_rest(struct http_server *server); /* what waits to be accepted */
void http_accept_stop(struct http_server *server);

/* http_connection.c: takes the descriptor. Address: of the peer. NULL: no memory for it was found, it is
 * closed. */
struct http_connection *http_connection_new(
    struct http_server *server, int fd, const struct sockaddr *address);
void http_connection_free(struct http_connection *connection);
void http_connection_move(struct http_connection *connection, enum http_connection_state state);
/* What is ready goes out; a connection that has said all is closed. At the end of a loop turn. */
void http_connection_settle(struct http_connection *connection);
bool http_connection_is_idle(
    const struct http_connection *connection); /* between messages, all answered and sent */
/* Neither too many requests wait for their answer, nor too many bytes to be read by the client. */
bool http_connection_may_take(const struct http_connection *connection);
/* Reads from the socket, unless enough bytes are held already. */
void http_connection_listen(struct http_connection *connection);
/* Bytes of replies that the client's machine has acknowledged. */
uint64_t http_connection_received(const struct http_connection *connection);
size_t http_connection_unsent(const struct http_connection *connection);

/* http_reading.c: reads what has come, as far as the limits of pipelining and output allow. */
void http_reading_run(struct http_connection *connection);
/* Answers with a refusal after what was taken before, and reads no further message. */
void http_reading_refuse(struct http_connection *connection, const struct http_refusal *refusal);
/* No further message is taken, and none that has not come whole. */
void http_reading_stop(struct http_connection *connection);

/* http_body.c: into connection->receiving, or on to its stream; its length must be within the limit. */
void http_body_begin(struct http_connection *connection);
size_t http_body_most(const struct http_exchange *exchange);
enum http_parsed http_body_read(struct http_connection *connection, const struct http_refusal **ret_refusal);

/* http_exchange.c */
struct http_exchange *http_exchange_new(struct http_connection *connection);
void http_exchange_free(struct http_exchange *exchange);
void http_exchange_append(struct http_exchange *exchange);
/* Those whose turn it is are written. */
void http_exchange_write_answered(struct http_connection *connection);
/* Drops those that are answered; the others lose their connection. */
void http_exchange_abandon(struct http_connection *connection);

/* http_stream.c: of connection->receiving, whose body comes in pieces. */
bool http_stream_is_open(const struct http_connection *connection); /* pieces are wanted now */
void http_stream_piece(struct http_connection *connection, const char *bytes, size_t length);
/* It is the last that the stream hears; the exchange may be gone afterwards. */
void http_stream_finish(
    struct http_connection *connection, enum http_stream_end end, const char *problem_code);
/* Its reply comes before its end: nothing more is read from the connection. */
void http_stream_forget(struct http_connection *connection);
/* Of connection->first, a reply in pieces: what has been written so far. True: that was all of it. */
bool http_flow_write(struct http_connection *connection);
/* What came behind it is not answered. */
bool http_flow_ends_connection(const struct http_exchange *exchange);
/* Tells the first of the connection when there is room for more of its reply. */
void http_flow_room(struct http_connection *connection);

/* http_reply.c */
enum http_framing { HTTP_FRAMED_BY_LENGTH, HTTP_FRAMED_BY_CHUNKS, HTTP_FRAMED_BY_CLOSE };
void http_reply_write(struct http_reply *reply, struct evbuffer *out, bool close);
void http_reply_write_head(
    struct http_reply *reply, struct evbuffer *out, enum http_framing framing, bool close);
/* The body so far, as a chunk or as it is; it is empty afterwards. */
void http_reply_write_part(struct http_reply *reply, struct evbuffer *out, enum http_framing framing);
void http_reply_release(struct http_reply *reply);

/* http_deadline.c */
void http_deadline_check(struct http_connection *connection, int64_t now_us);

/* http_peers.c: false when the address has `most` connections already. */
bool http_peers_enter(struct http_peers *peers, const struct in6_addr *address, unsigned most);
void http_peers_leave(struct http_peers *peers, const struct in6_addr *address);

#endif
