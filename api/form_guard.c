#include "api/form_guard.h"

#include "api/form_token.h"
#include "api/request.h"
#include "api/service.h"
#include "common/attributes.h"
#include "common/clock.h"

#include <stdio.h>
#include <string.h>

static const char retry_after_s[] = "60";

static bool comes_from_elsewhere(struct request *req);

void form_guard_look(
    struct request *req, const char *subject, const json_t *posted, struct form_guard *ret_guard)
{
	const struct service *service = req->loop->service;
	const char *token = json_string_value(json_object_get(posted, "token"));
	const char *trap = json_string_value(json_object_get(posted, "homepage"));
	struct form_guard *guard = ret_guard;
	int64_t now_ms = clock_wall_ms();
	int64_t age_ms;

	*guard = (struct form_guard){.token = token};
	if (token == NULL || !form_token_read(req->arena, subject, token, &guard->shown_ms)) {
		guard->token = form_token_new(req->arena, subject, now_ms);
		guard->notice = "form_again";
		return;
	}
	age_ms = now_ms - guard->shown_ms;
	if (age_ms > service->form_most_ms) {
		/* It was read long enough: what comes next may come at once. */
		guard->token = form_token_new(req->arena, subject, now_ms - service->form_least_ms);
		guard->notice = "form_again_late";
	} else if (age_ms < service->form_least_ms) {
		guard->notice = "form_again_soon";
	} else if ((trap != NULL && *trap != '\0') || comes_from_elsewhere(req)) {
		guard->notice = "form_again";
	}
}

void form_guard_wait(struct request *req, struct form_guard *guard)
{
	http_reply_header(http_exchange_reply(req->exchange), "Retry-After", retry_after_s);
	guard->notice = "form_again_many";
}

void form_guard_renew(struct request *req, const char *subject, struct form_guard *guard)
{
	guard->token = form_token_new(req->arena, subject, guard->shown_ms);
	guard->notice = "form_again_other";
}

/*
 * Our own pages send no referrer, and so Origin: null; newer browsers say more in Sec-Fetch-Site
 * (https://www.w3.org/TR/fetch-metadata/). Who says nothing has the token all the same.
 */
static bool comes_from_elsewhere(struct request *req)
{
	const char *site = request_header(req, "Sec-Fetch-Site");
	const char *origin = request_header(req, "Origin");
	const char *host = request_header(req, "Host");

	if (site != NULL)
		return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
	if (origin == NULL || strcmp(origin, "null") == 0)
		return false;
	origin = strstr(origin, "://");
	return origin == NULL || host == NULL || strcmp(origin + 3, host) != 0;
}
