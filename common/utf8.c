#include "common/utf8.h"

#include <stdbool.h>
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

static size_t lead_character(const struct lead *lead, const unsigned char *at, size_t length);
static size_t ascii_run(const char *bytes, size_t length);

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
