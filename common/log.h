/*
 * One JSON object per line on standard error: time (RFC 3339, UTC), level,
 * program, event, then the fields. Values are escaped; a line is written with
 * one write(2), so that lines of several threads do not mix. Logs carry ids
 * and codes, never what people wrote, an address, a query string or a secret.
 */
#ifndef OSALLISUUS_COMMON_LOG_H
#define OSALLISUUS_COMMON_LOG_H

#include "common/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

enum log_type { LOG_TYPE_TEXT, LOG_TYPE_INT, LOG_TYPE_BOOL };

struct log_field {
	const char *name;
	enum log_type type;
	const char *text; /* LOG_TYPE_TEXT; NULL is written as null */
	int64_t number;   /* LOG_TYPE_INT, LOG_TYPE_BOOL */
};

static inline struct log_field log_text(const char *name, const char *text)
{
	return (struct log_field){.name = name, .type = LOG_TYPE_TEXT, .text = text};
}

static inline struct log_field log_int(const char *name, int64_t number)
{
	return (struct log_field){.name = name, .type = LOG_TYPE_INT, .number = number};
}

static inline struct log_field log_bool(const char *name, bool yes)
{
	return (struct log_field){.name = name, .type = LOG_TYPE_BOOL, .number = yes};
}

/* Once at start; `program` is static. Lines below `least` are dropped. */
void log_init(const char *program, enum log_level least);
/* "debug", "info", "warning" or "error", as the setting LOG_LEVEL has it. */
MUST_USE bool log_level_parse(const char *name, enum log_level *ret_level);
bool log_wants(enum log_level level);
/* errno is kept. A text of more than 1,000 bytes is cut. */
void log_fields(enum log_level level, const char *event, const struct log_field *fields, size_t count);

/* log_event(LOG_INFO, "started", log_int("port", port)); at least one field. */
#define log_event(level, event, ...)                                      \
	log_fields(level, event, (const struct log_field[]){__VA_ARGS__}, \
	    sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

#endif
