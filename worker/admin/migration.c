#include "worker/admin/migration.h"

#include "admin_sql.h"
#include "common/file.h"
#include "worker/admin/files.h"

enum { NUMBER_DIGITS = 4, NUMBER_BASE = 10 };

static bool read_one(struct arena *arena, const char *path, struct migration *migration, struct err *err);
static int number_of(const char *name);
static bool compare_one(
    const struct migration *migration, const struct pg_result *applied, int row, struct err *err);

bool migration_read_files(
    struct arena *arena, const char *directory, struct migration_list *ret_list, struct err *err)
{
	const char *path = arena_printf(arena, "%s/migrations", directory);
	const char *const *names;
	struct migration_list list = {0};

	if (!files_list(arena, path, ".sql", &names, err))
		return false;
	while (names[list.count] != NULL)
		list.count++;
	list.items = arena_array(arena, list.count, sizeof *list.items);
	for (size_t i = 0; i < list.count; i++) {
		struct migration *migration = &list.items[i];

		migration->name = names[i];
		migration->number = number_of(names[i]);
		if (migration->number != (int)i + 1)
			return err_set(err, "migration", "%s: its number should be %04zu", names[i], i + 1);
		if (!read_one(arena, arena_printf(arena, "%s/%s", path, names[i]), migration, err))
			return false;
	}
	*ret_list = list;
	return true;
}

bool migration_compare(struct migration_list *list, const struct pg_result *applied, struct err *err)
{
	int rows = pg_rows(applied);

	for (int row = 0; row < rows; row++) {
		if ((size_t)row >= list->count)
			return err_set(err, "migration",
			    "the database is newer than these files: it has %d migrations, the files end "
			    "with %zu",
			    rows, list->count);
		if (!compare_one(&list->items[row], applied, row, err))
			return false;
		list->items[row].is_applied = true;
	}
	return true;
}

static bool read_one(struct arena *arena, const char *path, struct migration *migration, struct err *err)
{
	size_t length;

	if (!file_read(arena, path, &migration->sql, &length, err))
		return false;
	secret_sha256(migration->sql, length, migration->checksum);
	return true;
}

/* 0: not four digits and an underscore. */
static int number_of(const char *name)
{
	int number = 0;

	for (size_t i = 0; i < NUMBER_DIGITS; i++) {
		if (name[i] < '0' || name[i] > '9')
			return 0;
		number = number * NUMBER_BASE + (name[i] - '0');
	}
	return name[NUMBER_DIGITS] == '_' ? number : 0;
}

static bool compare_one(
    const struct migration *migration, const struct pg_result *applied, int row, struct err *err)
{
	size_t length;
	const void *checksum = pg_bytes(applied, row, SQL_MIGRATION_LIST_CHECKSUM, &length);

	if (pg_int(applied, row, SQL_MIGRATION_LIST_NUMBER) != migration->number)
		return err_set(
		    err, "migration", "%s was never applied, but a later one was", migration->name);
	if (length != SECRET_HASH_SIZE || memcmp(checksum, migration->checksum, SECRET_HASH_SIZE) != 0)
		return err_set(err, "migration",
		    "%s has changed since it was applied: write a new migration instead", migration->name);
	return true;
}
