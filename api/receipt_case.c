#include "api/receipt_case.h"

#include "api/page_row.h"

#include <stdio.h>
#include <string.h>

static void put_optional(json_t *values, const char *name, const char *text);
static void put_list(json_t *values, const char *name, json_t *list);
static void put_original(const struct request *req, json_t *values, const char *row);
static void put_acts(json_t *values, const struct pg_rows *rows);
static void put_referral(json_t *values, const char *code);
static json_t *messages(const struct request *req, json_t *read);
static json_t *news(const struct request *req, const char *rows);
static json_t *translated(
    const struct request *req, const char *rows, const char *const *names, size_t count);
static void put_day_of(json_t *item, const json_t *row, const char *name);

json_t *receipt_case_values(const struct request *req, const struct pg_rows *rows)
{
	static const char *const of_remedies[] = {"code", "name", "text", "link"};
	const char *said = page_cell(rows, "messages");
	json_t *values = json_pack("{s:s}", "state", page_text_of(req, "state", page_cell(rows, "state")));

	put_optional(values, "outcome", page_text_of(req, "outcome", page_cell(rows, "outcome")));
	page_put_cell_words(req, values, "unit", rows);
	page_put_day(values, "received_on", page_cell(rows, "received_on"));
	/* Nobody promises to answer what was answered, has ended or follows another. */
	page_put_day(values, "due_on",
	    page_cell(rows, "answered_on") == NULL && page_cell(rows, "closed_on") == NULL
		? page_cell(rows, "due_on")
		: NULL);
	put_optional(values, "reason", page_cell(rows, "reason"));
	put_optional(values, "text", page_cell(rows, "text"));
	json_object_set_new(
	    values, "messages", messages(req, said == NULL ? NULL : json_loads(said, 0, NULL)));
	put_list(values, "news", news(req, page_cell(rows, "news")));
	put_list(values, "remedies", translated(req, page_cell(rows, "remedies"), of_remedies, 4));
	put_referral(values, page_cell(rows, "remedy"));
	put_original(req, values, page_cell(rows, "original"));
	put_acts(values, rows);
	return values;
}

/* With has_<name>, for what is shown once above a list. Takes the list. */
static void put_list(json_t *values, const char *name, json_t *list)
{
	char has[40];

	snprintf(has, sizeof has, "has_%s", name);
	json_object_set_new(values, has, json_boolean(json_array_size(list) > 0));
	json_object_set_new(values, name, list);
}

/* Of a duplicate: what became of the case that it follows; else false. */
static void put_original(const struct request *req, json_t *values, const char *row)
{
	json_t *read = row == NULL ? NULL : json_loads(row, 0, NULL);
	json_t *shown = json_false();

	if (json_is_object(read)) {
		shown = json_pack("{s:s, s:o}", "state",
		    page_text_of(req, "state", json_string_value(json_object_get(read, "state"))), "answers",
		    messages(req, json_incref(json_object_get(read, "answers"))));
		put_optional(shown, "reason", json_string_value(json_object_get(read, "reason")));
		put_optional(shown, "outcome",
		    page_text_of(req, "outcome", json_string_value(json_object_get(read, "outcome"))));
	}
	json_object_set_new(values, "original", shown);
	json_decref(read);
}

/* Only what is possible now is offered. Waiting for the giver ends by their writing, so there is nothing to
 * reopen. */
static void put_acts(json_t *values, const struct pg_rows *rows)
{
	const char *state = page_cell(rows, "state");
	const char *next = page_cell(rows, "next_states");
	bool waits = strcmp(state, "waiting_giver") == 0;
	bool is_erased = strcmp(state, "removed") == 0 || strcmp(state, "withdrawn") == 0;
	bool goes_on = next != NULL && strstr(next, "\"in_progress\"") != NULL;

	json_object_set_new(values, "is_asked", json_boolean(waits));
	json_object_set_new(values, "can_write", json_boolean(!is_erased));
	json_object_set_new(values, "can_reopen", json_boolean(goes_on && !waits));
	json_object_set_new(
	    values, "can_withdraw", json_boolean(next != NULL && strstr(next, "\"withdrawn\"") != NULL));
}

static void put_optional(json_t *values, const char *name, const char *text)
{
	json_object_set_new(values, name, text == NULL ? json_false() : json_string(text));
}

/* The remedy of this code among those that are shown; false: the case was referred to none. */
static void put_referral(json_t *values, const char *code)
{
	json_t *remedy;
	size_t i;

	json_object_set_new(values, "referral", json_false());
	json_array_foreach(json_object_get(values, "remedies"), i, remedy)
	{
		if (code != NULL && strcmp(json_string_value(json_object_get(remedy, "code")), code) == 0)
			json_object_set(values, "referral", remedy);
	}
}

/* Takes what was read. */
static json_t *messages(const struct request *req, json_t *read)
{
	json_t *shown = json_array();
	json_t *row;
	size_t i;

	json_array_foreach(read, i, row)
	{
		bool by_giver = strcmp(json_string_value(json_object_get(row, "author")), "giver") == 0;
		json_t *item = json_pack("{s:s, s:O}", "author",
		    page_text(req, by_giver ? "receipt_giver" : "receipt_staff"), "text",
		    json_object_get(row, "text"));

		page_put_day(item, "sent_on", json_string_value(json_object_get(row, "sent_on")));
		json_array_append_new(shown, item);
	}
	json_decref(read);
	return shown;
}

/* What a change came to, with the question whether it is better while it can be answered, or the answer. */
static json_t *news(const struct request *req, const char *rows)
{
	static const char *const shown_texts[] = {"title", "done", "reasons"};
	json_t *shown = translated(req, rows, shown_texts, 3);
	json_t *read = rows == NULL ? NULL : json_loads(rows, 0, NULL);
	json_t *item;
	size_t i;

	json_array_foreach(shown, i, item)
	{
		json_t *row = json_array_get(read, i);
		json_t *follow_up = json_object_get(row, "follow_up");
		const char *answer = json_string_value(json_object_get(follow_up, "answer"));

		json_object_set(item, "id", json_object_get(row, "id"));
		json_object_set(item, "is_open", json_object_get(follow_up, "is_open"));
		put_optional(item, "given", answer == NULL ? NULL : page_text(req, answer));
		json_object_set_new(item, "state",
		    json_string(
			page_text_of(req, "change_is", json_string_value(json_object_get(row, "state")))));
		put_day_of(item, row, "planned_for");
		put_day_of(item, row, "made_on");
		json_object_set(item, "is_published", json_object_get(row, "is_published"));
	}
	json_decref(read);
	return shown;
}

/* These members of each row: a text as it is, or by language; false where there is none. */
static json_t *translated(const struct request *req, const char *rows, const char *const *names, size_t count)
{
	json_t *read = rows == NULL ? NULL : json_loads(rows, 0, NULL);
	json_t *shown = json_array();
	json_t *row;
	size_t i;

	json_array_foreach(read, i, row)
	{
		json_t *item = json_object();

		for (size_t name = 0; name < count; name++) {
			json_t *value = json_object_get(row, names[name]);

			if (json_is_string(value))
				json_object_set(item, names[name], value);
			else
				page_put_words(req, item, names[name], value);
		}
		json_array_append_new(shown, item);
	}
	json_decref(read);
	return shown;
}

static void put_day_of(json_t *item, const json_t *row, const char *name)
{
	page_put_day(item, name, json_string_value(json_object_get(row, name)));
}
