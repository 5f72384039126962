/*
 * What follows from an error of the database, by its SQLSTATE alone
 * (RELIABILITY, "Database"). Pure.
 */
#ifndef OSALLISUUS_API_PG_VERDICT_H
#define OSALLISUUS_API_PG_VERDICT_H

#include "api/pg_query.h"

#include <stdbool.h>

enum pg_verdict {
	PG_VERDICT_FAILED,
	PG_VERDICT_TIMED_OUT,
	PG_VERDICT_AGAIN, /* in the same lane, with a Sync of its own */
	PG_VERDICT_OWN    /* in the own lane, which waits longer for locks */
};

enum pg_run {
	PG_RUN_SHARED,        /* the failed execution, or its Sync, served other queries too */
	PG_RUN_OWN_STATEMENT, /* an execution of its own in a shared Sync */
	PG_RUN_ALONE          /* a Sync of its own */
};

/* The verdict on a query whose execution failed. is_impatient: on a lane that leaves waiting for locks to the
 * own lane. */
enum pg_verdict pg_verdict_of(
    const char *sqlstate, enum pg_query_state state, enum pg_run run, bool is_impatient);

/* No query can be answered on this connection any more. is_read_only: by its own setting, so 25006 is the
 * statement's. */
bool pg_sqlstate_ends_connection(const char *sqlstate, bool is_read_only);

#endif
