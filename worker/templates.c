#include "worker/templates.h"

#include "common/buffer.h"
#include "common/mustache.h"

#include <errno.h>
#include <jansson.h>

/* The first ones are also there in easy Finnish. */
static const char *const names[] = {
    "received",
    "case_news",
    "change_news",
    "follow_up",
    "person_change",
    "person_digest",
    "survey_invitation",
    "survey_reminder",
    "giver_wrote",
    "reminder",
    "overdue",
    "escalation",
    "severity",
    "thanks",
    "original_gone",
    "member_selected",
    "person_link",
    "session_reminder",
    "session_cancelled",
    "session_moved",
    "session_published",
    "place_offered",
    "person_news",
    "initiative_reminder",
    "initiative_overdue",
    "statement_adopted",
};
/* The first is the language of those who have no texts of their own, the last is easy Finnish. */
static const char *const languages[] = {"fi", "sv", "en", "fi-x-selko"};

enum {
	NAME_COUNT = sizeof names / sizeof names[0],
	EASY_COUNT = 6,
	LANGUAGE_COUNT = sizeof languages / sizeof languages[0],
	FILE_BYTES_MAX = 16 * 1024
};

#define SUBJECT "Subject: "

struct templates {
	struct arena *arena; /* holds the struct itself */
	const char *texts[NAME_COUNT][LANGUAGE_COUNT];
};

static size_t language_count(size_t name);
static bool load_one(
    struct templates *templates, const char *directory, size_t name, size_t language, struct err *err);
static bool read_file(struct arena *arena, const char *path, const char **ret_text, struct err *err);
static bool find(const char *const list[], size_t count, const char *wanted, size_t *ret_index);
static json_t *values_as_json(const struct template_values *values);
static bool split(char *text, struct template_text *ret_text);

bool templates_load(const char *directory, struct templates **ret_templates, struct err *err)
{
	struct arena *arena = arena_new();
	struct templates *templates = arena_alloc(arena, sizeof *templates);

	templates->arena = arena;
	for (size_t name = 0; name < NAME_COUNT; name++) {
		for (size_t language = 0; language < language_count(name); language++) {
			if (!load_one(templates, directory, name, language, err)) {
				arena_free(arena);
				return false;
			}
		}
	}
	*ret_templates = templates;
	return true;
}

void templates_free(struct templates *templates)
{
	if (templates != NULL)
		arena_free(templates->arena);
}

const char *templates_language(const char *name, const char *lang)
{
	size_t language = 0;
	size_t at;

	if (find(names, NAME_COUNT, name, &at))
		(void)find(languages, language_count(at), lang, &language);
	return languages[language];
}

bool templates_render(const struct templates *templates, struct arena *arena, const char *name,
    const char *lang, const struct template_values *values, struct template_text *ret_text, struct err *err)
{
	struct template_text text;
	struct buffer out;
	json_t *json;
	size_t language = 0;
	size_t at;
	bool ok;

	if (!find(names, NAME_COUNT, name, &at))
		return err_set(err, "template", "there is no template '%s'", name);
	(void)find(languages, language_count(at), lang, &language);
	json = values_as_json(values);
	buffer_init(&out, arena);
	ok = mustache_render(&out, templates->texts[at][language], json, MUSTACHE_TEXT, err);
	json_decref(json);
	if (!ok)
		return false;
	if (!split(out.bytes, &text))
		return err_set(err, "template",
		    "the template '%s' does not begin with a line 'Subject: …' and an empty line", name);
	text.lang = languages[language];
	*ret_text = text;
	return true;
}

static size_t language_count(size_t name)
{
	return name < EASY_COUNT ? LANGUAGE_COUNT : LANGUAGE_COUNT - 1;
}

static bool load_one(
    struct templates *templates, const char *directory, size_t name, size_t language, struct err *err)
{
	static const struct template_values tried = {.link = "https://example.org/r",
	    .unsubscribe = "https://example.org/u",
	    .case_id = "0",
	    .county = "x"};
	const char *path =
	    arena_printf(templates->arena, "%s/%s.%s.txt", directory, names[name], languages[language]);
	struct template_text text;

	return read_file(templates->arena, path, &templates->texts[name][language], err) &&
	       templates_render(
		   templates, templates->arena, names[name], languages[language], &tried, &text, err);
}

static bool read_file(struct arena *arena, const char *path, const char **ret_text, struct err *err)
{
	FILE *file = fopen(path, "re");
	bool ok = false;
	size_t length;
	char *text;

	if (file == NULL)
		return err_errno(err, "cannot open '%s'", path);
	text = arena_alloc(arena, FILE_BYTES_MAX + 1);
	length = fread(text, 1, FILE_BYTES_MAX + 1, file);
	if (ferror(file) != 0 || length > FILE_BYTES_MAX) {
		err_set(
		    err, "template", "'%s' cannot be read, or is larger than %d bytes", path, FILE_BYTES_MAX);
		goto out;
	}
	text[length] = '\0';
	*ret_text = text;
	ok = true;
out:
	(void)fclose(file);
	return ok;
}

static bool find(const char *const list[], size_t count, const char *wanted, size_t *ret_index)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i], wanted) == 0) {
			*ret_index = i;
			return true;
		}
	}
	return false;
}

static json_t *values_as_json(const struct template_values *values)
{
	json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "link", values->link, "unsubscribe",
	    values->unsubscribe, "case_id", values->case_id, "county", values->county);

	if (json == NULL)
		abort();
	return json;
}

static bool split(char *text, struct template_text *ret_text)
{
	char *end = strchr(text, '\n');

	if (strncmp(text, SUBJECT, strlen(SUBJECT)) != 0 || end == NULL || end[1] != '\n')
		return false;
	*end = '\0';
	ret_text->subject = text + strlen(SUBJECT);
	ret_text->body = end + 2;
	return true;
}
