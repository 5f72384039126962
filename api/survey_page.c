/*
 * The page behind a link to a survey: a form that SQL makes of the questions
 * (survey_form in sql/migrations), and what becomes of it when it is sent.
 */
#include "api/page_row.h"
#include "contract_handlers.h"
#include "contract_statements.h"

#include <string.h>

static void show(struct request *req, const struct pg_answer *answer);
static json_t *read_form(struct request *req, const struct pg_rows *rows);
static void put_problems(const struct request *req, json_t *questions);

bool op_survey_page(struct request *req, struct err *err)
{
	return page_query(req, show, err);
}

bool op_survey_page_answer(struct request *req, struct err *err)
{
	return page_query(req, show, err);
}

static void show(struct request *req, const struct pg_answer *answer)
{
	static const char *const states[] = {"unknown", "early", "open", "answered", "closed", "thanks"};
	const char *state = page_cell(answer->rows, "state");
	json_t *values = state == NULL ? json_object() : read_form(req, answer->rows);
	json_t *title = json_object_get(values, "title");
	const char *page_title = page_text(req, "link_unknown_title");

	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
		json_object_set_new(values, states[i],
		    json_boolean(strcmp(state == NULL ? "unknown" : state, states[i]) == 0));
	json_object_set_new(values, "is_empty", json_boolean(page_cell_is_true(answer->rows, "is_empty")));
	if (title != NULL)
		page_title = strcmp(state, "thanks") == 0
				 ? page_text(req, "survey_thanks_title")
				 : arena_string(req->arena, json_string_value(title));
	page_show(req, PAGE_SURVEY, page_title, values);
}

static json_t *read_form(struct request *req, const struct pg_rows *rows)
{
	json_t *form = json_loads(page_cell(rows, "form"), 0, NULL);

	put_problems(req, json_object_get(form, "questions"));
	return form;
}

/* What is wrong with an answer is told by the title of its problem. */
static void put_problems(const struct request *req, json_t *questions)
{
	size_t i;
	json_t *question;

	json_array_foreach(questions, i, question)
	{
		const char *code = json_string_value(json_object_get(question, "problem"));

		if (code[0] != '\0')
			json_object_set_new(question, "problem",
			    json_string(contract_problem(code)->texts[req->language].title));
	}
}
