/* A whole file, read at start-up. */
#ifndef OSALLISUUS_COMMON_FILE_H
#define OSALLISUUS_COMMON_FILE_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>
#include <stddef.h>

/* NUL-terminated, in the arena; ret_length may be NULL. On failure nothing is touched. */
MUST_USE bool file_read(
    struct arena *arena, const char *path, const char **ret_bytes, size_t *ret_length, struct err *err);

#endif
