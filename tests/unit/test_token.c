#include "common/buffer.h"
#include "common/token.h"
#include "tests/unit/unit.h"

#include <string.h>

/* Each word as word@start+characters, with the sign that joins it to the one before. */
static void expect(const char *text, const char *words)
{
	static const char joints[] = {
	    [TOKEN_APART] = ' ', [TOKEN_HYPHEN] = '-', [TOKEN_COLON] = ':', [TOKEN_APOSTROPHE] = '\''};
	struct arena *arena = arena_new();
	locale_t letters = token_letters();
	struct token_reader reader;
	struct token token;
	struct buffer seen;

	buffer_init(&seen, arena);
	token_reader_init(&reader, letters, text, strlen(text));
	while (token_next(&reader, &token))
		buffer_printf(
		    &seen, "%c%s@%zu+%zu", joints[token.joint], token.text, token.start, token.chars);
	assert_string_equal(seen.bytes, words);
	freelocale(letters);
	arena_free(arena);
}

static void words_are_runs_of_letters_and_digits_in_lower_case(void **state)
{
	(void)state;
	expect("Hyvää HOITOA, 24 h!", " hyvää@0+5 hoitoa@6+6 24@14+2 h@17+1");
	expect("", "");
	expect(" …!? ", "");
	expect("Årsta ÉCOLE ŠČ ДА", " årsta@0+5 école@6+5 šč@12+2 да@15+2");
}

static void what_joins_words_is_told(void **state)
{
	(void)state;
	expect("e-resepti EKG:n don't don’t",
	    " e@0+1-resepti@2+7 ekg@10+3:n@14+1 don@16+3't@20+1 don@22+3't@26+1");
	expect("a--b - c", " a@0+1 b@3+1 c@7+1");
	expect("-a", " a@1+1");
}

static void letters_of_two_characters_are_one(void **state)
{
	(void)state;
	expect("ha\u0308mmennys A\u030Abo e\u0301", " hämmennys@0+10 åbo@11+4 é@16+2");
	expect("x\u0308\u0301y", " xy@0+4"); /* no such letter: the marks are left out */
	expect("so\u00ADta", " sota@0+5");
}

static void other_scripts_and_broken_bytes_do_no_harm(void **state)
{
	(void)state;
	expect("مرحبا 你好", " مرحبا@0+5 你好@6+2");
	expect("a\xFF"
	       "b\xC3",
	    " a@0+1 b@2+1");
	expect("a\001"
	       "b😀c",
	    " a@0+1 b@2+1 c@4+1");
}

static void a_long_word_is_read_to_its_end_and_kept_to_a_limit(void **state)
{
	char text[10001];
	locale_t letters = token_letters();
	struct token_reader reader;
	struct token token;

	(void)state;
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	token_reader_init(&reader, letters, text, sizeof text - 1);
	assert_true(token_next(&reader, &token));
	assert_int_equal(token.bytes, TOKEN_CHARS);
	assert_int_equal(token.chars, sizeof text - 1);
	assert_false(token_next(&reader, &token));
	freelocale(letters);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_are_runs_of_letters_and_digits_in_lower_case),
	    cmocka_unit_test(what_joins_words_is_told),
	    cmocka_unit_test(letters_of_two_characters_are_one),
	    cmocka_unit_test(other_scripts_and_broken_bytes_do_no_harm),
	    cmocka_unit_test(a_long_word_is_read_to_its_end_and_kept_to_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
