/*
 * API keys by hand: the first admin key of a new house, and those of a house
 * that has lost its last one. The secret is shown once; the table keeps its
 * SHA-256.
 */
#include "worker/admin/key.h"

#include "admin_sql.h"
#include "common/arena.h"
#include "common/pg.h"
#include "common/uuid.h"
#include "worker/admin/arguments.h"
#include "worker/admin/command.h"

#include <stdio.h>

enum { SECRET_BYTES = 32, VALUE_MAX = 4000 };

/* Lower case and digits with what scopes and UUIDs have between them: nothing that an array literal would
 * read otherwise. */
#define LIST_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789:_-,"

static bool create(struct pg *pg, int argc, char **argv, struct err *err);
static bool list_keys(struct pg *pg, int argc, char **argv, struct err *err);
static bool revoke(struct pg *pg, int argc, char **argv, struct err *err);
static bool insert(struct pg *pg, struct arena *arena, const struct key_wanted *wanted, struct uuid id,
    const char *secret, struct err *err);
static bool array_literal(
    struct arena *arena, const char *option, const char *list, const char **ret_literal, struct err *err);
static bool explain(const struct err *cause, struct err *err);
static const char *or_dash(const char *text);

bool command_key(int argc, char **argv, struct err *err)
{
	static const struct command_verb verbs[] = {
	    {"create", create}, {"list", list_keys}, {"revoke", revoke}, {NULL, NULL}};

	return command_run_verb(verbs, argc, argv, err);
}

bool key_make(struct pg *pg, struct arena *arena, const struct key_wanted *wanted, const char **ret_key,
    struct err *err)
{
	struct uuid id = uuid_time_ordered();
	unsigned char random[SECRET_BYTES];
	char id_hex[2 * UUID_SIZE + 1];
	const char *secret;

	secret_random(random, sizeof random);
	secret = secret_base64url(arena, random, sizeof random);
	if (!insert(pg, arena, wanted, id, secret, err))
		return false;
	secret_hex(id.bytes, sizeof id.bytes, id_hex);
	*ret_key = arena_printf(arena, "osal_%s_%s", id_hex, secret);
	return true;
}

static bool create(struct pg *pg, int argc, char **argv, struct err *err)
{
	struct key_wanted wanted = {0};
	const struct argument_option options[] = {{"--name", &wanted.name, NULL},
	    {"--scopes", &wanted.scopes, NULL}, {"--units", &wanted.units, NULL},
	    {"--expires", &wanted.expires, NULL}};
	const struct argument_list list = {options, sizeof options / sizeof options[0], NULL, 0};
	struct arena *arena;
	const char *key;
	bool ok;

	if (!arguments_read(argc, argv, &list, err))
		return false;
	if (wanted.name == NULL || wanted.scopes == NULL)
		return err_set(err, "usage", "a key needs --name and --scopes");
	arena = arena_new();
	ok = key_make(pg, arena, &wanted, &key, err);
	if (ok)
		printf("%s\n", key);
	arena_free(arena);
	return ok;
}

static bool insert(struct pg *pg, struct arena *arena, const struct key_wanted *wanted, struct uuid id,
    const char *secret, struct err *err)
{
	unsigned char hash[SECRET_HASH_SIZE];
	char id_text[UUID_TEXT_SIZE];
	const char *scopes;
	const char *units = NULL;
	struct pg_result *result;
	struct err cause = {0};
	bool made;

	if (!array_literal(arena, "--scopes", wanted->scopes, &scopes, err) ||
	    (wanted->units != NULL && !array_literal(arena, "--units", wanted->units, &units, err)))
		return false;
	secret_sha256(secret, strlen(secret), hash);
	uuid_write(&id, id_text);
	if (!sql_key_create(pg,
		&(struct sql_key_create){
		    .id = PG_TEXT(id_text),
		    .name = PG_TEXT(wanted->name),
		    .secret_hash = PG_BYTES(hash, sizeof hash),
		    .scopes = PG_TEXT(scopes),
		    .unit_ids = PG_TEXT(units),
		    .expires_on = PG_TEXT(wanted->expires),
		},
		&result, &cause))
		return explain(&cause, err);
	made = pg_rows(result) == 1;
	pg_result_free(result);
	return made ? true : err_set(err, "key", "one of the units does not exist, or is named twice");
}

/* What the database finds wrong comes as the name of a constraint or a SQLSTATE. */
static bool explain(const struct err *cause, struct err *err)
{
	static const struct {
		const char *message;
		const char *meaning;
	} known[] = {
	    {"api_key_scopes_are_known", "one of the scopes is not known"},
	    {"api_key_name_length", "a name has 1 to 200 characters"},
	    {"22007", "--expires takes a day, YYYY-MM-DD"},
	    {"22008", "--expires takes a day that exists, YYYY-MM-DD"},
	    {"22P02", "--units takes ids of units, --scopes names of scopes"},
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(cause->message, known[i].message) == 0)
			return err_set(err, "key", "%s", known[i].meaning);
	return err_set(err, cause->code, "%s", cause->message);
}

static bool array_literal(
    struct arena *arena, const char *option, const char *list, const char **ret_literal, struct err *err)
{
	size_t length = strlen(list);

	if (length == 0 || length > VALUE_MAX || strspn(list, LIST_CHARACTERS) != length)
		return err_set(err, "usage", "%s takes names separated by commas", option);
	*ret_literal = arena_printf(arena, "{%s}", list);
	return true;
}

static bool list_keys(struct pg *pg, int argc, char **argv, struct err *err)
{
	const struct argument_list none = {0};
	struct pg_result *result;

	if (!arguments_read(argc, argv, &none, err) || !sql_key_list(pg, &result, err))
		return false;
	printf("id\tname\tscopes\tunits\tcreated\texpires\trevoked\n");
	for (int row = 0; row < pg_rows(result); row++)
		printf("%s\t%s\t%s\t%s\t%s\t%s\t%s\n", pg_text(result, row, SQL_KEY_LIST_ID),
		    pg_text(result, row, SQL_KEY_LIST_NAME), pg_text(result, row, SQL_KEY_LIST_SCOPES),
		    or_dash(pg_text(result, row, SQL_KEY_LIST_UNIT_IDS)),
		    pg_text(result, row, SQL_KEY_LIST_CREATED_ON),
		    or_dash(pg_text(result, row, SQL_KEY_LIST_EXPIRES_ON)),
		    or_dash(pg_text(result, row, SQL_KEY_LIST_REVOKED_ON)));
	pg_result_free(result);
	return true;
}

static bool revoke(struct pg *pg, int argc, char **argv, struct err *err)
{
	const char *words[1];
	const struct argument_list list = {NULL, 0, words, 1};
	struct pg_result *result;
	struct uuid id;
	char id_text[UUID_TEXT_SIZE];
	bool found;

	if (!arguments_read(argc, argv, &list, err))
		return false;
	if (words[0] == NULL || !uuid_read(words[0], strlen(words[0]), &id))
		return err_set(err, "usage", "which key? (its id, as key list shows it)");
	uuid_write(&id, id_text);
	if (!sql_key_revoke(pg, &(struct sql_key_revoke){.id = PG_TEXT(id_text)}, &result, err))
		return false;
	found = pg_rows(result) == 1;
	pg_result_free(result);
	if (!found)
		return err_set(err, "key", "there is no key %s", id_text);
	printf("revoked %s\n", id_text);
	return true;
}

static const char *or_dash(const char *text)
{
	return text != NULL ? text : "-";
}
