#include "api/csv.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

enum { MOST_BYTES = 40, SEEN_SIZE = 4096 };

/* Records as text: line:field|field; faults as line!number; each ends with a newline. */
struct seen {
	char text[SEEN_SIZE];
	size_t length;
};

static void note(void *context, const struct csv_record *record)
{
	struct seen *seen = context;
	size_t left = SEEN_SIZE - seen->length;

	seen->length +=
	    (size_t)snprintf(seen->text + seen->length, left, "%llu", (unsigned long long)record->line);
	if (record->fault != CSV_GOOD) {
		seen->length += (size_t)snprintf(
		    seen->text + seen->length, SEEN_SIZE - seen->length, "!%d", (int)record->fault);
	}
	for (unsigned i = 0; i < record->field_count; i++)
		seen->length += (size_t)snprintf(seen->text + seen->length, SEEN_SIZE - seen->length,
		    "%c%.*s", i == 0 ? ':' : '|', (int)record->fields[i].length, record->fields[i].at);
	seen->length += (size_t)snprintf(seen->text + seen->length, SEEN_SIZE - seen->length, "\n");
}

/* Read in pieces of each size: what comes out is the same. */
static void expect(const char *csv, const char *records)
{
	size_t length = strlen(csv);

	for (size_t piece = 1; piece <= length + 1; piece++) {
		struct seen seen = {.length = 0};
		struct csv_reader *reader = csv_reader_new(MOST_BYTES, note, &seen);

		for (size_t at = 0; at < length; at += piece)
			csv_reader_feed(reader, csv + at, length - at < piece ? length - at : piece);
		csv_reader_end(reader);
		csv_reader_free(reader);
		assert_string_equal(seen.text, records);
	}
}

static void fields_are_what_stands_between_commas(void **state)
{
	(void)state;
	expect("a,b,c\n", "1:a|b|c\n");
	expect("a,,c", "1:a||c\n");
	expect(",", "1:|\n");
	expect("a,\n", "1:a|\n");
	expect(" a , b ", "1: a | b \n");
}

static void lines_end_with_lf_or_crlf_and_the_last_one_with_the_text(void **state)
{
	(void)state;
	expect("a\nb\r\nc", "1:a\n2:b\n3:c\n");
	expect("", "");
	expect("a\n", "1:a\n");
}

static void an_empty_line_is_no_record_and_is_counted(void **state)
{
	(void)state;
	expect("\n\na\n\r\nb\n", "3:a\n5:b\n");
	expect("\"\"\n", "1:\n");
}

static void quotes_keep_commas_line_ends_and_doubled_quotes(void **state)
{
	(void)state;
	expect("\"a,b\",\"c\"\"d\"\n", "1:a,b|c\"d\n");
	expect("\"a\nb\r\nc\",d\ne\n", "1:a\nb\r\nc|d\n4:e\n");
	expect("\"\"\"\"", "1:\"\n");
	expect("\"\",\"\"", "1:|\n");
}

static void a_byte_order_mark_is_left_out_at_the_beginning_only(void **state)
{
	(void)state;
	expect("\xef\xbb\xbf"
	       "a\n\xef\xbb\xbf"
	       "b",
	    "1:a\n2:\xef\xbb\xbf"
	    "b\n");
	expect("\xef\xbb\xbf\"a\"\n", "1:a\n");
	expect("\xef\xbb", "1:\xef\xbb\n");
	expect("\xef\xbb"
	       "a,b",
	    "1:\xef\xbb"
	    "a|b\n");
}

static void a_stray_quote_costs_its_line_alone(void **state)
{
	(void)state;
	expect("a\"b,c\nd\n", "1!1\n2:d\n");
	expect("\"a\"b,\"c\nd\n", "1!1\n2:d\n");
	expect("\"a\" ,b\nc", "1!1\n2:c\n");
}

static void a_cr_without_its_lf_costs_its_line_alone(void **state)
{
	(void)state;
	expect("a\rb\nc\n", "1!2\n2:c\n");
	expect("a\r\r\nc\n", "1!2\n2:c\n");
	expect("a\r", "1!2\n");
	expect("\ra\nb", "1!2\n2:b\n");
}

static void an_open_quote_is_told_where_its_record_begins(void **state)
{
	(void)state;
	expect("a\n\"b\nc\n", "1:a\n2!3\n");
	expect("\"", "1!3\n");
}

static void a_record_may_be_as_long_as_the_limit_and_no_longer(void **state)
{
	(void)state;
	expect("aaaaaaaaaabbbbbbbbbbccccccccccddddddddd,d\ne",
	    "1:aaaaaaaaaabbbbbbbbbbccccccccccddddddddd|d\n2:e\n");
	expect("aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd,d\ne", "1!4\n2:e\n");
	expect("\"aaaaaaaaaabbbbbbbbbbcccccccccc\ndddddddddddd\",d\ne", "1!4\n3:e\n");
}

static void more_fields_than_may_be_are_refused(void **state)
{
	char csv[CSV_FIELDS_MAX + 4];

	(void)state;
	memset(csv, ',', sizeof csv);
	memcpy(csv + CSV_FIELDS_MAX, "\na", 3);
	expect(csv, "1!5\n2:a\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields_are_what_stands_between_commas),
	    cmocka_unit_test(lines_end_with_lf_or_crlf_and_the_last_one_with_the_text),
	    cmocka_unit_test(an_empty_line_is_no_record_and_is_counted),
	    cmocka_unit_test(quotes_keep_commas_line_ends_and_doubled_quotes),
	    cmocka_unit_test(a_byte_order_mark_is_left_out_at_the_beginning_only),
	    cmocka_unit_test(a_stray_quote_costs_its_line_alone),
	    cmocka_unit_test(a_cr_without_its_lf_costs_its_line_alone),
	    cmocka_unit_test(an_open_quote_is_told_where_its_record_begins),
	    cmocka_unit_test(a_record_may_be_as_long_as_the_limit_and_no_longer),
	    cmocka_unit_test(more_fields_than_may_be_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
