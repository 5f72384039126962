#include "common/buffer.h"
#include "tests/unit/unit.h"

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

static void a_new_buffer_is_an_empty_text(void **state)
{
	struct buffer buffer;

	buffer_init(&buffer, *state);
	assert_int_equal(buffer.length, 0);
	assert_string_equal(buffer.bytes, "");
}

static void bytes_are_added_at_the_end(void **state)
{
	struct buffer buffer;

	buffer_init(&buffer, *state);
	buffer_add(&buffer, "a\0b", 3);
	buffer_text(&buffer, "ää");
	buffer_add(&buffer, NULL, 0);
	buffer_printf(&buffer, "%d", -7);
	assert_int_equal(buffer.length, 9);
	assert_memory_equal(buffer.bytes, "a\0bää-7", 10);
}

/* 256 bytes is the first capacity, one of them for the NUL. */
static void a_buffer_grows_around_its_capacity(void **state)
{
	static const size_t lengths[] = {254, 255, 256, 257, 511, 512, 100000};

	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		char *text = arena_alloc(*state, lengths[i] + 1);
		struct buffer added;
		struct buffer printed;

		memset(text, 'x', lengths[i]);
		buffer_init(&added, *state);
		buffer_text(&added, text);
		assert_string_equal(added.bytes, text);
		buffer_init(&printed, *state);
		buffer_printf(&printed, "%s", text);
		assert_int_equal(printed.length, lengths[i]);
		assert_string_equal(printed.bytes, text);
	}
}

static void many_small_pieces_make_one_text(void **state)
{
	struct buffer buffer;

	buffer_init(&buffer, *state);
	for (unsigned i = 0; i < 10000; i++) {
		buffer_printf(&buffer, "%u,", i % 10);
		assert_int_equal(buffer.bytes[buffer.length], '\0');
	}
	assert_int_equal(buffer.length, 20000);
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(buffer.bytes[2 * (size_t)i], '0' + i % 10);
}

static void json_is_written_into_a_buffer(void **state)
{
	struct buffer buffer;
	struct json_out out;

	buffer_init(&buffer, *state);
	buffer_text(&buffer, "> ");
	json_out_init(&out, buffer_sink(&buffer));
	json_out_object(&out);
	json_out_member_text(&out, "nimi", "Väinö");
	json_out_object_end(&out);
	assert_string_equal(buffer.bytes, "> {\"nimi\":\"Väinö\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_new_buffer_is_an_empty_text, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(bytes_are_added_at_the_end, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_buffer_grows_around_its_capacity, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(many_small_pieces_make_one_text, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(json_is_written_into_a_buffer, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
