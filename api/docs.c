#include "api/docs.h"

#include "api/conditions.h"
#include "api/pages.h"
#include "api/request.h"
#include "common/buffer.h"
#include "common/file.h"
#include "contract_handlers.h"

#include <string.h>

/* Redoc draws with styles and pictures that it makes itself; it reads the contract, and nothing of other
 * hosts. */
static const char docs_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct asset {
	const char *bytes; /* NULL: not installed */
	size_t length;
	const char *etag;
};

static struct asset page, redoc, start, icon, contract_json, contract_yaml;

static bool read_asset(struct arena *arena, const char *path, struct asset *ret_asset, struct err *err);
static void tag_asset(struct arena *arena, struct asset *asset);
static bool reply_asset(struct request *req, const struct asset *asset, const char *type, struct err *err);

bool docs_init(struct arena *arena, const char *directory, const char *script, struct err *err)
{
	struct err missing = {0};

	if (!read_asset(arena, arena_printf(arena, "%s/docs.html", directory), &page, err) ||
	    !read_asset(arena, arena_printf(arena, "%s/start.js", directory), &start, err) ||
	    !read_asset(arena, arena_printf(arena, "%s/favicon.svg", directory), &icon, err))
		return false;
	if (!read_asset(arena, script, &redoc, &missing))
		redoc.bytes = NULL;
	contract_json = (struct asset){contract_openapi_json, contract_openapi_json_length, NULL};
	contract_yaml = (struct asset){contract_openapi_yaml, contract_openapi_yaml_length, NULL};
	tag_asset(arena, &contract_json);
	tag_asset(arena, &contract_yaml);
	return true;
}

bool op_openapi_json(struct request *req, struct err *err)
{
	return reply_asset(req, &contract_json, "application/vnd.oai.openapi+json;version=3.1", err);
}

bool op_openapi_yaml(struct request *req, struct err *err)
{
	return reply_asset(req, &contract_yaml, "application/yaml", err);
}

bool op_docs_page(struct request *req, struct err *err)
{
	http_reply_header(http_exchange_reply(req->exchange), "Content-Security-Policy", docs_policy);
	return reply_asset(req, &page, "text/html; charset=utf-8", err);
}

bool op_docs_asset(struct request *req, struct err *err)
{
	const struct param_value *name = params_find(req->operation, &req->params, "asset");

	return reply_asset(req, strcmp(name->text, "redoc.js") == 0 ? &redoc : &start,
	    "text/javascript; charset=utf-8", err);
}

bool op_favicon(struct request *req, struct err *err)
{
	return reply_asset(req, &icon, "image/svg+xml", err);
}

/* What a browser asks for that has read none of our pages. */
bool op_favicon_ico(struct request *req, struct err *err)
{
	return op_favicon(req, err);
}

/* The page about a problem: its code is the last segment of `type`. */
bool op_problem_page(struct request *req, struct err *err)
{
	const struct param_value *code = params_find(req->operation, &req->params, "code");
	json_t *values;
	bool ok;

	page_choose_language(req);
	for (unsigned i = 0; i < contract_problem_count; i++) {
		const struct problem *problem = &contract_problems[i];
		const struct problem_text *text = &problem->texts[req->language];

		if (strcmp(problem->code, code->text) != 0)
			continue;
		values = json_pack("{s:s, s:s, s:s, s:s, s:i}", "title", text->title, "detail", text->detail,
		    "help", text->help, "code", problem->code, "status", (int)problem->status);
		ok = page_reply(req,
		    &(struct page_view){.page = PAGE_PROBLEM,
			.status = req->operation->status,
			.title = text->title,
			.values = values},
		    err);
		json_decref(values);
		return ok;
	}
	return err_set(err, "not_found", "no such problem");
}

static bool read_asset(struct arena *arena, const char *path, struct asset *ret_asset, struct err *err)
{
	struct asset asset = {0};

	if (!file_read(arena, path, &asset.bytes, &asset.length, err))
		return false;
	tag_asset(arena, &asset);
	*ret_asset = asset;
	return true;
}

static void tag_asset(struct arena *arena, struct asset *asset)
{
	unsigned char hash[SECRET_HASH_SIZE];

	secret_sha256(asset->bytes, asset->length, hash);
	asset->etag = arena_printf(arena, "\"%s\"", secret_base64url(arena, hash, 12));
}

static bool reply_asset(struct request *req, const struct asset *asset, const char *type, struct err *err)
{
	struct http_reply *reply = http_exchange_reply(req->exchange);

	if (asset->bytes == NULL)
		return err_set(err, "not_found", "the script of /docs is not installed");
	http_reply_status(reply, 200);
	http_reply_header(reply, "Content-Type", type);
	http_reply_header(reply, "ETag", asset->etag);
	http_reply_header(reply, "Cache-Control", "public, max-age=300");
	http_reply_header(reply, "X-Content-Type-Options", "nosniff");
	if (conditions_has_etag(req, asset->etag))
		http_reply_status(reply, 304);
	else
		http_reply_body_static(reply, asset->bytes, asset->length);
	request_end(req);
	return true;
}
