/*
 * The values of one execution as libpq takes them. One query's values are sent
 * in place; the values of several queries of a LANE_MANY statement become one
 * binary array per parameter. The memory grows to the largest batch and is
 * used again. Nothing fails: without memory the process aborts.
 */
#ifndef OSALLISUUS_API_PG_VALUES_H
#define OSALLISUUS_API_PG_VALUES_H

#include "api/pg_engine.h"

#include <stddef.h>

/* Zeroed by the caller. values, lengths and formats have `count` members. */
struct pg_values {
	int count;
	const char **values;
	int *lengths;
	int *formats;
	unsigned *oids;
	unsigned capacity;
	char *bytes; /* of the arrays */
	size_t bytes_capacity;
};

/* The values point into the query's params. */
void pg_values_single(struct pg_values *values, const struct pg_query *query);
void pg_values_lock(struct pg_values *values, const struct pg_query *query); /* for its lock_sql */
/* The list hangs together by `next`. */
void pg_values_arrays(struct pg_values *values, const struct pg_query *queries, unsigned query_count);

/* Fills only oids and count. */
void pg_values_types(struct pg_values *values, const struct statement *statement);
void pg_values_lock_types(struct pg_values *values, const struct statement *statement);

void pg_values_release(struct pg_values *values);

/* reallocarray that aborts when there is no memory. */
void *pg_grow(void *memory, size_t count, size_t size);

#endif
