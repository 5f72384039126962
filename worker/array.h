/*
 * Array values for PostgreSQL, in its text form: {"a",NULL,"b"}. An array of
 * any type is made of texts that this type can be read from.
 */
#ifndef OSALLISUUS_WORKER_ARRAY_H
#define OSALLISUUS_WORKER_ARRAY_H

#include "common/arena.h"
#include "common/buffer.h"
#include "common/pg.h"

#include <stddef.h>

/* Laid out by the caller, touched by array_ functions only. */
struct array {
	struct buffer text;
};

void array_init(struct array *array, struct arena *arena);
void array_text(struct array *array, const char *text); /* NULL: SQL NULL */
void array_int(struct array *array, long long number);
void array_bytes(struct array *array, const void *bytes, size_t length); /* of bytea */

/* Ends the array. The value lives as long as the arena. */
struct pg_value array_value(struct array *array);

/* {"text"} */
struct pg_value array_of_one(struct arena *arena, const char *text);

#endif
