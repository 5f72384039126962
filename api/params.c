#include "api/params.h"

#include "api/percent.h"
#include "api/validate_words.h"

#include "common/json.h"

#include <string.h>

/* A longer name is not repeated. */
enum { NAME_SHOWN_MAX = 100 };

/* What a parameter's text is made into; the arena of the report holds it. */
struct reading {
	const struct operation *operation;
	struct validate_report *report;
	struct param_value *values;
};

static bool read_path(const struct reading *reading, const struct route_match *route, struct err *err);
static void read_query(const struct reading *reading, struct http_slice query);
static void read_pair(const struct reading *reading, struct http_slice name, struct http_slice text);
static const char *read_value(const struct reading *reading, const struct param_rule *rule,
    struct http_slice text, struct param_value *ret_value);
static const char *read_list(const struct reading *reading, const struct param_rule *rule,
    struct http_slice text, struct param_value *ret_value);
static void finish(const struct reading *reading);
static const struct param_rule *find_rule(const struct operation *operation, struct http_slice name);
static struct http_slice take_until(struct http_slice *rest, char end);
static size_t write_item(char *out, const char *item, size_t length);
static void add_error(
    const struct reading *reading, const char *name, const struct param_rule *rule, const char *code);

bool params_read(const struct route_match *route, struct http_slice query, struct validate_report *report,
    struct param_values *ret_values, struct err *err)
{
	const struct operation *operation = route->operation;
	const struct reading reading = {
	    .operation = operation,
	    .report = report,
	    .values = arena_array(report->arena, operation->param_count, sizeof(struct param_value)),
	};

	if (!read_path(&reading, route, err))
		return false;
	if (query.at != NULL)
		read_query(&reading, query);
	finish(&reading);
	if (report->count > 0)
		return err_set(err, "bad_parameter", "%zu parameters are wrong", report->count);
	*ret_values = (struct param_values){.at = reading.values, .count = operation->param_count};
	return true;
}

bool params_next(struct http_slice *query, const char *name, struct http_slice *ret_text)
{
	while (query->length > 0) {
		struct http_slice text = take_until(query, '&');

		if (http_slice_equals(take_until(&text, '='), name)) {
			*ret_text = text;
			return true;
		}
	}
	return false;
}

const struct param_value *params_find(
    const struct operation *operation, const struct param_values *values, const char *name)
{
	for (unsigned i = 0; i < values->count; i++) {
		if (strcmp(operation->params[i].name, name) == 0)
			return &values->at[i];
	}
	return NULL;
}

/* The path's parameters come first in operation->params, in the order of the path. */
static bool read_path(const struct reading *reading, const struct route_match *route, struct err *err)
{
	for (unsigned i = 0; i < route->param_count; i++) {
		const struct param_rule *rule = &reading->operation->params[i];
		struct http_slice text = route->params[i];
		char *out = arena_alloc(reading->report->arena, text.length + 1);
		struct http_slice decoded = {.at = out};

		if (!percent_decode(text, false, out, &decoded.length))
			add_error(reading, rule->name, rule, "bad_encoding");
		else if (validate_text_param(rule->schema, decoded) != NULL)
			return err_set(err, "not_found", "path parameter '%s' cannot be one", rule->name);
		reading->values[i] =
		    (struct param_value){.present = true, .text = out, .length = decoded.length};
	}
	return true;
}

static void read_query(const struct reading *reading, struct http_slice query)
{
	while (query.length > 0) {
		struct http_slice text = take_until(&query, '&');
		struct http_slice name = take_until(&text, '=');

		if (name.length > 0 || text.length > 0) /* `&&` and a `&` at either end say nothing */
			read_pair(reading, name, text);
	}
}

static void read_pair(const struct reading *reading, struct http_slice name, struct http_slice text)
{
	char *shown = arena_alloc(reading->report->arena, name.length + 1);
	struct http_slice decoded = {.at = shown};
	const struct param_rule *rule = NULL;
	struct param_value *value;
	const char *error;

	if (!percent_decode(name, true, shown, &decoded.length) || decoded.length > NAME_SHOWN_MAX)
		shown = arena_string(reading->report->arena, "");
	else
		rule = find_rule(reading->operation, decoded);
	if (rule == NULL) {
		/* Whoever passes the address of a page on may hang something of their own on it. */
		if (!reading->operation->is_page)
			add_error(reading, shown, NULL, "unknown_parameter");
		return;
	}
	value = &reading->values[rule - reading->operation->params];
	if (value->present)
		error = "duplicate";
	else
		error = rule->list ? read_list(reading, rule, text, value)
				   : read_value(reading, rule, text, value);
	if (error == NULL || !reading->operation->is_page)
		value->present = true;
	else if (!value->present)
		*value =
		    (struct param_value){0}; /* people follow what others wrote: as if it were not there */
	if (error != NULL && !reading->operation->is_page)
		add_error(reading, rule->name, rule, error);
}

static const char *read_value(const struct reading *reading, const struct param_rule *rule,
    struct http_slice text, struct param_value *ret_value)
{
	char *out = arena_alloc(reading->report->arena, text.length + 1);
	struct http_slice decoded = {.at = out};

	if (!percent_decode(text, true, out, &decoded.length))
		return "bad_encoding";
	ret_value->text = out;
	ret_value->length = decoded.length;
	return validate_text_param(rule->schema, decoded);
}

static const char *read_list(const struct reading *reading, const struct param_rule *rule,
    struct http_slice text, struct param_value *ret_value)
{
	/* At worst each byte is an item of its own or is escaped: `a,` becomes `"a",`. */
	char *out = arena_alloc(reading->report->arena, 4 * text.length + 5);
	char *whole = arena_alloc(reading->report->arena, text.length + 1);
	struct http_slice rest = {.at = whole};
	size_t length = 0;
	unsigned count = 0;
	bool more;

	/* A comma separates also when it came as %2C, as URLSearchParams and most libraries send it. */
	if (!percent_decode(text, true, whole, &rest.length))
		return "bad_encoding";
	out[length++] = '{';
	do {
		struct http_slice item;
		const char *error;

		more = memchr(rest.at, ',', rest.length) != NULL;
		item = take_until(&rest, ',');
		error = validate_text_param(rule->schema, item);
		if (error != NULL)
			return error;
		if (++count > rule->max_items && rule->max_items != 0)
			return "too_many_items";
		if (count > 1)
			out[length++] = ',';
		length += write_item(out + length, item.at, item.length);
	} while (more);
	out[length++] = '}';
	ret_value->text = out;
	ret_value->length = length;
	return NULL;
}

/* Defaults, and what is required but was not sent. */
static void finish(const struct reading *reading)
{
	for (unsigned i = 0; i < reading->operation->param_count; i++) {
		const struct param_rule *rule = &reading->operation->params[i];
		struct param_value *value = &reading->values[i];

		if (value->present)
			continue;
		if (rule->default_value != NULL) {
			value->text = rule->default_value;
			value->length = strlen(rule->default_value);
		} else if (rule->required) {
			add_error(reading, rule->name, rule, "required");
		}
	}
}

static const struct param_rule *find_rule(const struct operation *operation, struct http_slice name)
{
	for (unsigned i = 0; i < operation->param_count; i++) {
		const struct param_rule *rule = &operation->params[i];

		if (rule->place == PARAM_QUERY && http_slice_equals(name, rule->name))
			return rule;
	}
	return NULL;
}

/* What stands before the first `end`, which is dropped; all of it when there is none. */
static struct http_slice take_until(struct http_slice *rest, char end)
{
	const char *at = rest->length == 0 ? NULL : memchr(rest->at, end, rest->length);
	struct http_slice taken = *rest;

	if (at != NULL)
		taken.length = (size_t)(at - rest->at);
	rest->at += taken.length + (at != NULL);
	rest->length -= taken.length + (at != NULL);
	return taken;
}

static size_t write_item(char *out, const char *item, size_t length)
{
	size_t written = 0;

	out[written++] = '"';
	for (size_t i = 0; i < length; i++) {
		if (item[i] == '"' || item[i] == '\\')
			out[written++] = '\\';
		out[written++] = item[i];
	}
	out[written++] = '"';
	return written;
}

/* `rule`: NULL for a name that has none. */
static void add_error(
    const struct reading *reading, const char *name, const struct param_rule *rule, const char *code)
{
	struct schema schema = {.type = SCHEMA_ANY};
	struct problem_error error = {.parameter = name, .code = code};

	if (reading->report->count == VALIDATE_ERRORS_MAX)
		return;
	if (rule != NULL) {
		schema = *rule->schema;
		schema.max_items = rule->max_items;
	}
	error.detail = validate_words(reading->report->arena, reading->report->language, &schema, code);
	validate_report_add(reading->report, &error);
}
