/*
 * The texts of pages: a file {language: {name: text}}, read once at start and constant from then on, so that
 * all loops may use it; nobody changes its counts of references.
 *
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

/*
 * The file of the directory. Easy Finnish, where it is a language of the file, gets the Finnish texts that it
 * lacks; then every language gets what only `more` (another file's, may be NULL) has. err code: config.
 */
MUST_USE bool page_texts_load(
    const char *directory, const char *name, json_t *more, json_t **ret_texts, struct err *err);

/* `texts`: by name, of one language. err code internal: there is no such text, or its places are not filled.
 */
MUST_USE bool page_texts_put(struct arena *arena, json_t *values, const json_t *texts, struct err *err);

#endif
