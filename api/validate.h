/*
 * Checks bodies and parameters against the contract's schemas, so that
 * PostgreSQL never has to refuse a value. All errors are found at once, at most
 * VALIDATE_ERRORS_MAX; memory is taken (from the report's arena) only when
 * there are some. What people wrote is never in an error, save the names of
 * members in its pointer.
 */
#ifndef OSALLISUUS_API_VALIDATE_H
#define OSALLISUUS_API_VALIDATE_H

#include "api/contract.h"
#include "api/problem.h"
#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { VALIDATE_ERRORS_MAX = 50 };

/* Starts as {.arena = …, .language = …}. The errors and their texts live as long as the arena. */
struct validate_report {
	struct arena *arena;
	enum language language; /* of their details */
	struct problem_error *errors;
	size_t count;
};

/* Compiles the contract's patterns, once, before threads. err code: contract. */
MUST_USE bool validate_init(struct err *err);
void validate_release(void);

/*
 * True when the body is as the schema says. Error codes: required,
 * unknown_member, wrong_type, too_short, blank, too_long, not_in_enum,
 * too_small, too_large, bad_format, bad_pattern, too_few_items, too_many_items,
 * not_unique, too_few_members. A string that has a least length shows something
 * (blank: nobody can see anything in it). An integer is one in plain spelling: neither 1.0 nor 1e3.
 */
MUST_USE bool validate_body(const struct schema *schema, json_t *body, struct validate_report *report);

/*
 * One parameter's text, already decoded, for a schema of string, integer or
 * boolean. NULL when it is good, else one of the codes above. The text need not end with NUL.
 */
const char *validate_text_param(const struct schema *schema, struct http_slice text);

/* Keeps the error unless there are VALIDATE_ERRORS_MAX. The texts must live as long as the arena. */
void validate_report_add(struct validate_report *report, const struct problem_error *error);

#endif
