/*
 * The page where a giver reads their case with the receipt code. It is in C
 * because a page is HTML; what it shows is what receipt_get answers.
 */
#include "api/bind.h"
#include "api/page_row.h"
#include "common/receipt.h"
#include "contract_handlers.h"
#include "contract_statements.h"

#include <string.h>

static void show_entry(struct request *req, bool is_unknown);
static void show_case(struct request *req, const struct pg_answer *answer);
static void put_optional(json_t *values, const char *name, const char *text);
static json_t *messages(const struct request *req, const char *rows);
static json_t *translated(
    const struct request *req, const char *rows, const char *const *names, size_t count);
static const char *in_language(const struct request *req, json_t *texts);

bool op_receipt_entry(struct request *req, struct err *err)
{
	(void)err;
	page_choose_language(req);
	show_entry(req, false);
	return true;
}

bool op_receipt_open(struct request *req, struct err *err)
{
	const char *code = json_string_value(json_object_get(req->body.json, "code"));

	page_choose_language(req);
	if (!receipt_code_hash(code, strlen(code), req->caller.giver_hash)) {
		show_entry(req, true);
		return true;
	}
	req->caller.has_giver_hash = true;
	if (!bind_params(req, &statement_receipt_get, err))
		return false;
	request_query(req, &statement_receipt_get, show_case);
	return true;
}

static void show_entry(struct request *req, bool is_unknown)
{
	page_show(req, PAGE_RECEIPT, page_text(req, "receipt_title"),
	    json_pack("{s:b, s:b}", "known", 0, "unknown", is_unknown));
}

static void show_case(struct request *req, const struct pg_answer *answer)
{
	static const char *const of_news[] = {"title", "done", "reason"};
	static const char *const of_remedies[] = {"name", "text"};
	const struct pg_rows *rows = answer->rows;
	json_t *values, *news, *remedies;
	char state[40];

	if (pg_rows_count(rows) == 0) {
		show_entry(req, true);
		return;
	}
	snprintf(state, sizeof state, "state_%s", page_cell(rows, "state"));
	values = json_pack("{s:b, s:b, s:s}", "known", 1, "unknown", 0, "state", page_text(req, state));
	page_put_day(values, "received_on", page_cell(rows, "received_on"));
	page_put_day(
	    values, "due_on", page_cell(rows, "answered_on") == NULL ? page_cell(rows, "due_on") : NULL);
	put_optional(values, "reason", page_cell(rows, "reason"));
	put_optional(values, "text", page_cell(rows, "text"));
	json_object_set_new(values, "messages", messages(req, page_cell(rows, "messages")));
	news = translated(req, page_cell(rows, "news"), of_news, 3);
	remedies = translated(req, page_cell(rows, "remedies"), of_remedies, 2);
	json_object_set_new(values, "has_news", json_boolean(json_array_size(news) > 0));
	json_object_set_new(values, "news", news);
	json_object_set_new(values, "has_remedies", json_boolean(json_array_size(remedies) > 0));
	json_object_set_new(values, "remedies", remedies);
	page_show(req, PAGE_RECEIPT, page_text(req, "receipt_case_title"), values);
}

static void put_optional(json_t *values, const char *name, const char *text)
{
	json_object_set_new(values, name, text == NULL ? json_false() : json_string(text));
}

static json_t *messages(const struct request *req, const char *rows)
{
	json_t *read = rows == NULL ? NULL : json_loads(rows, 0, NULL);
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

/* These members of each row: a text as it is, one by language in the page's; false where there is none. */
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

			put_optional(item, names[name],
			    json_is_string(value) ? json_string_value(value) : in_language(req, value));
		}
		json_array_append_new(shown, item);
	}
	json_decref(read);
	return shown;
}

static const char *in_language(const struct request *req, json_t *texts)
{
	json_t *text = json_object_get(texts, language_tag(req->language));

	if (text == NULL)
		text = json_object_get(texts, "fi");
	if (text == NULL)
		text = json_object_iter_value(json_object_iter(texts));
	return json_string_value(text);
}
