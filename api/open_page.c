/*
 * The page of something that is open to everybody, with a form of an operation that has
 * x-form. It is in C because a page is HTML; what it shows, before and after, is what
 * SQL finds (open_page in sql/migrations). What was done is told at once and not after
 * another request: a personal link is shown once.
 */
#include "api/auth.h"
#include "api/bind.h"
#include "api/body.h"
#include "api/form_guard.h"
#include "api/form_token.h"
#include "api/page_row.h"
#include "api/personal.h"
#include "api/personal_visit.h"
#include "api/service.h"
#include "common/clock.h"
#include "common/json.h"
#include "contract_handlers.h"
#include "contract_statements.h"

#include <string.h>

/* In the request's arena. */
struct open_visit {
	struct personal_visit visit; /* the first, so that a context is both */
	struct form_guard guard;
};

static const char *page_id(const struct request *req);
static void show_again(struct request *req);
static void show_done(struct request *req, const struct pg_answer *answer);
static json_t *read_reply(struct request *req, const struct operation *operation, const struct pg_rows *rows);
static void read_page(struct request *req, const char *name, json_t *what);
static void show(struct request *req, const struct pg_answer *answer);

bool op_open_page(struct request *req, struct err *err)
{
	struct open_visit *open = arena_alloc(req->arena, sizeof *open);

	req->context = open;
	open->visit.status = req->operation->status;
	open->guard.token = form_token_new(req->arena, page_id(req), clock_wall_ms());
	return page_query(req, show, err);
}

bool op_open_page_act(struct request *req, struct err *err)
{
	struct open_visit *open = arena_alloc(req->arena, sizeof *open);
	struct form_guard *guard = &open->guard;
	bool is_again, is_read;

	page_choose_language(req);
	req->context = open;
	open->visit.done = show_done;
	open->visit.again = show_again;
	form_guard_look(req, page_id(req), req->body.json, guard);
	is_again = personal_visit_again(req, &open->visit);
	is_read = !is_again && personal_visit_read(req, &open->visit);
	if (is_again)
		guard->notice = NULL;
	if (is_read && guard->notice == NULL && auth_take_token(req, req->loop->service->form_limiter)) {
		req->idempotency_key = (struct http_slice){guard->token, strlen(guard->token)};
		bind_new_id(req);
		return personal_visit_act(req, err);
	}
	if (is_read && guard->notice == NULL) {
		form_guard_wait(req, guard);
		open->visit.status = 429;
	}
	show_again(req);
	return true;
}

static const char *page_id(const struct request *req)
{
	return params_find(req->operation, &req->params, "id")->text;
}

/* With what was written. What is to be mended is enough at once: it is sent again anyway. */
static void show_again(struct request *req)
{
	struct open_visit *open = req->context;
	struct personal_visit *visit = &open->visit;

	if (visit->problem != NULL && strcmp(visit->problem, "idempotency_key_reused") == 0)
		form_guard_renew(req, page_id(req), &open->guard);
	else if (visit->problem != NULL)
		open->guard.notice = NULL;
	if (open->guard.notice != NULL)
		visit->outcome.alert = personal_text(req, open->guard.notice);
	read_page(req, "posted", json_deep_copy(visit->outcome.posted));
}

static void show_done(struct request *req, const struct pg_answer *answer)
{
	const struct open_visit *open = req->context;

	read_page(req, "reply", read_reply(req, open->visit.act.operation, answer->rows));
}

/* What the operation answers, each member as text; with the personal link that it made. */
static json_t *read_reply(struct request *req, const struct operation *operation, const struct pg_rows *rows)
{
	const char *link = page_cell(rows, "_link");
	const char *language = page_cell(rows, "_link_language");
	json_t *reply = json_object();

	for (unsigned i = 0; i < pg_rows_columns(rows); i++) {
		const char *name = pg_rows_name(rows, i);
		const char *value = page_cell(rows, name);

		if (name[0] != '_' && value != NULL)
			json_object_set_new(reply, name, json_string(value));
	}
	if (operation->makes_link && (link == NULL || link[0] == 't'))
		json_object_set_new(reply, "link",
		    json_string(
			arena_printf(req->arena, "%s?language=%s", link_path(req->arena, &req->new_id),
			    language != NULL ? language : page_language(req))));
	return reply;
}

/* The page as it is after something was sent: `what` came of it. Takes `what`. */
static void read_page(struct request *req, const char *name, json_t *what)
{
	struct err err = {0};

	req->body = (struct request_body){.json = json_keep(req->arena, json_pack("{s:o}", name, what))};
	body_write_again(req);
	if (bind_params(req, &statement_open_page_act, &err))
		request_query(req, &statement_open_page_act, show);
	else
		request_fail(req, &err);
}

static void show(struct request *req, const struct pg_answer *answer)
{
	struct open_visit *open = req->context;
	const char *page = page_cell(answer->rows, "page");
	bool is_get = req->operation->method == HTTP_GET;
	struct err err = {0};
	json_t *values;

	open->visit.outcome.token = open->guard.token;
	if (page == NULL) {
		page_fail(req, "not_found");
	} else if (!personal_view_values(req, page, &open->visit.outcome, &values, &err)) {
		request_fail(req, &err);
	} else {
		bool is_faulty = json_is_true(json_object_get(values, "has_faults"));
		const char *title = json_string_value(json_object_get(values, "title"));

		/* Links to other languages would lose what was done. */
		json_object_set_new(values, "one_language",
		    json_boolean(!is_get && json_object_get(values, "keeps") == NULL));
		page_show_as(req, &(struct page_view){.page = PAGE_OPEN,
				      .status = open->visit.status,
				      .title = is_faulty ? personal_text(req, "page_faults") : title,
				      .values = json_incref(values),
				      /* Who goes back and sends the form again sends the same token, and so
					 does nothing twice. */
				      .stays_in_browser = is_get});
	}
}
