/*
 * JSON out, written as it is produced, into a sink. The writer keeps the
 * commas and the nesting; it asserts that what comes out is one JSON value.
 * Text is escaped as RFC 8259 asks and must be UTF-8 (bytes that are not
 * become U+FFFD, so that no reply is ever invalid).
 */
#ifndef OSALLISUUS_COMMON_JSON_OUT_H
#define OSALLISUUS_COMMON_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* reserve: at least `size` writable bytes at the end; commit: this many of them are used. */
struct json_sink {
	char *(*reserve)(void *context, size_t size);
	void (*commit)(void *context, size_t size);
	void *context;
};

enum { JSON_OUT_DEPTH_MAX = 40 };

/* Laid out by the caller; touched by json_out_ functions only. */
struct json_out {
	struct json_sink sink;
	unsigned depth;
	bool has_items[JSON_OUT_DEPTH_MAX];
	bool is_object[JSON_OUT_DEPTH_MAX];
	bool after_name;
};

void json_out_init(struct json_out *out, struct json_sink sink);
void json_out_object(struct json_out *out);
void json_out_object_end(struct json_out *out);
void json_out_array(struct json_out *out);
void json_out_array_end(struct json_out *out);
void json_out_name(struct json_out *out, const char *name, size_t length);
void json_out_text(struct json_out *out, const char *text, size_t length);
void json_out_int(struct json_out *out, int64_t number);
void json_out_bool(struct json_out *out, bool yes);
void json_out_null(struct json_out *out);
/* A value that is JSON already: a number as PostgreSQL prints it, a jsonb. */
void json_out_raw(struct json_out *out, const char *json, size_t length);

/* True when one whole value has been written. */
bool json_out_is_whole(const struct json_out *out);

/* Shorthands with C strings; a NULL text is null. */
void json_out_member_text(struct json_out *out, const char *name, const char *text);
void json_out_member_int(struct json_out *out, const char *name, int64_t number);

#endif
