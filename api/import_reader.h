/*
 * From the body of an import, in pieces, to its lines: the text of one JSON
 * value each, or what is wrong with it. Memory is bounded by one line.
 */
#ifndef OSALLISUUS_API_IMPORT_READER_H
#define OSALLISUUS_API_IMPORT_READER_H

#include "api/contract.h"
#include "api/validate.h"
#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum import_format { IMPORT_NDJSON, IMPORT_CSV };

/* Valid until the callback returns. */
struct import_text {
	uint64_t line; /* where it begins, counted from 1 */
	const char *at;
	size_t length;
	const char *problem_code; /* NULL: it is to be read; else there is no text */
};

typedef void import_on_text(void *context, const struct import_text *text);

struct import_reader;

struct import_reader_options {
	enum import_format format;
	const struct schema *schema; /* of a line, for CSV … */
	const char *also;            /* … and a text beside its members */
	size_t line_bytes;
	struct validate_report
	    *report; /* gets what is wrong with the header; its arena outlives the reader */
};

struct import_reader *import_reader_new(
    const struct import_reader_options *options, import_on_text *on_text, void *context);
/* False: the body cannot be read at all (csv_header). */
MUST_USE bool import_reader_feed(
    struct import_reader *reader, const char *bytes, size_t length, struct err *err);
MUST_USE bool import_reader_end(struct import_reader *reader, struct err *err);
void import_reader_free(struct import_reader *reader);

#endif
