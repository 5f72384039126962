#include "api/problem.h"

#include "api/contract.h"
#include "api/http.h"
#include "common/json_out.h"

#include <stdio.h>
#include <string.h>

enum { RETRY_AFTER_S = 1 };

static void write_errors(struct json_out *out, const struct problem_details *details);
static void write_members(struct json_out *out, const char *members);

void problem_write(struct http_reply *reply, const char *code, const struct problem_context *context,
    const struct problem_details *details)
{
	const struct problem *problem = contract_problem(code);
	const struct problem_text *text = &problem->texts[context->language];
	char type[80], instance[160];
	struct json_out out;

	http_reply_body_clear(reply);
	http_reply_status(reply, problem->status);
	http_reply_header(reply, "Content-Type", "application/problem+json");
	http_reply_header(reply, "Content-Language", text->lang);
	http_reply_header(reply, "Cache-Control", "no-store");
	http_reply_header(reply, "X-Content-Type-Options", "nosniff");
	problem_write_hints(reply, problem, details);
	snprintf(type, sizeof type, "/problems/%s", problem->code);
	json_out_init(&out, http_reply_sink(reply));
	json_out_object(&out);
	json_out_member_text(&out, "type", type);
	json_out_member_text(&out, "title", text->title);
	json_out_member_int(&out, "status", problem->status);
	json_out_member_text(&out, "detail", text->detail);
	snprintf(instance, sizeof instance, "/requests/%s", context->request_id);
	json_out_member_text(&out, "instance", instance);
	json_out_member_text(&out, "code", problem->code);
	write_errors(&out, details);
	if (details != NULL && details->members != NULL)
		write_members(&out, details->members);
	json_out_member_text(&out, "trace_id", context->trace_id);
	json_out_object_end(&out);
}

void problem_write_hints(
    struct http_reply *reply, const struct problem *problem, const struct problem_details *details)
{
	unsigned retry_after_s = details == NULL ? 0 : details->retry_after_s;
	char seconds[12];

	if (problem->status == 503 || problem->status == 429) {
		snprintf(seconds, sizeof seconds, "%u", retry_after_s == 0 ? RETRY_AFTER_S : retry_after_s);
		http_reply_header(reply, "Retry-After", seconds);
	}
	if (details == NULL)
		return;
	if (problem->status == 405 && details->allow != NULL)
		http_reply_header(reply, "Allow", details->allow);
	if (problem->status == 401 && details->authenticate != NULL)
		http_reply_header(reply, "WWW-Authenticate", details->authenticate);
}

static void write_errors(struct json_out *out, const struct problem_details *details)
{
	json_out_name(out, "errors", strlen("errors"));
	json_out_array(out);
	for (size_t i = 0; details != NULL && i < details->error_count; i++) {
		const struct problem_error *error = &details->errors[i];

		json_out_object(out);
		if (error->pointer != NULL)
			json_out_member_text(out, "pointer", error->pointer);
		if (error->parameter != NULL)
			json_out_member_text(out, "parameter", error->parameter);
		json_out_member_text(out, "code", error->code);
		json_out_member_text(out, "detail", error->detail);
		json_out_object_end(out);
	}
	json_out_array_end(out);
}

/* The members of an object as PostgreSQL prints a jsonb: spliced in without its braces. */
static void write_members(struct json_out *out, const char *members)
{
	size_t length = strlen(members);
	const char *colon = strchr(members, ':');
	const char *name_end = colon;

	if (length < 4 || members[0] != '{' || members[1] != '"' || colon == NULL)
		return;
	while (name_end > members && *name_end != '"')
		name_end--;
	json_out_name(out, members + 2, (size_t)(name_end - members - 2));
	json_out_raw(out, colon + 1, (size_t)(members + length - 1 - (colon + 1)));
}
