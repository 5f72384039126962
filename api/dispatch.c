#include "api/dispatch.h"

#include "api/auth.h"
#include "api/bind.h"
#include "api/body.h"
#include "api/conditions.h"
#include "api/metrics.h"
#include "api/request.h"
#include "api/service.h"
#include "common/log.h"

#include <string.h>

static bool on_head(void *context, const struct http_request *http);
static void on_request(void *context, struct http_exchange *exchange, const struct http_request *http);
static void on_refusal(void *context, const char *problem_code, struct http_reply *reply);
static bool handle(struct request *req, struct err *err);
static bool find_operation(struct request *req, bool *ret_answered, struct err *err);
static void answer_options(struct request *req);
static bool redirect(struct request *req);
static bool read_params(struct request *req, struct err *err);

struct http_callbacks dispatch_callbacks(struct service_loop *loop)
{
	return (struct http_callbacks){
	    .on_head = on_head, .on_request = on_request, .on_refusal = on_refusal, .context = loop};
}

/* What the operation is decides how its body comes; everything else is decided in on_request. */
static bool on_head(void *context, const struct http_request *http)
{
	struct route_match route;

	(void)context;
	return router_find(http->head->method, http->head->path, &route) == ROUTE_FOUND &&
	       route.operation->streams;
}

static void on_request(void *context, struct http_exchange *exchange, const struct http_request *http)
{
	struct request *req = arena_alloc(http->arena, sizeof *req);
	struct err err = {0};

	req->exchange = exchange;
	req->http = http;
	req->arena = http->arena;
	req->loop = context;
	conditions_identify(req);
	if (!handle(req, &err))
		request_fail(req, &err);
}

/* A message that never became a request. It has a trace all the same, so that its sender can ask us about it.
 */
static void on_refusal(void *context, const char *problem_code, struct http_reply *reply)
{
	const struct service_loop *loop = context;
	char trace_id[CONDITIONS_TRACE_SIZE];
	struct problem_context at = {.language = LANGUAGE_FI, .request_id = trace_id, .trace_id = trace_id};

	conditions_new_trace(trace_id);
	problem_write(reply, problem_code, &at, NULL);
	metrics_refused(loop->metrics, http_reply_get_status(reply));
	if (loop->service->request_log)
		log_event(
		    LOG_INFO, "refused", log_text("code", problem_code), log_text("trace_id", trace_id));
}

static bool handle(struct request *req, struct err *err)
{
	bool answered = false;

	if (!find_operation(req, &answered, err))
		return false;
	if (answered)
		return true;
	if (!conditions_are_single(req->http->head))
		return err_set(err, "bad_header", "a field that may stand once stands twice");
	if (!auth_check(req, err) || !read_params(req, err) || !conditions_read(req, err) ||
	    !body_read(req, err))
		return false;
	bind_new_id(req);
	if (req->operation->handler != NULL)
		return req->operation->handler(req, err);
	if (!bind_params(req, req->operation->statement, err))
		return false;
	request_run(req);
	return true;
}

static bool find_operation(struct request *req, bool *ret_answered, struct err *err)
{
	const struct http_head *head = req->http->head;
	bool is_options = head->method == HTTP_OPTIONS;

	if (is_options && head->path.length == 1 && head->path.at[0] == '*') {
		memcpy(req->route.allow, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
		    sizeof "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
		answer_options(req);
		*ret_answered = true;
		return true;
	}
	switch (router_find(head->method, head->path, &req->route)) {
	case ROUTE_FOUND:
		req->operation = req->route.operation;
		return true;
	case ROUTE_NOT_FOUND:
		*ret_answered = redirect(req);
		return *ret_answered || err_set(err, "not_found", "no such path");
	case ROUTE_METHOD_NOT_ALLOWED:
		break;
	}
	req->problem.allow = req->route.allow;
	if (!is_options)
		return err_set(err, "method_not_allowed", "no such method here");
	answer_options(req);
	*ret_answered = true;
	return true;
}

static void answer_options(struct request *req)
{
	struct http_reply *reply = http_exchange_reply(req->exchange);

	http_reply_status(reply, 204);
	http_reply_header(reply, "Allow", req->route.allow);
	request_end(req);
}

/* Who types the address of a page may end it with slashes; the API itself is exact. */
static bool redirect(struct request *req)
{
	struct http_reply *reply = http_exchange_reply(req->exchange);
	const struct http_head *head = req->http->head;
	struct http_slice path = head->path;
	struct route_match route;

	while (path.length > 1 && path.at[path.length - 1] == '/')
		path.length--;
	if (path.length == head->path.length || router_find(head->method, path, &route) != ROUTE_FOUND ||
	    !route.operation->is_page)
		return false;
	http_reply_status(reply, 308);
	http_reply_header(reply, "Location",
	    arena_printf(req->arena, "%s%.*s%s%.*s", req->loop->service->public_path, (int)path.length,
		path.at, head->query.length == 0 ? "" : "?", (int)head->query.length,
		head->query.length == 0 ? "" : head->query.at));
	request_end(req);
	return true;
}

static bool read_params(struct request *req, struct err *err)
{
	struct validate_report report = {.arena = req->arena, .language = req->language};

	if (params_read(&req->route, req->http->head->query, &report, &req->params, err))
		return true;
	req->problem.errors = report.errors;
	req->problem.error_count = report.count;
	return false;
}
