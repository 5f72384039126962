/*
 * Path and query parameters of one request, decoded and checked against the
 * contract: strict percent-decoding, '+' is a space in the query, a parameter
 * that is unknown or stands twice is refused. All errors are found at once.
 */
#ifndef OSALLISUUS_API_PARAMS_H
#define OSALLISUUS_API_PARAMS_H

#include "api/contract.h"
#include "api/router.h"
#include "api/validate.h"
#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>
#include <stddef.h>

/* The text as SQL takes it, NUL-terminated: of a list an array literal, of an absent one its default. */
struct param_value {
	bool present;     /* it was sent (false also where the default stands in) */
	const char *text; /* NULL: neither sent nor a default */
	size_t length;
};

/* In the arena of the report; as many as route->operation->param_count, in the same order. */
struct param_values {
	const struct param_value *at;
	unsigned count;
};

/*
 * `query`: what stands after '?'; at NULL: none. err codes: bad_parameter, with an error for each
 * in the report (its `parameter` is the name), and not_found when a path parameter does not fit its schema:
 * there is no such thing.
 */
MUST_USE bool params_read(const struct route_match *route, struct http_slice query,
    struct validate_report *report, struct param_values *ret_values, struct err *err);

/*
 * The next thing in the query that was sent under this name, as it was sent, whatever the operation knows of
 * it; the query is what comes after it. False: nothing more.
 */
bool params_next(struct http_slice *query, const char *name, struct http_slice *ret_text);

/* The value of a parameter by name; NULL when the operation has none of this name. */
const struct param_value *params_find(
    const struct operation *operation, const struct param_values *values, const char *name);

#endif
