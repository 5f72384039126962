/*
 * demo: fills an empty database with an invented county, a year of voices and
 * what became of them, so that there is something to see after the first start.
 * The data is sql/demo/NAME.json; it goes into a temporary table demo_data, and
 * sql/demo/load.sql makes rows of it. Only what needs a key is done here: ids,
 * receipt hashes, sealed addresses (all at example.org), API keys.
 */
#include "admin_sql.h"
#include "common/arena.h"
#include "common/config.h"
#include "common/file.h"
#include "common/json.h"
#include "common/pg.h"
#include "common/secret.h"
#include "worker/admin/arguments.h"
#include "worker/admin/command.h"
#include "worker/admin/demo_giver.h"
#include "worker/admin/files.h"
#include "worker/admin/key.h"

#include <stdio.h>

enum { JSON_DEPTH = 16, JSON_NODES = 200000 };

static const struct {
	const char *variable; /* as in var/demo.env */
	struct key_wanted wanted;
} keys[] = {
    {"KEY_ADMIN",
	{.name = "Demo: administrator",
	    .scopes = "admin,feedback:submit,feedback:read,feedback:handle,feedback:coordinate,"
		      "changes:write,changes:publish,panels:read,panels:write,experts:read,experts:write,"
		      "bookings:order,bookings:manage,reports:read,webhooks:manage"}},
    {"KEY_HANDLER", {.name = "Demo: handler", .scopes = "feedback:read,feedback:handle,changes:write"}},
    {"KEY_COORDINATOR", {.name = "Demo: coordinator",
			    .scopes = "feedback:read,feedback:handle,feedback:coordinate,changes:write,"
				      "changes:publish,panels:read,panels:write,experts:read,experts:write,"
				      "bookings:order,bookings:manage,reports:read"}},
    {"KEY_ORDERER", {.name = "Demo: orderer of experts", .scopes = "experts:read,bookings:order"}},
    {"KEY_SUBMIT", {.name = "Demo: web form", .scopes = "feedback:submit"}},
    {"KEY_ANALYST", {.name = "Demo: analyst", .scopes = "reports:read"}},
};

static bool check_empty(struct pg *pg, struct err *err);
static bool load(struct pg *pg, struct arena *arena, const char *directory, struct err *err);
static bool load_data(struct pg *pg, struct arena *arena, const char *directory,
    char ret_code[SECRET_CODE_SIZE], struct err *err);
static bool put(struct pg *pg, const char *name, json_t *body, struct err *err);
static bool make_keys(struct pg *pg, struct arena *arena, struct err *err);

bool command_demo(int argc, char **argv, struct err *err)
{
	const char *directory = config_text("SQL_DIR");
	bool keys_only = false;
	const struct argument_option options[] = {{"--dir", &directory, NULL}, {"--keys", NULL, &keys_only}};
	const struct argument_list list = {options, sizeof options / sizeof options[0], NULL, 0};
	struct arena *arena;
	struct pg *pg;
	bool ok;

	if (!arguments_read(argc, argv, &list, err) || !config_require("SERVER_KEY", err) ||
	    !config_require("MAIL_PUBLIC_KEY", err) || !secret_init(config_text("SERVER_KEY"), err) ||
	    !command_open(&pg, err))
		return false;
	arena = arena_new();
	ok = pg_script(pg, "BEGIN", PG_TRUSTED, err) && (keys_only || load(pg, arena, directory, err)) &&
	     make_keys(pg, arena, err) && pg_script(pg, "COMMIT", PG_TRUSTED, err);
	/* Closing the connection rolls back what was not committed. */
	pg_close(pg);
	arena_free(arena);
	return ok;
}

static bool check_empty(struct pg *pg, struct err *err)
{
	struct pg_result *result;
	bool empty;

	if (!sql_demo_is_empty(pg, &result, err))
		return false;
	empty = pg_bool(result, 0, SQL_DEMO_IS_EMPTY_EMPTY);
	pg_result_free(result);
	return empty ? true
		     : err_set(err, "demo",
			   "there are units already: demo data goes into an empty database only");
}

static bool load(struct pg *pg, struct arena *arena, const char *directory, struct err *err)
{
	const char *path = arena_printf(arena, "%s/demo", directory);
	const char *script;
	char code[SECRET_CODE_SIZE] = "";

	if (!check_empty(pg, err) || !sql_demo_table(pg, NULL, err) ||
	    !load_data(pg, arena, path, code, err) ||
	    !file_read(arena, arena_printf(arena, "%s/load.sql", path), &script, NULL, err))
		return false;
	printf("RECEIPT=%s\n", code);
	return pg_script(pg, script, PG_TRUSTED, err);
}

static bool load_data(struct pg *pg, struct arena *arena, const char *directory,
    char ret_code[SECRET_CODE_SIZE], struct err *err)
{
	static const struct json_limits limits = {.depth = JSON_DEPTH, .nodes = JSON_NODES};
	const char *const *names;

	if (!files_list(arena, directory, ".json", &names, err))
		return false;
	for (size_t i = 0; names[i] != NULL; i++) {
		const char *bytes;
		size_t length;
		struct err cause = {0};
		json_t *body;

		if (!file_read(
			arena, arena_printf(arena, "%s/%s", directory, names[i]), &bytes, &length, err))
			return false;
		if (!json_read(arena, bytes, length, &limits, &body, &cause))
			return err_set(err, cause.code, "%s: %s", names[i], cause.message);
		if (strcmp(names[i], "voices.json") == 0 && !demo_givers_add(arena, body, ret_code, err))
			return false;
		if (!put(pg, names[i], body, err))
			return false;
	}
	return true;
}

static bool put(struct pg *pg, const char *name, json_t *body, struct err *err)
{
	char *text = json_dumps(body, JSON_COMPACT);
	bool ok;

	if (text == NULL)
		abort();
	ok =
	    sql_demo_put(pg, &(struct sql_demo_put){.name = PG_TEXT(name), .body = PG_TEXT(text)}, NULL, err);
	free(text);
	return ok;
}

static bool make_keys(struct pg *pg, struct arena *arena, struct err *err)
{
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const char *key;

		if (!key_make(pg, arena, &keys[i].wanted, &key, err))
			return false;
		printf("%s=%s\n", keys[i].variable, key);
	}
	return true;
}
