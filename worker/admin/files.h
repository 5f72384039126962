/* The files of a directory, for migrations, states and demo data. All memory is the arena's. */
#ifndef OSALLISUUS_WORKER_ADMIN_FILES_H
#define OSALLISUUS_WORKER_ADMIN_FILES_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>

/* The names in a directory that end so, sorted by their bytes. */
MUST_USE bool files_list(struct arena *arena, const char *directory, const char *ending,
    const char *const **ret_names, struct err *err);

#endif
