/* retention: how long what is kept, and setting it within its bounds. Statements: sql/admin/retention.sql. */
#include "admin_sql.h"
#include "worker/admin/arguments.h"
#include "worker/admin/command.h"

#include <stdio.h>
#include <string.h>

enum { DIGITS_MOST = 9 };

static bool list_classes(struct pg *pg, int argc, char **argv, struct err *err);
static bool set_days(struct pg *pg, int argc, char **argv, struct err *err);
static bool is_number(const char *text);
static bool say(const struct pg_result *result, const char *class, const char *days, struct err *err);

bool command_retention(int argc, char **argv, struct err *err)
{
	static const struct command_verb verbs[] = {{"list", list_classes}, {"set", set_days}, {NULL, NULL}};
	static char *const list[] = {"list", NULL};

	return argc == 0 ? command_run_verb(verbs, 1, (char **)list, err)
			 : command_run_verb(verbs, argc, argv, err);
}

static bool list_classes(struct pg *pg, int argc, char **argv, struct err *err)
{
	const struct argument_list none = {0};
	struct pg_result *result;

	if (!arguments_read(argc, argv, &none, err) || !sql_retention_list(pg, &result, err))
		return false;
	printf("class\tdays\tleast\tmost\twhat\n");
	for (int row = 0; row < pg_rows(result); row++)
		printf("%s\t%s\t%s\t%s\t%s\n", pg_text(result, row, SQL_RETENTION_LIST_CLASS),
		    pg_text(result, row, SQL_RETENTION_LIST_DAYS),
		    pg_text(result, row, SQL_RETENTION_LIST_LEAST),
		    pg_text(result, row, SQL_RETENTION_LIST_MOST),
		    pg_text(result, row, SQL_RETENTION_LIST_WHAT));
	pg_result_free(result);
	return true;
}

static bool set_days(struct pg *pg, int argc, char **argv, struct err *err)
{
	const char *words[2];
	const struct argument_list list = {NULL, 0, words, 2};
	struct pg_result *result;
	bool ok;

	if (!arguments_read(argc, argv, &list, err))
		return false;
	if (words[1] == NULL || !is_number(words[1]))
		return err_set(err, "usage", "which class, and how many days?");
	if (!sql_retention_set(pg,
		&(struct sql_retention_set){.class = PG_TEXT(words[0]), .days = PG_TEXT(words[1])}, &result,
		err))
		return false;
	ok = say(result, words[0], words[1], err);
	pg_result_free(result);
	return ok;
}

static bool is_number(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length <= DIGITS_MOST && strspn(text, "0123456789") == length;
}

static bool say(const struct pg_result *result, const char *class, const char *days, struct err *err)
{
	if (pg_rows(result) == 0)
		return err_set(err, "retention", "no class '%s': retention lists them", class);
	if (!pg_bool(result, 0, SQL_RETENTION_SET_FITS))
		return err_set(err, "retention", "%s are kept from %s to %s days, not %s", class,
		    pg_text(result, 0, SQL_RETENTION_SET_LEAST), pg_text(result, 0, SQL_RETENTION_SET_MOST),
		    days);
	printf("%s: %s days\n", class, days);
	return true;
}
