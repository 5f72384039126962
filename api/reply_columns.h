/* The columns of a result, told apart: those that are sent and those that steer the reply. */
#ifndef OSALLISUUS_API_REPLY_COLUMNS_H
#define OSALLISUUS_API_REPLY_COLUMNS_H

#include "api/http_parse.h"
#include "api/pg_engine.h"
#include "common/buffer.h"

enum reply_column {
	COLUMN_STATUS,
	COLUMN_VERSION,
	COLUMN_LOCATION,
	COLUMN_REPLAYED,
	COLUMN_SECRET,
	COLUMN_LINK,          /* x-link: whether the link is shown; it is where there is no such column */
	COLUMN_LINK_LANGUAGE, /* and which language its page is to speak; else the browser's */
	COLUMN_FEED,          /* the id of a feed, whose token is shown as the member `feed` */
	COLUMN_REISSUE,
	COLUMN_PROBLEM,
	COLUMN_POINTER,
	COLUMN_ERRORS,
	COLUMN_MEMBERS,
	COLUMN_FILE, /* of a list: what stands behind the name of its file (x-file) */
	COLUMN_COUNT
};

enum { REPLY_COLUMNS_MAX = 64, REPLY_PAGE_MAX = 8 };

#define REPLY_PAGE_PREFIX "_page_"

struct reply_columns {
	int steering[COLUMN_COUNT]; /* -1: not there */
	unsigned shown[REPLY_COLUMNS_MAX];
	unsigned shown_count;
	unsigned page[REPLY_PAGE_MAX]; /* _page_<name>: members of a list beside its items */
	unsigned page_count;
};

void reply_columns_find(struct reply_columns *columns, const struct pg_rows *rows);

/* NULL: no such column, no such row, or SQL NULL. */
const char *reply_columns_text(
    const struct reply_columns *columns, const struct pg_rows *rows, unsigned row, enum reply_column column);

/* "2026-01-01 00:00:00.5+00" → "2026-01-01T00:00:00.5Z" (the session's zone is UTC); its length. */
size_t reply_moment(const char *value, size_t length, char ret_text[40]);

/* The query string without its cursor, each parameter with a '&' behind it. */
void reply_filters(struct buffer *out, struct http_slice query);

#endif
