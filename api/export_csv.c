#include "api/export_csv.h"

#include <stdbool.h>
#include <string.h>

static void write_cell(
    const struct json_sink *sink, const struct pg_rows *rows, unsigned row, unsigned column);
static void write_text(const struct json_sink *sink, const char *text, size_t length, bool is_safe);
static bool is_formula(char first);
static bool needs_quotes(const char *text, size_t length);
static void put(const struct json_sink *sink, const char *bytes, size_t length);

void export_csv_header(
    const struct json_sink *sink, const struct reply_columns *columns, const struct pg_rows *rows)
{
	for (unsigned i = 0; i < columns->shown_count; i++) {
		const char *name = pg_rows_name(rows, columns->shown[i]);

		put(sink, ",", i > 0);
		write_text(sink, name, strlen(name), true);
	}
	put(sink, "\r\n", 2);
}

void export_csv_row(const struct json_sink *sink, const struct reply_columns *columns,
    const struct pg_rows *rows, unsigned row)
{
	for (unsigned i = 0; i < columns->shown_count; i++) {
		put(sink, ",", i > 0);
		write_cell(sink, rows, row, columns->shown[i]);
	}
	put(sink, "\r\n", 2);
}

/* SQL NULL is an empty cell. */
static void write_cell(
    const struct json_sink *sink, const struct pg_rows *rows, unsigned row, unsigned column)
{
	size_t length;
	const char *value = pg_rows_value(rows, row, column, &length);
	char moment[40];

	if (value == NULL)
		return;
	switch (pg_rows_kind(rows, column)) {
	case PG_KIND_BOOL:
		put(sink, value[0] == 't' ? "true" : "false", value[0] == 't' ? 4 : 5);
		return;
	case PG_KIND_TIMESTAMPTZ:
		put(sink, moment, reply_moment(value, length, moment));
		return;
	case PG_KIND_NUMBER:
	case PG_KIND_DATE:
	case PG_KIND_JSON:
	case PG_KIND_BYTEA:
		write_text(sink, value, length, true);
		return;
	case PG_KIND_TEXT:
		write_text(sink, value, length, false);
		return;
	}
}

static void write_text(const struct json_sink *sink, const char *text, size_t length, bool is_safe)
{
	bool quoted = needs_quotes(text, length);
	const char *end = text + length;

	put(sink, "\"", quoted);
	put(sink, "'", !is_safe && length > 0 && is_formula(text[0]));
	while (text < end) {
		const char *quote = memchr(text, '"', (size_t)(end - text));
		const char *stop = quote == NULL ? end : quote + 1;

		put(sink, text, (size_t)(stop - text));
		put(sink, "\"", quote != NULL);
		text = stop;
	}
	put(sink, "\"", quoted);
}

static bool is_formula(char first)
{
	return first != '\0' && strchr("=+-@\t\r", first) != NULL;
}

static bool needs_quotes(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] == '"' || text[i] == ',' || text[i] == '\r' || text[i] == '\n')
			return true;
	return false;
}

static void put(const struct json_sink *sink, const char *bytes, size_t length)
{
	if (length == 0)
		return;
	memcpy(sink->reserve(sink->context, length), bytes, length);
	sink->commit(sink->context, length);
}
