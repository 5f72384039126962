#include "common/json.h"
#include "tests/unit/unit.h"

struct refusal {
	const char *bytes;
	const char *code;
	const char *message;
};

/* The input is never quoted in a message. */
static const struct refusal refusals[] = {
    {"", "not_json", "nothing is there"},
    {" ", "not_json", "at line 1, column 1"},
    {"{\"a\":\n 1,}", "not_json", "at line 2, column 4"},
    {"{'a':1}", "not_json", "at line 1, column 2"},
    {"[1,]", "not_json", "at line 1, column 4"},
    {"[01]", "not_json", "at line 1, column 2"},
    {"[1.]", "not_json", "at line 1, column 3"},
    {"[+1]", "not_json", "at line 1, column 2"},
    {"[NaN]", "not_json", "at line 1, column 4"},
    {"tru", "not_json", "at line 1, column 3"},
    {"\"open", "not_json", "at line 1, column 5"},
    {"\"tab\there\"", "not_json", "at line 1, column 4"},
    {"\"\\x\"", "not_json", "at line 1, column 3"},
    {"\"\\ud800\"", "not_json", "at line 1, column 8"},
    {"\"\\udc00\"", "not_json", "at line 1, column 8"},
    {"\"\\ud800\\ud800\"", "not_json", NULL},
    {"]", "not_json", "at line 1, column 1"},
    {"[", "not_json", "at line 1, column 1"},
    {"{\"a\":1}}", "not_json", "at line 1, column 8: more than one value"},
    {"1 2", "not_json", "at line 1, column 3: more than one value"},
    {"9223372036854775808", "not_json", "at line 1, column 19: a number that is too large"},
    {"-9223372036854775809", "not_json", "at line 1, column 20: a number that is too large"},
    {"1e999", "not_json", "at line 1, column 5: a number that is too large"},
    {"\xef\xbb\xbf{}", "not_json", NULL},
    {"\xff", "not_utf8", "at line 1, byte 1"},
    {"{\n\"a\": \"\xc3(\"}", "not_utf8", "at line 2, byte 7"},
    {"\"\xed\xa0\x80\"", "not_utf8", "at line 1, byte 2"},
    {"\"\xc0\x80\"", "not_utf8", "at line 1, byte 2"},
    {"{\"a\":1,\"a\":2}", "duplicate_member", "at line 1, column 10: a member twice"},
    {"{\"a\":1,\"\\u0061\":2}", "duplicate_member", NULL},
    {"[{\"b\":{\"a\":1,\"c\":[],\"a\":1}}]", "duplicate_member", NULL},
    {"\"\\u0000\"", "json_nul", "at line 1, column 8: \\u0000"},
    {"[\"a\\\\\\u0000\"]", "json_nul", NULL},
    {"{\"\\u0000\":1}", "json_nul", NULL},
};

static const struct json_limits limits = {.depth = 4, .nodes = 12};

static int set_up(void **state)
{
	*state = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

/* The code, or "" when the text is taken. */
static const char *read_code(
    struct arena *arena, const char *bytes, size_t length, const struct json_limits *within)
{
	struct err err = {0};
	json_t *json = NULL;

	if (json_read(arena, bytes, length, within, &json, &err)) {
		assert_non_null(json);
		return "";
	}
	assert_null(json);
	return err.code;
}

static void what_is_not_strict_json_is_refused_with_its_place(void **state)
{
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		struct err err = {0};
		json_t *json = NULL;

		if (json_read(*state, refusals[i].bytes, strlen(refusals[i].bytes), &limits, &json, &err))
			fail_msg("'%s' was taken", refusals[i].bytes);
		assert_null(json);
		assert_string_equal(err.code, refusals[i].code);
		if (refusals[i].message != NULL)
			assert_string_equal(err.message, refusals[i].message);
	}
}

static void a_nul_byte_is_refused_wherever_it_stands(void **state)
{
	assert_string_equal(read_code(*state, "\"a\0b\"", 5, &limits), "not_json");
	assert_string_equal(read_code(*state, "1\0", 2, &limits), "not_json");
	assert_string_equal(read_code(*state, "\0", 1, &limits), "not_json");
	assert_string_equal(read_code(*state, "{}\0{}", 5, &limits), "not_json");
	assert_string_equal(read_code(*state, NULL, 0, &limits), "not_json");
}

static void any_value_may_stand_at_the_top(void **state)
{
	static const char *const values[] = {"null", "true", "false", "0", "-1.5e3", "\"text\"", "[]", "{}",
	    " [ 1 , 2 ]\r\n", "9223372036854775807", "-9223372036854775808", "\"\\ud83d\\ude00\"", "\"😀\""};

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		assert_string_equal(read_code(*state, values[i], strlen(values[i]), &limits), "");
}

static void a_tree_has_what_was_written(void **state)
{
	static const char text[] =
	    "{\"text\": \"Kiitos, hyvää \\u00e4 \\\"x\\\"\", \"n\": [1, -2], \"x\": null}";
	struct err err = {0};
	json_t *json = NULL;

	assert_true(json_read(*state, text, strlen(text), &limits, &json, &err));
	assert_null(err.code);
	assert_string_equal(json_string_value(json_object_get(json, "text")), "Kiitos, hyvää ä \"x\"");
	assert_int_equal(json_integer_value(json_array_get(json_object_get(json, "n"), 1)), -2);
	assert_true(json_is_null(json_object_get(json, "x")));
}

static void depth_is_bounded(void **state)
{
	assert_string_equal(read_code(*state, "[[[1]]]", 7, &limits), "");
	assert_string_equal(read_code(*state, "[[[[1]]]]", 9, &limits), "");
	assert_string_equal(read_code(*state, "[[[[[1]]]]]", 11, &limits), "json_too_deep");
	assert_string_equal(read_code(*state, "[[[[{\"a\":1}]]]]", 15, &limits), "json_too_deep");
	assert_string_equal(read_code(*state, "[[[[]]],[[[]]]]", 15, &limits), "");
	assert_string_equal(read_code(*state, "[[[[[", 5, &limits), "json_too_deep");
	assert_string_equal(read_code(*state, "]]]]]]", 6, &limits), "not_json");
}

/* A list of n numbers has n + 1 nodes, an object of n members 2 n + 1. */
static void nodes_are_bounded(void **state)
{
	static const char list_of_11[] = "[1,2,3,4,5,6,7,8,9,10,11]";
	static const char list_of_12[] = "[1,2,3,4,5,6,7,8,9,10,11,12]";
	static const char object_of_5[] = "{\"a\":1,\"b\":true,\"c\":\"\",\"d\":1.5e3,\"e\":{}}";
	static const char object_of_6[] = "{\"a\":1,\"b\":true,\"c\":\"\",\"d\":1.5e3,\"e\":{},\"f\":1}";

	assert_string_equal(read_code(*state, list_of_11, strlen(list_of_11), &limits), "");
	assert_string_equal(read_code(*state, list_of_12, strlen(list_of_12), &limits), "json_too_large");
	assert_string_equal(read_code(*state, object_of_5, strlen(object_of_5), &limits), "");
	assert_string_equal(read_code(*state, object_of_6, strlen(object_of_6), &limits), "json_too_large");
}

static void brackets_and_commas_inside_texts_do_not_count(void **state)
{
	static const char *const texts[] = {"\"[[[[[[[[[[[[[[\"", "\"\\\"[[[[[[[[[[\"",
	    "[\"{{{{{{{\\\\\",\"]\"]", "\"1,2,3,4,5,6,7,8,9,10,11,12,13,14\"", "{\"[[[[[[\":\"]\"}"};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_string_equal(read_code(*state, texts[i], strlen(texts[i]), &limits), "");
	/* A backslash at the very end, and before the closing quote. */
	assert_string_equal(read_code(*state, "\"\\", 2, &limits), "not_json");
	assert_string_equal(read_code(*state, "\"\\\"", 3, &limits), "not_json");
}

static void limits_are_reached_before_memory_is_taken(void **state)
{
	static const struct json_limits wide = {.depth = 32, .nodes = 5000};
	enum { LENGTH = 1000000 };
	char *bytes = arena_alloc(*state, LENGTH);

	memset(bytes, '[', LENGTH);
	assert_string_equal(read_code(*state, bytes, LENGTH, &wide), "json_too_deep");
	for (size_t i = 1; i < LENGTH; i += 2) {
		bytes[i] = '1';
		bytes[i + 1 < LENGTH ? i + 1 : i] = ',';
	}
	assert_string_equal(read_code(*state, bytes, LENGTH, &wide), "json_too_large");
}

static void utf8_is_told_from_other_bytes(void **state)
{
	(void)state;
	assert_true(json_is_utf8("hyvää 😀", strlen("hyvää 😀")));
	assert_true(json_is_utf8("", 0));
	assert_false(json_is_utf8("hyv\xe4", 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		what_is_not_strict_json_is_refused_with_its_place, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_nul_byte_is_refused_wherever_it_stands, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(any_value_may_stand_at_the_top, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_tree_has_what_was_written, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(depth_is_bounded, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(nodes_are_bounded, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(brackets_and_commas_inside_texts_do_not_count, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(limits_are_reached_before_memory_is_taken, set_up, tear_down),
	    cmocka_unit_test(utf8_is_told_from_other_bytes),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
