#include "api/reply_columns.h"

#include <string.h>

static const char *const steering_names[COLUMN_COUNT] = {
    [COLUMN_STATUS] = "_status",
    [COLUMN_VERSION] = "_version",
    [COLUMN_LOCATION] = "_location",
    [COLUMN_REPLAYED] = "_replayed",
    [COLUMN_SECRET] = "_secret",
    [COLUMN_LINK] = "_link",
    [COLUMN_LINK_LANGUAGE] = "_link_language",
    [COLUMN_FEED] = "_feed",
    [COLUMN_REISSUE] = "_reissue",
    [COLUMN_PROBLEM] = "_problem",
    [COLUMN_POINTER] = "_pointer",
    [COLUMN_ERRORS] = "_errors",
    [COLUMN_MEMBERS] = "_members",
    [COLUMN_FILE] = "_file",
};

static void note_steering(struct reply_columns *columns, const char *name, unsigned column);

void reply_columns_find(struct reply_columns *columns, const struct pg_rows *rows)
{
	unsigned count = pg_rows_columns(rows);

	columns->shown_count = 0;
	columns->page_count = 0;
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		columns->steering[i] = -1;
	for (unsigned column = 0; column < count; column++) {
		const char *name = pg_rows_name(rows, column);

		if (strncmp(name, REPLY_PAGE_PREFIX, strlen(REPLY_PAGE_PREFIX)) == 0) {
			if (columns->page_count < REPLY_PAGE_MAX)
				columns->page[columns->page_count++] = column;
		} else if (name[0] == '_')
			note_steering(columns, name, column);
		else if (columns->shown_count < REPLY_COLUMNS_MAX)
			columns->shown[columns->shown_count++] = column;
	}
}

const char *reply_columns_text(
    const struct reply_columns *columns, const struct pg_rows *rows, unsigned row, enum reply_column column)
{
	size_t length;

	if (columns->steering[column] < 0 || row >= pg_rows_count(rows))
		return NULL;
	return pg_rows_value(rows, row, (unsigned)columns->steering[column], &length);
}

size_t reply_moment(const char *value, size_t length, char ret_text[40])
{
	if (length < 3 || length >= 40)
		return 0;
	memcpy(ret_text, value, length);
	if (length > 10 && ret_text[10] == ' ')
		ret_text[10] = 'T';
	if (memcmp(ret_text + length - 3, "+00", 3) == 0) {
		ret_text[length - 3] = 'Z';
		length -= 2;
	}
	return length;
}

void reply_filters(struct buffer *out, struct http_slice query)
{
	const char *at = query.at;
	const char *end = query.at + query.length;

	while (at != NULL && at < end) {
		const char *ampersand = memchr(at, '&', (size_t)(end - at));
		size_t length = (size_t)((ampersand == NULL ? end : ampersand) - at);

		if (length > 0 && (length < 7 || memcmp(at, "cursor=", 7) != 0)) {
			buffer_add(out, at, length);
			buffer_text(out, "&");
		}
		at += length + 1;
	}
}

static void note_steering(struct reply_columns *columns, const char *name, unsigned column)
{
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		if (strcmp(name, steering_names[i]) == 0)
			columns->steering[i] = (int)column;
}
