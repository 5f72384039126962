/*
 * What a page of parts shows, of somebody with a link or open to all: what SQL found,
 * made whole for the template, and what came of what was done.
 */
#ifndef OSALLISUUS_API_PERSONAL_VIEW_H
#define OSALLISUUS_API_PERSONAL_VIEW_H

#include "api/request.h"
#include "common/attributes.h"
#include "common/err.h"

struct personal_outcome {
	json_t *posted;    /* NULL: nothing was done */
	const char *alert; /* a text; NULL: nothing went wrong with the whole */
	const struct problem_error *errors;
	size_t error_count;
	bool is_done;
	const char
	    *token; /* of a page for everybody: what its forms carry; NULL: each has a number of its own */
};

/* Once, before threads. `directory`: of the pages; `texts`: of all pages, for what these have no own text
 * for. */
MUST_USE bool personal_view_init(const char *directory, json_t *texts, struct err *err);
void personal_view_release(void);

/* A text of the personal pages, in the request's language; aborts on an unknown name. */
const char *personal_text(const struct request *req, const char *name);

/* The values of the template; `page` is what the statement found: {"parts": […]}, or a part. In the arena.
 * err code: internal. */
MUST_USE bool personal_view_values(struct request *req, const char *page,
    const struct personal_outcome *outcome, json_t **ret_values, struct err *err);

#endif
