#include "api/csv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum csv_state {
	AT_FIELD, /* before its first byte */
	PLAIN,
	QUOTED,
	AFTER_QUOTE, /* which may be one of two */
	AFTER_CR,
	BROKEN /* until the line ends */
};

enum { FIRST_CAPACITY = 1024, MARK_SIZE = 3 };

struct csv_reader {
	csv_on_record *on_record;
	void *context;
	size_t most_bytes;
	enum csv_state state;
	enum csv_fault fault; /* of the record being read */
	bool has_quotes;      /* an empty line has none */
	uint64_t line, begins_at;
	unsigned mark_seen; /* bytes of the byte order mark; MARK_SIZE: it is past, or there is none */
	char *bytes;        /* the fields of the record, one behind the other */
	size_t length, capacity;
	size_t ends[CSV_FIELDS_MAX];
	unsigned field_count;
	struct csv_field fields[CSV_FIELDS_MAX];
};

static const char byte_order_mark[MARK_SIZE] = {'\xef', '\xbb', '\xbf'};

static size_t skip_mark(struct csv_reader *reader, char byte);
static void read_on(struct csv_reader *reader, const char *at, const char *end);
static const char *read_plain(struct csv_reader *reader, const char *at, const char *end);
static const char *read_quoted(struct csv_reader *reader, const char *at, const char *end);
static void read_after_quote(struct csv_reader *reader, char byte);
static const char *skip_line(struct csv_reader *reader, const char *at, const char *end);
static void store(struct csv_reader *reader, const char *bytes, size_t length);
static void end_field(struct csv_reader *reader);
static void end_line(struct csv_reader *reader);
static void break_record(struct csv_reader *reader, enum csv_fault fault);
static void set_fault(struct csv_reader *reader, enum csv_fault fault);
static void emit(struct csv_reader *reader);

struct csv_reader *csv_reader_new(size_t most_bytes, csv_on_record *on_record, void *context)
{
	struct csv_reader *reader = calloc(1, sizeof *reader);

	if (reader == NULL)
		abort();
	reader->on_record = on_record;
	reader->context = context;
	reader->most_bytes = most_bytes;
	reader->line = 1;
	reader->begins_at = 1;
	return reader;
}

void csv_reader_feed(struct csv_reader *reader, const char *bytes, size_t length)
{
	const char *end = bytes + length;

	while (bytes < end && reader->mark_seen < MARK_SIZE)
		bytes += skip_mark(reader, *bytes);
	read_on(reader, bytes, end);
}

void csv_reader_end(struct csv_reader *reader)
{
	unsigned seen = reader->mark_seen;

	reader->mark_seen = MARK_SIZE;
	if (seen < MARK_SIZE)
		read_on(reader, byte_order_mark, byte_order_mark + seen);
	if (reader->state == AT_FIELD && reader->field_count == 0)
		return;
	if (reader->state == QUOTED)
		set_fault(reader, CSV_OPEN_QUOTE);
	if (reader->state == AFTER_CR)
		set_fault(reader, CSV_BARE_CR);
	end_line(reader);
}

void csv_reader_free(struct csv_reader *reader)
{
	if (reader == NULL)
		return;
	free(reader->bytes);
	free(reader);
}

/* How many bytes were the mark's: 1 or none. What only looked like its beginning is text. */
static size_t skip_mark(struct csv_reader *reader, char byte)
{
	unsigned seen = reader->mark_seen;

	if (byte == byte_order_mark[seen]) {
		reader->mark_seen++;
		return 1;
	}
	reader->mark_seen = MARK_SIZE;
	read_on(reader, byte_order_mark, byte_order_mark + seen);
	return 0;
}

static void read_on(struct csv_reader *reader, const char *at, const char *end)
{
	while (at < end) {
		switch (reader->state) {
		case AT_FIELD:
		case PLAIN:
			at = read_plain(reader, at, end);
			break;
		case QUOTED:
			at = read_quoted(reader, at, end);
			break;
		case AFTER_QUOTE:
			read_after_quote(reader, *at++);
			break;
		case AFTER_CR:
			if (*at != '\n')
				break_record(reader, CSV_BARE_CR);
			else
				end_line(reader);
			at += reader->state == BROKEN ? 0 : 1;
			break;
		case BROKEN:
			at = skip_line(reader, at, end);
			break;
		}
	}
}

static const char *read_plain(struct csv_reader *reader, const char *at, const char *end)
{
	const char *stop = at;

	while (stop < end && *stop != ',' && *stop != '"' && *stop != '\r' && *stop != '\n')
		stop++;
	if (stop > at) {
		store(reader, at, (size_t)(stop - at));
		reader->state = PLAIN;
	}
	if (stop == end)
		return end;
	if (*stop == ',') {
		end_field(reader);
	} else if (*stop == '\r') {
		reader->state = AFTER_CR;
	} else if (*stop == '\n') {
		end_line(reader);
	} else if (reader->state == AT_FIELD) {
		reader->has_quotes = true;
		reader->state = QUOTED;
	} else {
		break_record(reader, CSV_STRAY_QUOTE);
	}
	return stop + 1;
}

static const char *read_quoted(struct csv_reader *reader, const char *at, const char *end)
{
	const char *quote = memchr(at, '"', (size_t)(end - at));
	const char *stop = quote == NULL ? end : quote;

	store(reader, at, (size_t)(stop - at));
	for (const char *line = at; (line = memchr(line, '\n', (size_t)(stop - line))) != NULL; line++)
		reader->line++;
	if (quote == NULL)
		return end;
	reader->state = AFTER_QUOTE;
	return quote + 1;
}

static void read_after_quote(struct csv_reader *reader, char byte)
{
	if (byte == '"') {
		store(reader, &byte, 1);
		reader->state = QUOTED;
	} else if (byte == ',') {
		end_field(reader);
	} else if (byte == '\r') {
		reader->state = AFTER_CR;
	} else if (byte == '\n') {
		end_line(reader);
	} else {
		break_record(reader, CSV_STRAY_QUOTE);
	}
}

static const char *skip_line(struct csv_reader *reader, const char *at, const char *end)
{
	const char *line_end = memchr(at, '\n', (size_t)(end - at));

	if (line_end == NULL)
		return end;
	end_line(reader);
	return line_end + 1;
}

static void store(struct csv_reader *reader, const char *bytes, size_t length)
{
	if (reader->fault != CSV_GOOD || length == 0)
		return;
	if (length > reader->most_bytes - reader->length) {
		set_fault(reader, CSV_TOO_LONG);
		return;
	}
	if (reader->length + length > reader->capacity) {
		size_t capacity = reader->capacity > 0 ? reader->capacity : FIRST_CAPACITY;

		while (capacity < reader->length + length)
			capacity *= 2;
		reader->bytes = realloc(reader->bytes, capacity);
		if (reader->bytes == NULL)
			abort();
		reader->capacity = capacity;
	}
	memcpy(reader->bytes + reader->length, bytes, length);
	reader->length += length;
}

static void end_field(struct csv_reader *reader)
{
	reader->state = AT_FIELD;
	if (reader->field_count == CSV_FIELDS_MAX) {
		set_fault(reader, CSV_TOO_MANY_FIELDS);
		return;
	}
	reader->ends[reader->field_count++] = reader->length;
}

static void end_line(struct csv_reader *reader)
{
	bool is_empty = reader->field_count == 0 && reader->length == 0 && !reader->has_quotes;

	end_field(reader);
	if (!is_empty || reader->fault != CSV_GOOD)
		emit(reader);
	reader->line++;
	reader->begins_at = reader->line;
	reader->fault = CSV_GOOD;
	reader->has_quotes = false;
	reader->field_count = 0;
	reader->length = 0;
}

/* Where its fields end cannot be said any more; where its line ends, can. */
static void break_record(struct csv_reader *reader, enum csv_fault fault)
{
	set_fault(reader, fault);
	reader->state = BROKEN;
}

/* The first one is told. */
static void set_fault(struct csv_reader *reader, enum csv_fault fault)
{
	if (reader->fault == CSV_GOOD)
		reader->fault = fault;
}

static void emit(struct csv_reader *reader)
{
	struct csv_record record = {.line = reader->begins_at, .fault = reader->fault};
	const char *bytes = reader->bytes == NULL ? "" : reader->bytes;
	size_t begin = 0;

	if (record.fault == CSV_GOOD) {
		for (unsigned i = 0; i < reader->field_count; i++) {
			reader->fields[i] = (struct csv_field){bytes + begin, reader->ends[i] - begin};
			begin = reader->ends[i];
		}
		record.fields = reader->fields;
		record.field_count = reader->field_count;
	}
	reader->on_record(reader->context, &record);
}
