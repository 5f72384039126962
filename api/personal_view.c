#include "api/personal_view.h"

#include "api/page_row.h"
#include "api/page_texts.h"
#include "api/personal.h"
#include "api/personal_act.h"
#include "common/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct json_limits value_limits = {.depth = 32, .nodes = 20000};
/* personal_texts.json; constant once it is read. */
static json_t *all_texts;

/* Where a page is made: each act and each thing that has an id has a number. */
struct making {
	struct request *req;
	const struct personal_outcome *outcome;
	json_t *faults;
	unsigned count;
	bool is_found; /* the act that something is wrong with */
};

static json_t *alert(const struct making *making);
static void make_part(struct making *making, json_t *part);
static void make_section(struct making *making, json_t *section);
static void make_words(const struct making *making, json_t *section);
static json_t *worded(const struct making *making, json_t *words);
static bool is_address(const char *text);
static void make_link(const struct making *making, json_t *link);
static const char *path_with_token(struct request *req, const json_t *link, const json_t *row);
static void make_act(struct making *making, json_t *act);
static bool is_the_one(const struct making *making, const json_t *act);
static bool is_of_form(const char *name, const char *text);
static bool has_field(const json_t *act, const char *sent);
static void make_hidden(json_t *act);
static void make_field(struct making *making, json_t *field, bool is_posted);
static void make_kind(json_t *field);
static void make_options(json_t *field, const json_t *posted);
static void make_fault(struct making *making, json_t *field);
static void put_missing(json_t *object, const char *name, json_t *value);
static const char *text_of(const json_t *object, const char *name);

bool personal_view_init(const char *directory, json_t *texts, struct err *err)
{
	return page_texts_load(directory, "personal_texts.json", texts, &all_texts, err);
}

void personal_view_release(void)
{
	json_decref(all_texts);
}

const char *personal_text(const struct request *req, const char *name)
{
	const char *text = text_of(json_object_get(all_texts, page_language(req)), name);

	if (text == NULL)
		abort();
	return text;
}

bool personal_view_values(struct request *req, const char *page, const struct personal_outcome *outcome,
    json_t **ret_values, struct err *err)
{
	struct making making = {.req = req, .outcome = outcome, .faults = json_array()};
	json_t *values, *part;
	struct err fault = {0};
	size_t i;

	json_keep(req->arena, making.faults);
	if (!json_read(req->arena, page, strlen(page), &value_limits, &values, &fault) ||
	    !page_texts_put(req->arena, values, json_object_get(all_texts, page_language(req)), &fault))
		return err_set(err, "internal", "the page of a person: %s", fault.message);
	if (json_object_get(values, "parts") == NULL)
		make_part(&making, values);
	json_array_foreach(json_object_get(values, "parts"), i, part) make_part(&making, part);
	json_object_set_new(
	    values, "done", outcome->is_done ? json_string(personal_text(req, "page_done")) : json_false());
	json_object_set_new(values, "alert", alert(&making));
	json_object_set_new(values, "faults_title", json_string(personal_text(req, "page_faults")));
	json_object_set(values, "faults", making.faults);
	json_object_set_new(values, "has_faults", json_boolean(json_array_size(making.faults) > 0));
	json_object_set_new(values, "gone", json_false());
	if (making.is_found) /* the buttons to other languages send what was written along */
		json_object_set_new(values, "keeps",
		    json_string(outcome->token != NULL ? "sent=true&again=true" : "again=true"));
	*ret_values = values;
	return true;
}

/* What is wrong with the whole, or with something that has no field here. */
static json_t *alert(const struct making *making)
{
	const struct personal_outcome *outcome = making->outcome;

	if (outcome->alert != NULL)
		return json_string(outcome->alert);
	if (outcome->error_count > 0 && json_array_size(making->faults) == 0)
		return json_string(outcome->errors[0].detail);
	return json_false();
}

static void make_part(struct making *making, json_t *part)
{
	json_t *item;
	size_t i;

	make_section(making, part);
	put_missing(part, "items", json_array());
	put_missing(part, "more", json_array());
	json_array_foreach(json_object_get(part, "items"), i, item) make_section(making, item);
}

static void make_section(struct making *making, json_t *section)
{
	static const char *const lists[] = {"texts", "facts", "links", "acts"};
	json_t *each;
	size_t i;

	json_object_set_new(section, "id", json_sprintf("part_%u", ++making->count));
	for (i = 0; i < sizeof lists / sizeof lists[0]; i++)
		put_missing(section, lists[i], json_array());
	json_object_set_new(
	    section, "has_facts", json_boolean(json_array_size(json_object_get(section, "facts")) > 0));
	make_words(making, section);
	json_array_foreach(json_object_get(section, "links"), i, each) make_link(making, each);
	json_array_foreach(json_object_get(section, "acts"), i, each) make_act(making, each);
}

/* What stands in a language of its own says so: WCAG 2.2, 3.1.2. */
static void make_words(const struct making *making, json_t *section)
{
	json_t *title = worded(making, json_object_get(section, "title"));
	json_t *texts = json_object_get(section, "texts");
	json_t *fact;
	size_t i;

	json_object_set(section, "title_lang", json_object_get(title, "lang"));
	json_object_set(section, "title", json_object_get(title, "text"));
	json_decref(title);
	for (i = 0; i < json_array_size(texts); i++)
		json_array_set_new(texts, i, worded(making, json_array_get(texts, i)));
	json_array_foreach(json_object_get(section, "facts"), i, fact)
	{
		json_t *value = worded(making, json_object_get(fact, "value"));

		json_object_update(fact, value);
		json_object_set_new(fact, "is_address", json_boolean(is_address(text_of(fact, "text"))));
		json_decref(value);
	}
}

/* A text alone is in the language of the page. A new object {lang, text}. */
static json_t *worded(const struct making *making, json_t *words)
{
	if (json_is_object(words))
		return json_incref(words);
	return json_pack("{s:s, s:O}", "lang", page_language(making->req), "text", words);
}

static bool is_address(const char *text)
{
	return text != NULL && (strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0);
}

/* One that is to be kept stands there whole, so that a program that asks for an address takes it. */
static void make_link(const struct making *making, json_t *link)
{
	bool is_written = json_is_true(json_object_get(link, "written"));
	const json_t *row = json_object_get(link, "token");

	if (row != NULL)
		json_object_set_new(link, "path", json_string(path_with_token(making->req, link, row)));
	json_object_set_new(link, "address",
	    is_written ? json_string(page_url(making->req, text_of(link, "path"))) : json_false());
}

/*
 * The token of a link of theirs, which nobody keeps: {"purpose", "id"}, as link_token.h makes it. A page
 * behind it speaks the language of this one; what else there is has an end of its path.
 */
static const char *path_with_token(struct request *req, const json_t *link, const json_t *row)
{
	const char *path = text_of(link, "path");
	const char *behind = text_of(link, "behind");
	const char *id = text_of(row, "id");
	struct uuid uuid;

	if (!uuid_read(id, strlen(id), &uuid))
		return path;
	path = arena_printf(req->arena, "%s%s", path, link_text(req->arena, text_of(row, "purpose"), &uuid));
	return behind != NULL ? arena_printf(req->arena, "%s%s", path, behind)
			      : arena_printf(req->arena, "%s?language=%s", path, page_language(req));
}

static void make_act(struct making *making, json_t *act)
{
	bool is_posted = !making->is_found && is_the_one(making, act);
	const char *token = making->outcome->token;
	unsigned char number[16];
	json_t *field;
	size_t i;

	making->is_found = making->is_found || is_posted;
	making->count++;
	secret_random(number, sizeof number);
	json_object_set_new(act, "token",
	    json_string(token != NULL ? token : secret_base64url(making->req->arena, number, sizeof number)));
	json_object_set_new(act, "is_open", json_boolean(token != NULL));
	put_missing(act, "title", json_false());
	put_missing(act, "texts", json_array());
	put_missing(act, "folded", json_false());
	put_missing(act, "quiet", json_false());
	put_missing(act, "fields", json_array());
	json_object_set_new(act, "open", json_boolean(is_posted));
	make_hidden(act);
	json_array_foreach(json_object_get(act, "fields"), i, field) make_field(making, field, is_posted);
}

/* Whether this is what was posted: the same operation and unseen values, but for the page's language. */
static bool is_the_one(const struct making *making, const json_t *act)
{
	const json_t *posted = making->outcome->posted;
	const char *operation = text_of(posted, "operation");
	const char *name;
	json_t *value;

	if (operation == NULL || strcmp(operation, text_of(act, "operation")) != 0)
		return false;
	json_object_foreach(json_object_get(act, "values"), name, value)
	{
		const char *text = text_of(posted, name);

		if (json_is_string(value) && strcmp(name, "lang") != 0 &&
		    (text == NULL || strcmp(text, json_string_value(value)) != 0))
			return false;
		if (json_is_boolean(value) &&
		    (text == NULL || strcmp(text, json_is_true(value) ? "true" : "false") != 0))
			return false;
	}
	json_object_foreach(making->outcome->posted, name, value)
	{
		if (!is_of_form(name, json_string_value(value)) &&
		    json_object_get(json_object_get(act, "values"), name) == NULL && !has_field(act, name))
			return false; /* of another form that does the same operation */
	}
	return true;
}

/* What each form has beside its values and fields; and what says nothing. */
static bool is_of_form(const char *name, const char *text)
{
	return text == NULL || text[0] == '\0' || strcmp(name, "operation") == 0 ||
	       strcmp(name, "token") == 0 || strcmp(name, "homepage") == 0;
}

/* A list's items are sent as list.item. */
static bool has_field(const json_t *act, const char *sent)
{
	const json_t *field;
	size_t i;

	json_array_foreach(json_object_get(act, "fields"), i, field)
	{
		const char *name = text_of(field, "name");
		size_t length = strlen(name);

		if (strncmp(name, sent, length) == 0 && (sent[length] == '\0' || sent[length] == '.'))
			return true;
	}
	return false;
}

/* {"to": "active", "n": 2} → a list of {name, value} */
static void make_hidden(json_t *act)
{
	json_t *hidden = json_array();
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(act, "values"), name, value)
	{
		json_t *text = json_is_string(value)    ? json_incref(value)
			       : json_is_integer(value) ? json_sprintf("%lld", json_integer_value(value))
							: json_string(json_is_true(value) ? "true" : "false");

		json_array_append_new(hidden, json_pack("{s:s, s:o}", "name", name, "value", text));
	}
	json_object_set_new(act, "hidden", hidden);
}

static void make_field(struct making *making, json_t *field, bool is_posted)
{
	const json_t *posted = is_posted ? making->outcome->posted : NULL;
	const char *name = text_of(field, "name");
	const char *given = text_of(posted, name);

	json_object_set_new(field, "id", json_sprintf("f%u_%s", making->count, name));
	put_missing(field, "type", json_string("text"));
	put_missing(field, "help", json_false());
	put_missing(field, "required", json_false());
	put_missing(field, "most", json_false());
	put_missing(field, "complete", json_false());
	put_missing(field, "problem", json_false());
	put_missing(field, "options", json_array());
	put_missing(field, "value", json_string(""));
	if (given != NULL)
		json_object_set_new(field, "value", json_string(given));
	else if (is_posted && strcmp(text_of(field, "type"), "check") == 0)
		json_object_set_new(field, "value", json_string(""));
	make_kind(field);
	make_options(field, posted);
	if (is_posted)
		make_fault(making, field);
	json_object_set_new(field, "is_described",
	    json_boolean(!json_is_false(json_object_get(field, "help")) ||
			 !json_is_false(json_object_get(field, "problem"))));
}

/* What the template asks of the type: one of these, or an input of one line. */
static void make_kind(json_t *field)
{
	static const char *const kinds[] = {"area", "choice", "checks", "check", "number", "select"};
	const char *type = text_of(field, "type");
	bool is_line = true;

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		char name[20];
		bool is_it = strcmp(type, kinds[i]) == 0;

		snprintf(name, sizeof name, "is_%s", kinds[i]);
		json_object_set_new(field, name, json_boolean(is_it));
		is_line = is_line && !is_it;
	}
	json_object_set_new(field, "is_line", json_boolean(is_line));
	json_object_set_new(field, "is_email", json_boolean(strcmp(type, "email") == 0));
	json_object_set_new(field, "is_date", json_boolean(strcmp(type, "date") == 0));
	json_object_set_new(field, "is_time", json_boolean(strcmp(type, "time") == 0));
	json_object_set_new(
	    field, "is_group", json_boolean(strcmp(type, "choice") == 0 || strcmp(type, "checks") == 0));
}

static void make_options(json_t *field, const json_t *posted)
{
	bool is_list = json_is_true(json_object_get(field, "is_checks"));
	const char *chosen = text_of(field, "value");
	json_t *option;
	size_t i;

	json_array_foreach(json_object_get(field, "options"), i, option)
	{
		const char *value = text_of(option, "value");
		json_t *name = is_list ? json_sprintf("%s.%s", text_of(field, "name"), value)
				       : json_string(text_of(field, "name"));

		json_object_set_new(option, "id", json_sprintf("%s_%zu", text_of(field, "id"), i));
		json_object_set_new(option, "field", name);
		put_missing(option, "chosen", json_boolean(strcmp(chosen, value) == 0));
		if (is_list && posted != NULL)
			json_object_set_new(option, "chosen",
			    json_boolean(json_object_get(posted, json_string_value(name)) != NULL));
	}
}

/* What is wrong is said at the field, and above with a link to it. */
static void make_fault(struct making *making, json_t *field)
{
	const struct personal_outcome *outcome = making->outcome;

	for (size_t i = 0; i < outcome->error_count; i++) {
		const struct problem_error *error = &outcome->errors[i];

		if (error->pointer == NULL || strcmp(personal_act_field(making->req->arena, error->pointer),
						  text_of(field, "name")) != 0)
			continue;
		json_object_set_new(field, "problem", json_string(error->detail));
		json_array_append_new(
		    making->faults, json_pack("{s:s, s:s, s:s}", "id", text_of(field, "id"), "label",
					text_of(field, "label"), "text", error->detail));
		return;
	}
}

/* Takes the value. */
static void put_missing(json_t *object, const char *name, json_t *value)
{
	json_t *there = json_object_get(object, name);

	if (there == NULL || json_is_null(there))
		json_object_set(object, name, value);
	json_decref(value);
}

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}
