/*
 * What somebody in a browser sees when it did not work: in their words, and
 * with everything that they had written, to be sent once more. A form that is
 * sent again carries the token that it had, so it does not count twice.
 */
#include "api/form.h"
#include "api/pages.h"
#include "api/request.h"

#include <string.h>

/* By status, the first that fits; the last one for all others. `text` NULL: what the problem itself says. */
static const struct failure {
	unsigned first, last;
	const char *title, *text;
} failures[] = {
    {404, 404, NULL, NULL},
    {410, 410, NULL, NULL},
    {413, 413, "failure_long_title", "failure_long"},
    {429, 429, "failure_busy_title", "failure_busy"},
    {500, 599, "failure_away_title", "failure_away"},
    {0, 999, "failure_unread_title", "failure_unread"},
};

static json_t *failure_values(struct request *req, const struct problem *problem, const char **ret_title);
static const struct failure *failure_of(const struct problem *problem);
static json_t *what_was_written(struct request *req);

bool page_problem(struct request *req, const struct problem *problem)
{
	struct page_view view = {
	    .page = req->operation == NULL ? PAGE_NOT_FOUND : PAGE_FAILURE, .status = problem->status};
	struct err err = {0};
	bool sent;

	page_choose_language(req);
	view.values = failure_values(req, problem, &view.title);
	problem_write_hints(http_exchange_reply(req->exchange), problem, &req->problem);
	sent = page_reply(req, &view, &err);
	json_decref(view.values);
	return sent;
}

static json_t *failure_values(struct request *req, const struct problem *problem, const char **ret_title)
{
	const struct problem_text *text = &problem->texts[req->language];
	const struct failure *failure = failure_of(problem);
	const char *title = failure->title == NULL ? text->title : page_text(req, failure->title);
	const char *words = failure->text == NULL ? text->detail : page_text(req, failure->text);
	json_t *written = what_was_written(req);
	struct http_slice query = req->http->head->query;

	if (req->operation == NULL) {
		title = page_text(req, "not_found_title");
	} else if (req->operation->auth == AUTH_LINK && problem->status == 404) {
		title = page_text(req, "link_unknown_title");
		words = page_text(req, "link_unknown");
	}
	*ret_title = title;
	return json_pack("{s:s, s:s, s:s, s:i, s:b, s:b, s:b, s:o, s:s#}", "title", title, "detail", words,
	    "code", problem->code, "status", (int)problem->status, "is_form", json_array_size(written) > 0,
	    "may_help", problem->status >= 429,
	    /* The links to other languages would lose what was written. */
	    "one_language", json_array_size(written) > 0, "written", written, "query",
	    query.length == 0 ? "" : query.at, (int)query.length);
}

static const struct failure *failure_of(const struct problem *problem)
{
	const struct failure *failure = failures;

	while (problem->status < failure->first || problem->status > failure->last)
		failure++;
	return failure;
}

/* The fields of a form that was sent, as they were: [{name, value, has_words}]. What has no blank is a choice
 * or a token. */
static json_t *what_was_written(struct request *req)
{
	json_t *fields = json_array();
	struct err err = {0};
	const char *name;
	json_t *posted, *value;

	if (req->http->head->method != HTTP_POST || req->operation == NULL || req->http->body.at == NULL ||
	    !form_read(req->arena, req->http->body.at, req->http->body.length, &posted, &err))
		return fields;
	json_object_foreach(posted, name, value)
	{
		bool has_words = strpbrk(json_string_value(value), " \n") != NULL;

		json_array_append_new(fields,
		    json_pack("{s:s, s:O, s:b}", "name", name, "value", value, "has_words", has_words));
	}
	return fields;
}
