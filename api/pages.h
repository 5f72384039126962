/*
 * HTML pages from templates (api/pages/), in the caller's language, without a
 * script and without anything of another host. Read once at start; texts come
 * from texts.json.
 */
#ifndef OSALLISUUS_API_PAGES_H
#define OSALLISUUS_API_PAGES_H

#include "common/attributes.h"
#include "common/err.h"

#include <jansson.h>
#include <stdbool.h>

struct problem;
struct request;

enum page { PAGE_FOLLOW_UP, PAGE_UNSUBSCRIBE, PAGE_PROBLEM, PAGE_SURVEY, PAGE_RECEIPT, PAGE_COUNT };

/* Once, before threads. `directory` holds the templates, `docs_script` the renderer of /docs (may be
 * missing). */
MUST_USE bool pages_init(const char *directory, const char *docs_script, struct err *err);
void pages_release(void);

/*
 * Answers with the page. `values` belongs to the caller and gets the members
 * lang, t (the texts), languages, style and page_title besides. err code: internal.
 */
MUST_USE bool page_reply(
    struct request *req, enum page page, const char *title, json_t *values, struct err *err);

/* The problem as a page, for who reads pages and no JSON. False when even that cannot be written. */
MUST_USE bool page_problem(struct request *req, const struct problem *problem);

/* A text of texts.json in the request's language; aborts on an unknown name. */
const char *page_text(const struct request *req, const char *name);

/* The language that the page's ?language= asks for, where it does. */
void page_choose_language(struct request *req);

#endif
