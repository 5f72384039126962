#include "common/utf8.h"
#include "tests/unit/unit.h"

struct sample {
	const char *bytes;
	size_t character; /* the length of the first one, 0 for none */
	size_t valid;     /* bytes up to the first that is part of no character */
};

static const struct sample samples[] = {
    {"", 0, 0},
    {"a", 1, 1},
    {"\x7f", 1, 1},
    {"ä", 2, 2},
    {"€uro", 3, 6},
    {"😀", 4, 4},
    {"\xc2\x80", 2, 2},
    {"\xe0\xa0\x80", 3, 3},
    {"\xed\x9f\xbf", 3, 3},
    {"\xee\x80\x80", 3, 3},
    {"\xef\xbf\xbf", 3, 3},
    {"\xf0\x90\x80\x80", 4, 4},
    {"\xf4\x8f\xbf\xbf", 4, 4},
    /* Overlong forms. */
    {"\xc0\x80", 0, 0},
    {"\xc1\xbf", 0, 0},
    {"\xe0\x9f\xbf", 0, 0},
    {"\xf0\x8f\xbf\xbf", 0, 0},
    /* Surrogates, and above U+10FFFF. */
    {"\xed\xa0\x80", 0, 0},
    {"\xed\xbf\xbf", 0, 0},
    {"\xf4\x90\x80\x80", 0, 0},
    {"\xf5\x80\x80\x80", 0, 0},
    {"\xff", 0, 0},
    /* Continuations that are missing, or alone. */
    {"\x80", 0, 0},
    {"\xc3", 0, 0},
    {"\xe2\x82", 0, 0},
    {"\xf0\x9f\x98", 0, 0},
    {"\xc3(", 0, 0},
    {"\xe2\x28\xa1", 0, 0},
    {"\xe2\x82(", 0, 0},
    {"\xf0\x9f\x98(", 0, 0},
    {"abcdefgh\xff", 1, 8},
    {"ääää\xc3", 2, 8},
};

static void characters_are_told_from_other_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		size_t length = strlen(samples[i].bytes);

		assert_int_equal(utf8_character(samples[i].bytes, length), samples[i].character);
		assert_int_equal(utf8_valid(samples[i].bytes, length), samples[i].valid);
	}
}

static void a_text_is_blank_when_nothing_in_it_can_be_seen(void **state)
{
	static const char *const blank[] = {"", " ", "\t\r\n", "\x7f", "\xc2\xa0", "\xc2\xad", "\xe1\x9a\x80",
	    "\xe2\x80\x8b", "\xe2\x80\x8f \xe2\x80\xaf", "\xe2\xa0\x80", "\xe3\x80\x80\xef\xbb\xbf"};
	static const char *const seen[] = {".", " a", "\xc2\xa1", "\xe2\x80\x90", "\xe2\x80\xb0",
	    "\xe2\xa0\x81", " \xf0\x9f\x98\x80", "\xef\xbf\xbd", "ä"};

	(void)state;
	for (size_t i = 0; i < sizeof blank / sizeof blank[0]; i++)
		assert_true(utf8_is_blank(blank[i], strlen(blank[i])));
	for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++)
		assert_false(utf8_is_blank(seen[i], strlen(seen[i])));
}

static void a_bad_byte_is_found_at_every_place(void **state)
{
	(void)state;
	for (size_t length = 1; length < 40; length++) {
		for (size_t place = 0; place < length; place++) {
			char bytes[40];

			memset(bytes, 'x', sizeof bytes);
			bytes[place] = '\xfe';
			assert_int_equal(utf8_valid(bytes, length), place);
		}
	}
}

static void every_code_point_is_one_character(void **state)
{
	(void)state;
	for (unsigned code = 0x80; code <= 0x10ffff; code++) {
		bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
		size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
		static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
		char bytes[4];
		unsigned left = code;

		for (size_t i = length; i-- > 1; left >>= 6)
			bytes[i] = (char)(0x80 | (left & 0x3f));
		bytes[0] = (char)(marks[length] | left);
		if (utf8_character(bytes, length) != (is_surrogate ? 0 : length))
			fail_msg("U+%04X", code);
	}
}

static void characters_are_counted_and_not_bytes(void **state)
{
	static const char text[] = "aä€😀\0b";

	(void)state;
	assert_int_equal(utf8_count("", 0), 0);
	assert_int_equal(utf8_count(text, sizeof text - 1), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(characters_are_counted_and_not_bytes),
	    cmocka_unit_test(characters_are_told_from_other_bytes),
	    cmocka_unit_test(a_text_is_blank_when_nothing_in_it_can_be_seen),
	    cmocka_unit_test(a_bad_byte_is_found_at_every_place),
	    cmocka_unit_test(every_code_point_is_one_character),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
