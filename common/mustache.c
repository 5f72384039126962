#include "common/mustache.h"

enum { SECTION_DEPTH_MAX = 16, PIECES_FIRST = 32, REAL_DIGITS = 15 };

enum piece_kind { PIECE_TEXT, PIECE_VALUE, PIECE_RAW_VALUE, PIECE_SECTION, PIECE_INVERTED, PIECE_END };

/* A text between tags, or a tag. */
struct piece {
	enum piece_kind kind;
	unsigned line;
	const char *start; /* of the text, or of the name in the tag */
	size_t length;
	size_t end; /* PIECE_SECTION and PIECE_INVERTED: the index of its PIECE_END */
};

struct tag {
	const char *start; /* of its braces */
	const char *end;
	char sigil; /* '#', '^', '/', '!', '{', or ' ' for a plain value */
	struct piece piece;
};

struct reader {
	struct arena *arena;
	const char *source;
	const char *at;
	unsigned line; /* of `at` */
	struct piece *pieces;
	size_t count;
	size_t capacity;
	size_t open[SECTION_DEPTH_MAX]; /* sections that are not closed yet */
	unsigned depth;                 /* of open */
};

struct renderer {
	struct buffer *out;
	const struct piece *pieces;
	enum mustache_escape escape;
	json_t *contexts[SECTION_DEPTH_MAX + 1]; /* the innermost is the last one */
	unsigned depth;                          /* of contexts */
};

static bool read_pieces(struct reader *reader, struct err *err);
static bool read_tag(struct reader *reader, struct tag *tag, struct err *err);
static void add_text(struct reader *reader, struct tag *tag);
static bool add_tag(struct reader *reader, const struct tag *tag, struct err *err);
static bool add_section(
    struct reader *reader, const struct piece *piece, enum piece_kind kind, struct err *err);
static bool add_end(struct reader *reader, const struct piece *piece, struct err *err);
static bool is_name(const struct piece *piece);
static void add_piece(struct reader *reader, enum piece_kind kind, const struct piece *piece);
static void advance(struct reader *reader, const char *end);
static bool render(struct renderer *renderer, size_t from, size_t end, struct err *err);
static bool render_value(struct renderer *renderer, const struct piece *piece, struct err *err);
static bool render_section(struct renderer *renderer, size_t at, struct err *err);
static bool render_inside(struct renderer *renderer, size_t at, json_t *context, struct err *err);
static json_t *look_up(const struct renderer *renderer, const struct piece *piece);
static bool is_truth(const json_t *value);
static void add_html(struct buffer *out, const char *text, size_t length);

bool mustache_render(
    struct buffer *out, const char *source, json_t *values, enum mustache_escape escape, struct err *err)
{
	struct reader reader = {.arena = out->arena, .source = source, .at = source, .line = 1};
	struct renderer renderer = {.out = out, .escape = escape, .contexts = {values}, .depth = 1};

	if (!read_pieces(&reader, err))
		return false;
	renderer.pieces = reader.pieces;
	return render(&renderer, 0, reader.count, err);
}

static bool read_pieces(struct reader *reader, struct err *err)
{
	struct tag tag = {0};
	const struct piece *open;

	while ((tag.start = strstr(reader->at, "{{")) != NULL) {
		if (!read_tag(reader, &tag, err))
			return false;
		add_text(reader, &tag);
		if (!add_tag(reader, &tag, err))
			return false;
		advance(reader, tag.end);
	}
	tag.start = reader->at + strlen(reader->at);
	tag.end = tag.start;
	tag.sigil = ' ';
	add_text(reader, &tag);
	if (reader->depth == 0)
		return true;
	open = &reader->pieces[reader->open[reader->depth - 1]];
	return err_set(err, "template", "line %u: the section '%.*s' has no end", open->line,
	    (int)open->length, open->start);
}

/* Finds where the tag at tag->start ends, its sigil and its name. */
static bool read_tag(struct reader *reader, struct tag *tag, struct err *err)
{
	const char *closing = tag->start[2] == '{' ? "}}}" : "}}";
	const char *name = tag->start + 2;
	const char *name_end = strstr(name, closing);

	tag->sigil = ' ';
	tag->piece.line = reader->line;
	for (const char *at = reader->at; at < tag->start; at++)
		tag->piece.line += *at == '\n';
	if (name_end == NULL)
		return err_set(err, "template", "line %u: a tag is not closed", tag->piece.line);
	tag->end = name_end + strlen(closing);
	if (*name != '\0' && strchr("#^/!{", *name) != NULL)
		tag->sigil = *name++;
	while (name < name_end && *name == ' ')
		name++;
	while (name_end > name && name_end[-1] == ' ')
		name_end--;
	tag->piece.start = name;
	tag->piece.length = (size_t)(name_end - name);
	return true;
}

/*
 * The text before the tag. A section's tag or a comment that is alone on its line
 * takes the line with it: blanks before, and all behind up to the next line.
 */
static void add_text(struct reader *reader, struct tag *tag)
{
	struct piece text = {.line = reader->line, .start = reader->at};
	const char *end = tag->start;
	const char *next = tag->end;

	if (strchr("#^/!", tag->sigil) != NULL) {
		while (end > reader->source && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		next += strspn(next, " \t");
		next += next[0] == '\r' && next[1] == '\n';
		if ((end == reader->source || end[-1] == '\n') && (*next == '\n' || *next == '\0'))
			tag->end = next + (*next == '\n');
		else
			end = tag->start;
	}
	text.length = (size_t)(end - text.start);
	if (text.length > 0)
		add_piece(reader, PIECE_TEXT, &text);
}

static bool add_tag(struct reader *reader, const struct tag *tag, struct err *err)
{
	const struct piece *piece = &tag->piece;

	if (tag->sigil == '!')
		return true;
	if (!is_name(piece))
		return err_set(err, "template", "line %u: '%.*s' is not a name", piece->line,
		    (int)piece->length, piece->start);
	if (tag->sigil == '#')
		return add_section(reader, piece, PIECE_SECTION, err);
	if (tag->sigil == '^')
		return add_section(reader, piece, PIECE_INVERTED, err);
	if (tag->sigil == '/')
		return add_end(reader, piece, err);
	add_piece(reader, tag->sigil == '{' ? PIECE_RAW_VALUE : PIECE_VALUE, piece);
	return true;
}

static bool add_section(
    struct reader *reader, const struct piece *piece, enum piece_kind kind, struct err *err)
{
	if (reader->depth == SECTION_DEPTH_MAX)
		return err_set(err, "template", "line %u: more than %d sections inside each other",
		    piece->line, SECTION_DEPTH_MAX);
	reader->open[reader->depth++] = reader->count;
	add_piece(reader, kind, piece);
	return true;
}

static bool add_end(struct reader *reader, const struct piece *piece, struct err *err)
{
	struct piece *open;

	if (reader->depth == 0)
		return err_set(err, "template", "line %u: '%.*s' ends no section", piece->line,
		    (int)piece->length, piece->start);
	open = &reader->pieces[reader->open[--reader->depth]];
	if (open->length != piece->length || memcmp(open->start, piece->start, piece->length) != 0)
		return err_set(err, "template", "line %u: '%.*s' ends where '%.*s' is open", piece->line,
		    (int)piece->length, piece->start, (int)open->length, open->start);
	open->end = reader->count;
	add_piece(reader, PIECE_END, piece);
	return true;
}

/* "." or words of letters, digits and "_" with dots between them. */
static bool is_name(const struct piece *piece)
{
	char last = '.';

	if (piece->length == 1 && piece->start[0] == '.')
		return true;
	for (size_t i = 0; i < piece->length; i++) {
		char now = piece->start[i];
		bool is_word = (now >= 'a' && now <= 'z') || (now >= 'A' && now <= 'Z') ||
			       (now >= '0' && now <= '9') || now == '_';

		if (!is_word && (now != '.' || last == '.'))
			return false;
		last = now;
	}
	return last != '.';
}

static void add_piece(struct reader *reader, enum piece_kind kind, const struct piece *piece)
{
	struct piece *added;

	if (reader->count == reader->capacity) {
		size_t capacity = reader->capacity == 0 ? PIECES_FIRST : 2 * reader->capacity;
		struct piece *grown = arena_array(reader->arena, capacity, sizeof *grown);

		if (reader->count > 0)
			memcpy(grown, reader->pieces, reader->count * sizeof *grown);
		reader->pieces = grown;
		reader->capacity = capacity;
	}
	added = &reader->pieces[reader->count++];
	*added = *piece;
	added->kind = kind;
}

static void advance(struct reader *reader, const char *end)
{
	for (; reader->at < end; reader->at++)
		reader->line += *reader->at == '\n';
}

static bool render(struct renderer *renderer, size_t from, size_t end, struct err *err)
{
	for (size_t at = from; at < end; at++) {
		const struct piece *piece = &renderer->pieces[at];

		switch (piece->kind) {
		case PIECE_TEXT:
			buffer_add(renderer->out, piece->start, piece->length);
			break;
		case PIECE_VALUE:
		case PIECE_RAW_VALUE:
			if (!render_value(renderer, piece, err))
				return false;
			break;
		case PIECE_SECTION:
		case PIECE_INVERTED:
			if (!render_section(renderer, at, err))
				return false;
			at = piece->end;
			break;
		case PIECE_END:
			break;
		}
	}
	return true;
}

static bool render_value(struct renderer *renderer, const struct piece *piece, struct err *err)
{
	json_t *value = look_up(renderer, piece);

	if (value == NULL)
		return err_set(err, "template", "line %u: nothing is called '%.*s'", piece->line,
		    (int)piece->length, piece->start);
	if (json_is_integer(value))
		buffer_printf(renderer->out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		buffer_printf(renderer->out, "%.*g", REAL_DIGITS, json_real_value(value));
	else if (!json_is_string(value))
		return err_set(err, "template", "line %u: '%.*s' is no text and no number", piece->line,
		    (int)piece->length, piece->start);
	else if (piece->kind == PIECE_VALUE && renderer->escape == MUSTACHE_HTML)
		add_html(renderer->out, json_string_value(value), json_string_length(value));
	else
		buffer_add(renderer->out, json_string_value(value), json_string_length(value));
	return true;
}

static bool render_section(struct renderer *renderer, size_t at, struct err *err)
{
	const struct piece *piece = &renderer->pieces[at];
	json_t *value = look_up(renderer, piece);

	if (value == NULL)
		return err_set(err, "template", "line %u: nothing is called '%.*s'", piece->line,
		    (int)piece->length, piece->start);
	if (is_truth(value) != (piece->kind == PIECE_SECTION))
		return true;
	if (piece->kind == PIECE_INVERTED)
		return render_inside(renderer, at, renderer->contexts[renderer->depth - 1], err);
	if (!json_is_array(value))
		return render_inside(renderer, at, value, err);
	for (size_t i = 0; i < json_array_size(value); i++) {
		if (!render_inside(renderer, at, json_array_get(value, i), err))
			return false;
	}
	return true;
}

/* A section inside a context: as deep as sections may be, so that contexts have room. */
static bool render_inside(struct renderer *renderer, size_t at, json_t *context, struct err *err)
{
	bool ok;

	renderer->contexts[renderer->depth++] = context;
	ok = render(renderer, at + 1, renderer->pieces[at].end, err);
	renderer->depth--;
	return ok;
}

/* The first word is sought from the innermost context outwards, the others inside what it names. */
static json_t *look_up(const struct renderer *renderer, const struct piece *piece)
{
	const char *end = piece->start + piece->length;
	const char *word = piece->start;
	const char *word_end = memchr(word, '.', piece->length);
	json_t *value = NULL;

	if (word_end == word)
		return renderer->contexts[renderer->depth - 1];
	if (word_end == NULL)
		word_end = end;
	for (unsigned i = renderer->depth; i > 0 && value == NULL; i--)
		value = json_object_getn(renderer->contexts[i - 1], word, (size_t)(word_end - word));
	while (value != NULL && word_end < end) {
		word = word_end + 1;
		word_end = memchr(word, '.', (size_t)(end - word));
		if (word_end == NULL)
			word_end = end;
		value = json_object_getn(value, word, (size_t)(word_end - word));
	}
	return value;
}

/* As in mustache.js: null, false, 0, "" and the empty list are not. */
static bool is_truth(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_NULL:
	case JSON_FALSE:
		return false;
	case JSON_INTEGER:
		return json_integer_value(value) != 0;
	case JSON_STRING:
		return json_string_length(value) > 0;
	case JSON_ARRAY:
		return json_array_size(value) > 0;
	case JSON_TRUE:
	case JSON_REAL:
	case JSON_OBJECT:
		return true;
	}
	return false;
}

static void add_html(struct buffer *out, const char *text, size_t length)
{
	static const char *const entities[] = {
	    ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"};
	size_t run = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte >= sizeof entities / sizeof entities[0] || entities[byte] == NULL)
			continue;
		buffer_add(out, text + run, i - run);
		buffer_text(out, entities[byte]);
		run = i + 1;
	}
	buffer_add(out, text + run, length - run);
}
