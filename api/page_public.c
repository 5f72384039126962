#include "api/page_public.h"

#include "api/bind.h"
#include "api/conditions.h"
#include "api/page_cache.h"
#include "api/page_row.h"
#include "api/page_template.h"
#include "api/page_texts.h"
#include "api/percent.h"
#include "api/service.h"
#include "common/buffer.h"
#include "common/file.h"
#include "common/json.h"
#include "common/mustache.h"
#include "contract_handlers.h"

#include <stdio.h>
#include <string.h>

/* A statement writes these pages' values: what is larger is a fault of it. */
static const struct json_limits value_limits = {.depth = 32, .nodes = 200000};

/* What is read at start; constant from then on, so that all loops may use it. */
static struct {
	const char **templates; /* by the operation's place in the contract; NULL: no page */
	const char *style;
	const char *policy, *frame_policy;
	json_t *texts; /* public_texts.json */
} site;

/* What is known between the request and its rows; in the arena. */
struct visit {
	const char *key;
	uint64_t epoch; /* of the cache when the statement was sent */
};

static bool read_templates(struct arena *arena, const char *directory, struct err *err);
static const char *page_key(struct request *req);
static const char *chosen(struct request *req, bool with_page);
static void on_answer(struct pg_query *query, const struct pg_answer *answer);
static void on_found(struct request *req, const struct pg_answer *answer);
static bool write_page(struct request *req, const char *found, struct buffer *out, struct err *err);
static bool put_values(struct request *req, json_t *values, struct err *err);
static void join_title(struct request *req, json_t *values);
static void answer_page(struct request *req, const struct cached_page *page);

bool page_public_init(struct arena *arena, const char *directory, const char *style, struct err *err)
{
	const char *own;

	if (!page_texts_load(directory, "public/public_texts.json", NULL, &site.texts, err) ||
	    !file_read(arena, arena_printf(arena, "%s/public/public.css", directory), &own, NULL, err))
		return false;
	site.style = arena_printf(arena, "%s%s", style, own);
	site.policy = page_policy(arena, site.style, "frame-ancestors 'none'");
	site.frame_policy = page_policy(arena, site.style, "frame-ancestors *");
	return read_templates(arena, directory, err);
}

void page_public_release(void)
{
	json_decref(site.texts);
}

bool page_public(struct request *req, struct err *err)
{
	struct page_cache *cache = req->loop->pages;
	struct visit *visit = arena_alloc(req->arena, sizeof *visit);
	const struct cached_page *page;

	page_choose_language(req);
	req->is_easy = false;
	visit->key = page_key(req);
	visit->epoch = page_cache_epoch(cache);
	page = page_cache_find(cache, visit->key);
	if (page != NULL) {
		answer_page(req, page);
		return true;
	}
	req->context = visit;
	if (!bind_params(req, req->operation->statement, err))
		return false;
	req->query.statement = req->operation->statement;
	req->query.done = on_answer;
	req->query.context = req;
	pg_engine_submit(req->loop->engine, &req->query);
	return true;
}

static bool read_templates(struct arena *arena, const char *directory, struct err *err)
{
	site.templates = arena_array(arena, contract_operation_count, sizeof *site.templates);
	for (unsigned i = 0; i < contract_operation_count; i++) {
		const char *name = contract_operations[i].page;

		if (name != NULL &&
		    !page_template_read(arena, directory, "public/", name, &site.templates[i], err))
			return false;
	}
	return true;
}

/* Only what the operation knows counts, so that nobody can make copies of a page by adding something. */
static const char *page_key(struct request *req)
{
	struct buffer key;

	buffer_init(&key, req->arena);
	buffer_text(&key, req->operation->id);
	for (unsigned i = 0; i < req->params.count; i++)
		if (req->operation->params[i].place == PARAM_PATH)
			buffer_printf(&key, "/%s", req->params.at[i].text);
	buffer_printf(&key, " %s%s", page_language(req), chosen(req, true));
	return key.bytes;
}

/* "&year=2026&theme=…": what was chosen, but the language; "" for nothing. */
static const char *chosen(struct request *req, bool with_page)
{
	struct buffer out;

	buffer_init(&out, req->arena);
	for (unsigned i = 0; i < req->params.count; i++) {
		const struct param_rule *rule = &req->operation->params[i];
		const struct param_value *value = &req->params.at[i];

		if (rule->place != PARAM_QUERY || !value->present || value->length == 0 ||
		    strcmp(rule->name, "language") == 0 || (!with_page && strcmp(rule->name, "page") == 0))
			continue;
		buffer_printf(&out, "&%s=", rule->name);
		percent_encode(&out, value->text);
	}
	return out.bytes;
}

/* While the database is away an old page is better than none. */
static void on_answer(struct pg_query *query, const struct pg_answer *answer)
{
	struct request *req = query->context;
	const struct visit *visit = req->context;
	const struct cached_page *last = page_cache_last(req->loop->pages, visit->key);

	if (answer->outcome == PG_ROWS)
		on_found(req, answer);
	else if (last != NULL)
		answer_page(req, last);
	else
		request_refuse(req, answer);
}

static void on_found(struct request *req, const struct pg_answer *answer)
{
	const struct visit *visit = req->context;
	const char *found = page_cell(answer->rows, "page");
	struct cached_page page = {0};
	unsigned char hash[SECRET_HASH_SIZE];
	struct err err = {0};
	struct buffer out;
	bool ok;

	buffer_init(&out, req->arena);
	ok = found == NULL ? err_set(&err, "not_found", "no such page") : write_page(req, found, &out, &err);
	if (!ok) {
		request_fail(req, &err);
		return;
	}
	page.bytes = out.bytes;
	page.length = out.length;
	secret_sha256(out.bytes, out.length, hash);
	snprintf(page.etag, sizeof page.etag, "\"%s\"", secret_base64url(req->arena, hash, 12));
	page_cache_put(req->loop->pages, visit->key, visit->epoch, &page);
	answer_page(req, &page);
}

static bool write_page(struct request *req, const char *found, struct buffer *out, struct err *err)
{
	json_t *values;
	struct err fault = {0};
	const char *template = site.templates[req->operation - contract_operations];

	if (!json_read(req->arena, found, strlen(found), &value_limits, &values, &fault) ||
	    !put_values(req, values, &fault) ||
	    !mustache_render(out, template, values, MUSTACHE_HTML, &fault))
		return err_set(err, "internal", "page %s: %s", req->operation->id, fault.message);
	return true;
}

static bool put_values(struct request *req, json_t *values, struct err *err)
{
	json_t *own = json_deep_copy(json_object_get(site.texts, page_language(req)));
	const struct http_slice path = req->http->head->path;

	json_object_set_new(values, "public", json_true());
	json_object_set_new(values, "style", json_string(site.style));
	json_object_set_new(values, "site", json_string(req->loop->service->public_url));
	json_object_set_new(values, "path", json_stringn(path.at, path.length));
	json_object_set_new(values, "also", json_string(chosen(req, true)));
	json_object_set_new(values, "filters", json_string(chosen(req, false)));
	page_put_frame(req, values, "");
	json_object_update(json_object_get(values, "t"), own);
	json_decref(own);
	if (!page_texts_put(req->arena, values, json_object_get(values, "t"), err))
		return false;
	join_title(req, values);
	return true;
}

/* A title in pieces becomes one text. */
static void join_title(struct request *req, json_t *values)
{
	json_t *title = json_object_get(values, "title");
	struct buffer whole;
	json_t *piece;
	size_t i;

	buffer_init(&whole, req->arena);
	if (json_is_string(title))
		buffer_text(&whole, json_string_value(title));
	json_array_foreach(title, i, piece) buffer_text(&whole, json_string_value(piece));
	json_object_set_new(values, "title", json_string(whole.bytes));
	json_object_set_new(values, "page_title", json_string(whole.bytes));
}

static void answer_page(struct request *req, const struct cached_page *page)
{
	struct http_reply *reply = http_exchange_reply(req->exchange);
	struct json_sink sink = http_reply_sink(reply);
	bool is_known = conditions_has_etag(req, page->etag);

	http_reply_status(reply, is_known ? 304 : req->operation->status);
	http_reply_header(
	    reply, "Content-Type", arena_printf(req->arena, "%s; charset=utf-8", req->operation->media));
	http_reply_header(reply, "Content-Language", page_language(req));
	http_reply_header(reply, "Vary", "Accept-Language");
	http_reply_header(
	    reply, "Content-Security-Policy", req->operation->embeddable ? site.frame_policy : site.policy);
	http_reply_header(reply, "X-Content-Type-Options", "nosniff");
	http_reply_header(reply, "Referrer-Policy", "no-referrer");
	http_reply_header(reply, "Cache-Control", "public, max-age=60");
	http_reply_header(reply, "ETag", page->etag);
	if (!is_known) {
		memcpy(sink.reserve(sink.context, page->length), page->bytes, page->length);
		sink.commit(sink.context, page->length);
	}
	request_end(req);
}
