#include "api/language.h"

#include <string.h>
#include <strings.h>

static const char *const tags[LANGUAGE_COUNT] = {"fi", "sv", "en"};

static unsigned read_quality(const char *at, const char *end);
static bool range_matches(const char *range, size_t length, enum language *ret_language);
static bool is_easy_finnish(const char *range, size_t length);

const char *language_tag(enum language language)
{
	return tags[language];
}

enum language language_accepted(const char *field, size_t length, bool *ret_is_easy)
{
	const char *at = field;
	const char *end = field + length;
	enum language best = LANGUAGE_FI;
	unsigned best_quality = 0;

	*ret_is_easy = false;
	while (at < end) {
		const char *start = at;
		const char *range_end;
		enum language language;
		unsigned quality;

		while (at < end && *at != ',')
			at++;
		while (start < at && (*start == ' ' || *start == '\t'))
			start++;
		range_end = start;
		while (range_end < at && *range_end != ';' && *range_end != ' ')
			range_end++;
		quality = read_quality(range_end, at);
		if (quality > best_quality && range_matches(start, (size_t)(range_end - start), &language)) {
			best = language;
			best_quality = quality;
			*ret_is_easy = is_easy_finnish(start, (size_t)(range_end - start));
		}
		at++;
	}
	return best;
}

/* The q of a range in thousandths; 1000 when there is none. */
static unsigned read_quality(const char *at, const char *end)
{
	unsigned quality = 0;
	unsigned digit_value = 100;

	while (at + 2 < end && !((at[0] == 'q' || at[0] == 'Q') && at[1] == '='))
		at++;
	if (at + 2 >= end)
		return 1000;
	at += 2;
	if (*at == '1')
		return 1000;
	for (at += 2; at < end && *at >= '0' && *at <= '9' && digit_value > 0; at++) {
		quality += (unsigned)(*at - '0') * digit_value;
		digit_value /= 10;
	}
	return quality;
}

static bool range_matches(const char *range, size_t length, enum language *ret_language)
{
	for (unsigned i = 0; i < LANGUAGE_COUNT; i++) {
		if (length >= 2 && strncasecmp(range, tags[i], 2) == 0 && (length == 2 || range[2] == '-')) {
			*ret_language = (enum language)i;
			return true;
		}
	}
	return false;
}

static bool is_easy_finnish(const char *range, size_t length)
{
	return length == strlen(LANGUAGE_EASY_FINNISH) &&
	       strncasecmp(range, LANGUAGE_EASY_FINNISH, length) == 0;
}
