#include "common/json.h"

#include "common/utf8.h"

#include <pthread.h>

/* What the structure needs to be known of before a tree is built; Jansson judges the rest. */
struct scan {
	const char *at;
	const char *end;
	unsigned depth;
	unsigned nodes;
};

static pthread_once_t seeded = PTHREAD_ONCE_INIT;

static void seed(void);
static void release(void *tree);
static bool scan_structure(
    const char *bytes, size_t length, const struct json_limits *limits, struct err *err);
static void scan_string(struct scan *scan);
static void scan_token(struct scan *scan);
static bool starts_token(char byte);
static bool fail_at(struct err *err, const char *code, const char *bytes, size_t offset);
static bool fail_parse(struct err *err, const json_error_t *error);

bool json_read(struct arena *arena, const char *bytes, size_t length, const struct json_limits *limits,
    json_t **ret_json, struct err *err)
{
	json_error_t error;
	json_t *tree;
	size_t valid;

	if (length == 0)
		return err_set(err, "not_json", "nothing is there");
	valid = utf8_valid(bytes, length);
	if (valid < length)
		return fail_at(err, "not_utf8", bytes, valid);
	if (!scan_structure(bytes, length, limits, err))
		return false;
	(void)pthread_once(&seeded, seed);
	tree = json_loadb(bytes, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (tree == NULL)
		return fail_parse(err, &error);
	*ret_json = json_keep(arena, tree);
	return true;
}

bool json_is_utf8(const char *bytes, size_t length)
{
	return utf8_valid(bytes, length) == length;
}

json_t *json_keep(struct arena *arena, json_t *value)
{
	arena_on_free(arena, release, value);
	return value;
}

/* Seeded once, before the first tree: Jansson's own seeding on first use is not for threads. */
static void seed(void)
{
	json_object_seed(0);
}

static void release(void *tree)
{
	json_decref(tree);
}

/* Counts containers inside each other and, as nodes, every value and every member. */
static bool scan_structure(
    const char *bytes, size_t length, const struct json_limits *limits, struct err *err)
{
	struct scan scan = {.at = bytes, .end = bytes + length};

	while (scan.at < scan.end) {
		const char *start = scan.at;

		if (*start == '"') {
			scan_string(&scan);
		} else if (*start == '{' || *start == '[') {
			scan.at++;
			scan.depth++;
			scan.nodes++;
		} else if (*start == '}' || *start == ']') {
			scan.at++;
			/* More closed than opened is for the parser to refuse. */
			scan.depth -= scan.depth > 0;
		} else if (starts_token(*start)) {
			scan_token(&scan);
		} else if (*start == '\0') {
			/* Jansson would take it for the end and not look at what follows. */
			return fail_at(err, "not_json", bytes, (size_t)(start - bytes));
		} else {
			scan.at++;
		}
		if (scan.depth > limits->depth)
			return fail_at(err, "json_too_deep", bytes, (size_t)(start - bytes));
		if (scan.nodes > limits->nodes)
			return fail_at(err, "json_too_large", bytes, (size_t)(start - bytes));
	}
	return true;
}

/* To behind the closing quote, or to the end where there is none. */
static void scan_string(struct scan *scan)
{
	scan->nodes++;
	scan->at++;
	while (scan->at < scan->end && *scan->at != '"')
		scan->at += *scan->at == '\\' && scan->end - scan->at > 1 ? 2 : 1;
	if (scan->at < scan->end)
		scan->at++;
}

static void scan_token(struct scan *scan)
{
	scan->nodes++;
	while (scan->at < scan->end && starts_token(*scan->at))
		scan->at++;
}

/* true, false, null and numbers. */
static bool starts_token(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       byte == '-' || byte == '+' || byte == '.';
}

static bool fail_at(struct err *err, const char *code, const char *bytes, size_t offset)
{
	unsigned long line = 1;
	size_t line_start = 0;

	for (size_t i = 0; i < offset; i++) {
		if (bytes[i] == '\n') {
			line++;
			line_start = i + 1;
		}
	}
	return err_set(err, code, "at line %lu, byte %zu", line, offset - line_start + 1);
}

/* Jansson's own text quotes the input, so only its code and place are used. */
static bool fail_parse(struct err *err, const json_error_t *error)
{
	enum json_error_code code = json_error_code(error);

	if (code == json_error_duplicate_key)
		return err_set(err, "duplicate_member", "at line %d, column %d: a member twice", error->line,
		    error->column);
	if (code == json_error_null_character || code == json_error_null_byte_in_key)
		return err_set(err, "json_nul", "at line %d, column %d: \\u0000", error->line, error->column);
	if (code == json_error_numeric_overflow)
		return err_set(err, "not_json", "at line %d, column %d: a number that is too large",
		    error->line, error->column);
	if (code == json_error_end_of_input_expected)
		return err_set(err, "not_json", "at line %d, column %d: more than one value", error->line,
		    error->column);
	return err_set(err, "not_json", "at line %d, column %d", error->line, error->column);
}
