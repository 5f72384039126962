#include "api/pg_query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_whole_text(const struct bind *bind, const struct pg_param *param);

void pg_queue_push(struct pg_queue *queue, struct pg_query *query)
{
	query->next = NULL;
	if (queue->tail == NULL)
		queue->head = query;
	else
		queue->tail->next = query;
	queue->tail = query;
	queue->count++;
}

struct pg_query *pg_queue_pop(struct pg_queue *queue)
{
	struct pg_query *query = queue->head;

	if (query == NULL)
		return NULL;
	queue->head = query->next;
	if (queue->head == NULL)
		queue->tail = NULL;
	queue->count--;
	query->next = NULL;
	return query;
}

void pg_query_init(struct pg_query *query, int64_t now_us)
{
	const struct statement *statement = query->statement;

	query->next = NULL;
	query->submitted_us = now_us;
	query->bytes = 0;
	query->state = PG_QUERY_FRESH;
	for (unsigned i = 0; i < statement->bind_count; i++) {
		if (query->params[i].bytes == NULL)
			continue;
		query->bytes += query->params[i].length;
		if (!is_whole_text(&statement->binds[i], &query->params[i]))
			query->state = PG_QUERY_MALFORMED;
	}
}

void pg_query_move(struct pg_query *query, enum pg_query_state to)
{
	static const bool legal[PG_QUERY_STATE_COUNT][PG_QUERY_STATE_COUNT] = {
	    [PG_QUERY_FRESH] = {[PG_QUERY_AGAIN] = true, [PG_QUERY_LAST] = true, [PG_QUERY_REFUSED] = true},
	    [PG_QUERY_AGAIN] = {[PG_QUERY_LAST] = true},
	};

	if (!legal[query->state][to])
		abort();
	query->state = to;
}

void pg_query_answer(struct pg_query *query, enum pg_outcome outcome)
{
	const struct pg_answer answer = {.outcome = outcome};

	query->done(query, &answer);
}

void pg_query_answer_failed(struct pg_query *query, const char *sqlstate)
{
	struct pg_answer answer = {.outcome = PG_FAILED};

	(void)snprintf(answer.sqlstate, sizeof answer.sqlstate, "%s", sqlstate);
	query->done(query, &answer);
}

static bool is_whole_text(const struct bind *bind, const struct pg_param *param)
{
	if (bind->type == BIND_UUID || bind->type == BIND_BYTEA)
		return true;
	return memchr(param->bytes, '\0', param->length) == NULL;
}
