#include "api/validate.h"

#include "api/validate_text.h"
#include "api/validate_words.h"
#include "common/utf8.h"

#include <stdio.h>
#include <string.h>

/* Where a value stands, from the inside out; on the stack of the walk. */
struct place {
	const struct place *up;
	const char *name; /* NULL: an item */
	size_t index;
};

enum { INDEX_DIGITS = 20 };

static bool check(
    struct validate_report *report, const struct schema *schema, json_t *value, const struct place *place);
static bool check_object(
    struct validate_report *report, const struct schema *schema, json_t *object, const struct place *place);
static bool check_others(
    struct validate_report *report, const struct schema *schema, json_t *object, const struct place *place);
static bool check_other(
    struct validate_report *report, const struct schema *schema, json_t *value, const struct place *place);
static bool check_array(struct validate_report *report, const struct schema *schema, const json_t *array,
    const struct place *place);
static const char *scalar_error(const struct schema *schema, const json_t *value);
static const char *string_error(const struct schema *schema, const char *text, size_t length);
static const char *integer_error(const struct schema *schema, int64_t number);
static const char *number_error(const struct schema *schema, const json_t *value);
static bool has_type(enum schema_type type, const json_t *value);
static bool is_unique(const json_t *array);
static const struct schema_member *find_member(const struct schema *schema, const char *name);
static int compare_member(const void *name, const void *member);
static bool fail(
    struct validate_report *report, const struct schema *schema, const struct place *place, const char *code);
static const char *pointer_to(struct arena *arena, const struct place *place);
static size_t pointer_length(const struct place *place);
static char *write_name(char *end, const char *name);

bool validate_body(const struct schema *schema, json_t *body, struct validate_report *report)
{
	return check(report, schema, body, NULL);
}

void validate_report_add(struct validate_report *report, const struct problem_error *error)
{
	if (report->count == VALIDATE_ERRORS_MAX)
		return;
	if (report->errors == NULL)
		report->errors = arena_array(report->arena, VALIDATE_ERRORS_MAX, sizeof report->errors[0]);
	report->errors[report->count++] = *error;
}

/* The depth is that of the contract: schemas never refer to themselves. */
static bool check(
    struct validate_report *report, const struct schema *schema, json_t *value, const struct place *place)
{
	const char *error;

	if (schema->type == SCHEMA_ANY || (schema->nullable && json_is_null(value)))
		return true;
	if (!has_type(schema->type, value))
		return fail(report, schema, place, "wrong_type");
	if (schema->type == SCHEMA_OBJECT)
		return check_object(report, schema, value, place);
	if (schema->type == SCHEMA_ARRAY)
		return check_array(report, schema, value, place);
	error = scalar_error(schema, value);
	return error == NULL || fail(report, schema, place, error);
}

static bool check_object(
    struct validate_report *report, const struct schema *schema, json_t *object, const struct place *place)
{
	bool ok = true;
	size_t known = 0;

	for (unsigned i = 0; i < schema->member_count; i++) {
		const struct schema_member *member = &schema->members[i];
		const struct place inner = {.up = place, .name = member->name};
		json_t *value = json_object_get(object, member->name);

		if (value != NULL) {
			known++;
			ok &= check(report, member->schema, value, &inner);
		} else if (member->required) {
			ok = fail(report, member->schema, &inner, "required");
		}
	}
	if (known < json_object_size(object))
		ok &= check_others(report, schema, object, place);
	if (json_object_size(object) < schema->min_members)
		ok = fail(report, schema, place, "too_few_members");
	return ok;
}

static bool check_others(
    struct validate_report *report, const struct schema *schema, json_t *object, const struct place *place)
{
	bool ok = true;
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		const struct place inner = {.up = place, .name = name};

		if (find_member(schema, name) == NULL)
			ok &= check_other(report, schema, value, &inner);
	}
	return ok;
}

static bool check_other(
    struct validate_report *report, const struct schema *schema, json_t *value, const struct place *place)
{
	const char *const *names = schema->additional_names;

	if (schema->additional != NULL &&
	    (names == NULL ||
		validate_is_listed(names, schema->additional_name_count, place->name, strlen(place->name))))
		return check(report, schema->additional, value, place);
	return fail(report, schema, validate_may_show(place->name) ? place : place->up, "unknown_member");
}

static bool check_array(struct validate_report *report, const struct schema *schema, const json_t *array,
    const struct place *place)
{
	bool ok = true;
	size_t count = json_array_size(array);

	if (count < schema->min_items)
		return fail(report, schema, place, "too_few_items");
	if (schema->max_items != 0 && count > schema->max_items)
		return fail(report, schema, place, "too_many_items");
	for (size_t i = 0; i < count; i++) {
		const struct place inner = {.up = place, .index = i};

		ok &= check(report, schema->items, json_array_get(array, i), &inner);
	}
	if (ok && schema->unique_items && !is_unique(array))
		return fail(report, schema, place, "not_unique");
	return ok;
}

/* The code of what is wrong with a value of the right type; NULL: nothing. */
static const char *scalar_error(const struct schema *schema, const json_t *value)
{
	switch (schema->type) {
	case SCHEMA_STRING:
		return string_error(schema, json_string_value(value), json_string_length(value));
	case SCHEMA_INTEGER:
		return integer_error(schema, json_integer_value(value));
	case SCHEMA_NUMBER:
		return number_error(schema, value);
	case SCHEMA_BOOLEAN:
	case SCHEMA_ANY:
	case SCHEMA_OBJECT:
	case SCHEMA_ARRAY:
		break;
	}
	return NULL;
}

/* What has a least length is there to be read. */
static const char *string_error(const struct schema *schema, const char *text, size_t length)
{
	const char *error = validate_string(schema, text, length);

	return error == NULL && schema->min_length > 0 && utf8_is_blank(text, length) ? "blank" : error;
}

static const char *integer_error(const struct schema *schema, int64_t number)
{
	if (schema->has_minimum && number < schema->minimum)
		return "too_small";
	if (schema->has_maximum && number > schema->maximum)
		return "too_large";
	return NULL;
}

static const char *number_error(const struct schema *schema, const json_t *value)
{
	double number = json_number_value(value);

	if (json_is_integer(value))
		return integer_error(schema, json_integer_value(value));
	if (schema->has_minimum && number < (double)schema->minimum)
		return "too_small";
	if (schema->has_maximum && number > (double)schema->maximum)
		return "too_large";
	return NULL;
}

static bool has_type(enum schema_type type, const json_t *value)
{
	switch (type) {
	case SCHEMA_ANY:
		return true;
	case SCHEMA_OBJECT:
		return json_is_object(value);
	case SCHEMA_ARRAY:
		return json_is_array(value);
	case SCHEMA_STRING:
		return json_is_string(value);
	case SCHEMA_INTEGER:
		return json_is_integer(value);
	case SCHEMA_NUMBER:
		return json_is_number(value);
	case SCHEMA_BOOLEAN:
		return json_is_boolean(value);
	}
	return false;
}

/* Every pair: the contract compiler demands a maxItems that keeps this small. */
static bool is_unique(const json_t *array)
{
	size_t count = json_array_size(array);

	for (size_t i = 1; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (json_equal(json_array_get(array, i), json_array_get(array, j)))
				return false;
		}
	}
	return true;
}

static const struct schema_member *find_member(const struct schema *schema, const char *name)
{
	if (schema->member_count == 0)
		return NULL;
	return bsearch(
	    name, schema->members, schema->member_count, sizeof schema->members[0], compare_member);
}

static int compare_member(const void *name, const void *member)
{
	return strcmp(name, ((const struct schema_member *)member)->name);
}

/* Always false, so that a check can end with it. */
static bool fail(
    struct validate_report *report, const struct schema *schema, const struct place *place, const char *code)
{
	if (report->count < VALIDATE_ERRORS_MAX) {
		const struct problem_error error = {
		    .pointer = pointer_to(report->arena, place),
		    .code = code,
		    .detail = validate_words(report->arena, report->language, schema, code),
		};

		validate_report_add(report, &error);
	}
	return false;
}

/* RFC 6901, written from the end. */
static const char *pointer_to(struct arena *arena, const struct place *place)
{
	char *end = (char *)arena_alloc(arena, pointer_length(place) + 1) + pointer_length(place);
	char digits[INDEX_DIGITS + 1];

	*end = '\0';
	for (; place != NULL; place = place->up) {
		const char *name = place->name;

		if (name == NULL) {
			snprintf(digits, sizeof digits, "%zu", place->index);
			name = digits;
		}
		end = write_name(end, name);
		*--end = '/';
	}
	return end;
}

/* An upper bound: an index is reckoned with all its digits. */
static size_t pointer_length(const struct place *place)
{
	size_t length = 0;

	for (; place != NULL; place = place->up)
		length += 1 + (place->name == NULL ? INDEX_DIGITS : 2 * strlen(place->name));
	return length;
}

static char *write_name(char *end, const char *name)
{
	for (size_t i = strlen(name); i > 0; i--) {
		char character = name[i - 1];

		if (character == '~' || character == '/') {
			*--end = character == '~' ? '0' : '1';
			character = '~';
		}
		*--end = character;
	}
	return end;
}
