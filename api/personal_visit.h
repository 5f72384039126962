/*
 * Somebody on a page that is made of parts, and what they do on it: an act becomes a
 * request of its operation, and what is wrong with it is noted for the page that is
 * shown again. Lives in the request's arena.
 */
#ifndef OSALLISUUS_API_PERSONAL_VISIT_H
#define OSALLISUUS_API_PERSONAL_VISIT_H

#include "api/personal_act.h"
#include "api/personal_view.h"
#include "api/request.h"
#include "common/attributes.h"
#include "common/err.h"

struct personal_visit {
	struct personal_act act;
	struct param_values params; /* of the page: an act has its own */
	struct personal_outcome outcome;
	unsigned status;
	const char *problem;                /* the code of what went wrong; NULL: nothing */
	request_step *done;                 /* with the row of what was done */
	void (*again)(struct request *req); /* shows the page once more, with what is noted */
};

/* Whether the page is only to be shown again with what was written, in another language; then that is noted.
 */
bool personal_visit_again(struct request *req, struct personal_visit *visit);

/* Reads what was posted (req->body.json). False: something is wrong with it, which is noted. */
bool personal_visit_read(struct request *req, struct personal_visit *visit);

/*
 * Runs the statement of what was read; req->context is the visit, req->idempotency_key the form's own. Then
 * `done` or `again`. err codes: those of bind_params.
 */
MUST_USE bool personal_visit_act(struct request *req, struct err *err);

#endif
