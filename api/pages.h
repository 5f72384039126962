/*
 * HTML pages from templates (api/pages/), in the caller's language, without a
 * script and without anything of another host. Read once at start; texts come
 * from texts.json. A text that has no easy variant is the Finnish one.
 */
#ifndef OSALLISUUS_API_PAGES_H
#define OSALLISUUS_API_PAGES_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

#include <jansson.h>
#include <stdbool.h>

struct problem;
struct request;

enum page {
	PAGE_FOLLOW_UP,
	PAGE_UNSUBSCRIBE,
	PAGE_PROBLEM,
	PAGE_FAILURE,
	PAGE_SURVEY,
	PAGE_RECEIPT,
	PAGE_FORM,
	PAGE_FORM_SENT,
	PAGE_POSTER,
	PAGE_PRIVACY,
	PAGE_NOT_FOUND,
	PAGE_PERSONAL,
	PAGE_OPEN,
	PAGE_COUNT
};

/*
 * What is shown. `values` belongs to the caller and gets the members lang, t (the
 * texts), languages, style and page_title besides. Of its own members these steer
 * what all pages have: has_easy (there are texts in easy Finnish), one_language
 * (no links to the others), also (what the links to them keep of the query, "&c=qr").
 */
struct page_view {
	enum page page;
	unsigned status;
	const char *title;
	json_t *values;
	bool stays_in_browser; /* so that going back finds it as it was; of nobody's words */
};

/* Once, before threads. `directory` holds the templates, `docs_script` the renderer of /docs (may be
 * missing). */
MUST_USE bool pages_init(const char *directory, const char *docs_script, struct err *err);
void pages_release(void);

/* Answers with the page. err code: internal. */
MUST_USE bool page_reply(struct request *req, const struct page_view *view, struct err *err);

/* Whether who asks reads pages: the operation is one, or a browser asks for what is not there. */
bool page_is_wanted(struct request *req, const struct problem *problem);

/* What head and foot of every page show, put into its values. `title`: of the page. */
void page_put_frame(const struct request *req, json_t *values, const char *title);

/* The Content-Security-Policy of a page with this style; `more` is added to it. In the arena. */
const char *page_policy(struct arena *arena, const char *style, const char *more);

/* The problem as a page, for who reads pages and no JSON. False when even that cannot be written. */
MUST_USE bool page_problem(struct request *req, const struct problem *problem);

/* A text of texts.json in the request's language; aborts on an unknown name. */
const char *page_text(const struct request *req, const char *name);
/* The same in any language of ours: its tag. */
const char *page_text_in(const char *tag, const char *name);

/* The tag of the page's language: fi, sv, en or fi-x-selko. */
const char *page_language(const struct request *req);

/* The language that the page's ?language= asks for, where it does. */
void page_choose_language(struct request *req);

#endif
