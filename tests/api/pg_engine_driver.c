/*
 * The engine alone, driven by lines of JSON on standard input; each answer is a
 * line of JSON on standard output. One line is handled in one loop turn.
 *
 *     {"statement": {"name", "sql", "lane", "binds": [["uuid", 2951], …], "lock_sql", "lock_binds"}}
 *     {"submit": [["statement", [value, …]], …]}   value: null, a text, or {"hex": "…"}
 *     {"counts": true}   {"ready": true}: answered when the engine is ready
 *
 * Queries are numbered from 0. The end of the input frees the engine.
 */
#include "api/pg_engine.h"
#include "common/clock.h"
#include "common/log.h"

#include <event2/event.h>
#include <jansson.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BINDS_MAX = 16, STATEMENTS_MAX = 64, INPUT_MAX = 16 << 20 };

struct definition {
	struct statement statement;
	struct bind binds[BINDS_MAX];
	unsigned char lock_binds[BINDS_MAX];
};

struct driver {
	struct event_base *base;
	struct event *input, *ready_poll;
	struct pg_engine *engine;
	struct definition definitions[STATEMENTS_MAX];
	unsigned definition_count;
	char *kept[STATEMENTS_MAX * 3]; /* equal texts once, as a compiler keeps its literals */
	unsigned kept_count;
	unsigned submitted;
	char *text;
	size_t text_length;
};

struct submission {
	struct pg_query query;
	struct pg_param params[BINDS_MAX];
	unsigned id;
	int64_t began_us;
};

static void on_input(evutil_socket_t fd, short what, void *context);
static void on_ready_poll(evutil_socket_t fd, short what, void *context);
static void handle(struct driver *driver, const json_t *line);
static void define(struct driver *driver, const json_t *json);
static void submit(struct driver *driver, const json_t *json);
static void on_done(struct pg_query *query, const struct pg_answer *answer);
static void print(json_t *json);
static void print_counts(const struct driver *driver);
static json_t *rows_json(const struct pg_rows *rows);
static json_t *names_json(const struct pg_rows *rows);
static struct pg_param param_of(const json_t *json);
static unsigned long setting(const char *name, unsigned long otherwise);
static void die(const char *why);

int main(int argc, char **argv)
{
	struct driver driver = {.text = malloc(INPUT_MAX)};
	struct pg_engine_options options = {.queue = (unsigned)setting("QUEUE", 256),
	    .queue_wait_ms = (unsigned)setting("QUEUE_WAIT_MS", 1000),
	    .batch = (unsigned)setting("BATCH", 64),
	    .batch_bytes = setting("BATCH_BYTES", 1 << 20),
	    .own_connections = (unsigned)setting("OWN_CONNECTIONS", 4),
	    .search_connections = (unsigned)setting("SEARCH_CONNECTIONS", 2),
	    .statement_timeout_ms = (unsigned)setting("STATEMENT_TIMEOUT_MS", 3000),
	    .schema_version = (unsigned)setting("SCHEMA_VERSION", 1)};
	struct err err = {0};

	if (argc != 2 || driver.text == NULL)
		die("usage: pg_engine_driver CONNINFO");
	options.conninfo = argv[1];
	log_init("pg_engine_driver", LOG_INFO);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	driver.base = event_base_new();
	if (driver.base == NULL || !pg_engine_new(driver.base, &options, &driver.engine, &err))
		die(err.message);
	driver.ready_poll = event_new(driver.base, -1, EV_PERSIST, on_ready_poll, &driver);
	driver.input = event_new(driver.base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, &driver);
	(void)event_add(driver.input, NULL);
	(void)event_base_dispatch(driver.base);
	pg_engine_free(driver.engine);
	event_free(driver.input);
	event_free(driver.ready_poll);
	event_base_free(driver.base);
	for (unsigned i = 0; i < driver.kept_count; i++)
		free(driver.kept[i]);
	free(driver.text);
	libevent_global_shutdown();
	return 0;
}

/* Whole lines are handled at once, so that one write of the test is one turn. */
static void on_input(evutil_socket_t fd, short what, void *context)
{
	struct driver *driver = context;
	ssize_t got = read((int)fd, driver->text + driver->text_length, INPUT_MAX - driver->text_length);
	char *end, *line = driver->text;

	(void)what;
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		(void)event_base_loopbreak(driver->base);
		return;
	}
	driver->text_length += (size_t)got;
	while ((end = memchr(line, '\n', driver->text_length - (size_t)(line - driver->text))) != NULL) {
		json_t *json = json_loadb(line, (size_t)(end - line), JSON_ALLOW_NUL, NULL);

		if (json == NULL)
			die("not JSON");
		handle(driver, json);
		json_decref(json);
		line = end + 1;
	}
	driver->text_length -= (size_t)(line - driver->text);
	memmove(driver->text, line, driver->text_length);
}

static void on_ready_poll(evutil_socket_t fd, short what, void *context)
{
	struct driver *driver = context;

	(void)fd;
	(void)what;
	if (!pg_engine_is_ready(driver->engine))
		return;
	(void)event_del(driver->ready_poll);
	print(json_pack("{s:b}", "ready", 1));
}

static void handle(struct driver *driver, const json_t *line)
{
	const struct timeval often = {.tv_usec = 2000};

	if (json_object_get(line, "statement") != NULL)
		define(driver, json_object_get(line, "statement"));
	else if (json_object_get(line, "submit") != NULL)
		submit(driver, json_object_get(line, "submit"));
	else if (json_object_get(line, "ready") != NULL)
		(void)event_add(driver->ready_poll, &often);
	else
		print_counts(driver);
}

/* NULL for NULL. */
static const char *keep(struct driver *driver, const char *text)
{
	if (text == NULL)
		return NULL;
	for (unsigned i = 0; i < driver->kept_count; i++)
		if (strcmp(driver->kept[i], text) == 0)
			return driver->kept[i];
	driver->kept[driver->kept_count] = strdup(text);
	return driver->kept[driver->kept_count++];
}

static void define(struct driver *driver, const json_t *json)
{
	static const char *const lanes[] = {"read", "many", "write", "own", "search"};
	static const char *const types[] = {"uuid", "jsonb", "bytea", "text", "int", "bool", "date",
	    "timestamptz", "text_array", "uuid_array"};
	struct definition *made = &driver->definitions[driver->definition_count++];
	const char *lane = json_string_value(json_object_get(json, "lane"));
	const json_t *binds = json_object_get(json, "binds"),
		     *lock_binds = json_object_get(json, "lock_binds");

	made->statement =
	    (struct statement){.name = keep(driver, json_string_value(json_object_get(json, "name"))),
		.sql = keep(driver, json_string_value(json_object_get(json, "sql"))),
		.binds = made->binds,
		.bind_count = (unsigned)json_array_size(binds),
		.lock_sql = keep(driver, json_string_value(json_object_get(json, "lock_sql"))),
		.lock_binds = made->lock_binds,
		.lock_bind_count = (unsigned)json_array_size(lock_binds)};
	while (strcmp(lanes[made->statement.lane], lane) != 0)
		made->statement.lane++;
	for (unsigned i = 0; i < made->statement.bind_count; i++) {
		const json_t *bind = json_array_get(binds, i);

		while (strcmp(types[made->binds[i].type], json_string_value(json_array_get(bind, 0))) != 0)
			made->binds[i].type++;
		made->binds[i].oid = (unsigned)json_integer_value(json_array_get(bind, 1));
	}
	for (unsigned i = 0; i < made->statement.lock_bind_count; i++)
		made->lock_binds[i] = (unsigned char)json_integer_value(json_array_get(lock_binds, i));
}

static void submit(struct driver *driver, const json_t *json)
{
	for (size_t i = 0; i < json_array_size(json); i++) {
		const char *name = json_string_value(json_array_get(json_array_get(json, i), 0));
		const json_t *values = json_array_get(json_array_get(json, i), 1);
		struct submission *made = calloc(1, sizeof *made);
		unsigned at = 0;

		if (made == NULL)
			die("no memory");
		while (strcmp(driver->definitions[at].statement.name, name) != 0)
			at++;
		for (unsigned bind = 0; bind < driver->definitions[at].statement.bind_count; bind++)
			made->params[bind] = param_of(json_array_get(values, bind));
		made->id = driver->submitted++;
		made->began_us = clock_monotonic_us();
		made->query = (struct pg_query){.statement = &driver->definitions[at].statement,
		    .params = made->params,
		    .done = on_done,
		    .context = made};
		pg_engine_submit(driver->engine, &made->query);
	}
}

static void on_done(struct pg_query *query, const struct pg_answer *answer)
{
	static const char *const outcomes[] = {"rows", "failed", "timed_out", "unavailable"};
	struct submission *made = query->context;
	json_t *json = json_pack("{s:i, s:s, s:s, s:s, s:f}", "id", (int)made->id, "outcome",
	    outcomes[answer->outcome], "sqlstate", answer->sqlstate, "constraint", answer->constraint, "ms",
	    (double)(clock_monotonic_us() - made->began_us) / 1000);

	if (answer->outcome == PG_ROWS) {
		(void)json_object_set_new(json, "rows", rows_json(answer->rows));
		(void)json_object_set_new(json, "columns", names_json(answer->rows));
	}
	print(json);
	for (unsigned i = 0; i < query->statement->bind_count; i++)
		free((char *)made->params[i].bytes);
	free(made);
}

static void print(json_t *json)
{
	(void)json_dumpf(json, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
	(void)fputc('\n', stdout);
	(void)fflush(stdout);
	json_decref(json);
}

static void print_counts(const struct driver *driver)
{
	struct pg_engine_counts counts;

	pg_engine_counts(driver->engine, &counts);
	print(json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "batches", (json_int_t)counts.batches,
	    "queries", (json_int_t)counts.queries, "replays", (json_int_t)counts.replays, "reconnects",
	    (json_int_t)counts.reconnects, "timeouts", (json_int_t)counts.timeouts, "refused",
	    (json_int_t)counts.refused, "waiting", (json_int_t)counts.waiting));
}

static json_t *rows_json(const struct pg_rows *rows)
{
	json_t *all = json_array();

	for (unsigned row = 0; row < pg_rows_count(rows); row++) {
		json_t *one = json_array();

		for (unsigned column = 0; column < pg_rows_columns(rows); column++) {
			size_t length = 0;
			const char *value = pg_rows_value(rows, row, column, &length);

			(void)json_array_append_new(
			    one, value == NULL ? json_null() : json_stringn(value, length));
		}
		(void)json_array_append_new(all, one);
	}
	return all;
}

/* [["id", "text"], …] */
static json_t *names_json(const struct pg_rows *rows)
{
	static const char *const kinds[] = {"text", "number", "bool", "json", "timestamptz", "date", "bytea"};
	json_t *all = json_array();

	for (unsigned column = 0; column < pg_rows_columns(rows); column++) {
		const char *name = pg_rows_name(rows, column);

		if (pg_rows_find(rows, name) < 0)
			die("a column cannot be found by its name");
		(void)json_array_append_new(
		    all, json_pack("[s, s]", name, kinds[pg_rows_kind(rows, column)]));
	}
	return all;
}

static struct pg_param param_of(const json_t *json)
{
	const char *hex = json_string_value(json_object_get(json, "hex"));
	size_t length = hex == NULL ? json_string_length(json) : strlen(hex) / 2;
	char *bytes;

	if (json == NULL || json_is_null(json))
		return (struct pg_param){0};
	bytes = calloc(1, length + 1);
	if (bytes == NULL)
		die("no memory");
	if (hex == NULL)
		memcpy(bytes, json_string_value(json), length);
	for (size_t i = 0; hex != NULL && i < length; i++) {
		const char digits[3] = {hex[2 * i], hex[2 * i + 1]};

		bytes[i] = (char)strtoul(digits, NULL, 16);
	}
	return (struct pg_param){.bytes = bytes, .length = length};
}

static unsigned long setting(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : strtoul(text, NULL, 10);
}

static void die(const char *why)
{
	(void)fprintf(stderr, "pg_engine_driver: %s\n", why);
	exit(1);
}
