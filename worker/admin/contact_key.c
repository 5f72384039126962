/* contact-key: what is sealed to which key, and when an old one has done its work. */
#include "admin_sql.h"
#include "worker/admin/arguments.h"
#include "worker/admin/command.h"

#include <stdio.h>
#include <string.h>

static bool list_keys(struct pg *pg, int argc, char **argv, struct err *err);
static bool retire(struct pg *pg, int argc, char **argv, struct err *err);
static bool say(const char *verdict, const char *id, struct err *err);

bool command_contact_key(int argc, char **argv, struct err *err)
{
	static const struct command_verb verbs[] = {{"list", list_keys}, {"retire", retire}, {NULL, NULL}};

	return command_run_verb(verbs, argc, argv, err);
}

static bool list_keys(struct pg *pg, int argc, char **argv, struct err *err)
{
	const struct argument_list none = {0};
	struct pg_result *result;

	if (!arguments_read(argc, argv, &none, err) || !sql_contact_key_list(pg, &result, err))
		return false;
	printf("id\tstate\tcontacts\tlinks\n");
	for (int row = 0; row < pg_rows(result); row++)
		printf("%s\t%s\t%s\t%s\n", pg_text(result, row, SQL_CONTACT_KEY_LIST_ID),
		    pg_text(result, row, SQL_CONTACT_KEY_LIST_STATE),
		    pg_text(result, row, SQL_CONTACT_KEY_LIST_CONTACTS),
		    pg_text(result, row, SQL_CONTACT_KEY_LIST_LINKS));
	pg_result_free(result);
	return true;
}

static bool retire(struct pg *pg, int argc, char **argv, struct err *err)
{
	const char *words[1];
	const struct argument_list list = {NULL, 0, words, 1};
	struct pg_result *result;
	bool ok;

	if (!arguments_read(argc, argv, &list, err))
		return false;
	if (words[0] == NULL)
		return err_set(err, "usage", "which key? (its id, as contact-key list shows it)");
	if (!sql_contact_key_retire(
		pg, &(struct sql_contact_key_retire){.id = PG_TEXT(words[0])}, &result, err))
		return false;
	ok = say(pg_text(result, 0, SQL_CONTACT_KEY_RETIRE_VERDICT), words[0], err);
	pg_result_free(result);
	return ok;
}

static bool say(const char *verdict, const char *id, struct err *err)
{
	if (strcmp(verdict, "unknown") == 0)
		return err_set(err, "contact_key", "no mailer has had the key %s", id);
	if (strcmp(verdict, "newest") == 0)
		return err_set(err, "contact_key", "%s is the newest key: contact data is sealed to it", id);
	if (strcmp(verdict, "needed") == 0)
		return err_set(err, "contact_key",
		    "there is still contact data under %s: contact-key list shows how much", id);
	printf("retired %s: its secret may be destroyed\n", id);
	return true;
}
