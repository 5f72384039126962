#include "common/json_out.h"

#include "common/utf8.h"

#include <assert.h>

enum {
	ESCAPE_MAX = sizeof "\\u0000" - 1,
	INT_MAX_DIGITS = sizeof "-9223372036854775808" - 1,
	/* Asked of the sink at once for a text with escapes. */
	ROOM = 1024
};

/* What follows the backslash; 'u' for \u00XX. Characters that are not listed go out as they are. */
static const char escapes[128] = {
    'u',
    'u',
    'u',
    'u',
    'u',
    'u',
    'u',
    'u',
    'b',
    't',
    'n',
    'u',
    'f',
    'r',
    'u',
    'u', /* U+0000 to U+000F */
    'u',
    'u',
    'u',
    'u',
    'u',
    'u',
    'u',
    'u',
    'u',
    'u',
    'u',
    'u',
    'u',
    'u',
    'u',
    'u', /* U+0010 to U+001F */
    ['"'] = '"',
    ['\\'] = '\\',
};

static char *begin_value(struct json_out *out, char *at);
static char *begin_name(struct json_out *out, char *at);
static void put(struct json_out *out, const char *text, size_t length);
static void open_container(struct json_out *out, char bracket, bool is_object);
static void close_container(struct json_out *out, char bracket, bool is_object);
static void put_escaped(struct json_out *out, const char *text, size_t length);
static char *put_escape(char *at, unsigned char byte);
static size_t plain_run(const char *text, size_t length);
static size_t plain_ascii_run(const char *text, size_t length);

void json_out_init(struct json_out *out, struct json_sink sink)
{
	*out = (struct json_out){.sink = sink};
}

void json_out_object(struct json_out *out)
{
	open_container(out, '{', true);
}

void json_out_object_end(struct json_out *out)
{
	close_container(out, '}', true);
}

void json_out_array(struct json_out *out)
{
	open_container(out, '[', false);
}

void json_out_array_end(struct json_out *out)
{
	close_container(out, ']', false);
}

void json_out_name(struct json_out *out, const char *name, size_t length)
{
	char *start = out->sink.reserve(out->sink.context, length + sizeof ",\"\":" - 1);
	char *at = begin_name(out, start);

	*at++ = '"';
	if (plain_run(name, length) == length) {
		at = mempcpy(at, name, length);
	} else {
		out->sink.commit(out->sink.context, (size_t)(at - start));
		put_escaped(out, name, length);
		start = out->sink.reserve(out->sink.context, 2);
		at = start;
	}
	*at++ = '"';
	*at++ = ':';
	out->sink.commit(out->sink.context, (size_t)(at - start));
}

void json_out_text(struct json_out *out, const char *text, size_t length)
{
	char *start = out->sink.reserve(out->sink.context, length + sizeof ",\"\"" - 1);
	char *at = begin_value(out, start);

	*at++ = '"';
	if (plain_run(text, length) == length) {
		if (length > 0)
			at = mempcpy(at, text, length);
	} else {
		out->sink.commit(out->sink.context, (size_t)(at - start));
		put_escaped(out, text, length);
		start = out->sink.reserve(out->sink.context, 1);
		at = start;
	}
	*at++ = '"';
	out->sink.commit(out->sink.context, (size_t)(at - start));
}

void json_out_int(struct json_out *out, int64_t number)
{
	char digits[INT_MAX_DIGITS];
	size_t first = sizeof digits;
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do {
		digits[--first] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (number < 0)
		digits[--first] = '-';
	put(out, digits + first, sizeof digits - first);
}

void json_out_bool(struct json_out *out, bool yes)
{
	if (yes)
		put(out, "true", 4);
	else
		put(out, "false", 5);
}

void json_out_null(struct json_out *out)
{
	put(out, "null", 4);
}

void json_out_raw(struct json_out *out, const char *json, size_t length)
{
	assert(length > 0);
	put(out, json, length);
}

bool json_out_is_whole(const struct json_out *out)
{
	return out->depth == 0 && out->has_items[0];
}

void json_out_member_text(struct json_out *out, const char *name, const char *text)
{
	json_out_name(out, name, strlen(name));
	if (text == NULL)
		json_out_null(out);
	else
		json_out_text(out, text, strlen(text));
}

void json_out_member_int(struct json_out *out, const char *name, int64_t number)
{
	json_out_name(out, name, strlen(name));
	json_out_int(out, number);
}

/* Writes the comma that belongs before a value, if any. */
static char *begin_value(struct json_out *out, char *at)
{
	if (out->after_name) {
		out->after_name = false;
		return at;
	}
	assert(!out->is_object[out->depth]);
	assert(out->depth > 0 || !out->has_items[0]);
	if (out->has_items[out->depth])
		*at++ = ',';
	out->has_items[out->depth] = true;
	return at;
}

static char *begin_name(struct json_out *out, char *at)
{
	assert(out->is_object[out->depth] && !out->after_name);
	if (out->has_items[out->depth])
		*at++ = ',';
	out->has_items[out->depth] = true;
	out->after_name = true;
	return at;
}

static void put(struct json_out *out, const char *text, size_t length)
{
	char *start = out->sink.reserve(out->sink.context, length + 1);
	char *at = begin_value(out, start);

	at = mempcpy(at, text, length);
	out->sink.commit(out->sink.context, (size_t)(at - start));
}

static void open_container(struct json_out *out, char bracket, bool is_object)
{
	put(out, &bracket, 1);
	assert(out->depth + 1 < JSON_OUT_DEPTH_MAX);
	out->depth++;
	out->has_items[out->depth] = false;
	out->is_object[out->depth] = is_object;
}

static void close_container(struct json_out *out, char bracket, bool is_object)
{
	assert(out->depth > 0 && out->is_object[out->depth] == is_object && !out->after_name);
	out->depth--;
	*out->sink.reserve(out->sink.context, 1) = bracket;
	out->sink.commit(out->sink.context, 1);
}

/* A byte that is part of no character becomes U+FFFD. */
static void put_escaped(struct json_out *out, const char *text, size_t length)
{
	char *start = out->sink.reserve(out->sink.context, ROOM);
	char *at = start;
	char *end = start + ROOM;

	while (length > 0) {
		size_t run = plain_run(text, length);

		if (run + ESCAPE_MAX > (size_t)(end - at)) {
			size_t room = run + ESCAPE_MAX > ROOM ? run + ESCAPE_MAX : ROOM;

			out->sink.commit(out->sink.context, (size_t)(at - start));
			start = out->sink.reserve(out->sink.context, room);
			at = start;
			end = start + room;
		}
		at = mempcpy(at, text, run);
		text += run;
		length -= run;
		if (length > 0) {
			at = put_escape(at, (unsigned char)*text);
			text++;
			length--;
		}
	}
	out->sink.commit(out->sink.context, (size_t)(at - start));
}

static char *put_escape(char *at, unsigned char byte)
{
	static const char hex[] = "0123456789abcdef";

	if (byte >= 0x80)
		return mempcpy(at, "\xef\xbf\xbd", 3);
	*at++ = '\\';
	*at++ = escapes[byte];
	if (escapes[byte] != 'u')
		return at;
	*at++ = '0';
	*at++ = '0';
	*at++ = hex[byte >> 4];
	*at++ = hex[byte & 15];
	return at;
}

/* How much of the text goes out as it is: whole characters that need no escape. */
static size_t plain_run(const char *text, size_t length)
{
	size_t run = 0;

	while (run < length) {
		size_t character;

		run += plain_ascii_run(text + run, length - run);
		if (run == length || (unsigned char)text[run] < 0x80)
			break;
		character = utf8_character(text + run, length - run);
		if (character == 0)
			break;
		run += character;
	}
	return run;
}

/*
 * Eight bytes at a time: the high bit of a byte of `stop` is set when the byte
 * is a control, a quote, a backslash or not ASCII (Mycroft's test for a zero
 * byte; a false alarm after a true one does no harm).
 */
static size_t plain_ascii_run(const char *text, size_t length)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t highs = ones * 0x80;
	size_t run = 0;

	for (; length - run >= sizeof(uint64_t); run += sizeof(uint64_t)) {
		uint64_t word;
		uint64_t quote;
		uint64_t backslash;
		uint64_t stop;

		memcpy(&word, text + run, sizeof word);
		quote = word ^ (ones * '"');
		backslash = word ^ (ones * '\\');
		stop = (word - ones * 0x20) | (quote - ones) | (backslash - ones) | word;
		if ((stop & highs) != 0)
			break;
	}
	while (run < length && (unsigned char)text[run] < 0x80 && escapes[(unsigned char)text[run]] == '\0')
		run++;
	return run;
}
