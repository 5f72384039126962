/*
 * The request's header fields that steer it: X-Request-Id, traceparent,
 * Accept-Language, Idempotency-Key, If-Match, If-None-Match.
 */
#ifndef OSALLISUUS_API_CONDITIONS_H
#define OSALLISUUS_API_CONDITIONS_H

#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>

struct http_head;
struct request;

enum { CONDITIONS_TRACE_SIZE = 33 };

/* A trace of our own: 16 random bytes in hex. */
void conditions_new_trace(char ret_trace[CONDITIONS_TRACE_SIZE]);

/* Ids and language, before anything can fail: a problem document shows them. */
void conditions_identify(struct request *req);

/* False when a field that may stand once stands twice. */
bool conditions_are_single(const struct http_head *head);

/* Idempotency-Key and If-Match, as the operation asks. err codes: bad_idempotency_key, if_match_required,
 * stale_version. */
MUST_USE bool conditions_read(struct request *req, struct err *err);

/* True when If-None-Match names this ETag (written with its quotes) or is "*". */
bool conditions_has_etag(struct request *req, const char *etag);

#endif
