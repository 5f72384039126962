#include "common/calendar.h"
#include "tests/unit/unit.h"

#include <string.h>

static const char told[] = "{\"name\": \"Raati\", \"events\": [{\"uid\": \"1@osallisuus\", "
			   "\"changed_at\": \"20300301T100000Z\","
			   " \"sequence\": 2, \"starts_at\": \"20300331T143000Z\", \"ends_at\": "
			   "\"20300331T160000Z\", \"status\": \"CANCELLED\","
			   " \"summary\": \"Ilta; avoin, kaikille\\nEND:VEVENT\", \"description\": null, "
			   "\"location\": \"Sali\", \"url\": null}]}";

static void a_calendar_has_each_event_with_its_times_in_utc(void **state)
{
	struct arena *arena = arena_new();
	struct err err = {0};
	const char *text = NULL;

	(void)state;
	assert_true(calendar_text(arena, told, strlen(told), &text, &err));
	assert_int_equal(strncmp(text, "BEGIN:VCALENDAR\r\n", 17), 0);
	assert_non_null(strstr(text, "\r\nX-WR-CALNAME:Raati\r\n"));
	assert_non_null(strstr(text, "\r\nUID:1@osallisuus\r\n"));
	assert_non_null(strstr(text, "\r\nDTSTART:20300331T143000Z\r\n"));
	assert_non_null(strstr(text, "\r\nDTEND:20300331T160000Z\r\n"));
	assert_non_null(strstr(text, "\r\nSEQUENCE:2\r\n"));
	assert_non_null(strstr(text, "\r\nSTATUS:CANCELLED\r\n"));
	assert_non_null(strstr(text, "\r\nSUMMARY:Ilta\\; avoin\\, kaikille\\nEND:VEVENT\r\n"));
	assert_null(strstr(text, "DESCRIPTION"));
	assert_null(strstr(text, "URL"));
	arena_free(arena);
}

static void a_calendar_without_events_is_one(void **state)
{
	struct arena *arena = arena_new();
	struct err err = {0};
	const char *text = NULL;

	(void)state;
	assert_true(calendar_text(arena, "{\"events\": []}", 14, &text, &err));
	assert_non_null(strstr(text, "\r\nEND:VCALENDAR\r\n"));
	assert_null(strstr(text, "VEVENT"));
	arena_free(arena);
}

static void what_is_no_json_is_an_error(void **state)
{
	struct arena *arena = arena_new();
	struct err err = {0};
	const char *text = NULL;

	(void)state;
	assert_false(calendar_text(arena, "{", 1, &text, &err));
	assert_string_equal(err.code, "internal");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_calendar_has_each_event_with_its_times_in_utc),
	    cmocka_unit_test(a_calendar_without_events_is_one),
	    cmocka_unit_test(what_is_no_json_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
