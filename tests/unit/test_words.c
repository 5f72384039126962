#include "common/buffer.h"
#include "common/words.h"
#include "common/words_index.h"
#include "common/words_query.h"
#include "tests/unit/unit.h"

#include <string.h>

static struct words *words;
static struct arena *arena;

static int set_up(void **state)
{
	struct err err = {0};

	(void)state;
	arena = arena_new();
	return words_new(2, &words, &err) ? 0 : 1; /* so small that words fall on each other's place */
}

static int tear_down(void **state)
{
	(void)state;
	words_free(words);
	arena_free(arena);
	return 0;
}

static void expect_forms(const char *word, const char *expected)
{
	struct word_forms forms;
	struct buffer seen;

	buffer_init(&seen, arena);
	words_lookup(words, word, &forms);
	for (size_t i = 0; i < forms.count; i++)
		buffer_printf(
		    &seen, "%s%s%s", i > 0 ? " " : "", forms.at[i].is_part ? "+" : "", forms.at[i].text);
	assert_string_equal(seen.bytes, expected);
}

static void expect_index(bool is_finnish, const char *text, const char *known, const char *plain)
{
	struct words_index index;

	words_index(words, arena, is_finnish, text, &index);
	assert_string_equal(index.known, known);
	assert_string_equal(index.plain, plain);
}

static void expect_query(const char *text, const char *expected)
{
	const char *query = words_query(words, arena, text, strlen(text));

	assert_ptr_equal(strstr(query, "{\"finnish\":\""), query);
	query += strlen("{\"finnish\":\"");
	assert_memory_equal(query, expected, strlen(expected));
	assert_int_equal(query[strlen(expected)], '"');
}

static void a_word_has_its_base_forms(void **state)
{
	(void)state;
	expect_forms("hoidon", "hoito");
	expect_forms("kuusi", "kuu kuusi");
	expect_forms("qwx", "");
	expect_forms("helsingissä", "helsinki"); /* a name, however it is written */
}

static void a_compound_has_those_of_its_parts_too(void **state)
{
	(void)state;
	expect_forms("asiakaspalautetta", "asiakaspalaute +asiakas +palaute");
	expect_forms("mielenterveyspalveluihin",
	    "mielenterveyspalvelu +mieli +terveys +terveyspalvelu +palvelu +mielenterveys");
	expect_forms("vastaanotolla", "vastaanotto +otto");
	expect_forms("hoitanut", "hoitanut hoitaa");
	expect_forms("epäystävällinen", "epäystävällinen");
}

static void the_same_word_has_the_same_forms_whatever_was_looked_up_between(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		expect_forms("hoidon", "hoito");
		expect_forms("jonossa", "jono");
		expect_forms("tuolilla", "tuoli");
		expect_forms("qwx", "");
	}
}

static void an_index_has_forms_by_position(void **state)
{
	(void)state;
	expect_index(true, "Hoidon qwx jono", "'hoito':1A 'jono':3A ", "'qwx':2A ");
	expect_index(
	    true, "lääkäri-aika", "'lääkäri':1A 'aika':2A 'lääkäriaika':1A 'lääkäri':1C 'aika':1C ", "");
	expect_index(true, "EKG:ssa", "", "'ekg':1A ");
	expect_index(false, "Läkarens e-post", "", "'läkarens':1A 'e':2A 'post':3A ");
}

static void spots_tell_where_words_stand(void **state)
{
	struct words_index index;

	(void)state;
	words_index(words, arena, true, "ä hoidon", &index);
	assert_string_equal(index.spots, "{1,134}"); /* 0 * 64 + 1, 2 * 64 + 6 */
}

static void an_index_has_an_end(void **state)
{
	struct buffer text;
	struct words_index index;

	(void)state;
	buffer_init(&text, arena);
	for (int i = 0; i < 2 * WORDS_POSITIONS_MAX; i++)
		buffer_text(&text, "a ");
	words_index(words, arena, false, text.bytes, &index);
	assert_null(strstr(index.plain, ":16384A"));
	assert_non_null(strstr(index.plain, ":16383A"));
}

static void a_search_says_what_must_be_there(void **state)
{
	(void)state;
	expect_query("hoidon jono", "(('hoito')) & (('jono'))");
	expect_query("hoito -jono", "(('hoito')) & !(('jono'))");
	expect_query("\"hoidon jono\"", "(('hoito') <-> ('jono'))");
	expect_query("-\"hoidon jono\"", "!(('hoito') <-> ('jono'))");
	expect_query("hoito or jono OR tuoli", "(('hoito')) | (('jono')) | (('tuoli'))");
	expect_query("hoito ja jono", "(('hoito')) & (('jono'))");
	expect_query("ja", "(('ja'))");
	expect_query("kuusi", "(('kuu' | 'kuusi'))");
	expect_query("qwx", "(('@1'))");
	expect_query("lääkäri-aika", "(('lääkäriaika') | (('lääkäri') <-> ('aika')))");
}

static void what_is_no_word_asks_for_nothing(void **state)
{
	static const char *const searches[] = {"", " ", "-", "\"", "\"\"", "!&|()':*<->", "or", "- or \" -"};

	(void)state;
	for (size_t i = 0; i < sizeof searches / sizeof searches[0]; i++)
		expect_query(searches[i], "");
	expect_query("hoito' | !x:* <-> \\", "(('hoito')) & (('x'))");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_word_has_its_base_forms),
	    cmocka_unit_test(a_compound_has_those_of_its_parts_too),
	    cmocka_unit_test(the_same_word_has_the_same_forms_whatever_was_looked_up_between),
	    cmocka_unit_test(an_index_has_forms_by_position),
	    cmocka_unit_test(spots_tell_where_words_stand),
	    cmocka_unit_test(an_index_has_an_end),
	    cmocka_unit_test(a_search_says_what_must_be_there),
	    cmocka_unit_test(what_is_no_word_asks_for_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
