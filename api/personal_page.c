/*
 * The page of whoever holds a personal link. It is in C because a page is HTML;
 * what it shows is what SQL finds (personal_page in sql/migrations), and what is done
 * on it are operations of the contract. What was done leads back to the page, so
 * that loading it again does nothing.
 */
#include "api/bind.h"
#include "api/page_row.h"
#include "api/personal_act.h"
#include "api/personal_view.h"
#include "api/reply.h"
#include "api/service.h"
#include "contract_handlers.h"
#include "contract_statements.h"

#include <string.h>

enum { RUNS_MAX = 2 };

/* What is known between the statements; in the request's arena. */
struct personal_visit {
	struct personal_act act;
	struct personal_outcome outcome;
	unsigned status;
};

static void on_acted(struct request *req, const struct pg_answer *answer);
static void note_problem(struct request *req, const struct pg_rows *rows);
static void note_errors(
    struct request *req, const struct problem *problem, const struct problem_details *details);
static void go_back(struct request *req);
static void read_page(struct request *req);
static void show(struct request *req, const struct pg_answer *answer);
static void show_gone(struct request *req);

bool op_personal_page(struct request *req, struct err *err)
{
	struct personal_visit *visit = arena_alloc(req->arena, sizeof *visit);
	const struct param_value *done = params_find(req->operation, &req->params, "done");

	req->context = visit;
	visit->status = req->operation->status;
	visit->outcome.is_done = done->text != NULL && strcmp(done->text, "true") == 0;
	return page_query(req, show, err);
}

bool op_personal_page_act(struct request *req, struct err *err)
{
	struct personal_visit *visit = arena_alloc(req->arena, sizeof *visit);
	struct err fault = {0};

	page_choose_language(req);
	req->context = visit;
	visit->outcome.posted = req->body.json;
	visit->status = req->operation->status;
	if (!personal_act_read(req, req->body.json, &visit->act, &fault)) {
		note_errors(req, contract_problem(fault.code), &visit->act.problem);
		read_page(req);
		return true;
	}
	page_make_key(req);
	req->params = visit->act.params;
	req->body = visit->act.body;
	if (!bind_params(req, visit->act.operation->statement, err))
		return false;
	request_query(req, visit->act.operation->statement, on_acted);
	return true;
}

static void on_acted(struct request *req, const struct pg_answer *answer)
{
	const struct personal_visit *visit = req->context;
	enum lane lane = visit->act.operation->statement->lane;
	bool is_insert = lane == LANE_MANY || lane == LANE_WRITE;

	req->runs++;
	if (pg_rows_count(answer->rows) == 0 && is_insert && req->runs < RUNS_MAX)
		request_query(req, visit->act.operation->statement, on_acted);
	else if (pg_rows_count(answer->rows) == 0)
		page_fail(req, is_insert ? "service_unavailable" : "not_found");
	else if (page_cell(answer->rows, "_problem") != NULL)
		note_problem(req, answer->rows);
	else if (page_cell_is_true(answer->rows, "_gone"))
		show_gone(req);
	else
		go_back(req);
}

static void note_problem(struct request *req, const struct pg_rows *rows)
{
	struct err told = {0};

	/* As the operation itself would answer, read back as a problem. */
	if (!reply_problem(req, rows, &told))
		note_errors(req, contract_problem(told.code), &req->problem);
	read_page(req);
}

/* What is wrong with a field is said there; what is wrong with the whole, above. */
static void note_errors(
    struct request *req, const struct problem *problem, const struct problem_details *details)
{
	struct personal_visit *visit = req->context;
	const struct problem_text *text = &problem->texts[req->language];

	visit->status = problem->status;
	visit->outcome.errors = details->errors;
	visit->outcome.error_count = details->error_count;
	if (details->error_count == 0)
		visit->outcome.alert = arena_printf(req->arena, "%s. %s", text->title, text->detail);
}

static void go_back(struct request *req)
{
	struct http_reply *reply = http_exchange_reply(req->exchange);
	const struct http_head *head = req->http->head;

	http_reply_status(reply, 303);
	http_reply_header(reply, "Location",
	    arena_printf(req->arena, "%s%.*s?language=%s&done=true", req->loop->service->public_path,
		(int)head->path.length, head->path.at, language_tag(req->language)));
	http_reply_header(reply, "Cache-Control", "no-store");
	http_reply_header(reply, "Referrer-Policy", "no-referrer");
	request_end(req);
}

static void read_page(struct request *req)
{
	struct err err = {0};

	if (bind_params(req, &statement_personal_page, &err))
		request_query(req, &statement_personal_page, show);
	else
		request_fail(req, &err);
}

static void show(struct request *req, const struct pg_answer *answer)
{
	const struct personal_visit *visit = req->context;
	const char *page = page_cell(answer->rows, "page");
	struct err err = {0};
	json_t *values;

	if (page == NULL) {
		page_fail(req, "not_found");
	} else if (!personal_view_values(req, page, &visit->outcome, &values, &err)) {
		request_fail(req, &err);
	} else {
		bool is_faulty = json_is_true(json_object_get(values, "has_faults"));

		page_show_as(req, &(struct page_view){.page = PAGE_PERSONAL,
				      .status = visit->status,
				      .title = personal_text(req, is_faulty ? "page_faults" : "page_title"),
				      .values = json_incref(values)});
	}
}

static void show_gone(struct request *req)
{
	page_show(req, PAGE_PERSONAL, personal_text(req, "page_gone_title"),
	    json_pack("{s:b, s:s, s:b, s:b, s:b, s:[]}", "one_language", 1, "gone",
		personal_text(req, "page_gone"), "done", 0, "alert", 0, "has_faults", 0, "parts"));
}
