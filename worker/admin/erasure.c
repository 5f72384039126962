/*
 * erasure: who was erased, as a file to keep beside the backups, and erasing
 * them again after a dump came back that still has them. Statements: sql/admin/erasure.sql.
 */
#include "admin_sql.h"
#include "common/arena.h"
#include "common/file.h"
#include "common/json.h"
#include "common/pg.h"
#include "worker/admin/arguments.h"
#include "worker/admin/command.h"

#include <stdio.h>

enum { JSON_DEPTH = 4, JSON_NODES = 50000000 };

static bool list_erasures(struct pg *pg, int argc, char **argv, struct err *err);
static bool repeat(struct pg *pg, int argc, char **argv, struct err *err);
static bool repeat_file(struct pg *pg, struct arena *arena, const char *path, struct err *err);

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
	const char *words[1];
	const struct argument_list list = {NULL, 0, words, 1};
	struct arena *arena;
	bool ok;

	if (!arguments_read(argc, argv, &list, err))
		return false;
	if (words[0] == NULL)
		return err_set(err, "usage", "which file?");
	arena = arena_new();
	ok = repeat_file(pg, arena, words[0], err);
	arena_free(arena);
	return ok;
}

static bool repeat_file(struct pg *pg, struct arena *arena, const char *path, struct err *err)
{
	static const struct json_limits limits = {.depth = JSON_DEPTH, .nodes = JSON_NODES};
	struct err cause = {0};
	struct pg_result *result;
	const char *bytes;
	size_t length;
	json_t *file;

	if (!file_read(arena, path, &bytes, &length, err))
		return false;
	if (!json_read(arena, bytes, length, &limits, &file, &cause))
		return err_set(err, cause.code, "%s: %s", path, cause.message);
	if (!json_is_array(json_object_get(file, "people")) ||
	    !json_is_array(json_object_get(file, "voices")))
		return err_set(err, "erasure", "%s: not a list of erasures", path);
	if (!sql_erasure_repeat(pg, &(struct sql_erasure_repeat){.list = PG_TEXT(bytes)}, &result, err))
		return false;
	printf("erased again: %s people, %s voices\n", pg_text(result, 0, SQL_ERASURE_REPEAT_PEOPLE),
	    pg_text(result, 0, SQL_ERASURE_REPEAT_VOICES));
	pg_result_free(result);
	return true;
}
