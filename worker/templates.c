#include "worker/templates.h"

#include "common/buffer.h"
#include "common/file.h"
#include "common/mustache.h"

#include <glob.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

/* The first is the language of those who have no texts of their own, the last is easy Finnish. */
static const char *const languages[] = {"fi", "sv", "en", "fi-x-selko"};

enum { LANGUAGE_COUNT = sizeof languages / sizeof languages[0], EASY_FINNISH = LANGUAGE_COUNT - 1 };

#define SUBJECT "Subject: "
#define FINNISH ".fi.txt" /* the file that each template has */

struct template
{
	const char *name;
	const char *texts[LANGUAGE_COUNT]; /* NULL: not in this language, which only easy Finnish may be */
};

struct templates {
	struct arena *arena; /* holds the struct itself */
	struct template *all;
	size_t count;
};

static bool load_all(
    struct templates *templates, const glob_t *files, const char *directory, struct err *err);
static bool load_one(struct templates *templates, struct template *template, size_t language,
    const char *directory, struct err *err);
static const struct template *find(const struct templates *templates, const char *name);
static size_t language_of(const struct template *template, const char *lang);
static json_t *values_as_json(const struct template_values *values);
static bool split(char *text, struct template_text *ret_text);

bool templates_load(const char *directory, struct templates **ret_templates, struct err *err)
{
	struct arena *arena = arena_new();
	struct templates *templates = arena_alloc(arena, sizeof *templates);
	glob_t files = {0};
	bool ok;

	templates->arena = arena;
	if (glob(arena_printf(arena, "%s/*%s", directory, FINNISH), 0, NULL, &files) == 0)
		ok = load_all(templates, &files, directory, err);
	else
		ok = err_set(err, "template", "there are no templates in '%s'", directory);
	globfree(&files);
	if (!ok) {
		arena_free(arena);
		return false;
	}
	*ret_templates = templates;
	return true;
}

void templates_free(struct templates *templates)
{
	if (templates != NULL)
		arena_free(templates->arena);
}

const char *templates_language(const struct templates *templates, const char *name, const char *lang)
{
	return languages[language_of(find(templates, name), lang)];
}

bool templates_render(const struct templates *templates, struct arena *arena, const char *name,
    const char *lang, const struct template_values *values, struct template_text *ret_text, struct err *err)
{
	const struct template *template = find(templates, name);
	size_t language = language_of(template, lang);
	struct template_text text;
	struct buffer out;
	json_t *json;
	bool ok;

	if (template == NULL)
		return err_set(err, "template", "there is no template '%s'", name);
	json = values_as_json(values);
	buffer_init(&out, arena);
	ok = mustache_render(&out, template->texts[language], json, MUSTACHE_TEXT, err);
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

/* What the names of the files say: <name>.fi.txt */
static bool load_all(struct templates *templates, const glob_t *files, const char *directory, struct err *err)
{
	templates->count = files->gl_pathc;
	templates->all = arena_array(templates->arena, templates->count, sizeof *templates->all);
	for (size_t i = 0; i < templates->count; i++) {
		const char *file = strrchr(files->gl_pathv[i], '/') + 1;

		templates->all[i].name =
		    arena_printf(templates->arena, "%.*s", (int)(strlen(file) - strlen(FINNISH)), file);
		for (size_t language = 0; language < LANGUAGE_COUNT; language++)
			if (!load_one(templates, &templates->all[i], language, directory, err))
				return false;
	}
	return true;
}

static bool load_one(struct templates *templates, struct template *template, size_t language,
    const char *directory, struct err *err)
{
	static const struct template_values tried = {.link = "https://example.org/r",
	    .unsubscribe = "https://example.org/u",
	    .case_id = "0",
	    .county = "x"};
	const char *path =
	    arena_printf(templates->arena, "%s/%s.%s.txt", directory, template->name, languages[language]);
	struct template_text text;

	if (language == EASY_FINNISH && access(path, F_OK) != 0)
		return true;
	return file_read(templates->arena, path, &template->texts[language], NULL, err) &&
	       templates_render(
		   templates, templates->arena, template->name, languages[language], &tried, &text, err);
}

/* NULL: there is none. */
static const struct template *find(const struct templates *templates, const char *name)
{
	for (size_t i = 0; i < templates->count; i++)
		if (strcmp(templates->all[i].name, name) == 0)
			return &templates->all[i];
	return NULL;
}

static size_t language_of(const struct template *template, const char *lang)
{
	for (size_t i = 0; template != NULL && i < LANGUAGE_COUNT; i++)
		if (template->texts[i] != NULL && strcmp(languages[i], lang) == 0)
			return i;
	return 0;
}

static json_t *values_as_json(const struct template_values *values)
{
	json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "link", values->link, "unsubscribe",
	    values->unsubscribe, "case_id", values->case_id, "county", values->county);

	if (json == NULL)
		abort();
	json_object_set_new(json, "can_answer", json_boolean(values->can_answer));
	json_object_set(json, "about", values->about == NULL ? json_false() : values->about);
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
