/*
 * erasure: who was erased, as a file to keep beside the backups, and erasing
 * them again after a dump came back that still has them. Statements: sql/admin/erasure.sql.
 */
#include "admin_sql.h"
#include "common/arena.h"
#include "common/pg.h"
#include "worker/admin/arguments.h"
#include "worker/admin/command.h"
#include "worker/admin/json_file.h"

#include <stdio.h>

static bool list_erasures(struct pg *pg, int argc, char **argv, struct err *err);
static bool repeat(struct pg *pg, int argc, char **argv, struct err *err);
static bool repeat_list(struct pg *pg, const struct json_file *file, struct err *err);

bool command_erasure(int argc, char **argv, struct err *err)
{
	static const struct command_verb verbs[] = {
	    {"list", list_erasures}, {"repeat", repeat}, {NULL, NULL}};

	return command_run_verb(verbs, argc, argv, err);
}

static bool list_erasures(struct pg *pg, int argc, char **argv, struct err *err)
{
	const struct argument_list none = {0};
	struct pg_result *result;

	if (!arguments_read(argc, argv, &none, err) || !sql_erasure_list(pg, &result, err))
		return false;
	printf("%s\n", pg_text(result, 0, SQL_ERASURE_LIST_LIST));
	pg_result_free(result);
	return true;
}

static bool repeat(struct pg *pg, int argc, char **argv, struct err *err)
{
	struct arena *arena = arena_new();
	struct json_file file;
	bool ok = json_file_argument(arena, argc, argv, &file, err) && repeat_list(pg, &file, err);

	arena_free(arena);
	return ok;
}

static bool repeat_list(struct pg *pg, const struct json_file *file, struct err *err)
{
	struct pg_result *result;

	if (!json_is_array(json_object_get(file->json, "people")) ||
	    !json_is_array(json_object_get(file->json, "voices")))
		return err_set(err, "erasure", "%s: not a list of erasures", file->path);
	if (!sql_erasure_repeat(pg, &(struct sql_erasure_repeat){.list = PG_TEXT(file->bytes)}, &result, err))
		return false;
	printf("erased again: %s people, %s voices\n", pg_text(result, 0, SQL_ERASURE_REPEAT_PEOPLE),
	    pg_text(result, 0, SQL_ERASURE_REPEAT_VOICES));
	pg_result_free(result);
	return true;
}
