/*
 * Rows as CSV (RFC 4180, CRLF). A text that a spreadsheet would take for a
 * formula (it begins with = + - @, a tab or a CR) gets an apostrophe before it.
 */
#ifndef OSALLISUUS_API_EXPORT_CSV_H
#define OSALLISUUS_API_EXPORT_CSV_H

#include "api/reply_columns.h"
#include "common/json_out.h"

/* The names of the columns that are shown. */
void export_csv_header(
    const struct json_sink *sink, const struct reply_columns *columns, const struct pg_rows *rows);
void export_csv_row(const struct json_sink *sink, const struct reply_columns *columns,
    const struct pg_rows *rows, unsigned row);

#endif
