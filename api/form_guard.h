/*
 * What looks as if no person had sent it: a form that we never showed, that came
 * at once or after hours, that has something in the field that nobody sees, or that
 * comes from another site. It is not thrown away: its page comes again with
 * everything that was written, to be sent once more.
 */
#ifndef OSALLISUUS_API_FORM_GUARD_H
#define OSALLISUUS_API_FORM_GUARD_H

#include <jansson.h>
#include <stdint.h>

struct request;

struct form_guard {
	const char *token;  /* for when the form is shown again */
	int64_t shown_ms;   /* 0: the token is none of ours */
	const char *notice; /* why it is to be sent once more: the name of a text; NULL: nothing is strange */
};

/* `subject`: the id of what the form is for; `posted` has the fields token and homepage. */
void form_guard_look(
    struct request *req, const char *subject, const json_t *posted, struct form_guard *ret_guard);

/* Too many forms come from one address, which may be a whole hospital's: writes Retry-After. */
void form_guard_wait(struct request *req, struct form_guard *guard);

/* The form was sent before with something else in it: from now on it is another one. */
void form_guard_renew(struct request *req, const char *subject, struct form_guard *guard);

#endif
