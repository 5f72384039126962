/*
 * Cursors of lists: where the next page begins, as a locked text that is bound
 * to the operation, its filters and its caller. A cursor is taken only where it
 * was given out, and tells nobody what a list is ordered by.
 */
#ifndef OSALLISUUS_API_CURSOR_H
#define OSALLISUUS_API_CURSOR_H

#include "api/pg_engine.h"
#include "common/attributes.h"
#include "common/err.h"
#include "common/secret.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum { CURSOR_PARTS_MAX = 4 };

/* What a cursor is bound to: operation, filters, caller. */
struct cursor_scope {
	const struct secret_part *parts;
	size_t count;
};

/* A NULL value stays NULL. */
const char *cursor_write(
    struct arena *arena, struct cursor_scope scope, const struct pg_param *values, size_t count);

/* err code: bad_cursor. */
MUST_USE bool cursor_read(struct arena *arena, struct cursor_scope scope, const char *cursor,
    struct pg_param *ret_values, size_t count, struct err *err);

#endif
