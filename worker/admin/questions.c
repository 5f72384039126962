/*
 * questions: loads question sets from a JSON file, and says which one of each
 * name is asked now. What a file must look like is checked by the database
 * (file_problems), which finds all mistakes at once, each with its JSON pointer.
 */
#include "admin_sql.h"
#include "common/arena.h"
#include "common/pg.h"
#include "worker/admin/arguments.h"
#include "worker/admin/command.h"
#include "worker/admin/json_file.h"

#include <stdio.h>
#include <stdlib.h>

enum { VERSION_DIGITS = 6 };

static bool load(struct pg *pg, int argc, char **argv, struct err *err);
static bool list_sets(struct pg *pg, int argc, char **argv, struct err *err);
static bool activate(struct pg *pg, int argc, char **argv, struct err *err);
static bool retire(struct pg *pg, int argc, char **argv, struct err *err);
static bool check(struct pg *pg, const char *path, const char *text, struct err *err);
static bool insert(struct pg *pg, const char *text, struct err *err);
static bool move(struct pg *pg, int argc, char **argv, const char *state, struct err *err);
static bool move_set(
    struct pg *pg, const char *name, const char *version, const char *state, struct err *err);

bool command_questions(int argc, char **argv, struct err *err)
{
	static const struct command_verb verbs[] = {
	    {"load", load}, {"list", list_sets}, {"activate", activate}, {"retire", retire}, {NULL, NULL}};

	return command_run_verb(verbs, argc, argv, err);
}

static bool load(struct pg *pg, int argc, char **argv, struct err *err)
{
	struct arena *arena = arena_new();
	struct json_file file;
	bool ok;

	/* In one transaction: another file may be loaded at this moment. */
	ok = json_file_argument(arena, argc, argv, &file, err) &&
	     pg_script(pg, "BEGIN ISOLATION LEVEL SERIALIZABLE", PG_TRUSTED, err) &&
	     check(pg, file.path, file.bytes, err) && insert(pg, file.bytes, err) &&
	     pg_script(pg, "COMMIT", PG_TRUSTED, err);
	arena_free(arena);
	return ok;
}

static bool check(struct pg *pg, const char *path, const char *text, struct err *err)
{
	struct pg_result *result;
	int count;

	if (!sql_questions_problems(
		pg, &(struct sql_questions_problems){.file = PG_TEXT(text)}, &result, err))
		return false;
	count = pg_rows(result);
	for (int row = 0; row < count; row++)
		fprintf(stderr, "%s: %s: %s\n", path, pg_text(result, row, SQL_QUESTIONS_PROBLEMS_POINTER),
		    pg_text(result, row, SQL_QUESTIONS_PROBLEMS_PROBLEM));
	pg_result_free(result);
	return count == 0 ? true : err_set(err, "questions", "nothing was loaded: %d mistakes", count);
}

static bool insert(struct pg *pg, const char *text, struct err *err)
{
	struct pg_result *result;

	if (!sql_questions_load(pg, &(struct sql_questions_load){.file = PG_TEXT(text)}, &result, err))
		return false;
	for (int row = 0; row < pg_rows(result); row++) {
		const char *missing = pg_text(result, row, SQL_QUESTIONS_LOAD_MISSING);

		printf("%s %s: %s%s%s\n", pg_text(result, row, SQL_QUESTIONS_LOAD_NAME),
		    pg_text(result, row, SQL_QUESTIONS_LOAD_EDITION),
		    pg_bool(result, row, SQL_QUESTIONS_LOAD_IS_NEW) ? "loaded as a draft"
								    : "is loaded already",
		    missing == NULL ? "" : "; not all texts in ", missing == NULL ? "" : missing);
	}
	pg_result_free(result);
	return true;
}

static bool list_sets(struct pg *pg, int argc, char **argv, struct err *err)
{
	const struct argument_list none = {0};
	struct pg_result *result;

	if (!arguments_read(argc, argv, &none, err) || !sql_questions_list(pg, &result, err))
		return false;
	printf("name\tversion\tgroup\tstate\tquestions\tid\n");
	for (int row = 0; row < pg_rows(result); row++)
		printf("%s\t%s\t%s\t%s\t%s\t%s\n", pg_text(result, row, SQL_QUESTIONS_LIST_NAME),
		    pg_text(result, row, SQL_QUESTIONS_LIST_EDITION),
		    pg_text(result, row, SQL_QUESTIONS_LIST_RESPONDENT_GROUP),
		    pg_text(result, row, SQL_QUESTIONS_LIST_STATE),
		    pg_text(result, row, SQL_QUESTIONS_LIST_QUESTIONS),
		    pg_text(result, row, SQL_QUESTIONS_LIST_ID));
	pg_result_free(result);
	return true;
}

static bool activate(struct pg *pg, int argc, char **argv, struct err *err)
{
	return move(pg, argc, argv, "active", err);
}

static bool retire(struct pg *pg, int argc, char **argv, struct err *err)
{
	return move(pg, argc, argv, "retired", err);
}

static bool move(struct pg *pg, int argc, char **argv, const char *state, struct err *err)
{
	const char *words[2];
	const struct argument_list list = {NULL, 0, words, 2};

	if (!arguments_read(argc, argv, &list, err))
		return false;
	if (words[0] == NULL || words[1] == NULL || strlen(words[1]) > VERSION_DIGITS ||
	    strspn(words[1], "0123456789") != strlen(words[1]))
		return err_set(
		    err, "usage", "which set? (its name and its version, as questions list shows them)");
	return pg_script(pg, "BEGIN", PG_TRUSTED, err) && move_set(pg, words[0], words[1], state, err) &&
	       pg_script(pg, "COMMIT", PG_TRUSTED, err);
}

static bool move_set(struct pg *pg, const char *name, const char *version, const char *state, struct err *err)
{
	const struct sql_questions_state set = {.name = PG_TEXT(name), .edition = PG_TEXT(version)};
	const struct sql_questions_retire_others others = {
	    .name = PG_TEXT(name), .edition = PG_TEXT(version)};
	const struct sql_questions_move wanted = {
	    .name = PG_TEXT(name), .edition = PG_TEXT(version), .state = PG_TEXT(state)};
	struct pg_result *result;
	bool is_there, is_so;

	if (!sql_questions_state(pg, &set, &result, err))
		return false;
	is_there = pg_rows(result) == 1;
	is_so = is_there && strcmp(pg_text(result, 0, SQL_QUESTIONS_STATE_STATE), state) == 0;
	pg_result_free(result);
	if (!is_there)
		return err_set(err, "questions", "there is no version %s of a set '%s'", version, name);
	if (!is_so && strcmp(state, "active") == 0 && !sql_questions_retire_others(pg, &others, NULL, err))
		return false;
	if (!is_so && !sql_questions_move(pg, &wanted, NULL, err))
		return false;
	printf("%s %s: %s\n", name, version, state);
	return true;
}
