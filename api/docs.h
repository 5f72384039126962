/* The contract as a page: /docs, with Redoc served from here, and the contract itself. */
#ifndef OSALLISUUS_API_DOCS_H
#define OSALLISUUS_API_DOCS_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>

/* Once, before threads. Without the renderer's script /docs keeps its links to the contract. */
MUST_USE bool docs_init(struct arena *arena, const char *directory, const char *script, struct err *err);

#endif
