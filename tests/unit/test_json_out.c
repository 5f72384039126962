#include "common/arena.h"
#include "common/json_out.h"
#include "tests/unit/unit.h"

#include <jansson.h>

/* A sink that gives exactly what is asked for, each time elsewhere, so that ASan sees a byte too many. */
struct strict_sink {
	char *piece;
	size_t room;
	char *text;
	size_t length;
};

static char *strict_reserve(void *context, size_t size)
{
	struct strict_sink *sink = context;

	free(sink->piece);
	sink->piece = malloc(size);
	sink->room = size;
	assert_non_null(sink->piece);
	return sink->piece;
}

static void strict_commit(void *context, size_t size)
{
	struct strict_sink *sink = context;

	assert_true(size <= sink->room);
	sink->text = realloc(sink->text, sink->length + size + 1);
	assert_non_null(sink->text);
	memcpy(sink->text + sink->length, sink->piece, size);
	sink->length += size;
	sink->text[sink->length] = '\0';
	/* What was reserved and is not used yet may not be used later. */
	sink->room = 0;
}

static struct json_out start(struct strict_sink *sink)
{
	struct json_out out;

	*sink = (struct strict_sink){0};
	json_out_init(
	    &out, (struct json_sink){.reserve = strict_reserve, .commit = strict_commit, .context = sink});
	return out;
}

static void finish(struct strict_sink *sink)
{
	free(sink->piece);
	free(sink->text);
}

static void values_and_containers_get_their_commas(void **state)
{
	struct strict_sink sink;
	struct json_out out = start(&sink);

	(void)state;
	json_out_object(&out);
	json_out_member_text(&out, "a", "x");
	json_out_member_text(&out, "b", NULL);
	json_out_name(&out, "c", 1);
	json_out_array(&out);
	json_out_bool(&out, true);
	json_out_bool(&out, false);
	json_out_array(&out);
	json_out_array_end(&out);
	json_out_object(&out);
	json_out_object_end(&out);
	json_out_raw(&out, "1.50", 4);
	json_out_array_end(&out);
	json_out_member_int(&out, "d", 7);
	json_out_name(&out, "e", 1);
	json_out_object(&out);
	json_out_name(&out, "f", 1);
	json_out_null(&out);
	json_out_object_end(&out);
	assert_false(json_out_is_whole(&out));
	json_out_object_end(&out);
	assert_true(json_out_is_whole(&out));
	assert_string_equal(
	    sink.text, "{\"a\":\"x\",\"b\":null,\"c\":[true,false,[],{},1.50],\"d\":7,\"e\":{\"f\":null}}");
	finish(&sink);
}

static void integers_are_written_to_their_ends(void **state)
{
	struct strict_sink sink;
	struct json_out out = start(&sink);

	(void)state;
	json_out_array(&out);
	json_out_int(&out, 0);
	json_out_int(&out, -1);
	json_out_int(&out, 1234567890);
	json_out_int(&out, INT64_MAX);
	json_out_int(&out, INT64_MIN);
	json_out_array_end(&out);
	assert_string_equal(sink.text, "[0,-1,1234567890,9223372036854775807,-9223372036854775808]");
	finish(&sink);
}

static void controls_quotes_and_backslashes_are_escaped(void **state)
{
	static const char text[] = "\"\\/\b\f\n\r\t\x01\x1f\x7f ä€😀\0z";
	struct strict_sink sink;
	struct json_out out = start(&sink);

	(void)state;
	json_out_text(&out, text, sizeof text - 1);
	assert_string_equal(sink.text, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f ä€😀\\u0000z\"");
	finish(&sink);
}

static void names_are_escaped_too(void **state)
{
	struct strict_sink sink;
	struct json_out out = start(&sink);

	(void)state;
	json_out_object(&out);
	json_out_name(&out, "a\"b", 3);
	json_out_int(&out, 1);
	json_out_name(&out, "", 0);
	json_out_text(&out, NULL, 0);
	json_out_name(&out, "\n", 1);
	json_out_int(&out, 2);
	json_out_object_end(&out);
	assert_string_equal(sink.text, "{\"a\\\"b\":1,\"\":\"\",\"\\n\":2}");
	finish(&sink);
}

static void bytes_that_are_no_text_become_replacement_characters(void **state)
{
	static const char *const bad[] = {"\xff", "\xc3", "\xed\xa0\x80", "a\xe2\x82", "\xf4\x90\x80\x80\n"};
	static const char *const written[] = {"\"�\"", "\"�\"", "\"���\"", "\"a��\"", "\"����\\n\""};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct strict_sink sink;
		struct json_out out = start(&sink);

		json_out_text(&out, bad[i], strlen(bad[i]));
		assert_string_equal(sink.text, written[i]);
		finish(&sink);
	}
}

/* Written and read again by Jansson, around the eight bytes that are looked at at once. */
static void a_special_character_is_seen_at_every_place(void **state)
{
	static const char *const specials[] = {
	    "\"", "\\", "\n", "\x01", "\x1f", "\x7f", "ä", "😀", " ", "!", "#", "[", "]"};

	(void)state;
	for (size_t place = 0; place < 30; place++) {
		for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++) {
			char text[80];
			struct strict_sink sink;
			struct json_out out = start(&sink);
			json_t *read;
			int length = snprintf(text, sizeof text, "%.*s%s%.*s", (int)place,
			    "abcdefghijklmnopqrstuvwxyz012345", specials[i], (int)(30 - place),
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345");

			json_out_text(&out, text, (size_t)length);
			read = json_loadb(sink.text, sink.length, JSON_DECODE_ANY, NULL);
			assert_non_null(read);
			assert_string_equal(json_string_value(read), text);
			json_decref(read);
			finish(&sink);
		}
	}
}

static void long_texts_with_many_escapes_come_out_whole(void **state)
{
	static const size_t lengths[] = {170, 171, 1017, 1018, 1019, 1024, 1025, 20000};

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		for (unsigned every = 1; every < 200; every += 33) {
			char *text = malloc(lengths[i]);
			struct strict_sink sink;
			struct json_out out = start(&sink);
			json_t *read;

			assert_non_null(text);
			for (size_t at = 0; at < lengths[i]; at++)
				text[at] = at % every == 0 ? '\x02' : 'x';
			json_out_text(&out, text, lengths[i]);
			read = json_loadb(sink.text, sink.length, JSON_DECODE_ANY, NULL);
			assert_non_null(read);
			assert_int_equal(json_string_length(read), lengths[i]);
			assert_memory_equal(json_string_value(read), text, lengths[i]);
			json_decref(read);
			finish(&sink);
			free(text);
		}
	}
}

static void nest(unsigned depth)
{
	struct strict_sink sink;
	struct json_out out = start(&sink);

	for (unsigned i = 0; i < depth; i++)
		json_out_array(&out);
	for (unsigned i = 0; i < depth; i++)
		json_out_array_end(&out);
	assert_true(json_out_is_whole(&out));
	finish(&sink);
}

static void nest_too_deep(void)
{
	nest(JSON_OUT_DEPTH_MAX);
}

static void two_values(void)
{
	struct strict_sink sink;
	struct json_out out = start(&sink);

	json_out_null(&out);
	json_out_null(&out);
}

static void value_without_name(void)
{
	struct strict_sink sink;
	struct json_out out = start(&sink);

	json_out_object(&out);
	json_out_null(&out);
}

static void name_without_value(void)
{
	struct strict_sink sink;
	struct json_out out = start(&sink);

	json_out_object(&out);
	json_out_name(&out, "a", 1);
	json_out_object_end(&out);
}

static void wrong_end(void)
{
	struct strict_sink sink;
	struct json_out out = start(&sink);

	json_out_object(&out);
	json_out_array_end(&out);
}

static void misuse_aborts(void **state)
{
	(void)state;
	nest(JSON_OUT_DEPTH_MAX - 2);
	nest(JSON_OUT_DEPTH_MAX - 1);
	assert_true(unit_aborts(nest_too_deep));
	assert_true(unit_aborts(two_values));
	assert_true(unit_aborts(value_without_name));
	assert_true(unit_aborts(name_without_value));
	assert_true(unit_aborts(wrong_end));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_and_containers_get_their_commas),
	    cmocka_unit_test(integers_are_written_to_their_ends),
	    cmocka_unit_test(controls_quotes_and_backslashes_are_escaped),
	    cmocka_unit_test(names_are_escaped_too),
	    cmocka_unit_test(bytes_that_are_no_text_become_replacement_characters),
	    cmocka_unit_test(a_special_character_is_seen_at_every_place),
	    cmocka_unit_test(long_texts_with_many_escapes_come_out_whole),
	    cmocka_unit_test(misuse_aborts),
	};

	return cmocka_run_group_tests_name("json_out", tests, NULL, NULL);
}
