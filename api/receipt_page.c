/*
 * The page where a giver reads their case with the receipt code, and acts on it.
 * It is in C because a page is HTML; what it shows and does are the statements of
 * /v1/receipt. The code travels in forms alone, never in an address, and is itself
 * what nobody else can know, so that no other site can send such a form.
 */
#include "api/bind.h"
#include "api/body.h"
#include "api/page_row.h"
#include "api/receipt_case.h"
#include "common/json.h"
#include "common/receipt.h"
#include "contract_handlers.h"
#include "contract_statements.h"

#include <string.h>

/* What can be done on the page. Without an operation the case is shown, or it is asked whether to go on. */
struct act {
	const char *name;
	const char *operation;
	const char *to;     /* the state that it leads to; NULL: none */
	const char *words;  /* the member that what was written becomes; NULL: nothing is written */
	const char *fault;  /* the text that asks for words */
	const char *notice; /* the text that says that it is done */
	bool is_question;   /* whether to go on is asked first */
	bool erases;
	bool is_answer; /* to the question whether it is better: the fields change and answer */
};

static const struct act acts[] = {
    {.name = "show"},
    {.name = "ask_withdraw", .is_question = true},
    {.name = "ask_erase", .is_question = true, .erases = true},
    {.name = "write",
	.operation = "receipt_message_create",
	.words = "text",
	.fault = "receipt_no_message",
	.notice = "receipt_sent"},
    {.name = "reopen",
	.operation = "receipt_transition",
	.to = "in_progress",
	.words = "reason",
	.fault = "receipt_no_reopen_why",
	.notice = "receipt_reopened"},
    {.name = "withdraw",
	.operation = "receipt_transition",
	.to = "withdrawn",
	.notice = "receipt_is_withdrawn"},
    {.name = "erase", .operation = "receipt_erase", .erases = true},
    {.name = "follow_up",
	.operation = "receipt_follow_up",
	.notice = "follow_up_thanks_title",
	.is_answer = true},
};

/* What is known between the statements; in the request's arena. */
struct receipt_visit {
	const struct act *act;
	const json_t *posted;
	const char *notice; /* names of texts; NULL: none */
	const char *alert;
	const char *fault;
};

static bool act_on(struct request *req, struct receipt_visit *visit, struct err *err);
static bool take_words(struct request *req, struct receipt_visit *visit);
static void on_acted(struct request *req, const struct pg_answer *answer);
static bool read_case(struct request *req, struct err *err);
static void on_case(struct request *req, const struct pg_answer *answer);
static void show_entry(struct request *req, const char *unknown_code);
static void show_nothing(struct request *req);
static void show_case(struct request *req, const struct pg_rows *rows);
static void show_question(struct request *req);
static void show_erased(struct request *req, bool is_now);
static const struct act *find_act(const char *name);
static const char *posted(const struct receipt_visit *visit, const char *name);
static json_t *text_or_false(const struct request *req, const char *name);

bool op_receipt_entry(struct request *req, struct err *err)
{
	(void)err;
	page_choose_language(req);
	show_entry(req, NULL);
	return true;
}

bool op_receipt_open(struct request *req, struct err *err)
{
	struct receipt_visit *visit = arena_alloc(req->arena, sizeof *visit);
	const char *code;

	page_choose_language(req);
	req->context = visit;
	visit->posted = req->body.json;
	visit->act = find_act(posted(visit, "act"));
	code = posted(visit, "code");
	if (!receipt_code_hash(code, strlen(code), req->caller.giver_hash)) {
		show_nothing(req);
		return true;
	}
	req->caller.has_giver_hash = true;
	return visit->act->operation == NULL ? read_case(req, err) : act_on(req, visit, err);
}

static bool act_on(struct request *req, struct receipt_visit *visit, struct err *err)
{
	const struct operation *operation = page_operation(visit->act->operation);

	page_make_key(req);
	if (!take_words(req, visit))
		return read_case(req, err);
	if (!bind_params(req, operation->statement, err))
		return false;
	request_query(req, operation->statement, on_acted);
	return true;
}

/* Makes req->body what the operation takes. False: what was written is not as its contract says, and
 * visit->fault tells. */
static bool take_words(struct request *req, struct receipt_visit *visit)
{
	const char *words = page_posted_words(req->arena, visit->posted, "text");
	struct request asked = *req;
	struct err err = {0};

	if (visit->act->words != NULL && words == NULL) {
		visit->fault = visit->act->fault;
		return false;
	}
	if (visit->act->words != NULL && page_words_are_too_many(words, RECEIPT_WORDS_MOST)) {
		visit->fault = "receipt_too_long";
		return false;
	}
	asked.operation = page_operation(visit->act->operation);
	asked.body = (struct request_body){.json = json_keep(req->arena, json_object())};
	if (visit->act->to != NULL)
		json_object_set_new(asked.body.json, "to", json_string(visit->act->to));
	if (visit->act->words != NULL)
		json_object_set_new(asked.body.json, visit->act->words, json_string(words));
	if (visit->act->is_answer) {
		json_object_set_new(asked.body.json, "change_id", json_string(posted(visit, "change")));
		json_object_set_new(asked.body.json, "answer", json_string(posted(visit, "answer")));
	}
	body_write_again(&asked);
	if (asked.operation->body != NULL && !body_accept(&asked, &err)) {
		visit->fault = visit->act->words != NULL ? "receipt_too_long" : NULL;
		visit->alert = visit->act->words == NULL ? "receipt_not_now" : NULL;
		return false;
	}
	req->body = asked.body;
	return true;
}

static void on_acted(struct request *req, const struct pg_answer *answer)
{
	struct receipt_visit *visit = req->context;
	struct err err = {0};

	if (pg_rows_count(answer->rows) == 0) {
		show_nothing(req);
		return;
	}
	if (visit->act->erases) {
		show_erased(req, true);
		return;
	}
	if (page_cell(answer->rows, "_problem") == NULL)
		visit->notice = visit->act->notice;
	else
		visit->alert = "receipt_not_now";
	if (!read_case(req, &err))
		request_fail(req, &err);
}

static bool read_case(struct request *req, struct err *err)
{
	if (!bind_params(req, &statement_receipt_get, err))
		return false;
	request_query(req, &statement_receipt_get, on_case);
	return true;
}

static void on_case(struct request *req, const struct pg_answer *answer)
{
	const struct receipt_visit *visit = req->context;

	if (pg_rows_count(answer->rows) == 0)
		show_nothing(req);
	else if (visit->act->is_question)
		show_question(req);
	else
		show_case(req, answer->rows);
}

/* A code that is unknown stays in its field; NULL: none was written. */
static void show_entry(struct request *req, const char *unknown_code)
{
	page_show(req, PAGE_RECEIPT, page_text(req, "receipt_title"),
	    json_pack("{s:b, s:b, s:b, s:s, s:b, s:b}", "has_easy", 1, "entry", 1, "unknown",
		unknown_code != NULL, "code", unknown_code == NULL ? "" : unknown_code, "shown", 0,
		"question", 0));
}

/* No such case. Only who has just seen it is asked whether to erase it, so that a page that is loaded again
 * says that it is gone. */
static void show_nothing(struct request *req)
{
	const struct receipt_visit *visit = req->context;

	if (visit->act->erases && !visit->act->is_question)
		show_erased(req, false);
	else
		show_entry(req, posted(visit, "code"));
}

static void show_case(struct request *req, const struct pg_rows *rows)
{
	const struct receipt_visit *visit = req->context;
	bool is_faulty = visit->fault != NULL;
	unsigned char number[16];
	json_t *values = receipt_case_values(req, rows);

	page_put_most(req, values, RECEIPT_WORDS_MOST);
	secret_random(number, sizeof number);
	json_object_update_new(
	    values, json_pack("{s:b, s:b, s:b, s:b, s:s, s:s, s:o, s:o, s:o, s:s}", "one_language", 1,
			"entry", 0, "shown", 1, "question", 0, "code", posted(visit, "code"), "key",
			secret_base64url(req->arena, number, sizeof number), "notice",
			text_or_false(req, visit->notice), "alert", text_or_false(req, visit->alert), "fault",
			text_or_false(req, visit->fault), "words", is_faulty ? posted(visit, "text") : ""));
	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
		json_object_set_new(values, arena_printf(req->arena, "fault_%s", acts[i].name),
		    json_boolean(is_faulty && visit->act == &acts[i]));
	page_show(req, PAGE_RECEIPT, page_text(req, "receipt_case_title"), values);
}

/* What goes and what stays, before anything is erased. */
static void show_question(struct request *req)
{
	const struct receipt_visit *visit = req->context;
	bool is_erasure = visit->act->erases;

	page_show(req, PAGE_RECEIPT,
	    page_text(req, is_erasure ? "receipt_erase_title" : "receipt_withdraw_title"),
	    json_pack("{s:b, s:b, s:b, s:b, s:b, s:s}", "one_language", 1, "entry", 0, "shown", 0, "question",
		1, "erasure", is_erasure, "code", posted(visit, "code")));
}

/* is_now: by this request, and not by one before it. */
static void show_erased(struct request *req, bool is_now)
{
	const char *title = page_text(req, is_now ? "receipt_erased_title" : "receipt_gone_title");

	page_show(req, PAGE_RECEIPT, title,
	    json_pack("{s:b, s:b, s:b, s:b, s:s, s:s}", "one_language", 1, "entry", 0, "shown", 0, "question",
		0, "gone_title", title, "gone", page_text(req, is_now ? "receipt_erased" : "receipt_gone")));
}

/* An act that is none shows the case. */
static const struct act *find_act(const char *name)
{
	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
		if (strcmp(acts[i].name, name) == 0)
			return &acts[i];
	return &acts[0];
}

static const char *posted(const struct receipt_visit *visit, const char *name)
{
	const char *text = json_string_value(json_object_get(visit->posted, name));

	return text == NULL ? "" : text;
}

static json_t *text_or_false(const struct request *req, const char *name)
{
	return name == NULL ? json_false() : json_string(page_text(req, name));
}
