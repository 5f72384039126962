#include "common/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_UNDER_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_UNDER_ASAN 1
#endif

enum {
	CHUNK_SIZE = 4096,
	ALIGNMENT = _Alignof(max_align_t),
#ifdef ARENA_UNDER_ASAN
	/* Every piece is an allocation of its own, so that a write past its end is seen. */
	KEPT_MAX = 0,
	LARGE_SIZE = 0
#else
	KEPT_MAX = 256,
	/* Larger pieces get a chunk of their own: at most a quarter of a chunk is left unused. */
	LARGE_SIZE = CHUNK_SIZE / 4
#endif
};

struct chunk {
	struct chunk *next;
	size_t size; /* of bytes */
	size_t used;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct cleanup {
	struct cleanup *next;
	arena_cleanup *run;
	void *object;
};

struct arena {
	struct chunk *chunks; /* the first one is being filled */
	struct cleanup *cleanups;
};

static _Thread_local struct chunk *kept_chunks;
static _Thread_local unsigned kept_count;

static struct chunk *chunk_new(size_t size);
static struct chunk *chunk_take(void);
static void chunk_give(struct chunk *chunk);
static void *chunk_carve(struct chunk *chunk, size_t size);
static size_t aligned(size_t size);

struct arena *arena_new(void)
{
	struct chunk *chunk = chunk_take();
	struct arena *arena = chunk_carve(chunk, aligned(sizeof(struct arena)));

	arena->chunks = chunk;
	return arena;
}

void arena_free(struct arena *arena)
{
	struct chunk *chunk;

	if (arena == NULL)
		return;
	while (arena->cleanups != NULL) {
		struct cleanup *cleanup = arena->cleanups;

		arena->cleanups = cleanup->next;
		cleanup->run(cleanup->object);
	}
	chunk = arena->chunks;
	while (chunk != NULL) {
		struct chunk *next = chunk->next;

		chunk_give(chunk);
		chunk = next;
	}
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct chunk *chunk = arena->chunks;
	size_t room = chunk->size - chunk->used;

	if (size > SIZE_MAX / 2)
		abort();
	size = aligned(size);
	if (size <= LARGE_SIZE && size <= room)
		return chunk_carve(chunk, size);
	if (size <= LARGE_SIZE) {
		chunk = chunk_take();
		chunk->next = arena->chunks;
		arena->chunks = chunk;
		return chunk_carve(chunk, size);
	}
	/* Behind the first chunk, which goes on being filled. */
	chunk = chunk_new(size);
	chunk->next = arena->chunks->next;
	arena->chunks->next = chunk;
	return chunk_carve(chunk, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		abort();
	return arena_alloc(arena, bytes);
}

char *arena_copy(struct arena *arena, const void *bytes, size_t length)
{
	char *copy;

	if (length == SIZE_MAX)
		abort();
	copy = arena_alloc(arena, length + 1);
	if (length > 0)
		memcpy(copy, bytes, length);
	return copy;
}

char *arena_string(struct arena *arena, const char *text)
{
	return arena_copy(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	va_list again;
	char *text = NULL;
	int length;

	va_start(arguments, format);
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, arguments);
	if (length < 0)
		abort();
	text = arena_alloc(arena, (size_t)length + 1);
	(void)vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	va_end(arguments);
	return text;
}

void arena_on_free(struct arena *arena, arena_cleanup *cleanup, void *object)
{
	struct cleanup *entry = arena_alloc(arena, sizeof *entry);

	entry->run = cleanup;
	entry->object = object;
	entry->next = arena->cleanups;
	arena->cleanups = entry;
}

void arena_thread_release(void)
{
	while (kept_chunks != NULL) {
		struct chunk *chunk = kept_chunks;

		kept_chunks = chunk->next;
		free(chunk);
	}
	kept_count = 0;
}

static struct chunk *chunk_new(size_t size)
{
	struct chunk *chunk = malloc(sizeof *chunk + size);

	if (chunk == NULL)
		abort();
	chunk->next = NULL;
	chunk->size = size;
	chunk->used = 0;
	return chunk;
}

static struct chunk *chunk_take(void)
{
	struct chunk *chunk = kept_chunks;

	if (chunk == NULL)
		return chunk_new(CHUNK_SIZE - sizeof *chunk);
	kept_chunks = chunk->next;
	kept_count--;
	chunk->next = NULL;
	chunk->used = 0;
	return chunk;
}

static void chunk_give(struct chunk *chunk)
{
	if (chunk->size != CHUNK_SIZE - sizeof *chunk || kept_count == KEPT_MAX) {
		free(chunk);
		return;
	}
	chunk->next = kept_chunks;
	kept_chunks = chunk;
	kept_count++;
}

static void *chunk_carve(struct chunk *chunk, size_t size)
{
	void *piece = chunk->bytes + chunk->used;

	assert(size <= chunk->size - chunk->used);
	chunk->used += size;
	memset(piece, 0, size);
	return piece;
}

/* At least one unit, so that pieces of size 0 have addresses of their own. */
static size_t aligned(size_t size)
{
	return size == 0 ? (size_t)ALIGNMENT : (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}
