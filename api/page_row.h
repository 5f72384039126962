/* What handlers of pages behind personal links share: run the operation's statement, read its one row. */
#ifndef OSALLISUUS_API_PAGE_ROW_H
#define OSALLISUUS_API_PAGE_ROW_H

#include "api/pages.h"
#include "api/request.h"
#include "common/attributes.h"

/* Chooses the page's language, binds and runs the operation's statement, then `next`, which answers. */
MUST_USE bool page_query(struct request *req, request_step *next, struct err *err);

/*
 * The Idempotency-Key of a form without one: its body, which has the form's own number, so that a form that
 * is sent twice has one effect. Makes req->new_id.
 */
void page_make_key(struct request *req);

/* Answers with the problem of this code. */
void page_fail(struct request *req, const char *code);

/* page_reply, or the problem that it met. `values` is released. `title` is kept as it is. */
void page_show(struct request *req, enum page page, const char *title, json_t *values);
/* The same with a status that is not the operation's own. */
void page_show_as(struct request *req, const struct page_view *view);

/* The operation of this name, whose contract and statement a page uses; aborts when there is none. */
const struct operation *page_operation(const char *id);

/*
 * What a person wrote into a field; a browser ends lines with CR LF, and nobody has written the CR. In the
 * arena; NULL: nothing but blanks.
 */
const char *page_posted_words(struct arena *arena, const json_t *posted, const char *name);

/* The most characters that a field takes: less than fits into a body, in any script. */
enum { FORM_WORDS_MOST = 5000, RECEIPT_WORDS_MOST = 4000 };

/* What such a field says of it: the members most and most_text, "5 000". */
void page_put_most(const struct request *req, json_t *values, unsigned most);
bool page_words_are_too_many(const char *words, unsigned most);

/* Of the first row; NULL: no row, no such column, or SQL NULL. */
const char *page_cell(const struct pg_rows *rows, const char *name);
bool page_cell_is_true(const struct pg_rows *rows, const char *name);

/* The page's text `prefix_value`; NULL: there is no value. */
const char *page_text_of(const struct request *req, const char *prefix, const char *value);

/*
 * A text by language as `{lang, text}`: in the page's language, else in Finnish, else in any that there is;
 * false when there is none.
 */
void page_put_words(const struct request *req, json_t *values, const char *name, json_t *texts);
/* The same of the cell of this name. */
void page_put_cell_words(
    const struct request *req, json_t *values, const char *name, const struct pg_rows *rows);

/* A path of ours as people read and type it: the public address without its scheme. In the arena. */
const char *page_address(struct request *req, const char *path);

/* It whole, with its scheme, as a program takes it. In the arena. */
const char *page_url(struct request *req, const char *path);

/* 2026-01-31 → 31.1.2026, as all languages of our pages read it here; false: no day. */
void page_put_day(json_t *values, const char *name, const char *day);

#endif
