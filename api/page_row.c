#include "api/page_row.h"

#include "api/bind.h"

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
	struct err err = {0};

	if (!page_reply(req, page, title, values, &err))
		request_fail(req, &err);
	json_decref(values);
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
