/* A case as its giver reads it: what receipt_get answers, as the values of its page. */
#ifndef OSALLISUUS_API_RECEIPT_CASE_H
#define OSALLISUUS_API_RECEIPT_CASE_H

#include "api/pg_engine.h"

#include <jansson.h>

struct request;

/* Of the one row; a new object. It also says what the giver can do now. */
json_t *receipt_case_values(const struct request *req, const struct pg_rows *rows);

#endif
