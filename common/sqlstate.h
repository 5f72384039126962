/*
 * What PostgreSQL's SQLSTATEs mean to us. Codes of struct err: database_unavailable,
 * database_timeout, database_conflict (40001, 40P01, 55P03), constraint, database_error.
 */
#ifndef OSALLISUUS_COMMON_SQLSTATE_H
#define OSALLISUUS_COMMON_SQLSTATE_H

#include <stdbool.h>

struct sqlstate {
	const char *prefix; /* the whole SQLSTATE, its class of two characters, or "" for all others */
	const char *code;
	bool loses_connection; /* a connection that says so is closed and opened anew */
};

/* Never NULL. */
const struct sqlstate *sqlstate_find(const char *state);

#endif
