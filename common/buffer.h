/*
 * A byte string that grows, in an arena: for texts whose length is not known
 * beforehand (mails, pages, problem documents). Also a json_sink.
 */
#ifndef OSALLISUUS_COMMON_BUFFER_H
#define OSALLISUUS_COMMON_BUFFER_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/json_out.h"

#include <stddef.h>

/* Laid out by the caller; bytes[length] is always NUL after buffer_init. */
struct buffer {
	struct arena *arena;
	char *bytes;
	size_t length;
	size_t capacity;
};

void buffer_init(struct buffer *buffer, struct arena *arena);
void buffer_add(struct buffer *buffer, const void *bytes, size_t length);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_printf(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
struct json_sink buffer_sink(struct buffer *buffer);

#endif
