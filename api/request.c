#include "api/request.h"

#include "api/metrics.h"
#include "api/pages.h"
#include "api/reply.h"
#include "api/service.h"
#include "common/clock.h"
#include "common/log.h"

#include <string.h>

enum { RUNS_MAX = 2 };

static void on_answer(struct pg_query *query, const struct pg_answer *answer);
static void on_step(struct pg_query *query, const struct pg_answer *answer);
static bool answer_rows(struct request *req, const struct pg_rows *rows, bool *ret_again, struct err *err);
static bool answer_refusal(struct request *req, const struct pg_answer *answer, struct err *err);
static void count_request(const struct request *req, unsigned status);
static void log_request(const struct request *req, unsigned status, int64_t us);

const char *request_header(struct request *req, const char *name)
{
	const struct http_slice *value = http_head_find(req->http->head, name);

	return value == NULL ? NULL : arena_copy(req->arena, value->at, value->length);
}

void request_run(struct request *req)
{
	req->runs++;
	req->query.done = on_answer;
	req->query.context = req;
	pg_engine_submit(req->loop->engine, &req->query);
}

void request_query(struct request *req, const struct statement *statement, request_step *next)
{
	req->query.statement = statement;
	req->step = next;
	req->query.done = on_step;
	req->query.context = req;
	pg_engine_submit(req->loop->engine, &req->query);
}

void request_refuse(struct request *req, const struct pg_answer *answer)
{
	struct err err = {0};

	if (!answer_refusal(req, answer, &err))
		request_fail(req, &err);
}

void request_fail(struct request *req, const struct err *err)
{
	struct problem_context context = {
	    .language = req->language, .request_id = req->id, .trace_id = req->trace_id};

	if (contract_problem(err->code)->status == 500)
		log_event(LOG_ERROR, "request_failed", log_text("request", req->id),
		    log_text("trace_id", req->trace_id),
		    log_text("operation", req->operation == NULL ? NULL : req->operation->id),
		    log_text("code", err->code), log_text("reason", err->message));
	if (page_is_wanted(req, contract_problem(err->code)) &&
	    page_problem(req, contract_problem(err->code)))
		return;
	problem_write(http_exchange_reply(req->exchange), err->code, &context, &req->problem);
	request_end(req);
}

void request_end(struct request *req)
{
	struct http_reply *reply = http_exchange_reply(req->exchange);

	if (!req->in_parts)
		http_reply_header(reply, "X-Request-Id", req->id);
	count_request(req, http_reply_get_status(reply));
	if (req->in_parts)
		http_reply_end(req->exchange);
	else
		http_reply_send(req->exchange);
}

bool request_part(struct request *req, http_on_room *on_room, void *context)
{
	struct http_reply *reply = http_exchange_reply(req->exchange);

	req->bytes_sent += http_reply_body_length(reply);
	if (req->in_parts)
		return http_reply_part(req->exchange);
	req->in_parts = true;
	http_reply_header(reply, "X-Request-Id", req->id);
	return http_reply_begin(req->exchange, on_room, context);
}

void request_cut(struct request *req)
{
	count_request(req, 500);
	log_event(
	    LOG_ERROR, "reply_cut", log_text("request", req->id), log_text("operation", req->operation->id));
	http_reply_abort(req->exchange);
}

static void count_request(const struct request *req, unsigned status)
{
	int64_t us = clock_monotonic_us() - req->http->started_us;

	metrics_request(req->loop->metrics, req->operation, status, us);
	if (req->loop->service->request_log)
		log_request(req, status, us);
}

static void on_answer(struct pg_query *query, const struct pg_answer *answer)
{
	struct request *req = query->context;
	struct err err = {0};
	bool again = false;
	bool ok;

	if (answer->outcome == PG_ROWS)
		ok = answer_rows(req, answer->rows, &again, &err);
	else
		ok = answer_refusal(req, answer, &err);
	if (again)
		request_run(req);
	else if (ok)
		request_end(req);
	else
		request_fail(req, &err);
}

static void on_step(struct pg_query *query, const struct pg_answer *answer)
{
	struct request *req = query->context;

	if (answer->outcome == PG_ROWS)
		req->step(req, answer);
	else
		request_refuse(req, answer);
}

/* No row: a read found nothing; an insert lost a race against itself and is run once more. */
static bool answer_rows(struct request *req, const struct pg_rows *rows, bool *ret_again, struct err *err)
{
	enum lane lane = req->query.statement->lane;

	if (pg_rows_count(rows) > 0 || req->operation->shape == REPLY_LIST)
		return reply_rows(req, rows, err);
	if (req->operation->id_kind == ID_NONE || (lane != LANE_MANY && lane != LANE_WRITE))
		return err_set(err, "not_found", "no row");
	if (req->runs >= RUNS_MAX)
		return err_set(err, "service_unavailable", "no row from an insert");
	*ret_again = true;
	return true;
}

/* Always false. What a constraint refused is the client's; what else PostgreSQL refused is a fault of ours.
 */
static bool answer_refusal(struct request *req, const struct pg_answer *answer, struct err *err)
{
	const struct problem *problem;
	struct problem_error *error;
	const char *pointer;

	if (answer->outcome != PG_FAILED)
		return err_set(err, "service_unavailable", "the database did not answer in time");
	problem = contract_problem_of_constraint(answer->constraint);
	if (problem == NULL)
		return err_set(
		    err, "internal", "SQLSTATE %s constraint '%s'", answer->sqlstate, answer->constraint);
	pointer =
	    answer->column[0] == '\0' ? problem->pointer : arena_printf(req->arena, "/%s", answer->column);
	if (pointer != NULL) {
		error = arena_alloc(req->arena, sizeof *error);
		*error = (struct problem_error){
		    .pointer = pointer, .code = problem->code, .detail = problem->texts[req->language].title};
		req->problem.errors = error;
		req->problem.error_count = 1;
	}
	return err_set(err, problem->code, "constraint '%s'", answer->constraint);
}

static void log_request(const struct request *req, unsigned status, int64_t us)
{
	size_t length = http_reply_body_length(http_exchange_reply(req->exchange));

	log_event(LOG_INFO, "request", log_text("method", http_method_name(req->http->head->method)),
	    log_text("route", req->operation == NULL ? NULL : req->operation->path),
	    log_int("status", status), log_int("us", us),
	    log_int("bytes_out", (int64_t)(req->in_parts ? req->bytes_sent : length)),
	    log_text("key", req->caller.key_id), log_text("request", req->id),
	    log_text("trace_id", req->trace_id));
}
