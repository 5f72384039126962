/*
 * migrate: the files sql/migrations/NNNN_name.sql, forward only, each in a
 * transaction of its own, under a lock, so that two at once do no harm. Then the
 * transitions of sql/states. What was applied is known by number, name and
 * SHA-256: a file that has changed, a gap, or a database that is newer than the
 * files stops everything before anything is done.
 */
#include "admin_sql.h"
#include "common/arena.h"
#include "common/config.h"
#include "common/pg.h"
#include "common/secret.h"
#include "worker/admin/arguments.h"
#include "worker/admin/command.h"
#include "worker/admin/files.h"
#include "worker/admin/migration.h"
#include "worker/admin/states.h"

#include <stdio.h>

static bool migrate_open(struct pg *pg, struct arena *arena, const char *directory, struct err *err);
static bool apply_all(struct pg *pg, const struct migration_list *list, struct err *err);
static bool apply(struct pg *pg, const struct migration *migration, struct err *err);
static bool record(struct pg *pg, const struct migration *migration, struct err *err);
static bool report_status(struct pg *pg, struct arena *arena, const char *directory, struct err *err);
static void print_status(const struct migration_list *list, const struct pg_result *applied);

bool command_migrate(int argc, char **argv, struct err *err)
{
	bool status_only = false;
	const char *directory = config_text("SQL_DIR");
	const struct argument_option options[] = {
	    {.name = "--status", .flag = &status_only}, {"--dir", &directory, NULL}};
	const struct argument_list list = {options, sizeof options / sizeof options[0], NULL, 0};
	struct arena *arena;
	struct pg *pg;
	bool ok;

	if (!arguments_read(argc, argv, &list, err) || !command_open(&pg, err))
		return false;
	arena = arena_new();
	ok = status_only ? report_status(pg, arena, directory, err) : migrate_open(pg, arena, directory, err);
	arena_free(arena);
	pg_close(pg);
	return ok;
}

static bool migrate_open(struct pg *pg, struct arena *arena, const char *directory, struct err *err)
{
	struct migration_list list;
	struct pg_result *applied;
	bool ok;

	if (!migration_read_files(arena, directory, &list, err) || !sql_migration_lock(pg, NULL, err) ||
	    !sql_migration_table(pg, NULL, err) || !sql_migration_list(pg, &applied, err))
		return false;
	ok = migration_compare(&list, applied, err);
	pg_result_free(applied);
	return ok && apply_all(pg, &list, err) && states_load(pg, arena, directory, err);
}

static bool apply_all(struct pg *pg, const struct migration_list *list, struct err *err)
{
	size_t done = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].is_applied)
			continue;
		if (!apply(pg, &list->items[i], err))
			return false;
		printf("applied %s\n", list->items[i].name);
		done++;
	}
	printf("schema version %zu, %zu applied now\n", list->count, done);
	return true;
}

static bool apply(struct pg *pg, const struct migration *migration, struct err *err)
{
	struct err cause = {0};

	if (!pg_script(pg, "BEGIN", PG_TRUSTED, err))
		return false;
	if (pg_script(pg, migration->sql, PG_TRUSTED, &cause) && record(pg, migration, &cause) &&
	    pg_script(pg, "COMMIT", PG_TRUSTED, &cause))
		return true;
	if (pg_is_alive(pg) && !pg_script(pg, "ROLLBACK", PG_TRUSTED, &cause))
		return err_set(err, cause.code, "%s: %s; not rolled back", migration->name, cause.message);
	return err_set(err, cause.code, "%s: %s", migration->name, cause.message);
}

static bool record(struct pg *pg, const struct migration *migration, struct err *err)
{
	char number[sizeof "-2147483648"];

	(void)snprintf(number, sizeof number, "%d", migration->number);
	return sql_migration_applied(pg,
	    &(struct sql_migration_applied){
		.number = PG_TEXT(number),
		.name = PG_TEXT(migration->name),
		.checksum = PG_BYTES(migration->checksum, SECRET_HASH_SIZE),
	    },
	    NULL, err);
}

static bool report_status(struct pg *pg, struct arena *arena, const char *directory, struct err *err)
{
	struct migration_list list;
	struct pg_result *result;
	bool ok;

	if (!migration_read_files(arena, directory, &list, err) ||
	    !sql_migration_table_exists(pg, &result, err))
		return false;
	ok = pg_bool(result, 0, SQL_MIGRATION_TABLE_EXISTS_FOUND);
	pg_result_free(result);
	if (!ok) {
		print_status(&list, NULL);
		return true;
	}
	if (!sql_migration_list(pg, &result, err))
		return false;
	ok = migration_compare(&list, result, err);
	print_status(&list, result);
	pg_result_free(result);
	return ok;
}

/* Applied ones come first in the list, in the order of the rows: migration_compare has seen to it. */
static void print_status(const struct migration_list *list, const struct pg_result *applied)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct migration *migration = &list->items[i];

		printf("%-20s  %s\n",
		    migration->is_applied ? pg_text(applied, (int)i, SQL_MIGRATION_LIST_APPLIED_AT)
					  : "to be applied",
		    migration->name);
	}
}
