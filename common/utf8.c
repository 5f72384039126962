#include "common/utf8.h"

#include <stdint.h>

/* Table 3-7 of the Unicode standard: the first byte decides the length and the range of the second. */
struct lead {
	unsigned char least, most;
	unsigned char length;
	unsigned char second_least, second_most;
};

static const struct lead leads[] = {
    {0x00, 0x7f, 1, 0x00, 0x00},
    {0xc2, 0xdf, 2, 0x80, 0xbf},
    {0xe0, 0xe0, 3, 0xa0, 0xbf},
    {0xe1, 0xec, 3, 0x80, 0xbf},
    {0xed, 0xed, 3, 0x80, 0x9f},
    {0xee, 0xef, 3, 0x80, 0xbf},
    {0xf0, 0xf0, 4, 0x90, 0xbf},
    {0xf1, 0xf3, 4, 0x80, 0xbf},
    {0xf4, 0xf4, 4, 0x80, 0x8f},
};

/* Characters without a picture, from the first to the last of a run. */
static const struct {
	uint32_t first, last;
} blanks[] = {{0x00, 0x20}, {0x7f, 0xa0}, {0xad, 0xad}, {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x200f},
    {0x2028, 0x202f}, {0x205f, 0x2064}, {0x2800, 0x2800}, {0x3000, 0x3000}, {0xfeff, 0xfeff}};

static size_t lead_character(const struct lead *lead, const unsigned char *at, size_t length);
static size_t ascii_run(const char *bytes, size_t length);
static uint32_t code_point(const unsigned char *at, size_t length);
static bool has_picture(uint32_t character);

size_t utf8_character(const char *bytes, size_t length)
{
	const unsigned char *at = (const unsigned char *)bytes;

	if (length == 0)
		return 0;
	for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
		if (at[0] >= leads[i].least && at[0] <= leads[i].most)
			return lead_character(&leads[i], at, length);
	}
	return 0;
}

size_t utf8_valid(const char *bytes, size_t length)
{
	size_t done = 0;

	for (;;) {
		size_t character;

		done += ascii_run(bytes + done, length - done);
		if (done == length)
			return done;
		character = utf8_character(bytes + done, length - done);
		if (character == 0)
			return done;
		done += character;
	}
}

/* Every byte but the continuing ones begins a character. */
size_t utf8_count(const char *bytes, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += ((unsigned char)bytes[i] & 0xc0) != 0x80;
	return count;
}

bool utf8_is_blank(const char *bytes, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t character = utf8_character(bytes + at, length - at);

		if (character == 0 || has_picture(code_point((const unsigned char *)bytes + at, character)))
			return false;
		at += character;
	}
	return true;
}

static size_t lead_character(const struct lead *lead, const unsigned char *at, size_t length)
{
	if (lead->length == 1)
		return 1;
	if (length < lead->length || at[1] < lead->second_least || at[1] > lead->second_most)
		return 0;
	for (size_t i = 2; i < lead->length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	return lead->length;
}

static size_t ascii_run(const char *bytes, size_t length)
{
	size_t run = 0;

	for (; length - run >= sizeof(uint64_t); run += sizeof(uint64_t)) {
		uint64_t word;

		__builtin_memcpy(&word, bytes + run, sizeof word);
		if ((word & UINT64_C(0x8080808080808080)) != 0)
			break;
	}
	while (run < length && (unsigned char)bytes[run] < 0x80)
		run++;
	return run;
}

/* Of one whole character. */
static uint32_t code_point(const unsigned char *at, size_t length)
{
	uint32_t code = length == 1 ? at[0] : at[0] & (0x7fu >> length);

	for (size_t i = 1; i < length; i++)
		code = code << 6 | (at[i] & 0x3fu);
	return code;
}

static bool has_picture(uint32_t character)
{
	for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++) {
		if (character >= blanks[i].first && character <= blanks[i].last)
			return false;
	}
	return true;
}
