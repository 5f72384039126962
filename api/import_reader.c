#include "api/import_reader.h"

#include "api/csv.h"
#include "api/import_csv.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 4096 };

struct import_reader {
	struct import_reader_options options;
	import_on_text *on_text;
	void *context;
	/* CSV */
	struct csv_reader *csv;
	struct import_columns *columns;
	struct err err;
	bool failed;
	/* NDJSON: the beginning of a line whose end has not come */
	uint64_t line;
	char *kept;
	size_t length, capacity;
	bool too_long;
};

static void take_record(void *context, const struct csv_record *record);
static void take_lines(struct import_reader *reader, const char *at, const char *end);
static void keep(struct import_reader *reader, const char *at, size_t length);
static void take_line(struct import_reader *reader, const char *at, size_t length);
static bool is_blank(const char *at, size_t length);
static bool told(struct import_reader *reader, struct err *err);

struct import_reader *import_reader_new(
    const struct import_reader_options *options, import_on_text *on_text, void *context)
{
	struct import_reader *reader = calloc(1, sizeof *reader);

	if (reader == NULL)
		abort();
	reader->options = *options;
	reader->on_text = on_text;
	reader->context = context;
	reader->line = 1;
	if (options->format == IMPORT_CSV)
		reader->csv = csv_reader_new(options->line_bytes, take_record, reader);
	return reader;
}

bool import_reader_feed(struct import_reader *reader, const char *bytes, size_t length, struct err *err)
{
	if (reader->csv != NULL)
		csv_reader_feed(reader->csv, bytes, length);
	else
		take_lines(reader, bytes, bytes + length);
	return told(reader, err);
}

bool import_reader_end(struct import_reader *reader, struct err *err)
{
	if (reader->csv != NULL)
		csv_reader_end(reader->csv);
	else
		take_line(reader, reader->kept, reader->length);
	return told(reader, err);
}

void import_reader_free(struct import_reader *reader)
{
	if (reader == NULL)
		return;
	csv_reader_free(reader->csv);
	free(reader->kept);
	free(reader);
}

static void take_record(void *context, const struct csv_record *record)
{
	struct import_reader *reader = context;
	struct import_text text = {.line = record->line};
	struct arena *arena;
	struct buffer json;
	struct err err = {0};

	if (reader->failed)
		return;
	if (reader->columns == NULL) {
		reader->failed = !import_columns_read(record, reader->options.schema, reader->options.also,
		    reader->options.report, &reader->columns, &reader->err);
		return;
	}
	arena = arena_new();
	buffer_init(&json, arena);
	if (!import_columns_write(reader->columns, record, &json, &err))
		text.problem_code = err.code;
	else if (json.length > reader->options.line_bytes)
		text.problem_code = "line_too_long";
	text.at = json.bytes;
	text.length = json.length;
	reader->on_text(reader->context, &text);
	arena_free(arena);
}

static void take_lines(struct import_reader *reader, const char *at, const char *end)
{
	const char *stop;

	while ((stop = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		if (reader->length == 0 && !reader->too_long) {
			take_line(reader, at, (size_t)(stop - at));
		} else {
			keep(reader, at, (size_t)(stop - at));
			take_line(reader, reader->kept, reader->length);
		}
		at = stop + 1;
	}
	keep(reader, at, (size_t)(end - at));
}

static void keep(struct import_reader *reader, const char *at, size_t length)
{
	if (reader->too_long || length > reader->options.line_bytes + 1 - reader->length) {
		reader->too_long = true;
		return;
	}
	if (reader->length + length > reader->capacity) {
		size_t capacity = reader->capacity > 0 ? reader->capacity : FIRST_CAPACITY;

		while (capacity < reader->length + length)
			capacity *= 2;
		reader->kept = realloc(reader->kept, capacity);
		if (reader->kept == NULL)
			abort();
		reader->capacity = capacity;
	}
	if (length > 0)
		memcpy(reader->kept + reader->length, at, length);
	reader->length += length;
}

/* Without its line end, of which a CR may be left; the first may begin with a byte order mark. */
static void take_line(struct import_reader *reader, const char *at, size_t length)
{
	struct import_text text = {.line = reader->line++};

	reader->length = 0;
	if (length > 0 && at[length - 1] == '\r')
		length--;
	if (text.line == 1 && length >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0) {
		at += 3;
		length -= 3;
	}
	if (reader->too_long || length > reader->options.line_bytes)
		text.problem_code = "line_too_long";
	else if (is_blank(at, length))
		return;
	reader->too_long = false;
	text.at = at;
	text.length = length;
	reader->on_text(reader->context, &text);
}

static bool is_blank(const char *at, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (at[i] != ' ' && at[i] != '\t')
			return false;
	return true;
}

static bool told(struct import_reader *reader, struct err *err)
{
	if (!reader->failed)
		return true;
	return err_set(err, reader->err.code, "%s", reader->err.message);
}
