#include "api/pg_prepared.h"

#include "api/pg_values.h"

#include <stdlib.h>

static unsigned position(const struct pg_prepared *prepared, const char *const *sql);

bool pg_prepared_learn(struct pg_prepared *prepared, const char *const *sql)
{
	if (position(prepared, sql) < prepared->count)
		return false;
	if (prepared->count == prepared->capacity) {
		prepared->capacity += 64;
		prepared->sqls = pg_grow(prepared->sqls, prepared->capacity, sizeof *prepared->sqls);
	}
	prepared->sqls[prepared->count++] = sql;
	return true;
}

void pg_prepared_forget(struct pg_prepared *prepared, const char *const *sql)
{
	unsigned at = position(prepared, sql);

	if (at < prepared->count)
		prepared->sqls[at] = prepared->sqls[--prepared->count];
}

void pg_prepared_forget_all(struct pg_prepared *prepared)
{
	prepared->count = 0;
}

void pg_prepared_release(struct pg_prepared *prepared)
{
	free(prepared->sqls);
	*prepared = (struct pg_prepared){0};
}

/* There are some 200 statements: a walk over 1.6 KB costs less than a query's own system calls. */
static unsigned position(const struct pg_prepared *prepared, const char *const *sql)
{
	unsigned at = 0;

	while (at < prepared->count && prepared->sqls[at] != sql)
		at++;
	return at;
}
