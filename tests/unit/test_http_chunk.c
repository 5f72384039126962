/* Chunked bodies: what is refused, what is accepted, and that pieces make no difference. */
#include "api/http_parse.h"
#include "tests/unit/unit.h"

#define TEXT(literal) (literal), sizeof(literal) - 1
#define LONG_32 "0123456789abcdef0123456789abcdef"
#define LONG_256 LONG_32 LONG_32 LONG_32 LONG_32 LONG_32 LONG_32 LONG_32 LONG_32

enum { DATA_MAX = 256, TRAILERS_MAX = 4096 };

struct row {
	const char *name;
	const char *bytes;
	size_t length;
	const char *data; /* NULL: refused */
};

struct outcome {
	enum http_parsed parsed;
	size_t used;
	char data[DATA_MAX];
	size_t data_length;
};

static const struct row rows[] = {
    {"accepts a body of no bytes", TEXT("0\r\n\r\n"), ""},
    {"accepts one chunk", TEXT("3\r\nabc\r\n0\r\n\r\n"), "abc"},
    {"accepts several chunks", TEXT("3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"), "abcd"},
    {"accepts hex digits of either case", TEXT("A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n"),
	"01234567890123456789a"},
    {"accepts zeros before the size", TEXT("0000000000000003\r\nabc\r\n000\r\n\r\n"), "abc"},
    {"accepts an extension", TEXT("3;a=b\r\nabc\r\n0;c\r\n\r\n"), "abc"},
    {"accepts an extension at its limit", TEXT("3;" LONG_256 "\r\nabc\r\n0\r\n\r\n"), "abc"},
    {"accepts a quoted extension", TEXT("3;a=\"b c\"\r\nabc\r\n0\r\n\r\n"), "abc"},
    {"accepts CR LF as data", TEXT("4\r\n\r\n\r\n\r\n0\r\n\r\n"), "\r\n\r\n"},
    {"accepts what looks like a last chunk as data", TEXT("5\r\n0\r\n\r\n\r\n0\r\n\r\n"), "0\r\n\r\n"},
    {"accepts and drops trailers", TEXT("3\r\nabc\r\n0\r\nA: b\r\nContent-Length: 9\r\n\r\n"), "abc"},
    {"accepts a trailer without a value", TEXT("0\r\nA:\r\n\r\n"), ""},

    {"refuses an empty size", TEXT("\r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses a size with plus", TEXT("+3\r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses a size with minus", TEXT("-3\r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses a size with 0x", TEXT("0x3\r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses a space before the size", TEXT(" 3\r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses a space behind the size", TEXT("3 \r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses a tab behind the size", TEXT("3\t\r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses a space before an extension", TEXT("3 ;a\r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses an underscore in the size", TEXT("1_0\r\n0123456789abcdef\r\n0\r\n\r\n"), NULL},
    {"refuses a letter that is no hex digit", TEXT("g\r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses a size of 17 digits", TEXT("00000000000000003\r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses a size that wraps round", TEXT("10000000000000003\r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses NUL in the size", TEXT("3\0\r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses a size line with LF only", TEXT("3\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses a size line with CR only", TEXT("3\rabc\r\n0\r\n\r\n"), NULL},
    {"refuses an extension over its limit", TEXT("3;" LONG_256 "x\r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses LF in an extension", TEXT("3;a\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses CR in an extension", TEXT("3;a\rb\r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses NUL in an extension", TEXT("3;a\0\r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses data without CR LF behind", TEXT("3\r\nabc0\r\n\r\n"), NULL},
    {"refuses data that is longer than told", TEXT("2\r\nabc\r\n0\r\n\r\n"), NULL},
    {"refuses data with LF only behind", TEXT("3\r\nabc\n0\r\n\r\n"), NULL},
    {"refuses data with CR only behind", TEXT("3\r\nabc\r0\r\n\r\n"), NULL},
    {"refuses a trailer without a colon", TEXT("0\r\nabc\r\n\r\n"), NULL},
    {"refuses a trailer without a name", TEXT("0\r\n: b\r\n\r\n"), NULL},
    {"refuses a trailer with a space before the colon", TEXT("0\r\nA : b\r\n\r\n"), NULL},
    {"refuses a folded trailer", TEXT("0\r\nA: b\r\n c\r\n\r\n"), NULL},
    {"refuses NUL in a trailer", TEXT("0\r\nA: b\0\r\n\r\n"), NULL},
    {"refuses a trailer with LF only", TEXT("0\r\nA: b\n\r\n"), NULL},
    {"refuses a trailer with CR only", TEXT("0\r\nA: b\rB: c\r\n\r\n"), NULL},
    {"refuses an end with LF only", TEXT("0\r\n\n"), NULL},
    {"refuses an end with CR only", TEXT("0\r\n\rGET / HTTP/1.1\r\n"), NULL},
};

/* Shows the bytes in pieces of at most `step`, each in a block of its own. */
static struct outcome read_chunks(const char *bytes, size_t length, size_t step)
{
	struct http_chunked chunked = {0};
	struct outcome outcome = {.parsed = HTTP_INCOMPLETE};

	while (outcome.parsed == HTTP_INCOMPLETE && outcome.used < length) {
		size_t piece = length - outcome.used < step ? length - outcome.used : step;
		char *shown = malloc(piece);
		struct http_slice data;
		size_t used;

		assert_non_null(shown);
		memcpy(shown, bytes + outcome.used, piece);
		outcome.parsed = http_parse_chunk(&chunked, shown, piece, &used, &data);
		assert_in_range(used, 1, piece);
		assert_in_range(outcome.data_length + data.length, 0, DATA_MAX);
		memcpy(outcome.data + outcome.data_length, data.at, data.length);
		outcome.data_length += data.length;
		outcome.used += used;
		free(shown);
	}
	return outcome;
}

static void check(const struct row *row, const struct outcome *outcome)
{
	if (!row->data) {
		assert_int_equal(outcome->parsed, HTTP_REFUSED);
		return;
	}
	assert_int_equal(outcome->parsed, HTTP_PARSED);
	assert_int_equal(outcome->used, row->length);
	assert_int_equal(outcome->data_length, strlen(row->data));
	assert_memory_equal(outcome->data, row->data, outcome->data_length);
}

static void whole_and_in_pieces(void **state)
{
	static const size_t steps[] = {1, 2, 3, 7, SIZE_MAX};
	const struct row *row = *state;

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		struct outcome outcome = read_chunks(row->bytes, row->length, steps[i]);

		check(row, &outcome);
	}
}

static void what_follows_the_body_is_not_read(void **state)
{
	static const char bytes[] = "1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n";
	struct outcome outcome = read_chunks(bytes, sizeof bytes - 1, SIZE_MAX);

	(void)state;
	assert_int_equal(outcome.parsed, HTTP_PARSED);
	assert_int_equal(outcome.used, strlen("1\r\na\r\n0\r\n\r\n"));
}

static void every_prefix_of_a_body_is_incomplete(void **state)
{
	static const char bytes[] = "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nA: b\r\n\r\n";

	(void)state;
	for (size_t length = 0; length < sizeof bytes - 1; length++) {
		struct outcome outcome = read_chunks(bytes, length, SIZE_MAX);

		assert_int_equal(outcome.parsed, HTTP_INCOMPLETE);
	}
}

/* The server refuses by it, before the data has come. */
static void the_size_of_a_chunk_is_known_before_its_data(void **state)
{
	struct http_chunked chunked = {0};
	struct http_slice data;
	size_t used;

	(void)state;
	assert_int_equal(
	    http_parse_chunk(&chunked, TEXT("FFFFFFFFFFFFFFFF\r\n"), &used, &data), HTTP_INCOMPLETE);
	assert_int_equal(used, 18);
	assert_int_equal(data.length, 0);
	assert_true(chunked.left == UINT64_MAX);
}

static enum http_parsed read_trailer_of(size_t length)
{
	struct http_chunked chunked = {0};
	struct http_slice data;
	char value[TRAILERS_MAX];
	size_t used;

	memset(value, 'x', length);
	assert_int_equal(http_parse_chunk(&chunked, TEXT("0\r\nA:"), &used, &data), HTTP_INCOMPLETE);
	if (http_parse_chunk(&chunked, value, length, &used, &data) == HTTP_REFUSED)
		return HTTP_REFUSED;
	return http_parse_chunk(&chunked, TEXT("\r\n\r\n"), &used, &data);
}

/* The name, the colon and both CR count too. */
static void trailers_are_bounded(void **state)
{
	(void)state;
	assert_int_equal(read_trailer_of(TRAILERS_MAX - 5), HTTP_PARSED);
	assert_int_equal(read_trailer_of(TRAILERS_MAX - 4), HTTP_PARSED);
	assert_int_equal(read_trailer_of(TRAILERS_MAX - 3), HTTP_REFUSED);
}

static void nothing_is_read_after_a_refusal(void **state)
{
	struct http_chunked chunked = {0};
	struct http_slice data;
	size_t used;

	(void)state;
	assert_int_equal(http_parse_chunk(&chunked, TEXT("x"), &used, &data), HTTP_REFUSED);
	assert_int_equal(http_parse_chunk(&chunked, TEXT("0\r\n\r\n"), &used, &data), HTTP_REFUSED);
	assert_int_equal(used, 0);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
	    cmocka_unit_test(what_follows_the_body_is_not_read),
	    cmocka_unit_test(every_prefix_of_a_body_is_incomplete),
	    cmocka_unit_test(the_size_of_a_chunk_is_known_before_its_data),
	    cmocka_unit_test(trailers_are_bounded),
	    cmocka_unit_test(nothing_is_read_after_a_refusal),
	};
	enum { ROWS = sizeof rows / sizeof rows[0], OTHERS = sizeof others / sizeof others[0] };
	static struct CMUnitTest tests[ROWS + OTHERS];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){.name = rows[i].name,
		    .test_func = whole_and_in_pieces,
		    .initial_state = (void *)(uintptr_t)&rows[i]};
	memcpy(tests + ROWS, others, sizeof others);
	return cmocka_run_group_tests_name("http_chunk", tests, NULL, NULL);
}
