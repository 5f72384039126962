#include "api/params.h"
#include "api/percent.h"
#include "common/arena.h"
#include "common/buffer.h"
#include "tests/unit/unit.h"

#include <string.h>

static const char *const kinds[] = {"odd", "plain"};
static const struct schema uuid_schema = {.type = SCHEMA_STRING, .format = FORMAT_UUID};
static const struct schema text_schema = {.type = SCHEMA_STRING, .max_length = 10};
static const struct schema kind_schema = {.type = SCHEMA_STRING, .values = kinds, .value_count = 2};
static const struct schema limit_schema = {
    .type = SCHEMA_INTEGER, .has_minimum = true, .minimum = 1, .has_maximum = true, .maximum = 200};
static const struct schema flag_schema = {.type = SCHEMA_BOOLEAN};

static const struct param_rule rules[] = {
    {.name = "id", .place = PARAM_PATH, .required = true, .schema = &uuid_schema},
    {.name = "name", .place = PARAM_PATH, .required = true, .schema = &text_schema},
    {.name = "limit", .place = PARAM_QUERY, .schema = &limit_schema, .default_value = "50"},
    {.name = "kind", .place = PARAM_QUERY, .list = true, .schema = &kind_schema},
    {.name = "word", .place = PARAM_QUERY, .list = true, .schema = &text_schema, .max_items = 3},
    {.name = "q", .place = PARAM_QUERY, .schema = &text_schema},
    {.name = "overdue", .place = PARAM_QUERY, .schema = &flag_schema},
};
enum { RULE_COUNT = sizeof rules / sizeof rules[0] };
static const struct operation operation = {.id = "thing_list", .params = rules, .param_count = RULE_COUNT};

static const struct param_rule needed[] = {
    {.name = "q", .place = PARAM_QUERY, .required = true, .schema = &text_schema},
};
static const struct operation search = {.id = "search", .params = needed, .param_count = 1};
static const struct operation plain = {.id = "plain"};

#define ID "0190a3c4-0000-7000-8000-00000000000a"

struct fixture {
	struct arena *arena;
	struct validate_report report;
	struct param_values values;
	struct err err;
};

static struct http_slice slice(const char *text)
{
	return (struct http_slice){.at = text, .length = text == NULL ? 0 : strlen(text)};
}

static bool read_from(struct fixture *fixture, const struct route_match *route, const char *query)
{
	fixture->report = (struct validate_report){.arena = fixture->arena, .language = LANGUAGE_EN};
	fixture->values = (struct param_values){.at = NULL};
	fixture->err = (struct err){.code = NULL};
	return params_read(route, slice(query), &fixture->report, &fixture->values, &fixture->err);
}

static bool read_path(struct fixture *fixture, const char *id, const char *name, const char *query)
{
	const struct route_match route = {
	    .operation = &operation, .params = {slice(id), slice(name)}, .param_count = 2};

	return read_from(fixture, &route, query);
}

static bool read_query(struct fixture *fixture, const char *query)
{
	return read_path(fixture, ID, "n", query);
}

static void assert_value(const struct fixture *fixture, const char *name, const char *text)
{
	const struct param_value *value = params_find(&operation, &fixture->values, name);

	assert_non_null(value);
	if (text == NULL) {
		assert_null(value->text);
		return;
	}
	assert_string_equal(value->text, text);
	assert_int_equal(value->length, strlen(text));
}

static void assert_refused(
    struct fixture *fixture, const char *query, const char *parameter, const char *code)
{
	assert_false(read_query(fixture, query));
	assert_string_equal(fixture->err.code, "bad_parameter");
	assert_int_equal(fixture->report.count, 1);
	assert_string_equal(fixture->report.errors[0].parameter, parameter);
	assert_string_equal(fixture->report.errors[0].code, code);
	assert_null(fixture->report.errors[0].pointer);
	assert_non_null(fixture->report.errors[0].detail);
}

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){.arena = arena_new()};
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	arena_free(((struct fixture *)*state)->arena);
	return 0;
}

static void values_stand_in_the_order_of_the_rules(void **state)
{
	struct fixture *fixture = *state;

	assert_true(read_query(fixture, "q=x&limit=7"));
	assert_int_equal(fixture->values.count, RULE_COUNT);
	assert_string_equal(fixture->values.at[0].text, ID);
	assert_string_equal(fixture->values.at[2].text, "7");
	assert_string_equal(fixture->values.at[5].text, "x");
	assert_true(fixture->values.at[5].present);
	assert_null(fixture->report.errors);
}

static void what_was_not_sent_has_its_default_or_nothing(void **state)
{
	struct fixture *fixture = *state;
	const char *const queries[] = {NULL, ""};

	for (size_t i = 0; i < 2; i++) {
		assert_true(read_query(fixture, queries[i]));
		assert_value(fixture, "limit", "50");
		assert_false(params_find(&operation, &fixture->values, "limit")->present);
		assert_value(fixture, "q", NULL);
		assert_value(fixture, "kind", NULL);
	}
}

static void an_operation_without_parameters_takes_none(void **state)
{
	struct fixture *fixture = *state;
	const struct route_match route = {.operation = &plain};

	assert_true(read_from(fixture, &route, ""));
	assert_int_equal(fixture->values.count, 0);
	assert_null(params_find(&plain, &fixture->values, "q"));
	assert_false(read_from(fixture, &route, "a=1"));
	assert_string_equal(fixture->err.code, "bad_parameter");
}

static void texts_are_percent_decoded_and_plus_is_a_space_in_the_query_only(void **state)
{
	struct fixture *fixture = *state;

	assert_true(read_path(fixture, ID, "a+b%20c", "q=%C3%A4+%2b%3D%26=,"));
	assert_value(fixture, "name", "a+b c");
	assert_value(fixture, "q", "\xc3\xa4 +=&=,");
}

static void what_stands_in_a_query_is_read_back_as_it_was(void **state)
{
	static const char text[] = "äö & 100 % <b>=?#/+~";
	struct arena *arena = arena_new();
	char back[sizeof text];
	struct buffer out;
	size_t length;

	(void)state;
	buffer_init(&out, arena);
	percent_encode(&out, text);
	assert_string_equal(out.bytes, "%C3%A4%C3%B6%20%26%20100%20%25%20%3Cb%3E%3D%3F%23%2F%2B~");
	assert_true(percent_decode((struct http_slice){out.bytes, out.length}, true, back, &length));
	assert_string_equal(back, text);
	arena_free(arena);
}

static void names_are_percent_decoded_too(void **state)
{
	struct fixture *fixture = *state;

	assert_true(read_query(fixture, "%6Cimit=3"));
	assert_value(fixture, "limit", "3");
}

static void a_bad_encoding_is_refused(void **state)
{
	struct fixture *fixture = *state;
	static const char *const queries[] = {"q=%", "q=%4", "q=%4g", "q=%G4", "q=%%41", "q=%00", "q=a%C3",
	    "q=%C3%28", "q=%ED%A0%80", "q=%C0%80", "q=%F5%80%80%80", "q=%+1"};

	for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++)
		assert_refused(fixture, queries[i], "q", "bad_encoding");
	assert_refused(fixture, "word=a,%", "word", "bad_encoding");
}

static void a_bad_encoding_in_the_path_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_false(read_path(fixture, ID, "%FF", NULL));
	assert_string_equal(fixture->err.code, "bad_parameter");
	assert_string_equal(fixture->report.errors[0].parameter, "name");
}

static void an_unknown_parameter_is_refused_by_name(void **state)
{
	struct fixture *fixture = *state;

	assert_refused(fixture, "colour=red", "colour", "unknown_parameter");
	assert_refused(fixture, "limit=3&=x", "", "unknown_parameter");
	assert_refused(fixture, "Limit=3", "Limit", "unknown_parameter");
	assert_refused(fixture, "id=" ID, "id", "unknown_parameter");
	assert_refused(fixture, "%FF=1", "", "unknown_parameter");
}

static void a_long_unknown_name_is_not_repeated(void **state)
{
	struct fixture *fixture = *state;
	char query[120];

	memset(query, 'x', 101);
	query[101] = '\0';
	assert_refused(fixture, query, "", "unknown_parameter");
	query[100] = '\0';
	assert_refused(fixture, query, query, "unknown_parameter");
}

static void a_parameter_that_stands_twice_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_refused(fixture, "limit=3&limit=3", "limit", "duplicate");
	assert_refused(fixture, "kind=odd&kind=plain", "kind", "duplicate");
}

static void values_are_checked_against_their_schema(void **state)
{
	struct fixture *fixture = *state;

	assert_refused(fixture, "limit=0", "limit", "too_small");
	assert_refused(fixture, "limit=201", "limit", "too_large");
	assert_refused(fixture, "limit=1.0", "limit", "wrong_type");
	assert_refused(fixture, "limit=", "limit", "wrong_type");
	assert_refused(fixture, "limit", "limit", "wrong_type");
	assert_refused(fixture, "overdue=yes", "overdue", "wrong_type");
	assert_refused(fixture, "kind=plain,even", "kind", "not_in_enum");
	assert_refused(fixture, "kind=", "kind", "not_in_enum");
	assert_refused(fixture, "q=12345678901", "q", "too_long");
	assert_true(read_query(fixture, "q=1234567890&limit=200&overdue=true"));
}

static void all_errors_are_told_at_once(void **state)
{
	struct fixture *fixture = *state;

	assert_false(read_query(fixture, "limit=0&colour=red&kind=x&limit=1"));
	assert_int_equal(fixture->report.count, 4);
}

static void a_list_becomes_an_array_literal(void **state)
{
	struct fixture *fixture = *state;

	assert_true(read_query(fixture, "kind=odd,plain&word=a"));
	assert_value(fixture, "kind", "{\"odd\",\"plain\"}");
	assert_value(fixture, "word", "{\"a\"}");
}

static void a_comma_separates_also_when_it_comes_encoded(void **state)
{
	struct fixture *fixture = *state;

	assert_true(read_query(fixture, "word=a%2Cb,c"));
	assert_value(fixture, "word", "{\"a\",\"b\",\"c\"}");
}

static void an_ampersand_too_many_says_nothing(void **state)
{
	struct fixture *fixture = *state;

	assert_true(read_query(fixture, "&limit=7&&word=a&"));
	assert_value(fixture, "limit", "7");
}

static void nothing_in_an_item_can_leave_the_literal(void **state)
{
	struct fixture *fixture = *state;

	assert_true(read_query(fixture, "word=%22%5C,%7D%7B,"));
	assert_value(fixture, "word", "{\"\\\"\\\\\",\"}{\",\"\"}");
	assert_true(read_query(fixture, "word=,,"));
	assert_value(fixture, "word", "{\"\",\"\",\"\"}");
	assert_true(read_query(fixture, "word=%22%22%22%22%22%22%22%22%22%22,%5C"));
	assert_true(read_query(fixture, "word=NULL"));
	assert_value(fixture, "word", "{\"NULL\"}");
}

static void a_list_has_at_most_its_number_of_items(void **state)
{
	struct fixture *fixture = *state;

	assert_true(read_query(fixture, "word=a,b,c"));
	assert_refused(fixture, "word=a,b,c,d", "word", "too_many_items");
}

static void what_is_required_in_the_query_is_missed(void **state)
{
	struct fixture *fixture = *state;
	const struct route_match route = {.operation = &search};

	assert_false(read_from(fixture, &route, NULL));
	assert_string_equal(fixture->err.code, "bad_parameter");
	assert_string_equal(fixture->report.errors[0].code, "required");
	assert_true(read_from(fixture, &route, "q="));
}

static void a_path_parameter_that_does_not_fit_is_not_found(void **state)
{
	struct fixture *fixture = *state;
	static const char *const ids[] = {
	    "1", "0190a3c4-0000-7000-8000-00000000000", ID "0", ID "%20", "%2e%2e"};

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		assert_false(read_path(fixture, ids[i], "n", NULL));
		assert_string_equal(fixture->err.code, "not_found");
	}
	assert_false(read_path(fixture, ID, "12345678901", NULL));
	assert_string_equal(fixture->err.code, "not_found");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(values_stand_in_the_order_of_the_rules),
	    TEST(what_was_not_sent_has_its_default_or_nothing),
	    TEST(an_operation_without_parameters_takes_none),
	    TEST(texts_are_percent_decoded_and_plus_is_a_space_in_the_query_only),
	    TEST(what_stands_in_a_query_is_read_back_as_it_was),
	    TEST(names_are_percent_decoded_too),
	    TEST(a_bad_encoding_is_refused),
	    TEST(a_bad_encoding_in_the_path_is_refused),
	    TEST(an_unknown_parameter_is_refused_by_name),
	    TEST(a_long_unknown_name_is_not_repeated),
	    TEST(a_parameter_that_stands_twice_is_refused),
	    TEST(values_are_checked_against_their_schema),
	    TEST(all_errors_are_told_at_once),
	    TEST(a_list_becomes_an_array_literal),
	    TEST(a_comma_separates_also_when_it_comes_encoded),
	    TEST(an_ampersand_too_many_says_nothing),
	    TEST(nothing_in_an_item_can_leave_the_literal),
	    TEST(a_list_has_at_most_its_number_of_items),
	    TEST(what_is_required_in_the_query_is_missed),
	    TEST(a_path_parameter_that_does_not_fit_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
