#include "api/http_parse.h"
#include "api/http_scan.h"

/*
 * RFC 9112 7.1, without its generosity: a size is 1 to 16 hex digits and
 * nothing around them, an extension is short, every line ends with CR LF.
 */
enum { SIZE_DIGITS_MAX = 16, EXTENSION_MAX = 256, TRAILERS_MAX = 4096 };

enum chunk_state {
	CHUNK_SIZE, /* 0: a zeroed struct is at its start */
	CHUNK_EXTENSION,
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_TRAILER_START,
	CHUNK_TRAILER_NAME,
	CHUNK_TRAILER_VALUE,
	CHUNK_TRAILER_LF,
	CHUNK_LAST_LF,
	CHUNK_END,
	CHUNK_REFUSED
};

static enum chunk_state next_state(struct http_chunked *chunked, char byte);
static enum chunk_state in_size(struct http_chunked *chunked, char byte);
static enum chunk_state in_extension(struct http_chunked *chunked, char byte);
static enum chunk_state in_trailer(struct http_chunked *chunked, char byte);
static enum chunk_state expect(char byte, char expected, enum chunk_state next);
static int hex_digit(char byte);

enum http_parsed http_parse_chunk(struct http_chunked *chunked, const char *bytes, size_t length,
    size_t *ret_used, struct http_slice *ret_data)
{
	size_t used = 0;

	*ret_data = (struct http_slice){bytes, 0};
	while (used < length && chunked->state != CHUNK_END && chunked->state != CHUNK_REFUSED) {
		if (chunked->state == CHUNK_DATA) {
			size_t rest = length - used;
			size_t piece = chunked->left < rest ? (size_t)chunked->left : rest;

			*ret_data = (struct http_slice){bytes + used, piece};
			used += piece;
			chunked->left -= piece;
			if (chunked->left == 0)
				chunked->state = CHUNK_DATA_CR;
			break;
		}
		chunked->state = (int)next_state(chunked, bytes[used++]);
	}
	*ret_used = used;
	if (chunked->state == CHUNK_REFUSED)
		return HTTP_REFUSED;
	return chunked->state == CHUNK_END ? HTTP_PARSED : HTTP_INCOMPLETE;
}

static enum chunk_state next_state(struct http_chunked *chunked, char byte)
{
	switch ((enum chunk_state)chunked->state) {
	case CHUNK_SIZE:
		return in_size(chunked, byte);
	case CHUNK_EXTENSION:
		return in_extension(chunked, byte);
	case CHUNK_SIZE_LF:
		chunked->line_bytes = 0;
		return expect(byte, '\n', chunked->left > 0 ? CHUNK_DATA : CHUNK_TRAILER_START);
	case CHUNK_DATA_CR:
		return expect(byte, '\r', CHUNK_DATA_LF);
	case CHUNK_DATA_LF:
		chunked->digits = 0;
		return expect(byte, '\n', CHUNK_SIZE);
	case CHUNK_TRAILER_START:
	case CHUNK_TRAILER_NAME:
	case CHUNK_TRAILER_VALUE:
		return in_trailer(chunked, byte);
	case CHUNK_TRAILER_LF:
		return expect(byte, '\n', CHUNK_TRAILER_START);
	case CHUNK_LAST_LF:
		return expect(byte, '\n', CHUNK_END);
	case CHUNK_DATA:
	case CHUNK_END:
	case CHUNK_REFUSED:
		break;
	}
	return CHUNK_REFUSED;
}

static enum chunk_state in_size(struct http_chunked *chunked, char byte)
{
	int digit = hex_digit(byte);

	if (digit < 0) {
		if (chunked->digits == 0)
			return CHUNK_REFUSED;
		return byte == ';' ? CHUNK_EXTENSION : expect(byte, '\r', CHUNK_SIZE_LF);
	}
	if (chunked->digits == SIZE_DIGITS_MAX)
		return CHUNK_REFUSED;
	chunked->digits++;
	chunked->left = chunked->left * 16 + (uint64_t)digit;
	return CHUNK_SIZE;
}

static enum chunk_state in_extension(struct http_chunked *chunked, char byte)
{
	if (byte == '\r')
		return CHUNK_SIZE_LF;
	if (++chunked->line_bytes > EXTENSION_MAX ||
	    !(http_scan_classes[(unsigned char)byte] & HTTP_CLASS_VALUE))
		return CHUNK_REFUSED;
	return CHUNK_EXTENSION;
}

/* The same grammar as a field of the head; what it says is dropped. */
static enum chunk_state in_trailer(struct http_chunked *chunked, char byte)
{
	unsigned class_bits = http_scan_classes[(unsigned char)byte];

	if (++chunked->line_bytes > TRAILERS_MAX)
		return CHUNK_REFUSED;
	if (chunked->state == CHUNK_TRAILER_VALUE) {
		if (byte == '\r')
			return CHUNK_TRAILER_LF;
		return class_bits & HTTP_CLASS_VALUE ? CHUNK_TRAILER_VALUE : CHUNK_REFUSED;
	}
	if (chunked->state == CHUNK_TRAILER_START && byte == '\r')
		return CHUNK_LAST_LF;
	if (chunked->state == CHUNK_TRAILER_NAME && byte == ':')
		return CHUNK_TRAILER_VALUE;
	return class_bits & HTTP_CLASS_TOKEN ? CHUNK_TRAILER_NAME : CHUNK_REFUSED;
}

static enum chunk_state expect(char byte, char expected, enum chunk_state next)
{
	return byte == expected ? next : CHUNK_REFUSED;
}

static int hex_digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}
