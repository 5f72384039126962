#include "api/pages.h"

#include "api/docs.h"
#include "api/page_public.h"
#include "api/page_template.h"
#include "api/page_texts.h"
#include "api/personal_view.h"
#include "api/request.h"
#include "api/site.h"
#include "common/buffer.h"
#include "common/file.h"
#include "common/mustache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const page_files[PAGE_COUNT] = {
    [PAGE_FOLLOW_UP] = "follow_up.html",
    [PAGE_UNSUBSCRIBE] = "unsubscribe.html",
    [PAGE_PROBLEM] = "problem.html",
    [PAGE_FAILURE] = "failure.html",
    [PAGE_SURVEY] = "survey.html",
    [PAGE_RECEIPT] = "receipt.html",
    [PAGE_FORM] = "form.html",
    [PAGE_FORM_SENT] = "form_sent.html",
    [PAGE_POSTER] = "poster.html",
    [PAGE_PRIVACY] = "privacy.html",
    [PAGE_NOT_FOUND] = "not_found.html",
    [PAGE_PERSONAL] = "personal.html",
    [PAGE_OPEN] = "open.html",
};

/* The one in easy Finnish is the last: not every page has it. */
static const struct {
	const char *tag, *name;
} languages[] = {
    {"fi", "Suomi"},
    {"sv", "Svenska"},
    {"en", "English"},
    {LANGUAGE_EASY_FINNISH, "Selkosuomi"},
};

/* What is read at start; constant from then on, so that all loops may use it. */
static struct {
	struct arena *arena;
	const char *pages[PAGE_COUNT];
	const char *style;
	const char *policy; /* the Content-Security-Policy field */
	json_t *texts;      /* texts.json */
} site;

static void put_default(json_t *values, const char *name, json_t *value);
static bool read_pages(const char *directory, struct err *err);
static void put_site(void);
static const char *wanted_language(const struct request *req);
static json_t *language_links(const struct request *req, const json_t *values);
static void write_headers(struct request *req, const struct page_view *view);

bool pages_init(const char *directory, const char *docs_script, struct err *err)
{
	site.arena = arena_new();
	if (!read_pages(directory, err) || !page_texts_load(directory, "texts.json", NULL, &site.texts, err))
		return false;
	put_site();
	site.policy = page_policy(site.arena, site.style, "frame-ancestors 'none'");
	return page_public_init(site.arena, directory, site.style, err) &&
	       personal_view_init(directory, site.texts, err) &&
	       docs_init(site.arena, directory, docs_script, err);
}

void pages_release(void)
{
	page_public_release();
	personal_view_release();
	json_decref(site.texts);
	arena_free(site.arena);
}

bool page_is_wanted(struct request *req, const struct problem *problem)
{
	const char *accept = request_header(req, "Accept");

	if (req->operation != NULL)
		return req->operation->is_page;
	return problem->status == 404 && accept != NULL && strncasecmp(accept, "text/html", 9) == 0 &&
	       strchr(",; ", accept[9]) != NULL;
}

bool page_reply(struct request *req, const struct page_view *view, struct err *err)
{
	struct http_reply *reply = http_exchange_reply(req->exchange);
	struct json_sink sink = http_reply_sink(reply);
	struct err fault = {0};
	struct buffer html;

	page_put_frame(req, view->values, view->title);
	buffer_init(&html, req->arena);
	if (!mustache_render(&html, site.pages[view->page], view->values, MUSTACHE_HTML, &fault))
		return err_set(err, "internal", "%s", fault.message);
	http_reply_status(reply, view->status);
	write_headers(req, view);
	memcpy(sink.reserve(sink.context, html.length), html.bytes, html.length);
	sink.commit(sink.context, html.length);
	request_end(req);
	return true;
}

void page_put_frame(const struct request *req, json_t *values, const char *title)
{
	json_t *texts = json_object_get(site.texts, page_language(req));

	/* Each loop reads the texts, none changes their count of references: a deep copy. */
	json_object_set_new(values, "t", json_deep_copy(texts));
	json_object_set_new(values, "lang", json_string(page_language(req)));
	json_object_set_new(values, "page_title", json_string(title));
	put_default(values, "style", json_string(site.style));
	put_default(values, "public", json_false());
	put_default(values, "has_easy", json_false());
	put_default(values, "one_language", json_false());
	put_default(values, "keeps", json_false());
	put_default(values, "also", json_string(""));
	json_object_set_new(values, "languages", language_links(req, values));
}

/* Nothing may be loaded but the page's own style, known by its hash, and its icon; forms go to where the page
 * came from. */
const char *page_policy(struct arena *arena, const char *style, const char *more)
{
	unsigned char hash[SECRET_HASH_SIZE];

	secret_sha256(style, strlen(style), hash);
	return arena_printf(arena,
	    "default-src 'none'; style-src 'sha256-%s='; img-src 'self'; form-action 'self'; base-uri "
	    "'none'; "
	    "%s",
	    secret_base64url(arena, hash, sizeof hash), more);
}

const char *page_text(const struct request *req, const char *name)
{
	return page_text_in(page_language(req), name);
}

const char *page_text_in(const char *tag, const char *name)
{
	const char *text = json_string_value(json_object_get(json_object_get(site.texts, tag), name));

	if (text == NULL)
		abort();
	return text;
}

const char *page_language(const struct request *req)
{
	return req->is_easy ? LANGUAGE_EASY_FINNISH : language_tag(req->language);
}

void page_choose_language(struct request *req)
{
	const char *wanted = wanted_language(req);

	if (wanted == NULL)
		return;
	req->language = language_accepted(wanted, strlen(wanted), &req->is_easy);
}

/* One of ours, or NULL. What failed before its parameters were read has a query all the same. */
static const char *wanted_language(const struct request *req)
{
	struct http_slice rest = req->http->head->query;
	struct http_slice sent;

	while (params_next(&rest, "language", &sent))
		for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++)
			if (http_slice_equals(sent, languages[i].tag))
				return languages[i].tag;
	return NULL;
}

static bool read_pages(const char *directory, struct err *err)
{
	if (!file_read(
		site.arena, arena_printf(site.arena, "%s/style.css", directory), &site.style, NULL, err))
		return false;
	for (unsigned i = 0; i < PAGE_COUNT; i++) {
		if (!page_template_read(site.arena, directory, "", page_files[i], &site.pages[i], err))
			return false;
	}
	return true;
}

/* Beside the texts, as what is constant and has a language. */
static void put_site(void)
{
	const char *tag;
	json_t *texts;

	json_object_foreach(site.texts, tag, texts) json_object_set_new(texts, "site", site_values(tag));
}

/* Takes the value. */
static void put_default(json_t *values, const char *name, json_t *value)
{
	if (json_object_get(values, name) == NULL)
		json_object_set(values, name, value);
	json_decref(value);
}

static json_t *language_links(const struct request *req, const json_t *values)
{
	size_t known = sizeof languages / sizeof languages[0];
	size_t count = json_is_true(json_object_get(values, "has_easy")) ? known : known - 1;
	json_t *links = json_array();

	if (json_is_true(json_object_get(values, "one_language")))
		return links;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(
		    links, json_pack("{s:s, s:s, s:b}", "tag", languages[i].tag, "name", languages[i].name,
			       "current", strcmp(languages[i].tag, page_language(req)) == 0));
	return links;
}

static void write_headers(struct request *req, const struct page_view *view)
{
	struct http_reply *reply = http_exchange_reply(req->exchange);
	bool is_public = view->status < 400 && !req->operation->personal;
	const char *caching = is_public ? "public, max-age=300" : "no-store";

	http_reply_header(reply, "Content-Type", "text/html; charset=utf-8");
	http_reply_header(reply, "Content-Language", page_language(req));
	http_reply_header(reply, "Vary", "Accept-Language");
	http_reply_header(reply, "Content-Security-Policy", site.policy);
	http_reply_header(reply, "X-Content-Type-Options", "nosniff");
	http_reply_header(reply, "Referrer-Policy", "no-referrer");
	http_reply_header(reply, "Cache-Control", view->stays_in_browser ? "private, max-age=0" : caching);
}
