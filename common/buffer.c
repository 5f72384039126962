#include "common/buffer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>

enum { CAPACITY_FIRST = 256 };

static char *buffer_reserve(struct buffer *buffer, size_t size);
static char *sink_reserve(void *context, size_t size);
static void sink_commit(void *context, size_t size);

void buffer_init(struct buffer *buffer, struct arena *arena)
{
	*buffer = (struct buffer){.arena = arena, .capacity = CAPACITY_FIRST};
	buffer->bytes = arena_alloc(arena, CAPACITY_FIRST);
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t length)
{
	if (length == 0)
		return;
	memcpy(buffer_reserve(buffer, length), bytes, length);
	buffer->length += length;
	buffer->bytes[buffer->length] = '\0';
}

void buffer_text(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;
	va_list again;
	int length;

	va_start(arguments, format);
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, arguments);
	if (length < 0)
		abort();
	(void)vsnprintf(buffer_reserve(buffer, (size_t)length), (size_t)length + 1, format, again);
	buffer->length += (size_t)length;
	va_end(again);
	va_end(arguments);
}

struct json_sink buffer_sink(struct buffer *buffer)
{
	return (struct json_sink){.reserve = sink_reserve, .commit = sink_commit, .context = buffer};
}

/* Room for `size` bytes and a NUL at the end. Doubling keeps what is left behind in the arena below the
 * whole. */
static char *buffer_reserve(struct buffer *buffer, size_t size)
{
	size_t capacity = buffer->capacity;
	size_t needed;

	if (__builtin_add_overflow(buffer->length, size, &needed) || needed >= SIZE_MAX / 2)
		abort();
	if (needed >= capacity) {
		char *grown;

		while (capacity <= needed)
			capacity *= 2;
		grown = arena_alloc(buffer->arena, capacity);
		memcpy(grown, buffer->bytes, buffer->length);
		buffer->bytes = grown;
		buffer->capacity = capacity;
	}
	return buffer->bytes + buffer->length;
}

static char *sink_reserve(void *context, size_t size)
{
	return buffer_reserve(context, size);
}

static void sink_commit(void *context, size_t size)
{
	struct buffer *buffer = context;

	assert(size < buffer->capacity - buffer->length);
	buffer->length += size;
	buffer->bytes[buffer->length] = '\0';
}
