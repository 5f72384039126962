/*
 * What a statement finds for a page says its texts by name: {"$text": name} anywhere
 * in it becomes the text of this name in the reader's language, with "$or" that
 * one where there is none. Other members of such an object are what the text
 * has in its {{places}}; they may be texts by name themselves.
 */
#ifndef OSALLISUUS_API_PAGE_TEXTS_H
#define OSALLISUUS_API_PAGE_TEXTS_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

#include <jansson.h>
#include <stdbool.h>

/* `texts`: by name, of one language. err code internal: there is no such text, or its places are not filled.
 */
MUST_USE bool page_texts_put(struct arena *arena, json_t *values, const json_t *texts, struct err *err);

#endif
