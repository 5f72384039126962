#include "api/personal_visit.h"

#include "api/bind.h"
#include "api/page_row.h"
#include "api/reply.h"

#include <string.h>

enum { RUNS_MAX = 2 };

static void on_acted(struct request *req, const struct pg_answer *answer);
static void note_problem(struct request *req, const struct pg_rows *rows);
static void note_errors(struct request *req, struct personal_visit *visit, const char *code,
    const struct problem_details *details);

bool personal_visit_again(struct request *req, struct personal_visit *visit)
{
	const char *again = params_find(req->operation, &req->params, "again")->text;

	if (again == NULL || strcmp(again, "true") != 0)
		return false;
	visit->outcome.posted = req->body.json;
	visit->outcome.alert = personal_text(req, "page_kept");
	visit->status = req->operation->status;
	return true;
}

bool personal_visit_read(struct request *req, struct personal_visit *visit)
{
	struct err fault = {0};

	visit->outcome.posted = req->body.json;
	visit->status = req->operation->status;
	if (personal_act_read(req, req->body.json, &visit->act, &fault))
		return true;
	note_errors(req, visit, fault.code, &visit->act.problem);
	return false;
}

bool personal_visit_act(struct request *req, struct err *err)
{
	struct personal_visit *visit = req->context;

	visit->params = req->params;
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

	req->params = visit->params;
	req->runs++;
	if (pg_rows_count(answer->rows) == 0 && is_insert && req->runs < RUNS_MAX)
		request_query(req, visit->act.operation->statement, on_acted);
	else if (pg_rows_count(answer->rows) == 0)
		page_fail(req, is_insert ? "service_unavailable" : "not_found");
	else if (page_cell(answer->rows, "_problem") != NULL)
		note_problem(req, answer->rows);
	else
		visit->done(req, answer);
}

static void note_problem(struct request *req, const struct pg_rows *rows)
{
	struct personal_visit *visit = req->context;
	struct err told = {0};

	/* As the operation itself would answer, read back as a problem. */
	if (!reply_problem(req, rows, &told))
		note_errors(req, visit, told.code, &req->problem);
	visit->again(req);
}

/* What is wrong with a field is said there; what is wrong with the whole, above. */
static void note_errors(struct request *req, struct personal_visit *visit, const char *code,
    const struct problem_details *details)
{
	const struct problem *problem = contract_problem(code);
	const struct problem_text *text = &problem->texts[req->language];

	visit->problem = problem->code;
	visit->status = problem->status;
	visit->outcome.errors = details->errors;
	visit->outcome.error_count = details->error_count;
	if (details->error_count == 0)
		visit->outcome.alert = arena_printf(req->arena, "%s. %s", text->title, text->detail);
}
