#include "common/words_parts.h"

#include <stdbool.h>
#include <string.h>

enum { PIECES_MAX = 24, PART_BYTES = 256 };

/* A piece of WORDBASES: +surface(base). */
struct piece {
	const char *surface, *base;
	size_t surface_bytes, base_bytes; /* base NULL: a prefix, or a sign between words */
};

/* One part of a compound. */
struct part {
	const struct piece *first;
	size_t count;
	size_t from; /* bytes of the base form before it */
};

static size_t read_pieces(const char *bases, struct piece pieces[PIECES_MAX]);
static size_t find_parts(
    const struct piece *pieces, size_t count, const char *structure, struct part parts[PIECES_MAX]);
static void add_part(const struct part *part, words_part *add, void *context);
static bool is_ending(const struct piece *piece);
static bool means_not(const struct piece *piece);
static bool is_boundary(const char *structure, size_t chars);
static size_t last_boundary(const char *base, const char *structure);
static size_t characters(const char *text, size_t length);

void words_parts(const char *base, const char *bases, const char *structure, words_part *add, void *context)
{
	struct piece pieces[PIECES_MAX];
	struct part parts[PIECES_MAX];
	size_t base_bytes = strlen(base);
	size_t count = find_parts(pieces, read_pieces(bases, pieces), structure, parts);
	size_t last = last_boundary(base, structure);

	/* A word that has grown together, which the dictionary does not part: ensi=apu. */
	if (count == 1 && last > 0 && last < base_bytes && !means_not(parts[0].first))
		add(context, base + last, base_bytes - last);
	if (count < 2 || parts[count - 1].from >= base_bytes)
		return;
	for (size_t i = 0; i + 1 < count; i++)
		add_part(&parts[i], add, context);
	for (size_t i = 1; i < count; i++)
		add(context, base + parts[i].from, base_bytes - parts[i].from);
	for (size_t i = 2; i < count; i++)
		add(context, base, parts[i].from);
}

void words_verb(const char *bases, words_part *add, void *context)
{
	struct piece pieces[PIECES_MAX];

	if (read_pieces(bases, pieces) > 0 && pieces[0].base != NULL)
		add(context, pieces[0].base, pieces[0].base_bytes);
}

static size_t read_pieces(const char *bases, struct piece pieces[PIECES_MAX])
{
	size_t count = 0;

	while (*bases == '+' && count < PIECES_MAX) {
		size_t length = strcspn(bases + 1, "+(");
		struct piece *piece = &pieces[count];

		*piece = (struct piece){.surface = bases + 1, .surface_bytes = length};
		bases += 1 + length;
		if (*bases == '(') {
			piece->base = bases + 1;
			piece->base_bytes = strcspn(bases + 1, ")");
			bases += 1 + piece->base_bytes;
			if (*bases != ')')
				break;
			bases++;
		}
		count++;
	}
	return count;
}

/*
 * A part begins with a piece that is no ending where the word as it is written has a boundary, too. A "not"
 * stays with what follows it: who looks for "ystävällinen" does not mean "epäystävällinen".
 */
static size_t find_parts(
    const struct piece *pieces, size_t count, const char *structure, struct part parts[PIECES_MAX])
{
	size_t found = 0, bytes = 0, chars = 0;
	bool is_not = false; /* the part so far is a "not" */

	for (size_t i = 0; i < count; i++) {
		const struct piece *piece = &pieces[i];

		if (i == 0 || (!is_ending(piece) && !is_not && is_boundary(structure, chars))) {
			parts[found++] = (struct part){.first = piece, .from = bytes};
			is_not = means_not(piece);
		} else if (piece->surface[0] != '-') {
			is_not = false;
		}
		parts[found - 1].count++;
		bytes += piece->surface_bytes;
		chars += characters(piece->surface, piece->surface_bytes);
	}
	return found;
}

/*
 * A part that is not the last: its own base form where it is one piece; else as it is written (pysäköinti-),
 * and with the base of its ending (hoidon-: hoito).
 */
static void add_part(const struct part *part, words_part *add, void *context)
{
	const struct piece *last = &part->first[part->count - 1];
	char text[PART_BYTES];
	size_t length = 0;

	if (part->count == 1 && last->base != NULL) {
		add(context, last->base, last->base_bytes);
		return;
	}
	for (size_t i = 0; i < part->count; i++) {
		const struct piece *piece = &part->first[i];

		if (length + piece->surface_bytes + last->base_bytes > sizeof text)
			return;
		memcpy(text + length, piece->surface, piece->surface_bytes);
		length += piece->surface_bytes;
	}
	add(context, text, length);
	if (!is_ending(last))
		return;
	length -= last->surface_bytes;
	memcpy(text + length, last->base + 1, last->base_bytes - 1);
	add(context, text, length + last->base_bytes - 1);
}

/* "+to(+to)" */
static bool is_ending(const struct piece *piece)
{
	return piece->base != NULL && piece->base[0] == '+';
}

static bool means_not(const struct piece *piece)
{
	static const char *const prefixes[] = {"epä", "ei"};

	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		if (piece->base == NULL && piece->surface_bytes == strlen(prefixes[i]) &&
		    memcmp(piece->surface, prefixes[i], piece->surface_bytes) == 0)
			return true;
	return false;
}

static bool is_boundary(const char *structure, size_t chars)
{
	size_t seen = 0;

	for (; *structure != '\0'; structure++) {
		if (*structure == '=' && seen == chars)
			return true;
		if (*structure != '=')
			seen++;
	}
	return false;
}

/* Bytes of the base form before its last part; 0: it has one part. */
static size_t last_boundary(const char *base, const char *structure)
{
	const char *last = strrchr(structure, '=');
	size_t chars = 0, bytes = 0;

	for (const char *at = structure; last != NULL && at < last; at++)
		chars += *at != '=';
	for (; chars > 0 && base[bytes] != '\0'; chars--)
		for (bytes++; ((unsigned char)base[bytes] & 0xC0) == 0x80; bytes++)
			;
	return bytes;
}

static size_t characters(const char *text, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += ((unsigned char)text[i] & 0xC0) != 0x80;
	return count;
}
