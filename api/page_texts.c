#include "api/page_texts.h"

#include "api/language.h"
#include "common/buffer.h"
#include "common/mustache.h"

#include <stdio.h>

static bool put_member(
    struct arena *arena, json_t *member, const json_t *texts, json_t **ret_text, struct err *err);
static bool find_text(
    struct arena *arena, json_t *node, const json_t *texts, json_t **ret_text, struct err *err);

bool page_texts_load(
    const char *directory, const char *name, json_t *more, json_t **ret_texts, struct err *err)
{
	char path[4096];
	json_error_t fault;
	json_t *texts, *easy, *all;
	const char *tag;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	all = json_load_file(path, JSON_REJECT_DUPLICATES, &fault);
	if (all == NULL)
		return err_set(err, "config", "%s line %d: not readable", path, fault.line);
	easy = json_object_get(all, LANGUAGE_EASY_FINNISH);
	if (easy != NULL)
		json_object_update_missing(easy, json_object_get(all, language_tag(LANGUAGE_FI)));
	json_object_foreach(all, tag, texts) json_object_update_missing(texts, json_object_get(more, tag));
	*ret_texts = all;
	return true;
}

bool page_texts_put(struct arena *arena, json_t *values, const json_t *texts, struct err *err)
{
	json_t *text;

	if (json_is_object(values)) {
		for (void *at = json_object_iter(values); at != NULL;
		     at = json_object_iter_next(values, at)) {
			if (!put_member(arena, json_object_iter_value(at), texts, &text, err))
				return false;
			if (text != NULL)
				json_object_iter_set_new(values, at, text);
		}
	}
	for (size_t i = 0; i < json_array_size(values); i++) {
		if (!put_member(arena, json_array_get(values, i), texts, &text, err))
			return false;
		if (text != NULL)
			json_array_set_new(values, i, text);
	}
	return true;
}

/* *ret_text: what stands in its place from now on, or NULL. */
static bool put_member(
    struct arena *arena, json_t *member, const json_t *texts, json_t **ret_text, struct err *err)
{
	*ret_text = NULL;
	return page_texts_put(arena, member, texts, err) &&
	       (json_object_get(member, "$text") == NULL || find_text(arena, member, texts, ret_text, err));
}

static bool find_text(
    struct arena *arena, json_t *node, const json_t *texts, json_t **ret_text, struct err *err)
{
	const char *name = json_string_value(json_object_get(node, "$text"));
	json_t *text = name == NULL ? NULL : json_object_get(texts, name);
	bool has_places =
	    text != NULL && json_object_size(node) > (json_object_get(node, "$or") == NULL ? 1 : 2);
	struct buffer filled;

	if (text == NULL && json_object_get(node, "$or") != NULL) {
		*ret_text = json_incref(json_object_get(node, "$or"));
		return true;
	}
	if (text == NULL)
		return err_set(err, "internal", "a text that there is not: %s", name == NULL ? "?" : name);
	if (!has_places) {
		*ret_text = json_copy(text);
		return true;
	}
	buffer_init(&filled, arena);
	if (!mustache_render(&filled, json_string_value(text), node, MUSTACHE_TEXT, err))
		return false;
	*ret_text = json_stringn(filled.bytes, filled.length);
	return true;
}
