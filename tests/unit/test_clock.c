#include "common/clock.h"
#include "tests/unit/unit.h"

struct moment {
	int64_t wall_ms;
	const char *rfc3339;
	const char *http_date;
};

static const struct moment moments[] = {
    {0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT"},
    {-1, "1969-12-31T23:59:59.999Z", "Wed, 31 Dec 1969 23:59:59 GMT"},
    /* RFC 9110 5.6.7 */
    {INT64_C(784111777000), "1994-11-06T08:49:37.000Z", "Sun, 06 Nov 1994 08:49:37 GMT"},
    /* RFC 9562, appendix A: 2022-02-22 14:22:22 in New York */
    {INT64_C(0x017F22E279B0), "2022-02-22T19:22:22.000Z", "Tue, 22 Feb 2022 19:22:22 GMT"},
    {INT64_C(1709209567089), "2024-02-29T12:26:07.089Z", "Thu, 29 Feb 2024 12:26:07 GMT"},
    {INT64_C(1776470400000), "2026-04-18T00:00:00.000Z", "Sat, 18 Apr 2026 00:00:00 GMT"},
    {INT64_C(1780272000001), "2026-06-01T00:00:00.001Z", "Mon, 01 Jun 2026 00:00:00 GMT"},
    {INT64_C(253402300799999), "9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 GMT"},
    {INT64_C(253402300800000), "9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 GMT"},
    {INT64_MAX, "9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 GMT"},
    {INT64_C(-62135596800000), "0001-01-01T00:00:00.000Z", "Mon, 01 Jan 0001 00:00:00 GMT"},
    {INT64_C(-62135596800001), "0001-01-01T00:00:00.000Z", "Mon, 01 Jan 0001 00:00:00 GMT"},
    {INT64_MIN, "0001-01-01T00:00:00.000Z", "Mon, 01 Jan 0001 00:00:00 GMT"},
};

static void moments_are_written_in_both_formats(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
		char rfc3339[CLOCK_RFC3339_SIZE];
		char http_date[CLOCK_HTTP_DATE_SIZE];

		clock_format_rfc3339(moments[i].wall_ms, rfc3339);
		clock_format_http_date(moments[i].wall_ms, http_date);
		assert_string_equal(rfc3339, moments[i].rfc3339);
		assert_string_equal(http_date, moments[i].http_date);
	}
}

/* strftime is what the names of days and months are held against. */
static void every_day_of_a_year_has_its_names(void **state)
{
	(void)state;
	for (int64_t day = 0; day < 366; day++) {
		time_t seconds = (time_t)(INT64_C(1704067200) + day * 86400);
		char expected[CLOCK_HTTP_DATE_SIZE];
		char written[CLOCK_HTTP_DATE_SIZE];
		struct tm time;

		assert_non_null(gmtime_r(&seconds, &time));
		assert_int_not_equal(
		    strftime(expected, sizeof expected, "%a, %d %b %Y %H:%M:%S GMT", &time), 0);
		clock_format_http_date((int64_t)seconds * 1000, written);
		assert_string_equal(written, expected);
	}
}

static void a_test_sets_the_wall_clock_and_gives_it_back(void **state)
{
	int64_t before = clock_wall_ms();

	(void)state;
	clock_set_for_test(0);
	assert_int_equal(clock_wall_ms(), 0);
	clock_set_for_test(1234567890123);
	assert_int_equal(clock_wall_ms(), 1234567890123);
	clock_set_for_test(-5);
	assert_true(clock_wall_ms() >= before);
}

static void monotonic_and_cpu_time_never_go_back(void **state)
{
	int64_t monotonic = clock_monotonic_us();
	int64_t used = clock_thread_cpu_us();

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		int64_t monotonic_now = clock_monotonic_us();
		int64_t used_now = clock_thread_cpu_us();

		assert_true(monotonic_now >= monotonic);
		assert_true(used_now >= used);
		monotonic = monotonic_now;
		used = used_now;
	}
	assert_true(used > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(moments_are_written_in_both_formats),
	    cmocka_unit_test(every_day_of_a_year_has_its_names),
	    cmocka_unit_test(a_test_sets_the_wall_clock_and_gives_it_back),
	    cmocka_unit_test(monotonic_and_cpu_time_never_go_back),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
