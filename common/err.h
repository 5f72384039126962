/*
 * What went wrong, said once: the first error wins, later ones are dropped.
 * A struct err lives on its caller's stack, starts zeroed and owns nothing.
 * `code` is a stable word: in the api it is a code of openapi/problems.yaml.
 * `message` is for logs and for the person at the terminal; it never holds
 * what people wrote nor PostgreSQL's own text.
 */
#ifndef OSALLISUUS_COMMON_ERR_H
#define OSALLISUUS_COMMON_ERR_H

#include "common/attributes.h"

#include <stdbool.h>

enum { ERR_MESSAGE_MAX = 240 };

struct err {
	const char *code; /* static storage; NULL: nothing went wrong */
	char message[ERR_MESSAGE_MAX];
};

/* Always false, so that a failing function can end with `return err_set(…);`. */
bool err_set(struct err *err, const char *code, const char *format, ...) PRINTF_LIKE(3, 4);

/* The same with code "system" and the text of errno after the message. */
bool err_errno(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Shows compilers and analysers that the result is false, so that they follow no path on which it is not. */
static inline bool err_false(bool result)
{
	(void)result;
	return false;
}

#define err_set(...) err_false(err_set(__VA_ARGS__))
#define err_errno(...) err_false(err_errno(__VA_ARGS__))

#endif
