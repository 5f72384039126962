/*
 * Any bytes as a query and as a path parameter: what is taken is UTF-8 without
 * NUL and fits its schema, and no item of a list can leave its array literal.
 */
#include "api/params.h"
#include "common/json.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const char *const contract_patterns[] = {NULL};
const unsigned contract_pattern_count = 0;

static const char *const kinds[] = {"odd", "plain"};
static const struct schema text = {.type = SCHEMA_STRING, .min_length = 1, .max_length = 20};
static const struct schema word = {.type = SCHEMA_STRING};
static const struct schema kind = {.type = SCHEMA_STRING, .values = kinds, .value_count = 2};
static const struct schema number = {
    .type = SCHEMA_INTEGER, .has_minimum = true, .minimum = 1, .has_maximum = true, .maximum = 200};
static const struct schema instant = {.type = SCHEMA_STRING, .format = FORMAT_DATE_TIME};
static const struct param_rule rules[] = {
    {.name = "id", .place = PARAM_PATH, .required = true, .schema = &text},
    {.name = "n", .place = PARAM_QUERY, .schema = &number, .default_value = "50"},
    {.name = "k", .place = PARAM_QUERY, .list = true, .schema = &kind},
    {.name = "w", .place = PARAM_QUERY, .list = true, .schema = &word, .max_items = 4},
    {.name = "t", .place = PARAM_QUERY, .schema = &instant},
    {.name = "q", .place = PARAM_QUERY, .schema = &text},
};
enum { RULE_COUNT = sizeof rules / sizeof rules[0] };
static const struct operation operation = {.params = rules, .param_count = RULE_COUNT};

static void check_values(const struct param_values *values);
static void check_literal(const char *literal, unsigned most);
static const char *check_item(const char *at);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	const char *query = size == 0 ? NULL : memchr(bytes, '?', size);
	size_t path_length = query == NULL ? size : (size_t)(query - bytes);
	const struct route_match route = {
	    .operation = &operation, .params = {{.at = bytes, .length = path_length}}, .param_count = 1};
	const struct http_slice rest = {
	    .at = query == NULL ? NULL : query + 1, .length = query == NULL ? 0 : size - path_length - 1};
	struct validate_report report = {.arena = arena_new()};
	struct param_values values = {.at = NULL};
	struct err err = {.code = NULL};

	if (params_read(&route, rest, &report, &values, &err)) {
		assert(report.count == 0 && err.code == NULL);
		check_values(&values);
	} else {
		assert(err.code != NULL && values.at == NULL);
		assert(report.count <= VALIDATE_ERRORS_MAX);
		assert(report.count > 0 || strcmp(err.code, "not_found") == 0);
	}
	arena_free(report.arena);
	return 0;
}

static void check_values(const struct param_values *values)
{
	assert(values->count == RULE_COUNT);
	for (unsigned i = 0; i < values->count; i++) {
		const struct param_value *value = &values->at[i];
		struct http_slice slice = {.at = value->text, .length = value->length};

		assert(!value->present || value->text != NULL);
		if (value->text == NULL)
			continue;
		assert(strlen(value->text) == value->length);
		assert(json_is_utf8(value->text, value->length));
		if (rules[i].list)
			check_literal(value->text, rules[i].max_items);
		else
			assert(validate_text_param(rules[i].schema, slice) == NULL);
	}
}

static void check_literal(const char *literal, unsigned most)
{
	unsigned count = 0;

	assert(*literal == '{');
	do {
		literal = check_item(literal + 1);
		count++;
	} while (*literal == ',');
	assert(literal[0] == '}' && literal[1] == '\0');
	assert(most == 0 || count <= most);
}

/* One item between quotes; returns what comes after it. */
static const char *check_item(const char *at)
{
	assert(*at == '"');
	for (at++; *at != '"'; at++) {
		if (*at == '\\')
			at++;
		assert(*at != '\0');
	}
	return at + 1;
}
