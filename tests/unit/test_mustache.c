#include "common/mustache.h"
#include "tests/unit/unit.h"

static const char values_json[] =
    "{\"name\":\"Aino & \\\"Väinö\\\" "
    "<a@b>'\",\"count\":3,\"zero\":0,\"share\":0.25,\"yes\":true,\"no\":false,"
    "\"none\":null,\"empty\":\"\",\"nobody\":[],\"tags\":[\"a\",\"b\"],\"flags\":[true,false],"
    "\"unit\":{\"name\":\"Keskus\",\"place\":{\"town\":\"Oulu\"}},"
    "\"people\":[{\"name\":\"Li\",\"pets\":[{\"pet\":\"cat\"}]},{\"name\":\"Bo\",\"pets\":[]}]}";

struct sample {
	const char *source;
	const char *text;
};

static const struct sample samples[] = {
    {"", ""},
    {"plain } } text {x}", "plain } } text {x}"},
    {"Hei {{ count }}!", "Hei 3!"},
    {"{{share}} {{zero}}", "0.25 0"},
    {"{{unit.name}}, {{unit.place.town}}", "Keskus, Oulu"},
    {"a{{! nothing }}b", "ab"},
    {"{{empty}}|", "|"},
    /* Sections. */
    {"{{#yes}}on{{/yes}}{{#no}}off{{/no}}", "on"},
    {"{{^yes}}on{{/yes}}{{^no}}off{{/no}}", "off"},
    {"{{#none}}x{{/none}}{{#zero}}x{{/zero}}{{#empty}}x{{/empty}}{{#nobody}}x{{/nobody}}", ""},
    {"{{^none}}1{{/none}}{{^zero}}2{{/zero}}{{^empty}}3{{/empty}}{{^nobody}}4{{/nobody}}", "1234"},
    {"{{#tags}}<{{.}}>{{/tags}}", "<a><b>"},
    {"{{#flags}}{{#.}}t{{/.}}{{^.}}f{{/.}}{{/flags}}", "tf"},
    {"{{#unit}}{{name}}/{{place.town}}/{{count}}{{/unit}}", "Keskus/Oulu/3"},
    {"{{#people}}{{name}}:{{#pets}}{{name}}'s {{pet}}{{/pets}}{{^pets}}no pets{{/pets}};{{/people}}",
	"Li:Li's cat;Bo:no pets;"},
    {"{{#count}}{{.}}{{/count}}", "3"},
    {"{{#no}}{{unknown}}{{/no}}", ""},
    /* Tags that are alone on their line. */
    {"a\n{{#yes}}\nb\n{{/yes}}\nc\n", "a\nb\nc\n"},
    {"a\n  {{#yes}}  \n  b\n\t{{/yes}}\t\nc", "a\n  b\nc"},
    {"{{! first }}\na\n{{! last }}", "a\n"},
    {"a\r\n{{#yes}}\r\nb\r\n{{/yes}}\r\nc", "a\r\nb\r\nc"},
    {"{{#tags}}\n- {{.}}\n{{/tags}}\nend\n", "- a\n- b\nend\n"},
    {"a {{#yes}}\nb{{/yes}}\n", "a \nb\n"},
    {"{{#yes}}{{/yes}}\nx", "\nx"},
    {"{{count}}\n{{count}}\n", "3\n3\n"},
};

static const struct sample html_samples[] = {
    {"{{name}}", "Aino &amp; &quot;Väinö&quot; &lt;a@b&gt;&#39;"},
    {"{{{name}}}", "Aino & \"Väinö\" <a@b>'"},
    {"{{{ count }}}<b>", "3<b>"},
    {"{{#tags}}{{{.}}}{{/tags}}", "ab"},
};

/* Here `text` is the message. */
static const struct sample mistakes[] = {
    {"{{unknown}}", "line 1: nothing is called 'unknown'"},
    {"a\n\n{{ unit.unknown }}", "line 3: nothing is called 'unit.unknown'"},
    {"{{count.unknown}}", "line 1: nothing is called 'count.unknown'"},
    {"{{#unknown}}{{/unknown}}", "line 1: nothing is called 'unknown'"},
    {"{{^unknown}}{{/unknown}}", "line 1: nothing is called 'unknown'"},
    {"{{#people}}{{pet}}{{/people}}", "line 1: nothing is called 'pet'"},
    {"{{none}}", "line 1: 'none' is no text and no number"},
    {"{{yes}}", "line 1: 'yes' is no text and no number"},
    {"{{tags}}", "line 1: 'tags' is no text and no number"},
    {"{{unit}}", "line 1: 'unit' is no text and no number"},
    {"{{.}}", "line 1: '.' is no text and no number"},
    {"a\n{{name", "line 2: a tag is not closed"},
    {"{{{name}}", "line 1: a tag is not closed"},
    {"{{", "line 1: a tag is not closed"},
    {"{{}}", "line 1: '' is not a name"},
    {"{{> part}}", "line 1: '> part' is not a name"},
    {"{{&name}}", "line 1: '&name' is not a name"},
    {"{{=<% %>=}}", "line 1: '=<% %>=' is not a name"},
    {"{{a..b}}", "line 1: 'a..b' is not a name"},
    {"{{a.}}", "line 1: 'a.' is not a name"},
    {"{{.a}}", "line 1: '.a' is not a name"},
    {"x\n{{#yes}}\n\nx", "line 2: the section 'yes' has no end"},
    {"{{#yes}}\n{{#no}}\n{{/yes}}\n{{/no}}", "line 3: 'yes' ends where 'no' is open"},
    {"x\n{{/yes}}", "line 2: 'yes' ends no section"},
};

static int set_up(void **state)
{
	*state = json_loads(values_json, 0, NULL);
	return *state == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
	json_decref(*state);
	return 0;
}

static void check(const struct sample *sample, json_t *values, enum mustache_escape escape)
{
	struct arena *arena = arena_new();
	struct err err = {0};
	struct buffer out;

	buffer_init(&out, arena);
	if (!mustache_render(&out, sample->source, values, escape, &err))
		fail_msg("%s: %s", sample->source, err.message);
	assert_string_equal(out.bytes, sample->text);
	arena_free(arena);
}

static void templates_are_filled_in(void **state)
{
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		check(&samples[i], *state, MUSTACHE_TEXT);
		check(&samples[i], *state, MUSTACHE_HTML);
	}
}

static void html_is_escaped_where_it_is_asked_for(void **state)
{
	static const struct sample as_text = {
	    "{{name}}|{{{name}}}", "Aino & \"Väinö\" <a@b>'|Aino & \"Väinö\" <a@b>'"};

	for (size_t i = 0; i < sizeof html_samples / sizeof html_samples[0]; i++)
		check(&html_samples[i], *state, MUSTACHE_HTML);
	check(&as_text, *state, MUSTACHE_TEXT);
}

static void mistakes_are_told_with_line_and_name(void **state)
{
	for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
		struct arena *arena = arena_new();
		struct err err = {0};
		struct buffer out;

		buffer_init(&out, arena);
		if (mustache_render(&out, mistakes[i].source, *state, MUSTACHE_TEXT, &err))
			fail_msg("'%s' was taken", mistakes[i].source);
		assert_string_equal(err.code, "template");
		assert_string_equal(err.message, mistakes[i].text);
		arena_free(arena);
	}
}

static bool renders_nested(json_t *values, unsigned depth)
{
	struct arena *arena = arena_new();
	struct err err = {0};
	struct buffer source;
	struct buffer out;
	bool ok;

	buffer_init(&source, arena);
	buffer_init(&out, arena);
	for (unsigned i = 0; i < depth; i++)
		buffer_text(&source, "{{#yes}}");
	buffer_text(&source, "x");
	for (unsigned i = 0; i < depth; i++)
		buffer_text(&source, "{{/yes}}");
	ok = mustache_render(&out, source.bytes, values, MUSTACHE_TEXT, &err);
	if (ok)
		assert_string_equal(out.bytes, "x");
	else
		assert_string_equal(err.message, "line 1: more than 16 sections inside each other");
	arena_free(arena);
	return ok;
}

static void sections_may_be_16_deep(void **state)
{
	assert_true(renders_nested(*state, 15));
	assert_true(renders_nested(*state, 16));
	assert_false(renders_nested(*state, 17));
}

static void a_template_may_have_many_tags(void **state)
{
	struct arena *arena = arena_new();
	struct err err = {0};
	struct buffer source;
	struct buffer out;

	buffer_init(&source, arena);
	buffer_init(&out, arena);
	for (unsigned i = 0; i < 1000; i++)
		buffer_text(&source, "{{count}}{{#tags}}{{.}}{{/tags}}");
	assert_true(mustache_render(&out, source.bytes, *state, MUSTACHE_TEXT, &err));
	assert_int_equal(out.length, 3000);
	assert_memory_equal(out.bytes + 2997, "3ab", 4);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(templates_are_filled_in),
	    cmocka_unit_test(html_is_escaped_where_it_is_asked_for),
	    cmocka_unit_test(mistakes_are_told_with_line_and_name),
	    cmocka_unit_test(sections_may_be_16_deep),
	    cmocka_unit_test(a_template_may_have_many_tags),
	};

	return cmocka_run_group_tests_name("mustache", tests, set_up, tear_down);
}
