/*
 * PostgreSQL for the worker and the admin command: one connection, one caller,
 * waiting allowed. (The api has its own engine in api/pg_*.c, which never
 * waits.) Statements and their values go apart (PQexecParams, prepared on first use
 * where a name is given); results are texts. Errors are mapped to codes; PostgreSQL's own
 * text goes into err->message only for statements without people's data
 * (PG_TRUSTED), because a DETAIL quotes values.
 */
#ifndef OSALLISUUS_COMMON_PG_H
#define OSALLISUUS_COMMON_PG_H

#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pg;
struct pg_result;

enum pg_trust { PG_GUARDED, PG_TRUSTED };

/*
 * A value: text (NULL text: SQL NULL), or bytes (bytes != NULL), sent in binary.
 */
struct pg_value {
	const char *text;
	const void *bytes;
	size_t length;
};

#define PG_TEXT(value) ((struct pg_value){.text = (value)})
#define PG_BYTES(value, size) ((struct pg_value){.bytes = (value), .length = (size)})

/* `conninfo` as libpq takes it; keepalives and timeouts of RELIABILITY are added. err codes:
 * database_unavailable. */
MUST_USE bool pg_open(
    const char *conninfo, const char *application_name, struct pg **ret_pg, struct err *err);
void pg_close(struct pg *pg); /* NULL is fine */
bool pg_is_alive(const struct pg *pg);
int pg_socket(const struct pg *pg); /* for poll(2) */

/*
 * Runs one statement. `name`: static, prepared under it on first use; NULL: run once.
 * err codes: database_unavailable (the connection is lost), database_timeout,
 * database_conflict (40001, 40P01, 55P03), constraint (message: the constraint's name), database_error
 * (message: SQLSTATE). ret_result may be NULL when rows are of no interest.
 */
MUST_USE bool pg_run(struct pg *pg, const char *name, const char *sql, const struct pg_value *values,
    size_t count, struct pg_result **ret_result, struct err *err);
/*
 * Several statements separated by semicolons, without values: migrations, SET, BEGIN, COMMIT. Codes as
 * of pg_run; with PG_TRUSTED the message is the line of `sql` and PostgreSQL's own text.
 */
MUST_USE bool pg_script(struct pg *pg, const char *sql, enum pg_trust trust, struct err *err);

int pg_rows(const struct pg_result *result);
int pg_affected(const struct pg_result *result);
const char *pg_text(const struct pg_result *result, int row, int column); /* NULL: SQL NULL */
int64_t pg_int(const struct pg_result *result, int row, int column);      /* 0 for NULL */
bool pg_bool(const struct pg_result *result, int row, int column);
/* A bytea column, decoded; lives as long as the result. NULL and length 0: SQL NULL. */
const void *pg_bytes(const struct pg_result *result, int row, int column, size_t *ret_length);
void pg_result_free(struct pg_result *result); /* NULL is fine */

/* LISTEN: true when a notification has come since the last call (reads what is there, does not wait). */
bool pg_notified(struct pg *pg);

/* All rows or none. Writes rows of COPY … FROM STDIN: text format lines, for the demo and the generators. */
MUST_USE bool pg_copy(struct pg *pg, const char *copy_sql, const char *lines, size_t length, struct err *err);

#endif
