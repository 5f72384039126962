#include "api/pg_verdict.h"

#include "common/sqlstate.h"

#include <string.h>

static bool is(const char *sqlstate, const char *other);

enum pg_verdict pg_verdict_of(
    const char *sqlstate, enum pg_query_state state, enum pg_run run, bool is_impatient)
{
	bool is_lock_timeout = is(sqlstate, "55P03");
	bool is_timeout = is_lock_timeout || is(sqlstate, "57014");
	bool is_race = is(sqlstate, "40001") || is(sqlstate, "40P01");
	/* The server knows less (26000, 0A000 for an old plan) or more (42P05) statements than we thought. */
	bool was_mistaken = is(sqlstate, "26000") || is(sqlstate, "0A000") || is(sqlstate, "42P05");

	if (run == PG_RUN_SHARED)
		return PG_VERDICT_AGAIN;
	if (state != PG_QUERY_LAST && (is_race || (is_lock_timeout && is_impatient)))
		return PG_VERDICT_OWN;
	if (is_timeout)
		return PG_VERDICT_TIMED_OUT;
	if (run == PG_RUN_OWN_STATEMENT || (state != PG_QUERY_LAST && was_mistaken))
		return PG_VERDICT_AGAIN;
	return PG_VERDICT_FAILED;
}

bool pg_sqlstate_ends_connection(const char *sqlstate, bool is_read_only)
{
	if (is(sqlstate, "25006"))
		return !is_read_only;
	return sqlstate_find(sqlstate)->loses_connection;
}

static bool is(const char *sqlstate, const char *other)
{
	return strcmp(sqlstate, other) == 0;
}
