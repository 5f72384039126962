/*
 * Any JSON against a schema that uses every rule: errors are bounded and their
 * pointers name what is there (or what is missing). Any text against each format: what
 * passes holds nothing that could leave its place.
 */
#include "api/validate.h"
#include "api/validate_format.h"
#include "common/json.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const char *const contract_patterns[] = {"^[a-z]+$", NULL};
const unsigned contract_pattern_count = 1;

static const char *const names[] = {"en", "fi", "sv"};
static const struct schema any = {.type = SCHEMA_ANY};
static const struct schema text = {.type = SCHEMA_STRING, .min_length = 2, .max_length = 5};
static const struct schema word = {.type = SCHEMA_STRING, .pattern = "^[a-z]+$"};
static const struct schema email = {.type = SCHEMA_STRING, .format = FORMAT_EMAIL};
static const struct schema number = {
    .type = SCHEMA_NUMBER, .has_minimum = true, .has_maximum = true, .maximum = 1};
static const struct schema count = {
    .type = SCHEMA_INTEGER, .has_minimum = true, .has_maximum = true, .maximum = 9};
static const struct schema flag = {.type = SCHEMA_BOOLEAN, .nullable = true};
static const struct schema words = {
    .type = SCHEMA_ARRAY, .items = &word, .min_items = 1, .max_items = 3, .unique_items = true};
static const struct schema texts = {.type = SCHEMA_OBJECT,
    .additional = &text,
    .additional_names = names,
    .additional_name_count = 3,
    .min_members = 1};
static const struct schema_member inner_members[] = {{.name = "e", .schema = &email, .required = true}};
static const struct schema inner = {.type = SCHEMA_OBJECT, .members = inner_members, .member_count = 1};
static const struct schema inners = {.type = SCHEMA_ARRAY, .items = &inner};
static const struct schema free_form = {.type = SCHEMA_OBJECT, .additional = &any};
static const struct schema_member members[] = {
    {.name = "a/~", .schema = &flag},
    {.name = "c", .schema = &count},
    {.name = "f", .schema = &free_form},
    {.name = "i", .schema = &inners},
    {.name = "n", .schema = &number},
    {.name = "t", .schema = &texts},
    {.name = "w", .schema = &words},
};
static const struct schema body = {
    .type = SCHEMA_OBJECT, .members = members, .member_count = sizeof members / sizeof members[0]};

static void check_body(struct arena *arena, const char *bytes, size_t length);
static void check_pointer(struct arena *arena, json_t *value, const struct problem_error *error);
static const char *read_name(struct arena *arena, const char **pointer);
static void check_format(enum schema_format format, const char *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct err err = {.code = NULL};
	struct arena *arena;

	if (!ready && !validate_init(&err))
		abort();
	ready = true;
	if (size == 0)
		return 0;
	arena = arena_new();
	if (data[0] <= FORMAT_URI)
		check_format((enum schema_format)data[0], (const char *)data + 1, size - 1);
	else
		check_body(arena, (const char *)data, size);
	arena_free(arena);
	return 0;
}

static void check_body(struct arena *arena, const char *bytes, size_t length)
{
	static const struct json_limits limits = {.depth = 16, .nodes = 500};
	struct validate_report report = {.arena = arena};
	struct err err = {.code = NULL};
	json_t *value = NULL;

	if (!json_read(arena, bytes, length, &limits, &value, &err))
		return;
	if (validate_body(&body, value, &report)) {
		assert(report.count == 0 && report.errors == NULL);
		return;
	}
	assert(report.count > 0 && report.count <= VALIDATE_ERRORS_MAX);
	for (size_t i = 0; i < report.count; i++)
		check_pointer(arena, value, &report.errors[i]);
}

static void check_pointer(struct arena *arena, json_t *value, const struct problem_error *error)
{
	const char *rest = error->pointer;

	assert(error->code != NULL && error->detail != NULL && error->parameter == NULL);
	while (*rest != '\0') {
		const char *name = read_name(arena, &rest);

		if (json_is_array(value))
			value = json_array_get(value, strtoul(name, NULL, 10));
		else
			value = json_object_get(value, name);
		assert(value != NULL || (*rest == '\0' && strcmp(error->code, "required") == 0));
	}
}

/* The next name of a pointer, with ~1 and ~0 undone. */
static const char *read_name(struct arena *arena, const char **pointer)
{
	const char *at = *pointer + 1;
	char *name = arena_alloc(arena, strlen(at) + 1);
	size_t length = 0;

	assert(**pointer == '/');
	for (; *at != '\0' && *at != '/'; at++) {
		if (*at == '~') {
			at++;
			assert(*at == '0' || *at == '1');
			name[length++] = *at == '0' ? '~' : '/';
		} else {
			name[length++] = *at;
		}
	}
	*pointer = at;
	return name;
}

static void check_format(enum schema_format format, const char *bytes, size_t length)
{
	if (format == FORMAT_NONE || !json_is_utf8(bytes, length) || !validate_format(format, bytes, length))
		return;
	assert(length > 0);
	for (size_t i = 0; i < length; i++) {
		assert(bytes[i] < 0 || (bytes[i] > ' ' && bytes[i] != 0x7f));
		assert(strchr("<>\"\\", bytes[i]) == NULL || bytes[i] == '\0');
	}
}
