#include "api/page_row.h"

#include "api/bind.h"
#include "api/service.h"

#include <stdlib.h>
#include <string.h>

bool page_query(struct request *req, request_step *next, struct err *err)
{
	page_choose_language(req);
	if (!bind_params(req, req->operation->statement, err))
		return false;
	request_query(req, req->operation->statement, next);
	return true;
}

void page_show(struct request *req, enum page page, const char *title, json_t *values)
{
	page_show_as(req, &(struct page_view){page, req->operation->status, title, values});
}

void page_show_as(struct request *req, const struct page_view *view)
{
	struct err err = {0};

	if (!page_reply(req, view, &err))
		request_fail(req, &err);
	json_decref(view->values);
}

const char *page_cell(const struct pg_rows *rows, const char *name)
{
	int column = pg_rows_find(rows, name);
	size_t length;

	if (column < 0 || pg_rows_count(rows) == 0)
		return NULL;
	return pg_rows_value(rows, 0, (unsigned)column, &length);
}

bool page_cell_is_true(const struct pg_rows *rows, const char *name)
{
	const char *value = page_cell(rows, name);

	return value != NULL && value[0] == 't';
}

const char *page_address(struct request *req, const char *path)
{
	const char *host = strstr(req->loop->service->public_url, "://") + 3;

	return arena_printf(req->arena, "%s%s", host, path);
}

void page_put_day(json_t *values, const char *name, const char *day)
{
	if (day == NULL || strlen(day) != strlen("2026-01-31"))
		json_object_set_new(values, name, json_false());
	else
		json_object_set_new(values, name,
		    json_sprintf("%ld.%ld.%.4s", strtol(day + 8, NULL, 10), strtol(day + 5, NULL, 10), day));
}
