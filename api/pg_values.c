#include "api/pg_values.h"

#include <assert.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT_TEXT = 0, FORMAT_BINARY = 1 };
enum { ARRAY_HEADER_SIZE = 20, ELEMENT_HEADER_SIZE = 4 };

static void reserve(struct pg_values *values, unsigned count);
static void set_single(
    struct pg_values *values, unsigned at, const struct bind *bind, const struct pg_param *param);
static size_t array_size(const struct pg_query *queries, unsigned bind, enum bind_type type);
static char *array_write(char *to, const struct pg_query *queries, unsigned query_count, unsigned bind);
static char *element_write(char *to, enum bind_type type, const struct pg_param *param);
static char *int32_write(char *to, uint32_t number);
static uint32_t element_oid(enum bind_type type);

void pg_values_single(struct pg_values *values, const struct pg_query *query)
{
	const struct statement *statement = query->statement;

	reserve(values, statement->bind_count);
	for (unsigned i = 0; i < statement->bind_count; i++)
		set_single(values, i, &statement->binds[i], &query->params[i]);
}

void pg_values_lock(struct pg_values *values, const struct pg_query *query)
{
	const struct statement *statement = query->statement;

	reserve(values, statement->lock_bind_count);
	for (unsigned i = 0; i < statement->lock_bind_count; i++) {
		unsigned bind = statement->lock_binds[i];

		set_single(values, i, &statement->binds[bind], &query->params[bind]);
	}
}

void pg_values_arrays(struct pg_values *values, const struct pg_query *queries, unsigned query_count)
{
	const struct statement *statement = queries->statement;
	size_t size = 0;
	char *to;

	reserve(values, statement->bind_count);
	for (unsigned i = 0; i < statement->bind_count; i++)
		size += array_size(queries, i, statement->binds[i].type);
	if (size > values->bytes_capacity) {
		values->bytes = pg_grow(values->bytes, size, 1);
		values->bytes_capacity = size;
	}
	to = values->bytes;
	for (unsigned i = 0; i < statement->bind_count; i++) {
		char *end = array_write(to, queries, query_count, i);

		values->values[i] = to;
		values->lengths[i] = (int)(end - to);
		values->formats[i] = FORMAT_BINARY;
		to = end;
	}
}

void pg_values_types(struct pg_values *values, const struct statement *statement)
{
	reserve(values, statement->bind_count);
	for (unsigned i = 0; i < statement->bind_count; i++)
		values->oids[i] = statement->binds[i].oid;
}

void pg_values_lock_types(struct pg_values *values, const struct statement *statement)
{
	reserve(values, statement->lock_bind_count);
	for (unsigned i = 0; i < statement->lock_bind_count; i++)
		values->oids[i] = statement->binds[statement->lock_binds[i]].oid;
}

void pg_values_release(struct pg_values *values)
{
	free(values->values);
	free(values->lengths);
	free(values->formats);
	free(values->oids);
	free(values->bytes);
	*values = (struct pg_values){0};
}

void *pg_grow(void *memory, size_t count, size_t size)
{
	void *grown = reallocarray(memory, count, size);

	if (grown == NULL)
		abort();
	return grown;
}

static void reserve(struct pg_values *values, unsigned count)
{
	assert(count <= INT16_MAX);
	values->count = (int)count;
	if (count <= values->capacity)
		return;
	values->values = pg_grow(values->values, count, sizeof *values->values);
	values->lengths = pg_grow(values->lengths, count, sizeof *values->lengths);
	values->formats = pg_grow(values->formats, count, sizeof *values->formats);
	values->oids = pg_grow(values->oids, count, sizeof *values->oids);
	values->capacity = count;
}

static void set_single(
    struct pg_values *values, unsigned at, const struct bind *bind, const struct pg_param *param)
{
	bool is_binary = bind->type == BIND_UUID || bind->type == BIND_BYTEA;

	assert(param->bytes == NULL || param->length <= INT_MAX);
	values->values[at] = param->bytes;
	values->lengths[at] = param->bytes == NULL ? 0 : (int)param->length;
	values->formats[at] = is_binary ? FORMAT_BINARY : FORMAT_TEXT;
}

static size_t array_size(const struct pg_query *queries, unsigned bind, enum bind_type type)
{
	size_t size = ARRAY_HEADER_SIZE;

	for (const struct pg_query *query = queries; query != NULL; query = query->next) {
		size += ELEMENT_HEADER_SIZE;
		if (query->params[bind].bytes != NULL)
			size += query->params[bind].length + (type == BIND_JSONB ? 1 : 0);
	}
	assert(size <= INT_MAX);
	return size;
}

/* One dimension from 1, as array_recv of PostgreSQL reads it. */
static char *array_write(char *to, const struct pg_query *queries, unsigned query_count, unsigned bind)
{
	enum bind_type type = queries->statement->binds[bind].type;
	uint32_t has_null = 0;

	for (const struct pg_query *query = queries; query != NULL; query = query->next)
		has_null |= query->params[bind].bytes == NULL;
	to = int32_write(to, 1);
	to = int32_write(to, has_null);
	to = int32_write(to, element_oid(type));
	to = int32_write(to, query_count);
	to = int32_write(to, 1);
	for (const struct pg_query *query = queries; query != NULL; query = query->next)
		to = element_write(to, type, &query->params[bind]);
	return to;
}

static char *element_write(char *to, enum bind_type type, const struct pg_param *param)
{
	enum { JSONB_VERSION = 1 };
	uint32_t length = (uint32_t)param->length;

	if (param->bytes == NULL)
		return int32_write(to, UINT32_MAX); /* −1: NULL */
	if (type == BIND_JSONB) {
		to = int32_write(to, length + 1);
		*to++ = JSONB_VERSION;
	} else {
		to = int32_write(to, length);
	}
	memcpy(to, param->bytes, length);
	return to + length;
}

static char *int32_write(char *to, uint32_t number)
{
	*to++ = (char)(number >> 24);
	*to++ = (char)(number >> 16);
	*to++ = (char)(number >> 8);
	*to++ = (char)number;
	return to;
}

/* From pg_type.dat; array_recv refuses any other. */
static uint32_t element_oid(enum bind_type type)
{
	switch (type) {
	case BIND_UUID:
		return 2950;
	case BIND_JSONB:
		return 3802;
	case BIND_BYTEA:
		return 17;
	case BIND_TEXT:
		return 25;
	case BIND_INT:
	case BIND_BOOL:
	case BIND_DATE:
	case BIND_TIMESTAMPTZ:
	case BIND_TEXT_ARRAY:
	case BIND_UUID_ARRAY:
		break;
	}
	abort(); /* generate.py lets no other type into LANE_MANY */
}
