/* A new API key. */
#ifndef OSALLISUUS_WORKER_ADMIN_KEY_H
#define OSALLISUUS_WORKER_ADMIN_KEY_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"
#include "common/pg.h"
#include "common/secret.h"

#include <stdbool.h>

struct key_wanted {
	const char *name;
	const char *scopes;  /* separated by commas */
	const char *units;   /* ids separated by commas; NULL: all */
	const char *expires; /* the last good day, YYYY-MM-DD; NULL: none */
};

/*
 * Writes the key's row; *ret_key (osal_<id>_<secret>, the arena's) is the only
 * place where the secret is. err codes: usage, key (a unit that is not there, a
 * scope that is not known, a day that does not exist), database_….
 */
MUST_USE bool key_make(struct pg *pg, struct arena *arena, const struct key_wanted *wanted,
    const char **ret_key, struct err *err);

#endif
