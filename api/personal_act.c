#include "api/personal_act.h"

#include "api/body.h"
#include "api/page_row.h"
#include "common/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What may be done on the page of a link: what is one's own, in SQL. */
#define PATH "/v1/personal/{token}"

static const struct operation *find_operation(const struct operation *page, const char *id);
static bool may_act(const struct operation *page, const struct operation *operation);
static bool read_path(
    const struct request *req, const json_t *posted, struct personal_act *act, struct err *err);
static bool read_body(
    const struct request *req, const json_t *posted, struct personal_act *act, struct err *err);
static json_t *read_object(struct arena *arena, const struct schema *schema, const json_t *posted);
static json_t *read_member(
    struct arena *arena, const struct schema *schema, const json_t *posted, const char *name);
static json_t *read_under(
    struct arena *arena, const struct schema *schema, const json_t *posted, const char *name);
static json_t *read_value(struct arena *arena, const struct schema *schema, const char *text);
static json_t *read_decimal(struct arena *arena, const char *text);
static const char *without_blanks(struct arena *arena, const char *text);

bool personal_act_read(
    const struct request *req, const json_t *posted, struct personal_act *ret_act, struct err *err)
{
	*ret_act = (struct personal_act){.operation = find_operation(req->operation,
					     json_string_value(json_object_get(posted, "operation")))};
	if (ret_act->operation == NULL)
		return err_set(err, "not_found", "no operation that a page has");
	return read_path(req, posted, ret_act, err) && read_body(req, posted, ret_act, err);
}

const char *personal_act_field(struct arena *arena, const char *pointer)
{
	char *field = arena_string(arena, *pointer == '/' ? pointer + 1 : pointer);

	for (char *at = field; *at != '\0'; at++)
		if (*at == '/')
			*at = '.';
	return field;
}

static const struct operation *find_operation(const struct operation *page, const char *id)
{
	for (unsigned i = 0; id != NULL && i < contract_operation_count; i++)
		if (strcmp(contract_operations[i].id, id) == 0 && may_act(page, &contract_operations[i]))
			return &contract_operations[i];
	return NULL;
}

static bool may_act(const struct operation *page, const struct operation *operation)
{
	if (page->auth != AUTH_LINK)
		return operation->has_form;
	return operation->auth == AUTH_LINK && operation->method != HTTP_GET && operation->handler == NULL &&
	       strncmp(operation->path, PATH, strlen(PATH)) == 0;
}

/* The first one, a token or an id, is that of the page. */
static bool read_path(
    const struct request *req, const json_t *posted, struct personal_act *act, struct err *err)
{
	struct route_match route = {.operation = act->operation};
	struct validate_report report = {.arena = req->arena, .language = req->language};

	for (unsigned i = 0; i < act->operation->param_count && i < ROUTE_PARAMS_MAX; i++) {
		const struct param_rule *rule = &act->operation->params[i];
		const char *text = json_string_value(json_object_get(posted, rule->name));

		if (rule->place != PARAM_PATH)
			break;
		route.params[i] = i == 0 ? req->route.params[0]
					 : (struct http_slice){text, text == NULL ? 0 : strlen(text)};
		route.param_count++;
	}
	return params_read(&route, (struct http_slice){0}, &report, &act->params, err);
}

static bool read_body(
    const struct request *req, const json_t *posted, struct personal_act *act, struct err *err)
{
	struct request asked = *req;
	bool ok;

	if (act->operation->body == NULL)
		return true;
	asked.operation = act->operation;
	asked.problem = (struct problem_details){0};
	asked.body = (struct request_body){
	    .json = json_keep(req->arena, read_object(req->arena, act->operation->body, posted))};
	body_write_again(&asked);
	ok = body_accept(&asked, err);
	act->body = asked.body;
	act->problem = asked.problem;
	return ok;
}

static json_t *read_object(struct arena *arena, const struct schema *schema, const json_t *posted)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < schema->member_count; i++) {
		const struct schema_member *member = &schema->members[i];
		json_t *value = read_member(arena, member->schema, posted, member->name);

		if (value != NULL)
			json_object_set_new(object, member->name, value);
	}
	return object;
}

/* NULL: nothing was written there. */
static json_t *read_member(
    struct arena *arena, const struct schema *schema, const json_t *posted, const char *name)
{
	const char *words;

	if (schema->type == SCHEMA_ARRAY || schema->type == SCHEMA_OBJECT)
		return read_under(arena, schema, posted, name);
	words = page_posted_words(arena, posted, name);
	return words == NULL ? NULL : read_value(arena, schema, words);
}

/* The fields `name.…`: of a list each that was ticked is an item, of an object each that was filled a member.
 */
static json_t *read_under(
    struct arena *arena, const struct schema *schema, const json_t *posted, const char *name)
{
	json_t *found = schema->type == SCHEMA_ARRAY ? json_array() : json_object();
	const char *prefix = arena_printf(arena, "%s.", name);
	const char *field;
	json_t *text;

	json_object_foreach((json_t *)posted, field, text)
	{
		const char *words = page_posted_words(arena, posted, field);
		const char *rest = field + strlen(prefix);
		const struct schema *inner = schema->additional;

		if (strncmp(field, prefix, strlen(prefix)) != 0 || words == NULL)
			continue;
		if (schema->type == SCHEMA_ARRAY) {
			json_array_append_new(found, read_value(arena, schema->items, rest));
			continue;
		}
		for (unsigned i = 0; i < schema->member_count; i++)
			if (strcmp(schema->members[i].name, rest) == 0)
				inner = schema->members[i].schema;
		json_object_set_new(
		    found, rest, inner == NULL ? json_string(words) : read_value(arena, inner, words));
	}
	if (json_array_size(found) > 0 || json_object_size(found) > 0)
		return found;
	json_decref(found);
	return NULL;
}

/* What is no number or truth stays a text, and the contract says what is wrong with it. */
static json_t *read_value(struct arena *arena, const struct schema *schema, const char *text)
{
	const char *plain;
	char *end;
	long long number;

	if (schema->type == SCHEMA_BOOLEAN && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
		return json_boolean(text[0] == 't');
	if (schema->type != SCHEMA_INTEGER && schema->type != SCHEMA_NUMBER)
		return json_string(text);
	plain = without_blanks(arena, text);
	if (schema->type == SCHEMA_NUMBER)
		return read_decimal(arena, plain);
	errno = 0;
	number = strtoll(plain, &end, 10);
	return *end == '\0' && errno == 0 ? json_integer(number) : json_string(text);
}

/* 12,50 or 12.50, as people write it. */
static json_t *read_decimal(struct arena *arena, const char *text)
{
	char *plain = arena_string(arena, text);
	size_t whole = strspn(plain, "0123456789");
	size_t part = 0;

	if (plain[whole] == ',' || plain[whole] == '.') {
		plain[whole] = '.';
		part = 1 + strspn(plain + whole + 1, "0123456789");
	}
	if (whole == 0 || part == 1 || plain[whole + part] != '\0')
		return json_string(text);
	return json_real(strtod(plain, NULL));
}

/* 10 000 as people write it, with spaces that may not break a line. */
static const char *without_blanks(struct arena *arena, const char *text)
{
	static const char *const blanks[] = {" ", "\u00a0", "\u202f"};
	char *plain = arena_string(arena, text);
	char *end = plain;

	while (*text != '\0') {
		size_t skipped = 0;

		for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++)
			if (strncmp(text, blanks[i], strlen(blanks[i])) == 0)
				skipped = strlen(blanks[i]);
		if (skipped == 0)
			*end++ = *text++;
		text += skipped;
	}
	*end = '\0';
	return plain;
}
