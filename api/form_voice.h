/* The feedback form of a unit: from its fields to the body of feedback_create, and back to the page. */
#ifndef OSALLISUUS_API_FORM_VOICE_H
#define OSALLISUUS_API_FORM_VOICE_H

#include "common/attributes.h"
#include "common/err.h"

#include <jansson.h>
#include <stdbool.h>

struct request;

/*
 * Makes req->body what feedback_create takes, by its contract. What a person has
 * to mend is a list of {field, text} in the order of the page, kept by the arena,
 * and then req->body is as it was; NULL: nothing. err codes: those of body_accept
 * save contract_violation.
 */
MUST_USE bool form_voice_take(
    struct request *req, const char *unit_id, json_t *posted, json_t **ret_faults, struct err *err);

/* The faults of one whose text says nothing. In the arena. */
json_t *form_voice_without_text(struct request *req);

/* The values of the template: what can be chosen, and what was written and chosen. A new object. */
json_t *form_voice_values(const struct request *req, const json_t *posted);

#endif
