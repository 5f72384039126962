#include "api/ops.h"

#include "api/conditions.h"
#include "api/keys.h"
#include "api/metrics.h"
#include "api/pg_engine.h"
#include "api/problem.h"
#include "api/service.h"
#include "common/buffer.h"
#include "common/json_out.h"
#include "contract_statements.h"

#include <string.h>

/* A question to the database, for /readyz or /metrics. */
struct readiness {
	struct http_exchange *exchange;
	struct arena *arena;
	struct service_loop *loop;
	struct pg_query query;
};

static void on_request(void *context, struct http_exchange *exchange, const struct http_request *http);
static void on_refusal(void *context, const char *problem_code, struct http_reply *reply);
static void answer_health(struct http_exchange *exchange);
static void ask_metrics(struct service_loop *loop, struct http_exchange *exchange, struct arena *arena);
static void on_metrics(struct pg_query *query, const struct pg_answer *answer);
static void ask_readiness(struct service_loop *loop, struct http_exchange *exchange, struct arena *arena);
static void on_readiness(struct pg_query *query, const struct pg_answer *answer);
static void answer_problem(struct http_exchange *exchange, const char *code);
static bool engines_are_ready(const struct service *service);

struct http_callbacks ops_callbacks(struct service_loop *loop)
{
	return (struct http_callbacks){.on_request = on_request, .on_refusal = on_refusal, .context = loop};
}

static void on_request(void *context, struct http_exchange *exchange, const struct http_request *http)
{
	struct service_loop *loop = context;
	const struct http_head *head = http->head;

	if (head->method != HTTP_GET && head->method != HTTP_HEAD)
		answer_problem(exchange, "method_not_allowed");
	else if (http_slice_equals(head->path, "/healthz"))
		answer_health(exchange);
	else if (http_slice_equals(head->path, "/readyz"))
		ask_readiness(loop, exchange, http->arena);
	else if (http_slice_equals(head->path, "/metrics"))
		ask_metrics(loop, exchange, http->arena);
	else
		answer_problem(exchange, "not_found");
}

static void on_refusal(void *context, const char *problem_code, struct http_reply *reply)
{
	char trace_id[CONDITIONS_TRACE_SIZE];
	struct problem_context at = {.language = LANGUAGE_EN, .request_id = trace_id, .trace_id = trace_id};

	(void)context;
	conditions_new_trace(trace_id);
	problem_write(reply, problem_code, &at, NULL);
}

static void answer_health(struct http_exchange *exchange)
{
	static const char body[] = "{\"status\":\"ok\"}";
	struct http_reply *reply = http_exchange_reply(exchange);

	http_reply_status(reply, 200);
	http_reply_header(reply, "Content-Type", "application/json");
	http_reply_body_static(reply, body, sizeof body - 1);
	http_reply_send(exchange);
}

static void ask_metrics(struct service_loop *loop, struct http_exchange *exchange, struct arena *arena)
{
	struct readiness *asked = arena_alloc(arena, sizeof *asked);

	*asked = (struct readiness){.exchange = exchange, .arena = arena, .loop = loop};
	asked->query =
	    (struct pg_query){.statement = &statement_metrics_database, .done = on_metrics, .context = asked};
	pg_engine_submit(loop->engine, &asked->query);
}

/* Without the database the figures of the database are left out. */
static void on_metrics(struct pg_query *query, const struct pg_answer *answer)
{
	struct readiness *asked = query->context;
	struct http_reply *reply = http_exchange_reply(asked->exchange);
	struct json_sink sink = http_reply_sink(reply);
	struct buffer text;

	buffer_init(&text, asked->arena);
	metrics_write(&text, asked->loop->service);
	if (answer->outcome == PG_ROWS && pg_rows_count(answer->rows) == 1)
		metrics_write_database(&text, answer->rows);
	http_reply_status(reply, 200);
	http_reply_header(reply, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
	memcpy(sink.reserve(sink.context, text.length), text.bytes, text.length);
	sink.commit(sink.context, text.length);
	http_reply_send(asked->exchange);
}

static void ask_readiness(struct service_loop *loop, struct http_exchange *exchange, struct arena *arena)
{
	struct readiness *ready = arena_alloc(arena, sizeof *ready);

	if (loop->service->stopping || !engines_are_ready(loop->service)) {
		answer_problem(exchange, "service_unavailable");
		return;
	}
	ready->exchange = exchange;
	ready->loop = loop;
	ready->query =
	    (struct pg_query){.statement = &statement_readiness, .done = on_readiness, .context = ready};
	pg_engine_submit(loop->engine, &ready->query);
}

/* The row tells schema_version and worker_seen_s: how long ago a worker gave a sign of life, NULL: never. */
static void on_readiness(struct pg_query *query, const struct pg_answer *answer)
{
	struct readiness *ready = query->context;
	struct http_reply *reply = http_exchange_reply(ready->exchange);
	const char *seen;
	struct json_out out;
	size_t length = 0;

	if (answer->outcome != PG_ROWS || pg_rows_count(answer->rows) != 1 ||
	    pg_rows_find(answer->rows, "worker_seen_s") < 0) {
		answer_problem(ready->exchange, "service_unavailable");
		return;
	}
	seen = pg_rows_value(answer->rows, 0, (unsigned)pg_rows_find(answer->rows, "worker_seen_s"), &length);
	http_reply_status(reply, 200);
	http_reply_header(reply, "Content-Type", "application/json");
	json_out_init(&out, http_reply_sink(reply));
	json_out_object(&out);
	json_out_member_text(&out, "status", "ready");
	json_out_member_int(&out, "schema_version", contract_schema_version);
	json_out_name(&out, "worker_seen_s", strlen("worker_seen_s"));
	if (seen == NULL)
		json_out_null(&out);
	else
		json_out_raw(&out, seen, length);
	json_out_object_end(&out);
	http_reply_send(ready->exchange);
}

static void answer_problem(struct http_exchange *exchange, const char *code)
{
	char trace_id[CONDITIONS_TRACE_SIZE];
	struct problem_context at = {.language = LANGUAGE_EN, .request_id = trace_id, .trace_id = trace_id};
	struct problem_details details = {.allow = "GET, HEAD"};

	conditions_new_trace(trace_id);
	problem_write(http_exchange_reply(exchange), code, &at, &details);
	http_reply_send(exchange);
}

static bool engines_are_ready(const struct service *service)
{
	for (unsigned i = 0; i < service->loop_count; i++)
		if (!pg_engine_is_ready(service->loops[i].engine) ||
		    !key_cache_is_loaded(service->loops[i].keys))
			return false;
	return true;
}
