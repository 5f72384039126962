/*
 * One request on its way through the engine: what router, auth, params and
 * validate found out, and the query that is running for it. It lives in the
 * exchange's arena and is gone when the reply is sent.
 */
#ifndef OSALLISUUS_API_REQUEST_H
#define OSALLISUUS_API_REQUEST_H

#include "api/contract.h"
#include "api/http.h"
#include "api/language.h"
#include "api/params.h"
#include "api/pg_engine.h"
#include "api/problem.h"
#include "api/router.h"
#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"
#include "common/secret.h"
#include "common/uuid.h"

#include <jansson.h>

struct service_loop;

/* Who asks. Texts are copies in the request's arena. */
struct caller {
	const char *key_id; /* of the API key; NULL: none */
	const char *units;  /* array literal; NULL: all */
	const char *scopes; /* array literal */
	bool has_giver_hash;
	unsigned char giver_hash[SECRET_HASH_SIZE]; /* of a receipt code or of a link's token */
	bool has_feed_id;
	struct uuid feed_id; /* what a link's token is for that a program reads by */
};

/* What the body says, once it is read and checked. */
struct request_body {
	json_t *json;              /* NULL: there is none */
	struct pg_param text;      /* without its sealed members */
	struct secret_part sealed; /* bytes NULL: none */
	unsigned char address_hash[SECRET_HASH_SIZE];
};

typedef void request_step(struct request *req, const struct pg_answer *answer);

struct request {
	struct http_exchange *exchange;
	const struct http_request *http;
	struct arena *arena;
	struct service_loop *loop;
	const struct operation *operation; /* NULL: the router found none */
	struct route_match route;
	struct param_values params;
	struct caller caller;
	enum language language;
	bool is_easy;                      /* of a page: in easy Finnish */
	char id[129];                      /* X-Request-Id, the client's or ours */
	char trace_id[33];                 /* of traceparent, the client's or ours */
	struct http_slice idempotency_key; /* at NULL: none */
	bool has_new_id;
	struct uuid new_id;
	const char *if_match; /* the version in If-Match; NULL: none asked, or "*" */
	struct request_body body;
	struct pg_query query;
	request_step *step;
	void *context;     /* of a handler in C, between its steps; in the arena */
	size_t bytes_sent; /* of a reply in pieces */
	bool in_parts;
	unsigned runs;          /* of the statement */
	const char *added_name; /* a member that a handler in C adds to the reply's object; NULL: none */
	const char *added_json;
	struct problem_details problem;
};

/* The header's value as a C string in the arena; NULL when it is not there. */
const char *request_header(struct request *req, const char *name);

/* Runs the operation's own statement and answers with its rows. */
void request_run(struct request *req);

/* Runs a statement for a handler in C, then `next`, which answers. */
void request_query(struct request *req, const struct statement *statement, request_step *next);

/* Answers with the problem that a query which got no rows means: its outcome is another than PG_ROWS. */
void request_refuse(struct request *req, const struct pg_answer *answer);

/* Answers with the problem that err tells, with req->problem beside it. */
void request_fail(struct request *req, const struct err *err);

/* Sends the reply: every request ends here, is counted and logged here. */
void request_end(struct request *req);

/*
 * For replies without a bound: what was written so far goes out as a piece, and on_room is called when there
 * is room for the next (http.h). False: the client has gone. The last piece goes this way, too, before
 * request_end.
 */
MUST_USE bool request_part(struct request *req, http_on_room *on_room, void *context);
/* Such a reply cannot be finished. */
void request_cut(struct request *req);

#endif
