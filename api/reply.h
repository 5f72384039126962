/*
 * Rows of PostgreSQL → the reply of an operation. Column names are the JSON
 * names, column types pick the JSON form; columns that begin with "_" steer
 * the reply and are not sent.
 */
#ifndef OSALLISUUS_API_REPLY_H
#define OSALLISUUS_API_REPLY_H

#include "api/pg_engine.h"
#include "common/attributes.h"
#include "common/err.h"
#include "common/json_out.h"

#include <stdbool.h>

struct request;

/*
 * Writes status, headers and body of req's reply. False with an err when a row
 * tells a problem (_problem), or the reply grew too large (reply_too_large).
 */
MUST_USE bool reply_rows(struct request *req, const struct pg_rows *rows, struct err *err);

/* False when the first row tells a problem: err has its code, req->problem what goes with it. */
MUST_USE bool reply_problem(struct request *req, const struct pg_rows *rows, struct err *err);

/* One value in the JSON form of its column. */
void reply_value(struct json_out *out, const struct pg_rows *rows, unsigned row, unsigned column);

#endif
