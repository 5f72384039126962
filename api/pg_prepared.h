/*
 * Which statements a connection has prepared, by the address of their SQL.
 * A statement is learnt when its Parse is queued and forgotten when that Parse
 * fails or is skipped, so that it is prepared again on its next use.
 */
#ifndef OSALLISUUS_API_PG_PREPARED_H
#define OSALLISUUS_API_PG_PREPARED_H

#include <stdbool.h>

/* Zeroed by the caller. */
struct pg_prepared {
	const char **sqls; /* owned by the contract */
	unsigned count, capacity;
};

/* True: it was not known before. */
bool pg_prepared_learn(struct pg_prepared *prepared, const char *sql);
void pg_prepared_forget(struct pg_prepared *prepared, const char *sql);
void pg_prepared_forget_all(struct pg_prepared *prepared);
void pg_prepared_release(struct pg_prepared *prepared);

#endif
