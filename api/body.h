/* The body of a request: its media type, its JSON, its contract, and the members that are sealed. */
#ifndef OSALLISUUS_API_BODY_H
#define OSALLISUUS_API_BODY_H

#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>

struct request;

/*
 * Fills req->body. err codes: unsupported_media_type, contract_violation (with
 * every fault in req->problem.errors), and those of json_read.
 */
MUST_USE bool body_read(struct request *req, struct err *err);

/* For handlers that change req->body.json: the statement gets it as it is now. */
void body_write_again(struct request *req);

/*
 * Of a body whose JSON and text are in req->body: its contract, and the members that are sealed. err codes:
 * contract_violation.
 */
MUST_USE bool body_accept(struct request *req, struct err *err);

#endif
