/*
 * Records of CSV as JSON objects: the first names the members, "contact.email"
 * being a member of a member; the contract says which cells are numbers,
 * truths or lists (whose items stand between semicolons). An empty cell is an
 * absent member. What does not fit goes through as text, for the contract to
 * refuse it with its pointer.
 */
#ifndef OSALLISUUS_API_IMPORT_CSV_H
#define OSALLISUUS_API_IMPORT_CSV_H

#include "api/contract.h"
#include "api/csv.h"
#include "api/validate.h"
#include "common/arena.h"
#include "common/attributes.h"
#include "common/buffer.h"
#include "common/err.h"

#include <stdbool.h>

struct import_columns;

/*
 * Reads the header; the columns live in the report's arena. also: the name of a text that a record may have
 * beside the schema's members. err code: csv_header, with each bad name in the report.
 */
MUST_USE bool import_columns_read(const struct csv_record *record, const struct schema *schema,
    const char *also, struct validate_report *report, struct import_columns **ret_columns, struct err *err);

/* Appends the object to `text`. err codes: csv_malformed, line_too_long, not_utf8. */
MUST_USE bool import_columns_write(const struct import_columns *columns, const struct csv_record *record,
    struct buffer *text, struct err *err);

#endif
