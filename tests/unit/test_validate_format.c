#include "api/validate_format.h"
#include "tests/unit/unit.h"

#include <string.h>

enum { TEXTS_MAX = 64 };

struct format_case {
	enum schema_format format;
	const char *good[TEXTS_MAX];
	const char *bad[TEXTS_MAX];
};

/* Asked in a buffer of exactly its length, so that a sanitizer sees a look beyond. */
static bool is_good(enum schema_format format, const char *text)
{
	size_t length = strlen(text);
	char *exact = malloc(length + (length == 0));
	bool good;

	assert_non_null(exact);
	for (size_t i = 0; i < length; i++)
		exact[i] = text[i];
	good = validate_format(format, exact, length);
	free(exact);
	return good;
}

static void check(const struct format_case *row)
{
	for (size_t i = 0; row->good[i] != NULL; i++) {
		if (!is_good(row->format, row->good[i]))
			fail_msg("refused: %s", row->good[i]);
	}
	for (size_t i = 0; row->bad[i] != NULL; i++) {
		if (is_good(row->format, row->bad[i]))
			fail_msg("taken: %s", row->bad[i]);
	}
}

static void a_date_is_a_day_that_exists(void **state)
{
	static const struct format_case row = {
	    FORMAT_DATE,
	    {"2026-01-31", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31", "2026-12-01"},
	    {"", "2026-1-31", "2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-01",
		"2026-01-00", "0000-01-01", "10000-01-01", "2026-01-01 ", " 2026-01-01", "2026/01/01",
		"20260101", "2026-01-32", "+026-01-01", "-001-01-01", "2026-0a-01", "today", "infinity"},
	};

	(void)state;
	check(&row);
}

static void a_month_is_a_year_and_a_month(void **state)
{
	static const struct format_case row = {
	    FORMAT_MONTH,
	    {"2026-01", "0001-12"},
	    {"", "2026-13", "2026-00", "0000-01", "2026-1", "2026-011", "2026_01", "202a-01"},
	};

	(void)state;
	check(&row);
}

static void a_time_has_an_offset_and_exists(void **state)
{
	static const struct format_case row = {
	    FORMAT_DATE_TIME,
	    {"2026-01-31T00:00:00Z", "2026-01-31T23:59:59.123456789+02:00", "2026-01-31t10:00:00z",
		"2024-02-29T12:00:00-15:59", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
		"0001-01-01T02:00:00+02:00", "9999-12-31T21:59:59-02:00", "2026-01-31T00:00:00-00:00"},
	    {"", "2026-01-31", "2026-01-31T00:00:00", "2026-01-31 00:00:00Z", "2026-02-29T00:00:00Z",
		"2026-01-31T24:00:00Z", "2026-01-31T23:60:00Z", "2026-01-31T23:59:60Z", "2026-01-31T00:00Z",
		"2026-01-31T00:00:00.Z", "2026-01-31T00:00:00.1234567890Z", "2026-01-31T00:00:00+2:00",
		"2026-01-31T00:00:00+0200", "2026-01-31T00:00:00+16:00", "2026-01-31T00:00:00+02:60",
		"2026-01-31T00:00:00ZZ", "2026-01-31T00:00:00+02:00 ", "0001-01-01T01:59:59+02:00",
		"9999-12-31T22:00:00-02:00", "2026-01-31T00:00:00,5Z", "2026-01-31T-1:00:00Z",
		"2026-01-31T00:00:00.1", "2026-01-31T00:00:0", "0000-01-01T00:00:00Z"},
	};

	(void)state;
	check(&row);
}

static void a_uuid_has_its_hyphens(void **state)
{
	static const struct format_case row = {
	    FORMAT_UUID,
	    {"0190a3c4-0000-7000-8000-00000000000a", "0190A3C4-0000-7000-8000-00000000000A"},
	    {"", "0190a3c4000070008000000000000000a", "{0190a3c4-0000-7000-8000-00000000000a}",
		"0190a3c4-0000-7000-8000-00000000000g", "0190a3c4-0000-7000-8000-00000000000"},
	};

	(void)state;
	check(&row);
}

static void an_address_is_safe_in_smtp(void **state)
{
	static const struct format_case row = {
	    FORMAT_EMAIL,
	    {"a@b.c", "anna.virtanen@example.fi", "o'neil+tag@x-y.example", "a@xn--shk-qla.fi", "a@1.2.fi"},
	    {"", "@", "a", "a@b", "maija@gmail", "a@localhost", "a@", "@b.c", "a@s\xc3\xa4hk\xc3\xb6.fi",
		"a@b.c@c", "a b@c", "a@b.c c", " a@b.c", "a@b.c ", "a@b.c\r\nRCPT TO:<x@y>", "a\n@b.c",
		"a@b.c\t", "a.@b.c", ".a@b.c", "a..b@c", "\"a\"@b.c", "a@[127.0.0.1]", "a@-b.c", "a@b.c-",
		"a@b-.c", "a@.b.c", "a@b.c.", "a@b..c", "\xc3\xa4@b.c", "<a@b.c>", "a@b.c>", "a,c@b.c",
		"a@b.c,c@d", "a@b.c;", "a@b.c\xc2\xa0", "a@b.c\xc2\x85", "a@b.c\xe2\x80\xa8",
		"a@b.c\xe3\x80\x82x", "a@b.c\xef\xbc\xa0", "a@b.c\xc3", "a@b.c\x7f", "a@b.c_c", "a@b.c%c",
		"a@b.c\xf0\x9f\x98\x80",
		"1234567890123456789012345678901234567890123456789012345678901234x@b.c",
		"a@123456789012345678901234567890123456789012345678901234567890abcd.fi"},
	};

	(void)state;
	check(&row);
}

static void a_uri_is_absolute_and_of_the_web(void **state)
{
	static const struct format_case row = {
	    FORMAT_URI,
	    {"https://a", "http://a.example/", "HTTPS://a.example:8443/b?c=d#e", "https://[::1]:80/x",
		"https://a./", "http://10.0.0.1", "https://a/%20"},
	    {"", "a", "/a", "//a/b", "ftp://a", "javascript:alert(1)", "https:", "https://", "https:///a",
		"https://user@a/", "https://user:pass@a/", "https://a:/", "https://a:0/", "https://a:65536/",
		"https://a:x/", "https://a b", "https://a/ b", "https://a/%2", "https://a/%", "https://a/%zz",
		"https://a/\"", "https://a/<", "https://a\\b", "https://[::1", "https://[", "https://[]",
		"https://[::1]x", "https://[::g]", "https://-a", "https://a..b", "https://a/\xc3\xa4",
		"https://a\r\n", "https://?a", "http://:80", "https://a:-1"},
	};

	(void)state;
	check(&row);
}

static void an_email_may_have_254_characters(void **state)
{
	char text[300];

	(void)state;
	memset(text, 'a', sizeof text);
	for (size_t i = 1; i < sizeof text; i += 2)
		text[i] = '.';
	text[1] = '@';
	assert_true(validate_email(text, 253));
	assert_false(validate_email(text, 255));
	assert_true(validate_email("aa@", 3) == false);
}

static void a_whole_number_is_in_plain_spelling(void **state)
{
	static const char *const bad[] = {"", "-", "+1", "01", "-01", "1.0", "1e3", " 1", "1 ", "0x1",
	    "9223372036854775808", "-9223372036854775809", "99999999999999999999", "--1", "1-"};
	int64_t number = 7;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(validate_integer(bad[i], strlen(bad[i]), &number));
	assert_int_equal(number, 7);
	assert_true(validate_integer("0", 1, &number));
	assert_int_equal(number, 0);
	assert_true(validate_integer("-9223372036854775808", 20, &number));
	assert_true(number == INT64_MIN);
	assert_true(validate_integer("9223372036854775807", 19, &number));
	assert_true(number == INT64_MAX);
	assert_true(validate_integer("-12", 3, &number));
	assert_int_equal(number, -12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_date_is_a_day_that_exists),
	    cmocka_unit_test(a_month_is_a_year_and_a_month),
	    cmocka_unit_test(a_time_has_an_offset_and_exists),
	    cmocka_unit_test(a_uuid_has_its_hyphens),
	    cmocka_unit_test(an_address_is_safe_in_smtp),
	    cmocka_unit_test(a_uri_is_absolute_and_of_the_web),
	    cmocka_unit_test(an_email_may_have_254_characters),
	    cmocka_unit_test(a_whole_number_is_in_plain_spelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
