/* Files that the admin command reads whole: migrations, states, demo data. All memory is the arena's. */
#ifndef OSALLISUUS_WORKER_ADMIN_FILES_H
#define OSALLISUUS_WORKER_ADMIN_FILES_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"
#include "common/secret.h"

#include <stdbool.h>
#include <stddef.h>

/* The bytes, with a NUL after them that is not counted. At most 16 MiB. */
MUST_USE bool files_read(
    struct arena *arena, const char *path, struct secret_part *ret_bytes, struct err *err);

/* The names in a directory that end so, sorted by their bytes. */
MUST_USE bool files_list(struct arena *arena, const char *directory, const char *ending,
    const char *const **ret_names, struct err *err);

#endif
