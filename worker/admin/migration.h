/* The migration files, and whether a database agrees with them. */
#ifndef OSALLISUUS_WORKER_ADMIN_MIGRATION_H
#define OSALLISUUS_WORKER_ADMIN_MIGRATION_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"
#include "common/pg.h"
#include "common/secret.h"

#include <stdbool.h>
#include <stddef.h>

struct migration {
	int number;
	const char *name; /* the file's: "0001_foundation.sql" */
	const char *sql;
	unsigned char checksum[SECRET_HASH_SIZE];
	bool is_applied; /* set by migration_compare */
};

struct migration_list {
	struct migration *items; /* by number, 1 … count */
	size_t count;
};

/* `directory` holds migrations/. err codes: system, migration (a name or a number that is wrong). */
MUST_USE bool migration_read_files(
    struct arena *arena, const char *directory, struct migration_list *ret_list, struct err *err);

/* `applied`: rows of migration_list. err code migration: the database and the files do not agree. */
MUST_USE bool migration_compare(
    struct migration_list *list, const struct pg_result *applied, struct err *err);

#endif
