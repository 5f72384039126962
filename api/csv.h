/*
 * CSV as RFC 4180 has it, read strictly and in pieces of any size: commas,
 * quotes around what has commas, quotes or line ends in it, lines that end
 * with LF or CRLF, a byte order mark before the first. A record that breaks the
 * rules is told with its fault, and reading goes on behind its line; an empty
 * line is no record. Memory is bounded by the limit on a record.
 */
#ifndef OSALLISUUS_API_CSV_H
#define OSALLISUUS_API_CSV_H

#include <stddef.h>
#include <stdint.h>

enum { CSV_FIELDS_MAX = 256 };

enum csv_fault {
	CSV_GOOD,
	CSV_STRAY_QUOTE,     /* in a field that does not begin with one, or followed by more than a comma */
	CSV_BARE_CR,         /* without its LF */
	CSV_OPEN_QUOTE,      /* the text ends inside quotes */
	CSV_TOO_LONG,        /* more bytes than a record may have */
	CSV_TOO_MANY_FIELDS, /* more than CSV_FIELDS_MAX */
	CSV_FAULT_COUNT
};

/* Without its quotes; not NUL-terminated. */
struct csv_field {
	const char *at;
	size_t length;
};

/* Valid until the callback returns. With a fault there are no fields. */
struct csv_record {
	uint64_t line; /* where it begins, counted from 1 */
	enum csv_fault fault;
	const struct csv_field *fields;
	unsigned field_count;
};

typedef void csv_on_record(void *context, const struct csv_record *record);

struct csv_reader;

/* most_bytes: of one record's fields together. */
struct csv_reader *csv_reader_new(size_t most_bytes, csv_on_record *on_record, void *context);
void csv_reader_feed(struct csv_reader *reader, const char *bytes, size_t length);
/* The text is whole: what is left is the last record. */
void csv_reader_end(struct csv_reader *reader);
void csv_reader_free(struct csv_reader *reader); /* NULL is fine */

#endif
