/*
 * What the contract compiler (openapi/generate.py) makes of openapi/ and
 * sql/queries/: one table row per operation. All of it is constant data.
 */
#ifndef OSALLISUUS_API_CONTRACT_H
#define OSALLISUUS_API_CONTRACT_H

#include "api/http_parse.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct request;
struct err;

/* ---- bodies and parameters ---- */

enum schema_type {
	SCHEMA_ANY, /* any JSON value, within the limits of json_read */
	SCHEMA_OBJECT,
	SCHEMA_ARRAY,
	SCHEMA_STRING,
	SCHEMA_INTEGER,
	SCHEMA_NUMBER,
	SCHEMA_BOOLEAN
};

enum schema_format {
	FORMAT_NONE,
	FORMAT_UUID,
	FORMAT_DATE,      /* YYYY-MM-DD, a day that exists, 0001 … 9999 */
	FORMAT_DATE_TIME, /* RFC 3339 with an offset */
	FORMAT_MONTH,     /* YYYY-MM (format: x-month) */
	FORMAT_EMAIL, /* one addr-spec that is safe in SMTP: no controls, no spaces, one @, ASCII local part
		       */
	FORMAT_URI    /* http or https, absolute */
};

struct schema;

struct schema_member {
	const char *name;
	const struct schema *schema;
	bool required;
	bool sealed; /* x-sealed: taken out of the body before SQL sees it */
};

/* What does not apply to the type is zero; a maximum of 0 with its has_ false is no maximum. */
struct schema {
	enum schema_type type;
	bool nullable;
	enum schema_format format;
	unsigned min_length, max_length; /* SCHEMA_STRING: Unicode characters; max 0: none */
	const char *pattern;             /* POSIX extended, anchored by the author; NULL: none */
	unsigned pattern_index;          /* into contract_patterns */
	const char *const *values;       /* enum of strings; NULL: any */
	unsigned value_count;
	bool has_minimum, has_maximum;
	int64_t minimum, maximum;
	const struct schema_member *members; /* SCHEMA_OBJECT, sorted by name (strcmp) */
	unsigned member_count;
	unsigned min_members;                /* minProperties */
	const struct schema *additional;     /* schema of members not listed; NULL: refused */
	const char *const *additional_names; /* propertyNames enum, sorted; NULL: any */
	unsigned additional_name_count;
	const struct schema *items;    /* SCHEMA_ARRAY */
	unsigned min_items, max_items; /* max 0: none */
	bool unique_items;             /* of strings */
};

enum param_place { PARAM_PATH, PARAM_QUERY };

struct param_rule {
	const char *name;
	enum param_place place;
	bool required;
	bool list; /* ?kind=a,b (explode: false); each item is checked against schema */
	const struct schema *schema;
	const char *default_value; /* NULL: none; of a list: the array literal */
	unsigned max_items;        /* of a list; 0: none */
};

/* ---- statements ---- */

enum lane { LANE_READ, LANE_MANY, LANE_WRITE, LANE_OWN, LANE_SEARCH, LANE_COUNT };

/* Where the value of a :name comes from. */
enum bind_source {
	BIND_PARAM,        /* a path or query parameter: bind.index into operation.params; NULL when absent */
	BIND_BODY,         /* the validated body without its sealed members */
	BIND_BODY_NAMES,   /* body_names: text[] of the top-level members that the body has (merge patch: null
			      clears) */
	BIND_NEW_ID,       /* the id of what is made: from the Idempotency-Key, or random */
	BIND_REQUEST_HASH, /* keyed hash of the raw body and path; NULL without Idempotency-Key */
	BIND_CALLER_ID,    /* the API key's id */
	BIND_CALLER_UNITS, /* array literal of unit ids; NULL: all */
	BIND_CALLER_SCOPES, /* array literal of scopes */
	BIND_LANG,          /* fi, sv or en, by Accept-Language */
	BIND_IF_MATCH,      /* the version in If-Match, bigint; NULL for "*" and for givers */
	BIND_LIMIT_AND_ONE, /* limit + 1, so that the statement shows whether there is more */
	BIND_AFTER, /* after_<column>: a cursor part, bind.index into statement.cursor; NULL on the first page
		     */
	BIND_CONTACT_SEALED, /* bytea: the sealed members, sealed to the mailer; NULL: none */
	BIND_CONTACT_INDEX,  /* bytea: keyed hash of the normalised address in the sealed members; NULL: none
			      */
	BIND_CONTACT_KEY,    /* text: id of the public key that sealed it */
	BIND_RECEIPT_HASH,   /* bytea: keyed hash of the receipt code that belongs to new_id */
	BIND_GIVER_HASH,     /* bytea: keyed hash of the code in Authorization: Receipt */
	BIND_LINK_HASH,      /* bytea: keyed hash of the path parameter `token` of a personal link */
	BIND_FEED_ID, /* uuid: what the path parameter `token` reads by; NULL: it is no token of that kind */
	BIND_NEW_LINK_HASH, /* bytea: keyed hash of the token of the personal link that belongs to new_id */
	BIND_SECRET_HASH,   /* bytea: SHA-256 of the secret of the API key that is made */
	BIND_TRACE_ID,      /* text: the trace of this request */
	BIND_WORDS, /* jsonb: what a parameter with x-words looks for (common/words_query.h); bind.index as of
		       BIND_PARAM */
	BIND_SOURCE_COUNT
};

/* How the value is sent. Only the first four may stand in LANE_MANY (as arrays). */
enum bind_type {
	BIND_UUID,
	BIND_JSONB,
	BIND_BYTEA,
	BIND_TEXT,
	BIND_INT, /* int, bigint, smallint */
	BIND_BOOL,
	BIND_DATE,
	BIND_TIMESTAMPTZ,
	BIND_TEXT_ARRAY, /* as an array literal */
	BIND_UUID_ARRAY
};

struct bind {
	enum bind_source source;
	enum bind_type type;
	unsigned index;
	unsigned oid; /* of the SQL type of the parameter (in LANE_MANY: of the array type) */
};

struct statement {
	const char *name; /* also the name of the prepared statement */
	const char *sql;  /* with $1 … $n */
	enum lane lane;
	const struct bind *binds;
	unsigned bind_count;
	const char *lock_sql;            /* runs before sql in the same Sync; NULL: none */
	const unsigned char *lock_binds; /* its $k is bind lock_binds[k - 1] */
	unsigned lock_bind_count;
	const char *const *cursor; /* result columns that make the cursor, in order */
	unsigned cursor_count;
};

/* ---- operations ---- */

enum reply_shape {
	REPLY_ONE,  /* the row is the object; no row is 404 */
	REPLY_LIST, /* {"items":[…],"next_cursor":…} */
	REPLY_NONE, /* no body: 204 unless _status says otherwise */
	REPLY_TEXT, /* the row's column `text`, of the media type of the operation */
	REPLY_RAW   /* the handler writes it */
};

enum id_kind { ID_NONE, ID_TIME_ORDERED, ID_RANDOM /* x-id: random */ };

enum auth_kind {
	AUTH_NONE,    /* security: [] */
	AUTH_KEY,     /* security: bearer, with its scope */
	AUTH_RECEIPT, /* security: receipt */
	AUTH_LINK     /* security: link; the path's token, whose path is never logged */
};

/*
 * Passes the request on (a query, a reply) and returns true, or sets err
 * (code: a problem code) and returns false: then dispatch.c sends the problem.
 */
typedef bool request_handler(struct request *req, struct err *err);

struct operation {
	const char *id; /* operationId */
	enum http_method method;
	const char *path; /* template, "/v1/feedback/{id}" */
	enum auth_kind auth;
	const char *scope; /* AUTH_KEY: the one that is needed; NULL: any key */
	const struct param_rule *params;
	unsigned param_count;
	const struct schema *body; /* NULL: takes none */
	bool body_required;
	const char *body_type; /* media type of the body; NULL: none */
	bool needs_if_match;
	bool takes_idempotency_key;
	bool giver_key; /* the key must be a UUID or ≥ 22 characters */
	enum id_kind id_kind;
	enum reply_shape shape;
	bool is_page;         /* the reply is HTML, and so is what goes wrong */
	unsigned status;      /* of success */
	const char *location; /* template with {id} for 201; NULL: none */
	bool by_language;     /* the reply depends on Accept-Language: ETag "7-fi", Content-Language, Vary */
	bool makes_receipt;   /* _secret is the receipt code of the row's id */
	bool makes_link;      /* x-link: the reply has the personal link of new_id */
	bool has_form;        /* x-form: a page for everybody may have a form of it */
	bool personal;        /* Cache-Control: no-store (false: public, with an ETag) */
	bool streams;         /* x-stream: the handler takes the body in pieces, of whatever media type */
	/* x-lines: what a line of its file is: with streams a request of this one, else an item of this list
	 */
	const struct operation *lines;
	const struct statement *statement; /* NULL with a handler in C, unless it uses one */
	const char *page;  /* x-page: the template that shows what the statement finds; NULL: none */
	const char *media; /* of that page, or of REPLY_TEXT: its media type */
	bool embeddable;   /* other sites may show it in a frame */
	const char *file;  /* x-file: the name of the file that its list is given as; NULL: none */
	/* x-handler: c → op_<operationId>, x-page → page_public, x-file → list_export; NULL: the statement is
	 * the handler */
	request_handler *handler;
};

extern const struct operation contract_operations[];
extern const unsigned contract_operation_count;

/* Every pattern once; validate_init compiles them. */
extern const char *const contract_patterns[];
extern const unsigned contract_pattern_count;

/* ---- routes: a tree over path segments ---- */

struct route {
	const char *segment;          /* literal; NULL: a parameter */
	const struct route *children; /* literals sorted, a parameter last */
	unsigned child_count;
	/* operation per method, NULL: none (405) */
	const struct operation *const
	    *operations; /* HTTP_METHOD_COUNT of them, or NULL: no operation ends here */
};

extern const struct route contract_root;

/* ---- problems ---- */

struct problem_text {
	const char *lang; /* fi, sv, en */
	const char *title;
	const char *detail; /* one plain sentence */
	const char *help;   /* the page: what to do; may be empty */
};

struct problem {
	const char *code;
	unsigned status;
	const char *constraint; /* PostgreSQL constraint name that maps here; NULL: none */
	const char *pointer;    /* into the body, for a constraint; NULL: none */
	struct problem_text texts[3];
};

extern const struct problem contract_problems[]; /* sorted by code */
extern const unsigned contract_problem_count;
const struct problem *contract_problem(const char *code);                     /* aborts on an unknown code */
const struct problem *contract_problem_of_constraint(const char *constraint); /* NULL: not mapped */

/* The contract itself, as served; and the schema version that the statements were made for. */
extern const char contract_openapi_json[];
extern const size_t contract_openapi_json_length;
extern const char contract_openapi_yaml[];
extern const size_t contract_openapi_yaml_length;
extern const unsigned contract_schema_version; /* the number of the last migration */

#endif
