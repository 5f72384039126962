/*
 * The rows of one query: the whole of a result, or in LANE_MANY those rows of
 * a shared result whose column _n names the query. The result belongs to the
 * batch, the order to the split.
 */
#ifndef OSALLISUUS_API_PG_ROWS_H
#define OSALLISUUS_API_PG_ROWS_H

#include "api/pg_engine.h"

#include <stdbool.h>

struct pg_result; /* PGresult of libpq */

struct pg_rows {
	const struct pg_result *result;
	const unsigned *order; /* row numbers of the result; NULL: all of them as they come */
	unsigned count;
};

struct pg_rows pg_rows_all(const struct pg_result *result);

/* Zeroed by the caller; grows to the largest result and is used again. */
struct pg_split {
	unsigned *order;  /* row numbers by query */
	unsigned *starts; /* where a query's rows begin in order; one more than queries */
	unsigned *owners; /* of each row: its query, from 0 */
	unsigned row_capacity, query_capacity;
};

/* False: the result has no column _n. Rows of a query keep their order; an _n out of range belongs to nobody.
 */
MUST_USE bool pg_split_make(struct pg_split *split, const struct pg_result *result, unsigned query_count);
struct pg_rows pg_split_rows(const struct pg_split *split, const struct pg_result *result, unsigned query);
void pg_split_release(struct pg_split *split);

#endif
