/*
 * The feedback form of a unit, for people without any other system. In C because
 * a page is HTML and what a form says is strings; the voice goes through the
 * contract and the statement of POST /v1/feedback.
 */
#include "api/auth.h"
#include "api/bind.h"
#include "api/form_guard.h"
#include "api/form_token.h"
#include "api/form_voice.h"
#include "api/page_row.h"
#include "api/service.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/receipt.h"
#include "contract_handlers.h"
#include "contract_statements.h"

#include <stdlib.h>
#include <string.h>

enum { RUNS_MAX = 2 };

/* What is known between the two statements of a form that was sent; in the request's arena. */
struct sent_form {
	const char *unit_id, *unit_name, *name_lang;
	json_t *posted;
	struct form_guard guard;
	unsigned status;
};

static void show_empty(struct request *req, const struct pg_answer *answer);
static void receive(struct request *req, const struct pg_answer *answer);
static struct sent_form *read_form(struct request *req, const struct pg_rows *rows);
static void keep(struct request *req, struct sent_form *form);
static void on_kept(struct request *req, const struct pg_answer *answer);
static void show_form(struct request *req, const struct sent_form *form, json_t *faults);
static void show_too_many(struct request *req, struct sent_form *form);
static void show_unknown(struct request *req);
static void show_sent(struct request *req, const struct pg_rows *rows);
static json_t *code_groups(const char *code);
static json_t *head_values(const struct request *req);
static json_t *find_fault(const json_t *faults, const char *field);

bool op_form_page(struct request *req, struct err *err)
{
	return page_query(req, show_empty, err);
}

bool op_form_send(struct request *req, struct err *err)
{
	return page_query(req, receive, err);
}

static void show_empty(struct request *req, const struct pg_answer *answer)
{
	struct sent_form *form;

	if (pg_rows_count(answer->rows) == 0) {
		show_unknown(req);
		return;
	}
	form = read_form(req, answer->rows);
	form->posted = json_keep(req->arena, json_object());
	if (req->is_easy)
		json_object_set_new(form->posted, "need_easy_language", json_string("yes"));
	form->guard.token = form_token_new(req->arena, form->unit_id, clock_wall_ms());
	show_form(req, form, NULL);
}

static void receive(struct request *req, const struct pg_answer *answer)
{
	struct sent_form *form;
	struct err err = {0};
	json_t *faults;

	if (pg_rows_count(answer->rows) == 0) {
		show_unknown(req);
		return;
	}
	form = read_form(req, answer->rows);
	form->posted = req->body.json;
	form_guard_look(req, form->unit_id, form->posted, &form->guard);
	if (!form_voice_take(req, form->unit_id, form->posted, &faults, &err))
		request_fail(req, &err);
	else if (form->guard.notice != NULL || faults != NULL)
		show_form(req, form, faults);
	else if (!auth_take_token(req, req->loop->service->form_limiter))
		show_too_many(req, form);
	else
		keep(req, form);
}

static struct sent_form *read_form(struct request *req, const struct pg_rows *rows)
{
	struct sent_form *form = arena_alloc(req->arena, sizeof *form);

	form->unit_id = arena_string(req->arena, page_cell(rows, "id"));
	form->unit_name = arena_string(req->arena, page_cell(rows, "name"));
	form->name_lang = arena_string(req->arena, page_cell(rows, "name_lang"));
	form->status = req->operation->status;
	return form;
}

/* The token stands for the Idempotency-Key: a form that is sent twice makes one case. */
static void keep(struct request *req, struct sent_form *form)
{
	struct err err = {0};

	req->context = form;
	req->idempotency_key = (struct http_slice){form->guard.token, strlen(form->guard.token)};
	bind_new_id(req);
	if (!bind_params(req, &statement_feedback_create, &err)) {
		request_fail(req, &err);
		return;
	}
	request_query(req, &statement_feedback_create, on_kept);
}

static void on_kept(struct request *req, const struct pg_answer *answer)
{
	struct sent_form *form = req->context;
	const char *problem = page_cell(answer->rows, "_problem");

	req->runs++;
	if (pg_rows_count(answer->rows) == 0 && req->runs < RUNS_MAX) {
		request_query(req, &statement_feedback_create, on_kept);
	} else if (pg_rows_count(answer->rows) == 0) {
		page_fail(req, "service_unavailable");
	} else if (problem == NULL) {
		show_sent(req, answer->rows);
	} else if (strcmp(problem, "idempotency_key_reused") == 0) {
		form_guard_renew(req, form->unit_id, &form->guard);
		show_form(req, form, NULL);
	} else if (strcmp(problem, "unknown_reference") == 0) {
		show_unknown(req);
	} else if (strcmp(problem, "voice_is_empty") == 0) {
		/* Spaces that only the database knows as such. */
		show_form(req, form, form_voice_without_text(req));
	} else {
		page_fail(req, contract_problem(problem)->code);
	}
}

static void show_form(struct request *req, const struct sent_form *form, json_t *faults)
{
	static const char *const fields[] = {"kind", "text", "email"};
	json_t *values = head_values(req);

	json_object_update(values, json_keep(req->arena, form_voice_values(req, form->posted)));
	json_object_set_new(values, "unknown", json_false());
	json_object_set_new(values, "unit_name", json_string(form->unit_name));
	json_object_set_new(values, "name_lang", json_string(form->name_lang));
	json_object_set_new(values, "token", json_string(form->guard.token));
	/* What is to be mended is enough at once: it is sent again anyway. */
	json_object_set_new(values, "notice",
	    form->guard.notice == NULL || faults != NULL ? json_false()
							 : json_string(page_text(req, form->guard.notice)));
	json_object_set_new(values, "has_faults", json_boolean(faults != NULL));
	json_object_set_new(values, "faults", faults == NULL ? json_array() : json_incref(faults));
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		json_object_set(
		    values, arena_printf(req->arena, "fault_%s", fields[i]), find_fault(faults, fields[i]));
	page_show_as(req,
	    &(struct page_view){.page = PAGE_FORM,
		.status = form->status,
		.title = page_text(req, faults == NULL ? "form_title" : "form_faults_title"),
		.values = values,
		/* Who goes back and sends the form again sends the same token, and so makes no other case. */
		.stays_in_browser = req->operation->method == HTTP_GET});
}

/* Nothing of it is lost. */
static void show_too_many(struct request *req, struct sent_form *form)
{
	form_guard_wait(req, &form->guard);
	form->status = 429;
	show_form(req, form, NULL);
}

static void show_unknown(struct request *req)
{
	json_t *values = head_values(req);

	json_object_set_new(values, "unknown", json_true());
	page_show_as(req, &(struct page_view){.page = PAGE_FORM,
			      .status = 404,
			      .title = page_text(req, "form_unknown_title"),
			      .values = values});
}

static void show_sent(struct request *req, const struct pg_rows *rows)
{
	const char *reissue = page_cell(rows, "_reissue");
	char code[SECRET_CODE_SIZE];
	json_t *values = head_values(req);

	receipt_code(&req->new_id, reissue == NULL ? 0 : (unsigned)strtoul(reissue, NULL, 10), code);
	json_object_set_new(values, "groups", code_groups(code));
	json_object_set_new(values, "address", json_string(page_address(req, "/r")));
	json_object_set_new(values, "one_language", json_true());
	json_object_set_new(values, "has_email", json_boolean(req->body.sealed.bytes != NULL));
	page_put_day(values, "due_on", page_cell(rows, "due_on"));
	page_show(req, PAGE_FORM_SENT, page_text(req, "form_sent_title"), values);
}

/* So that a line breaks between two groups only. */
static json_t *code_groups(const char *code)
{
	json_t *groups = json_array();

	while (*code != '\0') {
		size_t length = strcspn(code, "-");

		length += code[length] == '-';
		json_array_append_new(groups, json_stringn(code, length));
		code += length;
	}
	return groups;
}

/*
 * The way that led here stays when the language changes. A form goes to another address than any link to it
 * has (c stands first), because browsers forget what they keep of an address when something is sent to it.
 */
static json_t *head_values(const struct request *req)
{
	const struct param_value *channel = params_find(req->operation, &req->params, "c");

	return json_pack("{s:b, s:s, s:o}", "has_easy", 1, "channel", channel->text, "also",
	    strcmp(channel->text, "web") == 0 ? json_string("") : json_sprintf("&c=%s", channel->text));
}

/* What is said at the field; false: nothing. */
static json_t *find_fault(const json_t *faults, const char *field)
{
	json_t *fault;
	size_t i;

	json_array_foreach(faults, i, fault)
	{
		if (strcmp(json_string_value(json_object_get(fault, "field")), field) == 0)
			return json_object_get(fault, "text");
	}
	return json_false();
}
