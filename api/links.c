/*
 * Pages behind personal links in mails. They are in C because a page is HTML,
 * which SQL cannot write; what the link means and whether it acts is SQL's.
 */
#include "api/page_row.h"
#include "contract_handlers.h"
#include "contract_statements.h"

#include <string.h>

static void show_follow_up(struct request *req, const struct pg_answer *answer);
static const char *follow_up_state(const struct pg_rows *rows);
static void show_unsubscribe(struct request *req, const struct pg_answer *answer);
static void show_unsubscribed(struct request *req, const struct pg_answer *answer);
static void put_follow_up(struct request *req, json_t *values, const struct pg_rows *rows);

bool op_follow_up_page(struct request *req, struct err *err)
{
	return page_query(req, show_follow_up, err);
}

bool op_follow_up_answer(struct request *req, struct err *err)
{
	return page_query(req, show_follow_up, err);
}

bool op_unsubscribe_page(struct request *req, struct err *err)
{
	return page_query(req, show_unsubscribe, err);
}

bool op_unsubscribe(struct request *req, struct err *err)
{
	return page_query(req, show_unsubscribed, err);
}

static void show_follow_up(struct request *req, const struct pg_answer *answer)
{
	bool known = pg_rows_count(answer->rows) > 0;
	const char *state = known ? follow_up_state(answer->rows) : "unknown";
	json_t *values = json_pack("{s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b}", "has_easy", 1, "known", known,
	    "unknown", 0, "thanks", 0, "told", 0, "already", 0, "expired", 0, "ask", 0);
	const char *title = "follow_up_title";

	json_object_set_new(values, state, json_true());
	if (known)
		put_follow_up(req, values, answer->rows);
	if (strcmp(state, "unknown") == 0)
		title = "link_unknown_title";
	else if (strcmp(state, "thanks") == 0)
		title = "follow_up_thanks_title";
	else if (strcmp(state, "told") == 0)
		title = "follow_up_told_title";
	page_show(req, PAGE_FOLLOW_UP, page_text(req, title), values);
}

static const char *follow_up_state(const struct pg_rows *rows)
{
	if (page_cell(rows, "answer") != NULL)
		return page_cell_is_true(rows, "is_new")    ? "thanks"
		       : page_cell_is_true(rows, "is_told") ? "told"
							    : "already";
	return page_cell_is_true(rows, "is_expired") ? "expired" : "ask";
}

static void put_follow_up(struct request *req, json_t *values, const struct pg_rows *rows)
{
	const char *given = page_cell(rows, "answer");
	const char *decided = page_text_of(req, "change_is", page_cell(rows, "decided"));

	/* Who answered that it is no better can say why, once, and have the case opened again, then or later.
	 */
	bool is_no_better = given != NULL && (strcmp(given, "same") == 0 || strcmp(given, "worse") == 0);
	bool can_act = is_no_better && !page_cell_is_true(rows, "is_expired");
	bool has_text = page_cell_is_true(rows, "has_text");
	bool can_reopen = page_cell_is_true(rows, "can_reopen");

	json_object_set_new(values, "answer", json_string(given == NULL ? "" : given));
	json_object_set_new(values, "answer_text", json_string(given == NULL ? "" : page_text(req, given)));
	json_object_set_new(values, "can_tell", json_boolean(can_act && !has_text));
	json_object_set_new(values, "can_reopen", json_boolean(can_reopen));
	json_object_set_new(values, "can_reopen_now", json_boolean(can_act && has_text && can_reopen));
	json_object_set_new(values, "is_reopened", json_boolean(page_cell_is_true(rows, "is_reopened")));
	json_object_set_new(values, "decided", decided == NULL ? json_false() : json_string(decided));
	page_put_day(values, "decided_on", page_cell(rows, "state_on"));
	page_put_cell_words(req, values, "title", rows);
	page_put_cell_words(req, values, "said", rows);
	page_put_cell_words(req, values, "done", rows);
}

static void show_unsubscribe(struct request *req, const struct pg_answer *answer)
{
	bool known = pg_rows_count(answer->rows) > 0;

	page_show(req, PAGE_UNSUBSCRIBE, page_text(req, known ? "unsubscribe_title" : "link_unknown_title"),
	    json_pack("{s:b, s:b, s:b, s:b}", "has_easy", 1, "unknown", !known, "ask", known, "done", 0));
}

static void show_unsubscribed(struct request *req, const struct pg_answer *answer)
{
	bool known = page_cell_is_true(answer->rows, "is_known");

	page_show(req, PAGE_UNSUBSCRIBE, page_text(req, known ? "unsubscribed_title" : "link_unknown_title"),
	    json_pack("{s:b, s:b, s:b, s:b}", "has_easy", 1, "unknown", !known, "ask", 0, "done", known));
}
