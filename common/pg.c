#include "common/pg.h"

#include "common/arena.h"
#include "common/sqlstate.h"

#include <assert.h>
#include <libpq-fe.h>
#include <limits.h>

enum { VALUES_MAX = 64, COPY_PIECE = 64 * 1024, FORMAT_TEXT = 0, FORMAT_BINARY = 1, NUMBER_BASE = 10 };

#define SESSION_OPTIONS "-c TimeZone=UTC"

/* A name that has been prepared on this connection. */
struct pg_prepared {
	struct pg_prepared *next;
	const char *name; /* static, of pg_run's caller */
};

struct pg {
	struct arena *arena; /* holds the struct itself and what was prepared */
	PGconn *connection;
	struct pg_prepared *prepared;
	bool is_lost; /* PostgreSQL said that this connection must not be used any more */
};

struct pg_result {
	struct arena *arena; /* holds the struct itself and what was decoded */
	PGresult *result;
};

static const char *session_options(struct arena *arena, const PQconninfoOption *options);
static PGconn *connect_with(const char *conninfo, const char *options, const char *application_name);
static bool fail_connect(struct arena *arena, const PGconn *connection, struct err *err);
static void drop_notice(void *context, const PGresult *notice);
static bool prepare(struct pg *pg, const char *name, const char *sql, struct err *err);
static PGresult *execute(
    struct pg *pg, const char *name, const char *sql, const struct pg_value *values, size_t count);
static bool check_result(struct pg *pg, const PGresult *result, const char *trusted_sql, struct err *err);
static bool fail(struct pg *pg, const PGresult *result, const char *trusted_sql, struct err *err);
static bool fail_guarded(const PGresult *result, const char *code, const char *state, struct err *err);
static bool fail_trusted(const PGresult *result, const char *code, const char *sql, struct err *err);
static const char *field(const PGresult *result, int name);
static unsigned line_of(const char *sql, const char *position);
static bool finish_copy(struct pg *pg, const char *failure, struct err *err);
static void clear(void *result);

bool pg_open(const char *conninfo, const char *application_name, struct pg **ret_pg, struct err *err)
{
	PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
	struct arena *arena;
	struct pg *pg;

	/* libpq's own text would quote a part of it, maybe the password. */
	if (options == NULL)
		return err_set(
		    err, "database_unavailable", "the database setting is not one that libpq takes");
	arena = arena_new();
	pg = arena_alloc(arena, sizeof *pg);
	pg->arena = arena;
	pg->connection = connect_with(conninfo, session_options(arena, options), application_name);
	PQconninfoFree(options);
	if (PQstatus(pg->connection) != CONNECTION_OK) {
		(void)fail_connect(arena, pg->connection, err);
		pg_close(pg);
		return false;
	}
	(void)PQsetErrorVerbosity(pg->connection, PQERRORS_TERSE);
	(void)PQsetNoticeReceiver(pg->connection, drop_notice, NULL);
	*ret_pg = pg;
	return true;
}

void pg_close(struct pg *pg)
{
	if (pg == NULL)
		return;
	PQfinish(pg->connection);
	arena_free(pg->arena);
}

bool pg_is_alive(const struct pg *pg)
{
	return !pg->is_lost && PQstatus(pg->connection) == CONNECTION_OK;
}

int pg_socket(const struct pg *pg)
{
	return PQsocket(pg->connection);
}

bool pg_run(struct pg *pg, const char *name, const char *sql, const struct pg_value *values, size_t count,
    struct pg_result **ret_result, struct err *err)
{
	struct pg_result *wrapped;
	struct arena *arena;
	PGresult *result;
	bool ok;

	if (name != NULL && !prepare(pg, name, sql, err))
		return false;
	result = execute(pg, name, sql, values, count);
	ok = check_result(pg, result, NULL, err);
	if (!ok || ret_result == NULL) {
		PQclear(result);
		return ok;
	}
	arena = arena_new();
	wrapped = arena_alloc(arena, sizeof *wrapped);
	*wrapped = (struct pg_result){.arena = arena, .result = result};
	arena_on_free(arena, clear, result);
	*ret_result = wrapped;
	return true;
}

bool pg_script(struct pg *pg, const char *sql, enum pg_trust trust, struct err *err)
{
	PGresult *result = pg_is_alive(pg) ? PQexec(pg->connection, sql) : NULL;
	bool ok = check_result(pg, result, trust == PG_TRUSTED ? sql : NULL, err);

	PQclear(result);
	return ok;
}

int pg_rows(const struct pg_result *result)
{
	return PQntuples(result->result);
}

int pg_affected(const struct pg_result *result)
{
	return (int)strtol(PQcmdTuples(result->result), NULL, NUMBER_BASE);
}

const char *pg_text(const struct pg_result *result, int row, int column)
{
	if (PQgetisnull(result->result, row, column) != 0)
		return NULL;
	return PQgetvalue(result->result, row, column);
}

int64_t pg_int(const struct pg_result *result, int row, int column)
{
	const char *text = pg_text(result, row, column);

	return text == NULL ? 0 : strtoll(text, NULL, NUMBER_BASE);
}

bool pg_bool(const struct pg_result *result, int row, int column)
{
	const char *text = pg_text(result, row, column);

	return text != NULL && text[0] == 't';
}

const void *pg_bytes(const struct pg_result *result, int row, int column, size_t *ret_length)
{
	const char *text = pg_text(result, row, column);
	unsigned char *decoded;
	const void *kept;

	*ret_length = 0;
	if (text == NULL)
		return NULL;
	decoded = PQunescapeBytea((const unsigned char *)text, ret_length);
	if (decoded == NULL)
		abort();
	kept = arena_copy(result->arena, decoded, *ret_length);
	PQfreemem(decoded);
	return kept;
}

void pg_result_free(struct pg_result *result)
{
	if (result != NULL)
		arena_free(result->arena);
}

bool pg_notified(struct pg *pg)
{
	bool any = false;
	PGnotify *notification;

	if (PQconsumeInput(pg->connection) == 0)
		return false;
	while ((notification = PQnotifies(pg->connection)) != NULL) {
		PQfreemem(notification);
		any = true;
	}
	return any;
}

bool pg_copy(struct pg *pg, const char *copy_sql, const char *lines, size_t length, struct err *err)
{
	PGresult *result = pg_is_alive(pg) ? PQexec(pg->connection, copy_sql) : NULL;
	bool is_copying = PQresultStatus(result) == PGRES_COPY_IN;
	size_t done = 0;

	if (!is_copying && check_result(pg, result, NULL, err))
		err_set(err, "database_error", "not a COPY … FROM STDIN");
	PQclear(result);
	if (!is_copying)
		return false;
	while (done < length) {
		size_t piece = length - done < COPY_PIECE ? length - done : COPY_PIECE;

		if (PQputCopyData(pg->connection, lines + done, (int)piece) != 1)
			break;
		done += piece;
	}
	return finish_copy(pg, done == length ? NULL : "not all lines could be sent", err);
}

/* Every session speaks UTC, whatever the server's default is; the setting's own options come after. */
static const char *session_options(struct arena *arena, const PQconninfoOption *options)
{
	for (; options->keyword != NULL; options++) {
		if (strcmp(options->keyword, "options") == 0 && options->val != NULL)
			return arena_printf(arena, "%s %s", SESSION_OPTIONS, options->val);
	}
	return SESSION_OPTIONS;
}

/* What comes before dbname, the setting may overrule; what comes behind it, not. */
static PGconn *connect_with(const char *conninfo, const char *options, const char *application_name)
{
	const char *const names[] = {"connect_timeout", "tcp_user_timeout", "keepalives", "keepalives_idle",
	    "keepalives_interval", "keepalives_count", "target_session_attrs", "dbname", "client_encoding",
	    "options", "application_name", NULL};
	const char *const values[] = {"2", "5000", "1", "10", "5", "3", "read-write", conninfo, "UTF8",
	    options, application_name, NULL};
	PGconn *connection = PQconnectdbParams(names, values, 1);

	if (connection == NULL)
		abort();
	return connection;
}

/* libpq's text names host, port and user, but no password. */
static bool fail_connect(struct arena *arena, const PGconn *connection, struct err *err)
{
	char *text = arena_string(arena, PQerrorMessage(connection));
	size_t length = strlen(text);

	while (length > 0 && text[length - 1] == '\n')
		text[--length] = '\0';
	for (char *at = strpbrk(text, "\n\t"); at != NULL; at = strpbrk(at, "\n\t"))
		*at = ' ';
	return err_set(err, "database_unavailable", "%s", text);
}

/* A notice may quote values. */
static void drop_notice(void *context, const PGresult *notice)
{
	(void)context;
	(void)notice;
}

static bool prepare(struct pg *pg, const char *name, const char *sql, struct err *err)
{
	struct pg_prepared *prepared;
	PGresult *result;
	bool ok;

	for (prepared = pg->prepared; prepared != NULL; prepared = prepared->next) {
		if (strcmp(prepared->name, name) == 0)
			return true;
	}
	result = pg_is_alive(pg) ? PQprepare(pg->connection, name, sql, 0, NULL) : NULL;
	ok = check_result(pg, result, NULL, err);
	PQclear(result);
	if (!ok)
		return false;
	prepared = arena_alloc(pg->arena, sizeof *prepared);
	*prepared = (struct pg_prepared){.next = pg->prepared, .name = name};
	pg->prepared = prepared;
	return true;
}

static PGresult *execute(
    struct pg *pg, const char *name, const char *sql, const struct pg_value *values, size_t count)
{
	const char *texts[VALUES_MAX];
	int lengths[VALUES_MAX];
	int formats[VALUES_MAX];

	assert(count <= VALUES_MAX);
	if (!pg_is_alive(pg))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		assert(values[i].length <= INT_MAX);
		texts[i] = values[i].bytes != NULL ? values[i].bytes : values[i].text;
		lengths[i] = (int)values[i].length;
		formats[i] = values[i].bytes != NULL ? FORMAT_BINARY : FORMAT_TEXT;
	}
	if (name != NULL)
		return PQexecPrepared(pg->connection, name, (int)count, texts, lengths, formats, FORMAT_TEXT);
	return PQexecParams(pg->connection, sql, (int)count, NULL, texts, lengths, formats, FORMAT_TEXT);
}

/* `trusted_sql`: NULL, or the text whose error may be shown. */
static bool check_result(struct pg *pg, const PGresult *result, const char *trusted_sql, struct err *err)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
		return true;
	if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
		/* Nobody is going to copy: the connection is of no use any more. */
		pg->is_lost = true;
		return err_set(err, "database_error", "a COPY that only pg_copy can do");
	}
	return fail(pg, result, trusted_sql, err);
}

static bool fail(struct pg *pg, const PGresult *result, const char *trusted_sql, struct err *err)
{
	const char *state = field(result, PG_DIAG_SQLSTATE);
	const struct sqlstate *known = sqlstate_find(state);

	if (!pg_is_alive(pg) || known->loses_connection) {
		pg->is_lost = true;
		return err_set(err, "database_unavailable", "the connection to the database is lost%s%s",
		    state[0] == '\0' ? "" : ": ", state);
	}
	if (trusted_sql != NULL)
		return fail_trusted(result, known->code, trusted_sql, err);
	return fail_guarded(result, known->code, state, err);
}

static bool fail_guarded(const PGresult *result, const char *code, const char *state, struct err *err)
{
	const char *name = field(result, PG_DIAG_CONSTRAINT_NAME);

	/* A NOT NULL has no name. */
	if (name[0] == '\0')
		name = field(result, PG_DIAG_COLUMN_NAME);
	if (strcmp(code, "constraint") == 0)
		return err_set(err, code, "%s", name);
	return err_set(err, code, "%s", state);
}

static bool fail_trusted(const PGresult *result, const char *code, const char *sql, struct err *err)
{
	const char *position = field(result, PG_DIAG_STATEMENT_POSITION);
	const char *text = field(result, PG_DIAG_MESSAGE_PRIMARY);

	if (position[0] == '\0')
		return err_set(err, code, "%s (%s)", text, field(result, PG_DIAG_SQLSTATE));
	return err_set(
	    err, code, "line %u: %s (%s)", line_of(sql, position), text, field(result, PG_DIAG_SQLSTATE));
}

static const char *field(const PGresult *result, int name)
{
	const char *text = PQresultErrorField(result, name);

	return text == NULL ? "" : text;
}

/* PostgreSQL counts characters, from 1. */
static unsigned line_of(const char *sql, const char *position)
{
	long left = strtol(position, NULL, NUMBER_BASE);
	unsigned line = 1;

	for (; *sql != '\0' && left > 1; sql++) {
		if (*sql == '\n')
			line++;
		/* The byte after this one begins a character. */
		if (((unsigned char)sql[1] & 0xc0) != 0x80)
			left--;
	}
	return line;
}

/* With a `failure` the server throws the lines away. */
static bool finish_copy(struct pg *pg, const char *failure, struct err *err)
{
	bool ok = PQputCopyEnd(pg->connection, failure) == 1 && failure == NULL;
	PGresult *result;

	while ((result = PQgetResult(pg->connection)) != NULL) {
		ok = check_result(pg, result, NULL, err) && ok;
		PQclear(result);
		if (pg->is_lost)
			break;
	}
	return ok || fail(pg, NULL, NULL, err);
}

static void clear(void *result)
{
	PQclear(result);
}
