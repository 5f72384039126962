#include "api/validate_text.h"

#include "api/validate.h"
#include "api/validate_format.h"
#include "common/utf8.h"

#include <regex.h>
#include <string.h>

enum { NAME_SHOWN_MAX = 64 };

/* One for each of contract_patterns; written by validate_init only. */
static regex_t *patterns;
static unsigned pattern_count;

static const char *length_error(const struct schema *schema, const char *text, size_t length);
static bool matches(unsigned pattern, const char *text, size_t length);
static const char *integer_text_error(const struct schema *schema, struct http_slice text);

bool validate_init(struct err *err)
{
	validate_release();
	patterns = calloc(contract_pattern_count + 1, sizeof patterns[0]);
	if (patterns == NULL)
		return err_set(err, "contract", "no memory for patterns");
	for (; pattern_count < contract_pattern_count; pattern_count++) {
		const char *pattern = contract_patterns[pattern_count];

		if (regcomp(&patterns[pattern_count], pattern, REG_EXTENDED | REG_NOSUB) != 0)
			return err_set(err, "contract", "pattern '%s' does not compile", pattern);
	}
	return true;
}

void validate_release(void)
{
	while (pattern_count > 0)
		regfree(&patterns[--pattern_count]);
	free(patterns);
	patterns = NULL;
}

const char *validate_string(const struct schema *schema, const char *text, size_t length)
{
	const char *error;

	if (schema->values != NULL && !validate_is_listed(schema->values, schema->value_count, text, length))
		return "not_in_enum";
	error = length_error(schema, text, length);
	if (error != NULL)
		return error;
	if (schema->format != FORMAT_NONE && !validate_format(schema->format, text, length))
		return "bad_format";
	if (schema->pattern != NULL && !matches(schema->pattern_index, text, length))
		return "bad_pattern";
	return NULL;
}

const char *validate_text_param(const struct schema *schema, struct http_slice text)
{
	switch (schema->type) {
	case SCHEMA_STRING:
		return validate_string(schema, text.at, text.length);
	case SCHEMA_INTEGER:
		return integer_text_error(schema, text);
	case SCHEMA_BOOLEAN:
		return http_slice_equals(text, "true") || http_slice_equals(text, "false") ? NULL
											   : "wrong_type";
	case SCHEMA_ANY:
	case SCHEMA_OBJECT:
	case SCHEMA_ARRAY:
	case SCHEMA_NUMBER:
		break;
	}
	return "wrong_type";
}

bool validate_may_show(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");

	return length > 0 && length <= NAME_SHOWN_MAX && name[length] == '\0' &&
	       strspn(name, "0123456789.") == 0;
}

bool validate_is_listed(const char *const *names, unsigned count, const char *text, size_t length)
{
	unsigned low = 0, high = count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		size_t listed = strlen(names[middle]);
		int order = memcmp(text, names[middle], length < listed ? length : listed);

		if (order == 0 && length == listed)
			return true;
		if (order == 0)
			order = length < listed ? -1 : 1;
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static const char *length_error(const struct schema *schema, const char *text, size_t length)
{
	size_t count;

	/* Bytes are never fewer than characters, and at most four times as many. */
	if ((schema->max_length == 0 || length <= schema->max_length) && length / 4 >= schema->min_length)
		return NULL;
	count = utf8_count(text, length);
	if (count < schema->min_length)
		return "too_short";
	return schema->max_length != 0 && count > schema->max_length ? "too_long" : NULL;
}

/* REG_STARTEND: the text need not end with NUL. */
static bool matches(unsigned pattern, const char *text, size_t length)
{
	regmatch_t range = {.rm_so = 0, .rm_eo = (regoff_t)length};

	return pattern < pattern_count && regexec(&patterns[pattern], text, 1, &range, REG_STARTEND) == 0;
}

static const char *integer_text_error(const struct schema *schema, struct http_slice text)
{
	int64_t number = 0;

	if (!validate_integer(text.at, text.length, &number))
		return "wrong_type";
	if (schema->has_minimum && number < schema->minimum)
		return "too_small";
	if (schema->has_maximum && number > schema->maximum)
		return "too_large";
	return NULL;
}
