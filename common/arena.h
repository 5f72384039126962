/*
 * Memory that lives as long as one request or one job and is given back whole.
 * Chunks of 4 KiB are kept per thread for the next arena (not under ASan, so
 * that a use after release is seen). When the system has no memory left the
 * process aborts: a supervisor restarts it, nothing is half done.
 */
#ifndef OSALLISUUS_COMMON_ARENA_H
#define OSALLISUUS_COMMON_ARENA_H

#include "common/attributes.h"

#include <stddef.h>

struct arena;

/* The arena itself lives in its first chunk. */
struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* Zeroed, aligned for any type; size 0 gives a valid unique pointer. */
void *arena_alloc(struct arena *arena, size_t size);
/* count * size, aborting on overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);
char *arena_copy(struct arena *arena, const void *bytes, size_t length); /* adds a NUL */
char *arena_string(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* Runs when the arena is freed, last registered first. */
typedef void arena_cleanup(void *object);
void arena_on_free(struct arena *arena, arena_cleanup *cleanup, void *object);

/* Gives this thread's kept chunks back to the system (at thread end and in tests). */
void arena_thread_release(void);

#endif
