/* The arguments of a subcommand: --name VALUE, --flag, and plain words. */
#ifndef OSALLISUUS_WORKER_ADMIN_ARGUMENTS_H
#define OSALLISUUS_WORKER_ADMIN_ARGUMENTS_H

#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>
#include <stddef.h>

/* One of value and flag is not NULL. */
struct argument_option {
	const char *name; /* "--dir" */
	const char **value;
	bool *flag;
};

/*
 * Fills what the options point to and at most `most` plain words into
 * ret_words, NULL after the last. err code: usage.
 */
struct argument_list {
	const struct argument_option *options;
	size_t option_count;
	const char **ret_words;
	size_t most;
};
MUST_USE bool arguments_read(int argc, char **argv, const struct argument_list *list, struct err *err);

#endif
