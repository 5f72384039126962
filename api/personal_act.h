/*
 * What somebody does on their page: a form that names an operation of the contract
 * and becomes a request of it. Fields named like a parameter of its path are
 * that; the others are members of its body, `list.value` an item of a list, `object.name`
 * a member of an object. An empty field is none. On the page of a link those
 * operations can be done that are behind it, on a page for everybody those with
 * x-form; the first parameter of the path is that of the page.
 */
#ifndef OSALLISUUS_API_PERSONAL_ACT_H
#define OSALLISUUS_API_PERSONAL_ACT_H

#include "api/params.h"
#include "api/request.h"
#include "common/attributes.h"
#include "common/err.h"

struct personal_act {
	const struct operation *operation;
	struct param_values params;
	struct request_body body;
	struct problem_details problem; /* with contract_violation: each field that is wrong */
};

/*
 * err codes: not_found (no such operation for who has a link, or no such path), those of body_accept. All in
 * the request's arena.
 */
MUST_USE bool personal_act_read(
    const struct request *req, const json_t *posted, struct personal_act *ret_act, struct err *err);

/* The field that a pointer into the body leads to: "/to" → "to", "/shares/x" → "shares.x". In the arena. */
const char *personal_act_field(struct arena *arena, const char *pointer);

#endif
