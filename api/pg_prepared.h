/*
 * Which statements a connection has prepared. A key is the address of the
 * member of struct statement that points to the SQL, not that of the SQL: a
 * compiler keeps equal texts once, and they are prepared under two names.
 * A statement is learnt when its Parse is queued and forgotten when that Parse
 * fails or is skipped, so that it is prepared again on its next use.
 */
#ifndef OSALLISUUS_API_PG_PREPARED_H
#define OSALLISUUS_API_PG_PREPARED_H

#include <stdbool.h>

/* Zeroed by the caller. */
struct pg_prepared {
	const char *const **sqls; /* owned by the contract */
	unsigned count, capacity;
};

/* True: it was not known before. */
bool pg_prepared_learn(struct pg_prepared *prepared, const char *const *sql);
void pg_prepared_forget(struct pg_prepared *prepared, const char *const *sql);
void pg_prepared_forget_all(struct pg_prepared *prepared);
void pg_prepared_release(struct pg_prepared *prepared);

#endif
