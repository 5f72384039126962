#include "api/pg_rows.h"

#include "api/pg_values.h"

#include <libpq-fe.h>

#include <stdlib.h>
#include <string.h>

static int result_row(const struct pg_rows *rows, unsigned row);
static unsigned owner_of(const PGresult *result, int row, int column, unsigned query_count);
static void split_reserve(struct pg_split *split, unsigned row_count, unsigned query_count);

unsigned pg_rows_count(const struct pg_rows *rows)
{
	return rows->count;
}

unsigned pg_rows_columns(const struct pg_rows *rows)
{
	return (unsigned)PQnfields(rows->result);
}

const char *pg_rows_name(const struct pg_rows *rows, unsigned column)
{
	return PQfname(rows->result, (int)column);
}

/* The numbers are PostgreSQL's pg_type.dat, which never change. */
enum pg_kind pg_rows_kind(const struct pg_rows *rows, unsigned column)
{
	switch (PQftype(rows->result, (int)column)) {
	case 16:
		return PG_KIND_BOOL;
	case 17:
		return PG_KIND_BYTEA;
	case 20:   /* int8 */
	case 21:   /* int2 */
	case 23:   /* int4 */
	case 700:  /* float4 */
	case 701:  /* float8 */
	case 1700: /* numeric */
		return PG_KIND_NUMBER;
	case 114:  /* json */
	case 3802: /* jsonb */
		return PG_KIND_JSON;
	case 1082:
		return PG_KIND_DATE;
	case 1184:
		return PG_KIND_TIMESTAMPTZ;
	default:
		return PG_KIND_TEXT;
	}
}

const char *pg_rows_value(const struct pg_rows *rows, unsigned row, unsigned column, size_t *ret_length)
{
	int at = result_row(rows, row);

	if (PQgetisnull(rows->result, at, (int)column))
		return NULL;
	if (ret_length != NULL)
		*ret_length = (size_t)PQgetlength(rows->result, at, (int)column);
	return PQgetvalue(rows->result, at, (int)column);
}

/* A walk over the names: PQfnumber would copy and case-fold the name every time. */
int pg_rows_find(const struct pg_rows *rows, const char *name)
{
	int count = PQnfields(rows->result);

	for (int column = 0; column < count; column++)
		if (strcmp(PQfname(rows->result, column), name) == 0)
			return column;
	return -1;
}

struct pg_rows pg_rows_all(const struct pg_result *result)
{
	return (struct pg_rows){.result = result, .count = (unsigned)PQntuples(result)};
}

bool pg_split_make(struct pg_split *split, const struct pg_result *result, unsigned query_count)
{
	const struct pg_rows rows = pg_rows_all(result);
	int column = pg_rows_find(&rows, "_n");
	unsigned begin = 0;

	if (column < 0)
		return false;
	split_reserve(split, rows.count, query_count);
	memset(split->starts, 0, (query_count + 2) * sizeof *split->starts);
	for (unsigned row = 0; row < rows.count; row++) {
		split->owners[row] = owner_of(result, (int)row, column, query_count);
		split->starts[split->owners[row] + 1]++;
	}
	for (unsigned query = 0; query <= query_count; query++) {
		begin += split->starts[query];
		split->starts[query] = begin;
	}
	for (unsigned row = 0; row < rows.count; row++)
		split->order[split->starts[split->owners[row]]++] = row;
	/* Each start has now moved to its query's end, which is the next one's start. */
	memmove(split->starts + 1, split->starts, query_count * sizeof *split->starts);
	split->starts[0] = 0;
	return true;
}

struct pg_rows pg_split_rows(const struct pg_split *split, const struct pg_result *result, unsigned query)
{
	unsigned start = split->starts[query];

	return (struct pg_rows){
	    .result = result, .order = split->order + start, .count = split->starts[query + 1] - start};
}

void pg_split_release(struct pg_split *split)
{
	free(split->order);
	free(split->starts);
	free(split->owners);
	*split = (struct pg_split){0};
}

static int result_row(const struct pg_rows *rows, unsigned row)
{
	return (int)(rows->order == NULL ? row : rows->order[row]);
}

/* query_count stands for nobody. */
static unsigned owner_of(const PGresult *result, int row, int column, unsigned query_count)
{
	unsigned long n = strtoul(PQgetvalue(result, row, column), NULL, 10);

	return n >= 1 && n <= query_count ? (unsigned)n - 1 : query_count;
}

static void split_reserve(struct pg_split *split, unsigned row_count, unsigned query_count)
{
	if (row_count > split->row_capacity || split->order == NULL) {
		split->row_capacity = row_count + 64;
		split->order = pg_grow(split->order, split->row_capacity, sizeof *split->order);
		split->owners = pg_grow(split->owners, split->row_capacity, sizeof *split->owners);
	}
	if (query_count > split->query_capacity || split->starts == NULL) {
		split->query_capacity = query_count;
		split->starts = pg_grow(split->starts, query_count + 2U, sizeof *split->starts);
	}
}
