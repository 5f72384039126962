/*
 * The way to the feedback form of a unit: a QR code, and a poster with it. In C
 * because they are a picture and a page.
 */
#include "api/page_row.h"
#include "api/qr.h"
#include "api/service.h"
#include "contract_handlers.h"

#include <string.h>

static void show_qr(struct request *req, const struct pg_answer *answer);
static void show_poster(struct request *req, const struct pg_answer *answer);
static void show_nothing(struct request *req);
static bool draw(struct request *req, const char *form_code, const char **ret_svg, struct err *err);
static json_t *voices(void);
static json_t *names(const struct pg_rows *rows);

static const char *const tags[] = {"fi", "sv", "en"};

bool op_form_qr(struct request *req, struct err *err)
{
	return page_query(req, show_qr, err);
}

/* It hangs on a wall for everybody, so that what stands around it is not in the language of whoever prints
 * it. */
bool op_form_poster(struct request *req, struct err *err)
{
	req->language = LANGUAGE_FI;
	return page_query(req, show_poster, err);
}

static void show_qr(struct request *req, const struct pg_answer *answer)
{
	struct http_reply *reply = http_exchange_reply(req->exchange);
	struct json_sink sink = http_reply_sink(reply);
	struct err err = {0};
	const char *svg;
	size_t length;

	if (pg_rows_count(answer->rows) == 0) {
		show_nothing(req);
		return;
	}
	if (!draw(req, page_cell(answer->rows, "form_code"), &svg, &err)) {
		request_fail(req, &err);
		return;
	}
	length = strlen(svg);
	http_reply_status(reply, req->operation->status);
	http_reply_header(reply, "Content-Type", "image/svg+xml");
	http_reply_header(reply, "Content-Security-Policy", "default-src 'none'");
	http_reply_header(reply, "X-Content-Type-Options", "nosniff");
	http_reply_header(reply, "Cache-Control", "public, max-age=300");
	http_reply_header(reply, "Vary", "Accept-Language");
	memcpy(sink.reserve(sink.context, length), svg, length);
	sink.commit(sink.context, length);
	request_end(req);
}

static void show_poster(struct request *req, const struct pg_answer *answer)
{
	const char *form_code = page_cell(answer->rows, "form_code");
	struct err err = {0};
	const char *svg;

	if (form_code == NULL)
		show_nothing(req);
	else if (!draw(req, form_code, &svg, &err))
		request_fail(req, &err);
	else
		page_show(req, PAGE_POSTER, page_text(req, "form_title"),
		    json_pack("{s:b, s:o, s:o, s:s, s:s}", "one_language", 1, "voices", voices(), "names",
			names(answer->rows), "svg", svg, "address",
			page_address(req, arena_printf(req->arena, "/p/%s", form_code))));
}

static void show_nothing(struct request *req)
{
	struct err err = {0};

	(void)err_set(&err, "not_found", "no such form");
	request_fail(req, &err);
}

static bool draw(struct request *req, const char *form_code, const char **ret_svg, struct err *err)
{
	const char *url = arena_printf(req->arena, "%s/p/%s?c=qr", req->loop->service->public_url, form_code);

	return qr_svg(req->arena, url, page_text(req, "poster_qr"), ret_svg, err);
}

static json_t *voices(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s, s:s}", "lang", tags[i], "title",
			      page_text_in(tags[i], "form_title"), "how", page_text_in(tags[i], "poster_how"),
			      "promise", page_text_in(tags[i], "poster_promise")));
	return list;
}

/* The unit's name in each of our languages that it has one in, once where they are alike; else the one that
 * it has. */
static json_t *names(const struct pg_rows *rows)
{
	static const char *const columns[] = {"name_fi", "name_sv", "name_en"};
	json_t *list = json_array();
	const char *last = "";

	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
		const char *name = page_cell(rows, columns[i]);

		if (name == NULL || strcmp(name, last) == 0)
			continue;
		json_array_append_new(list, json_pack("{s:s, s:s}", "lang", tags[i], "text", name));
		last = name;
	}
	if (json_array_size(list) == 0)
		json_array_append_new(
		    list, json_pack("{s:s, s:s}", "lang", "", "text", page_cell(rows, "name")));
	return list;
}
