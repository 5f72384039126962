/* The kind index: words of texts for searching, a whole batch in one statement. */
#include "jobs_sql.h"
#include "worker/array.h"
#include "worker/kind.h"

bool index_apply(struct run *run, struct err *err)
{
	struct sql_index_texts values;
	struct array cases;

	array_init(&cases, run->arena);
	for (size_t i = 0; i < run->count; i++)
		array_text(&cases, run->jobs[i].subject);
	values.cases = array_value(&cases);
	return sql_index_texts(run->pg, &values, NULL, err);
}
