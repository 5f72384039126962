#include "api/validate.h"
#include "api/validate_words.h"
#include "common/json.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

/* A contract of our own; it stands before the generated one in the link. */
const char *const contract_patterns[] = {"^[a-z]+$", "^(x|yz)$", NULL};
const unsigned contract_pattern_count = 2;

static const char *const kinds[] = {"idea", "plain", "plainer"};
static const char *const languages[] = {"en", "fi", "sv"};

static const struct schema any = {.type = SCHEMA_ANY};
static const struct schema text = {.type = SCHEMA_STRING, .min_length = 2, .max_length = 5};
static const struct schema word = {.type = SCHEMA_STRING, .pattern = "^[a-z]+$", .pattern_index = 0};
static const struct schema date = {.type = SCHEMA_STRING, .format = FORMAT_DATE};
static const struct schema kind = {
    .type = SCHEMA_STRING, .nullable = true, .values = kinds, .value_count = 3};
static const struct schema count = {
    .type = SCHEMA_INTEGER, .has_minimum = true, .minimum = -1, .has_maximum = true, .maximum = 9};
static const struct schema share = {
    .type = SCHEMA_NUMBER, .has_minimum = true, .minimum = 0, .has_maximum = true, .maximum = 1};
static const struct schema flag = {.type = SCHEMA_BOOLEAN};
static const struct schema words = {
    .type = SCHEMA_ARRAY, .items = &word, .min_items = 1, .max_items = 3, .unique_items = true};
static const struct schema texts = {.type = SCHEMA_OBJECT,
    .additional = &text,
    .additional_names = languages,
    .additional_name_count = 3,
    .min_members = 1};
static const struct schema free_form = {.type = SCHEMA_OBJECT, .additional = &any};
static const struct schema_member inner_members[] = {{.name = "date", .schema = &date, .required = true}};
static const struct schema inner = {.type = SCHEMA_OBJECT, .members = inner_members, .member_count = 1};
static const struct schema inners = {.type = SCHEMA_ARRAY, .items = &inner};
static const struct schema_member members[] = {
    {.name = "a/b~c", .schema = &flag},
    {.name = "any", .schema = &any},
    {.name = "count", .schema = &count},
    {.name = "flag", .schema = &flag},
    {.name = "free", .schema = &free_form},
    {.name = "inners", .schema = &inners},
    {.name = "kind", .schema = &kind},
    {.name = "share", .schema = &share},
    {.name = "text", .schema = &text, .required = true},
    {.name = "texts", .schema = &texts},
    {.name = "words", .schema = &words},
};
static const struct schema body = {
    .type = SCHEMA_OBJECT, .members = members, .member_count = sizeof members / sizeof members[0]};

struct fixture {
	struct arena *arena;
	struct validate_report report;
};

static bool check(struct fixture *fixture, const char *json)
{
	static const struct json_limits limits = {.depth = 32, .nodes = 5000};
	struct err err = {.code = NULL};
	json_t *tree = NULL;

	if (!json_read(fixture->arena, json, strlen(json), &limits, &tree, &err))
		fail_msg("%s: %s", err.code, json);
	fixture->report = (struct validate_report){.arena = fixture->arena, .language = LANGUAGE_EN};
	return validate_body(&body, tree, &fixture->report);
}

static void assert_good(struct fixture *fixture, const char *json)
{
	if (!check(fixture, json))
		fail_msg(
		    "%s %s: %s", fixture->report.errors[0].pointer, fixture->report.errors[0].code, json);
	assert_int_equal(fixture->report.count, 0);
	assert_null(fixture->report.errors);
}

static void assert_wrong(struct fixture *fixture, const char *json, const char *pointer, const char *code)
{
	if (check(fixture, json))
		fail_msg("taken: %s", json);
	assert_int_equal(fixture->report.count, 1);
	assert_string_equal(fixture->report.errors[0].pointer, pointer);
	assert_string_equal(fixture->report.errors[0].code, code);
	assert_non_null(fixture->report.errors[0].detail);
	assert_null(fixture->report.errors[0].parameter);
}

/* The value of one member beside the required text. */
static void assert_value(struct fixture *fixture, const char *name, const char *value, const char *code)
{
	char json[400], pointer[40];

	snprintf(json, sizeof json, "{\"text\":\"abc\",\"%s\":%s}", name, value);
	snprintf(pointer, sizeof pointer, "/%s", name);
	if (code == NULL)
		assert_good(fixture, json);
	else
		assert_wrong(fixture, json, pointer, code);
}

static int set_up(void **state)
{
	static struct fixture fixture;
	struct err err = {.code = NULL};

	fixture = (struct fixture){.arena = arena_new()};
	*state = &fixture;
	return validate_init(&err) ? 0 : -1;
}

static int tear_down(void **state)
{
	arena_free(((struct fixture *)*state)->arena);
	validate_release();
	return 0;
}

static void a_body_as_the_schema_says_is_taken_without_any_memory(void **state)
{
	assert_good(*state,
	    "{\"text\":\"abc\",\"count\":9,\"share\":0.5,\"flag\":true,\"kind\":null,\"words\":[\"a\",\"b\"],"
	    "\"texts\":{\"fi\":\"moi\"},\"inners\":[{\"date\":\"2026-01-01\"}],\"free\":{\"x\":[1]},\"any\":"
	    "null,\"a/b~c\":false}");
}

static void what_is_required_is_missed_by_its_pointer(void **state)
{
	assert_wrong(*state, "{}", "/text", "required");
	assert_value(*state, "inners", "[{\"date\":\"2026-01-01\"},{\"date\":\"2026-01-01\"}]", NULL);
	assert_wrong(*state, "{\"text\":\"abc\",\"inners\":[{\"date\":\"2026-01-01\"},{}]}", "/inners/1/date",
	    "required");
}

static void a_value_of_another_type_is_refused(void **state)
{
	static const char *const others[] = {"1", "\"x\"", "true", "null", "[]"};

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_wrong(*state, others[i], "", "wrong_type");
	assert_wrong(*state, "{\"text\":1}", "/text", "wrong_type");
	assert_wrong(*state, "{\"text\":null}", "/text", "wrong_type");
	assert_value(*state, "flag", "1", "wrong_type");
	assert_value(*state, "flag", "\"true\"", "wrong_type");
	assert_value(*state, "flag", "null", "wrong_type");
	assert_value(*state, "words", "{}", "wrong_type");
	assert_value(*state, "texts", "[]", "wrong_type");
	assert_value(*state, "share", "\"1\"", "wrong_type");
	assert_value(*state, "kind", "1", "wrong_type");
}

static void null_is_taken_for_nullable_members_only(void **state)
{
	assert_value(*state, "kind", "null", NULL);
	assert_value(*state, "count", "null", "wrong_type");
}

static void a_member_that_is_not_known_is_refused(void **state)
{
	assert_value(*state, "colour", "1", "unknown_member");
	assert_value(*state, "Text", "1", "unknown_member");
	assert_wrong(*state, "{\"text\":\"abc\",\"~/\":1}", "", "unknown_member");
	assert_wrong(*state, "{\"text\":\"abc\",\"inners\":[{\"date\":\"2026-01-01\",\"x\":1}]}",
	    "/inners/0/x", "unknown_member");
	assert_wrong(*state, "{\"text\":\"abc\",\"a/b~c\":1}", "/a~1b~0c", "wrong_type");
}

static void an_unknown_name_that_may_be_words_of_people_is_told_by_the_object_around_it(void **state)
{
	static const char *const names[] = {
	    "", "Hoitaja Maija", "131052-308T", "0401234567", "\xc3\xa4iti", "a@b.fi"};
	char json[300], pointer[300];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(json, sizeof json, "{\"text\":\"abc\",\"%s\":1}", names[i]);
		assert_wrong(*state, json, "", "unknown_member");
	}
	for (int length = 64; length <= 65; length++) {
		snprintf(pointer, sizeof pointer, "/x%0*d", length - 1, 0);
		snprintf(json, sizeof json, "{\"text\":\"abc\",\"x%0*d\":1}", length - 1, 0);
		assert_wrong(*state, json, length == 64 ? pointer : "", "unknown_member");
	}
}

static void lengths_are_counted_in_characters(void **state)
{
	assert_wrong(*state, "{\"text\":\"a\"}", "/text", "too_short");
	assert_wrong(*state, "{\"text\":\"\"}", "/text", "too_short");
	assert_wrong(*state, "{\"text\":\" \\u200b\"}", "/text", "blank");
	assert_good(*state, "{\"text\":\"ab\"}");
	assert_good(*state, "{\"text\":\"abcde\"}");
	assert_wrong(*state, "{\"text\":\"abcdef\"}", "/text", "too_long");
	assert_good(*state, "{\"text\":\"\xc3\xa4\xc3\xb6\xc3\xa5\xe2\x82\xac\xf0\x9f\x98\x80\"}");
	assert_wrong(*state, "{\"text\":\"\xc3\xa4\xc3\xb6\xc3\xa5\xe2\x82\xac\xf0\x9f\x98\x80!\"}", "/text",
	    "too_long");
	assert_wrong(*state, "{\"text\":\"\xf0\x9f\x98\x80\"}", "/text", "too_short");
	assert_good(*state, "{\"text\":\"\\ud83d\\ude00\\u00e4\"}");
}

static void an_enum_is_compared_whole(void **state)
{
	assert_value(*state, "kind", "\"plain\"", NULL);
	assert_value(*state, "kind", "\"plainer\"", NULL);
	assert_value(*state, "kind", "\"idea\"", NULL);
	assert_value(*state, "kind", "\"plai\"", "not_in_enum");
	assert_value(*state, "kind", "\"plaine\"", "not_in_enum");
	assert_value(*state, "kind", "\"Plain\"", "not_in_enum");
	assert_value(*state, "kind", "\"\"", "not_in_enum");
	assert_string_equal(
	    ((struct fixture *)*state)->report.errors[0].detail, "must be one of: idea, plain, plainer");
}

static void whole_numbers_are_in_plain_spelling_and_range(void **state)
{
	assert_value(*state, "count", "-1", NULL);
	assert_value(*state, "count", "9", NULL);
	assert_value(*state, "count", "-2", "too_small");
	assert_value(*state, "count", "10", "too_large");
	assert_string_equal(((struct fixture *)*state)->report.errors[0].detail, "must be at most 9");
	assert_value(*state, "count", "1.0", "wrong_type");
	assert_value(*state, "count", "1e0", "wrong_type");
	assert_value(*state, "count", "9223372036854775807", "too_large");
}

static void numbers_have_a_range_too(void **state)
{
	assert_value(*state, "share", "0", NULL);
	assert_value(*state, "share", "1.0", NULL);
	assert_value(*state, "share", "1.01", "too_large");
	assert_value(*state, "share", "-0.1", "too_small");
	assert_value(*state, "share", "2", "too_large");
	assert_value(*state, "share", "-1", "too_small");
}

static void formats_and_patterns_are_checked(void **state)
{
	assert_wrong(*state, "{\"text\":\"abc\",\"inners\":[{\"date\":\"2026-02-30\"}]}", "/inners/0/date",
	    "bad_format");
	assert_string_equal(
	    ((struct fixture *)*state)->report.errors[0].detail, "must be a date, YYYY-MM-DD");
	assert_wrong(*state, "{\"text\":\"abc\",\"words\":[\"ab\",\"A\"]}", "/words/1", "bad_pattern");
	assert_wrong(*state, "{\"text\":\"abc\",\"words\":[\"a\\nb\"]}", "/words/0", "bad_pattern");
	assert_wrong(*state, "{\"text\":\"abc\",\"words\":[\"\"]}", "/words/0", "bad_pattern");
}

static void an_array_has_its_number_of_items(void **state)
{
	assert_value(*state, "words", "[]", "too_few_items");
	assert_value(*state, "words", "[\"a\",\"b\",\"c\"]", NULL);
	assert_value(*state, "words", "[\"a\",\"b\",\"c\",\"d\"]", "too_many_items");
	assert_value(*state, "words", "[\"a\",\"b\",\"a\"]", "not_unique");
}

static void free_members_have_names_and_a_schema(void **state)
{
	assert_value(*state, "texts", "{}", "too_few_members");
	assert_value(*state, "texts", "{\"fi\":\"moi\",\"sv\":\"hej\"}", NULL);
	assert_wrong(
	    *state, "{\"text\":\"abc\",\"texts\":{\"de\":\"hallo\"}}", "/texts/de", "unknown_member");
	assert_wrong(*state, "{\"text\":\"abc\",\"texts\":{\"fi\":\"hallohallo\"}}", "/texts/fi", "too_long");
	assert_value(*state, "free", "{\"whatever\":{\"deep\":[null]}}", NULL);
}

static void all_errors_are_told_at_once_up_to_fifty(void **state)
{
	struct fixture *fixture = *state;
	char json[1200] = "{\"text\":1,\"count\":10,\"flag\":0";
	size_t length = strlen(json);

	assert_false(check(fixture, "{\"text\":1,\"count\":10,\"flag\":0,\"x\":0}"));
	assert_int_equal(fixture->report.count, 4);
	assert_string_equal(fixture->report.errors[3].pointer, "/x");
	for (int i = 0; i < 60; i++)
		length += (size_t)snprintf(json + length, sizeof json - length, ",\"x%d\":0", i);
	snprintf(json + length, sizeof json - length, "}");
	assert_false(check(fixture, json));
	assert_int_equal(fixture->report.count, VALIDATE_ERRORS_MAX);
}

static void parameters_are_checked_like_texts(void **state)
{
	const struct http_slice flag_text = {.at = "truely", .length = 4}, number = {.at = "10", .length = 2};
	const struct http_slice part = {.at = "ab1", .length = 2}, whole = {.at = "ab1", .length = 3};

	(void)state;
	assert_null(validate_text_param(&flag, flag_text));
	assert_string_equal(validate_text_param(&flag, number), "wrong_type");
	assert_string_equal(validate_text_param(&count, number), "too_large");
	assert_string_equal(validate_text_param(&count, flag_text), "wrong_type");
	assert_null(validate_text_param(&word, part));
	assert_string_equal(validate_text_param(&word, whole), "bad_pattern");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void what_is_wrong_is_told_in_each_language(void **state)
{
	static const char *const codes[] = {"required", "unknown_member", "wrong_type", "too_short", "blank",
	    "too_long", "not_in_enum", "too_small", "too_large", "bad_format", "bad_pattern", "too_few_items",
	    "too_many_items", "not_unique", "too_few_members", "duplicate", "unknown_parameter",
	    "bad_encoding", "duplicate_member"};
	struct arena *arena = ((struct fixture *)*state)->arena;

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		const char *said[LANGUAGE_COUNT];

		for (unsigned language = 0; language < LANGUAGE_COUNT; language++) {
			said[language] = validate_words(arena, (enum language)language, &text, codes[i]);
			assert_true(strlen(said[language]) > 0 && strchr(said[language], '#') == NULL);
			if (strcmp(codes[i], "wrong_type") != 0)
				assert_string_not_equal(said[language],
				    validate_words(arena, (enum language)language, &any, "wrong_type"));
		}
		assert_string_not_equal(said[LANGUAGE_FI], said[LANGUAGE_EN]);
		assert_string_not_equal(said[LANGUAGE_SV], said[LANGUAGE_EN]);
		assert_string_not_equal(said[LANGUAGE_FI], said[LANGUAGE_SV]);
	}
	assert_string_equal(
	    validate_words(arena, LANGUAGE_FI, &text, "too_long"), "merkkejä saa olla enintään 5");
	assert_string_equal(validate_words(arena, LANGUAGE_SV, &count, "too_small"), "ska vara minst -1");
	assert_string_equal(validate_words(arena, LANGUAGE_FI, &kind, "not_in_enum"),
	    "pitää olla jokin näistä: idea, plain, plainer");
	assert_string_equal(validate_words_with(arena, LANGUAGE_EN, "csv_separator", "a;b"),
	    "the header line begins like this: a;b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_wrong_is_told_in_each_language),
	    TEST(a_body_as_the_schema_says_is_taken_without_any_memory),
	    TEST(what_is_required_is_missed_by_its_pointer),
	    TEST(a_value_of_another_type_is_refused),
	    TEST(null_is_taken_for_nullable_members_only),
	    TEST(a_member_that_is_not_known_is_refused),
	    TEST(an_unknown_name_that_may_be_words_of_people_is_told_by_the_object_around_it),
	    TEST(lengths_are_counted_in_characters),
	    TEST(an_enum_is_compared_whole),
	    TEST(whole_numbers_are_in_plain_spelling_and_range),
	    TEST(numbers_have_a_range_too),
	    TEST(formats_and_patterns_are_checked),
	    TEST(an_array_has_its_number_of_items),
	    TEST(free_members_have_names_and_a_schema),
	    TEST(all_errors_are_told_at_once_up_to_fifty),
	    TEST(parameters_are_checked_like_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
