/*
 * Any bytes as CSV, whole and in pieces of the size that the first byte says: the same records come out; and
 * each good record, written with quotes around every field, is read as it was.
 */
#include "api/csv.h"
#include "common/buffer.h"

#include <assert.h>
#include <string.h>

enum { MOST_BYTES = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct buffer read_in_pieces(struct arena *arena, const char *bytes, size_t length, size_t piece);
static void write_down(void *context, const struct csv_record *record);
static void check_record(void *context, const struct csv_record *record);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	struct buffer whole, pieces, again;
	struct csv_reader *reader;

	if (size < 2)
		return 0;
	arena = arena_new();
	whole = read_in_pieces(arena, (const char *)data + 1, size - 1, size);
	pieces = read_in_pieces(arena, (const char *)data + 1, size - 1, 1 + data[0] % 16);
	assert(whole.length == pieces.length && memcmp(whole.bytes, pieces.bytes, whole.length) == 0);
	again = read_in_pieces(arena, whole.bytes, whole.length, size);
	assert(whole.length == again.length && memcmp(whole.bytes, again.bytes, whole.length) == 0);
	reader = csv_reader_new(MOST_BYTES, check_record, &(uint64_t){0});
	csv_reader_feed(reader, (const char *)data, size);
	csv_reader_end(reader);
	csv_reader_free(reader);
	arena_free(arena);
	return 0;
}

static struct buffer read_in_pieces(struct arena *arena, const char *bytes, size_t length, size_t piece)
{
	struct buffer text;
	struct csv_reader *reader;

	buffer_init(&text, arena);
	reader = csv_reader_new(MOST_BYTES, write_down, &text);
	for (size_t at = 0; at < length; at += piece)
		csv_reader_feed(reader, bytes + at, length - at < piece ? length - at : piece);
	csv_reader_end(reader);
	csv_reader_free(reader);
	return text;
}

/* Good records only: a broken one cannot be written. */
static void write_down(void *context, const struct csv_record *record)
{
	struct buffer *text = context;

	for (unsigned i = 0; i < record->field_count; i++) {
		buffer_text(text, i == 0 ? "\"" : ",\"");
		for (size_t at = 0; at < record->fields[i].length; at++) {
			char byte = record->fields[i].at[at];

			buffer_add(text, &byte, 1);
			if (byte == '"')
				buffer_add(text, &byte, 1);
		}
		buffer_text(text, "\"");
	}
	if (record->field_count > 0)
		buffer_text(text, "\r\n");
}

/* Lines are counted upwards, and no record is larger than it may be. */
static void check_record(void *context, const struct csv_record *record)
{
	uint64_t *line = context;
	size_t bytes = 0;

	assert(record->line > *line && record->fault < CSV_FAULT_COUNT);
	assert((record->fault == CSV_GOOD) == (record->field_count > 0));
	for (unsigned i = 0; i < record->field_count; i++)
		bytes += record->fields[i].length;
	assert(bytes <= MOST_BYTES);
	*line = record->line;
}
