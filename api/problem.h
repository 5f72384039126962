/*
 * Problem documents (RFC 9457): every failure, wherever it happens, comes out
 * here. Texts are those of openapi/problems.yaml in the caller's language;
 * nothing of PostgreSQL's own text and nothing that people wrote.
 */
#ifndef OSALLISUUS_API_PROBLEM_H
#define OSALLISUUS_API_PROBLEM_H

#include "api/language.h"

#include <stddef.h>

struct http_reply;
struct problem;

struct problem_error {
	const char *pointer;   /* RFC 6901, into the body; or NULL */
	const char *parameter; /* or the name of a parameter or header */
	const char *code;
	const char *detail;
};

struct problem_details {
	const struct problem_error *errors;
	size_t error_count;
	const char *members;      /* further members of the document, as a JSON object; NULL: none */
	const char *allow;        /* 405: the Allow field */
	const char *authenticate; /* 401: the WWW-Authenticate field */
	unsigned retry_after_s;   /* 0: the code's own default */
};

struct problem_context {
	enum language language;
	const char *request_id;
	const char *trace_id;
};

/* Writes status, headers and body; details may be NULL. */
void problem_write(struct http_reply *reply, const char *code, const struct problem_context *context,
    const struct problem_details *details);

/* What goes with a problem in header fields: Retry-After, Allow, WWW-Authenticate. */
void problem_write_hints(
    struct http_reply *reply, const struct problem *problem, const struct problem_details *details);

#endif
