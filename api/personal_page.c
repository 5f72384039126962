/*
 * The page of whoever holds a personal link. It is in C because a page is HTML;
 * what it shows is what SQL finds (personal_page in sql/migrations), and what is done
 * on it are operations of the contract. What was done leads back to the page, so
 * that loading it again does nothing.
 */
#include "api/bind.h"
#include "api/page_row.h"
#include "api/personal_visit.h"
#include "api/service.h"
#include "contract_handlers.h"
#include "contract_statements.h"

#include <string.h>

static void on_acted(struct request *req, const struct pg_answer *answer);
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

	page_choose_language(req);
	req->context = visit;
	visit->done = on_acted;
	visit->again = read_page;
	if (!personal_visit_again(req, visit) && personal_visit_read(req, visit)) {
		page_make_key(req);
		return personal_visit_act(req, err);
	}
	read_page(req);
	return true;
}

static void on_acted(struct request *req, const struct pg_answer *answer)
{
	if (page_cell_is_true(answer->rows, "_gone"))
		show_gone(req);
	else
		go_back(req);
}

static void go_back(struct request *req)
{
	struct http_reply *reply = http_exchange_reply(req->exchange);
	const struct http_head *head = req->http->head;

	http_reply_status(reply, 303);
	http_reply_header(reply, "Location",
	    arena_printf(req->arena, "%s%.*s?language=%s&done=true", req->loop->service->public_path,
		(int)head->path.length, head->path.at, page_language(req)));
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
