/*
 * Heads and chunked bodies from arbitrary bytes: what is accepted stays inside
 * the bytes and keeps the promises of the header; showing the bytes in two
 * pieces gives the same verdict.
 */
#include "api/http_parse.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADERS_MAX = 20 };

static const struct http_parse_limits limits = {
    .head_bytes = 1024, .target_bytes = 256, .headers = HEADERS_MAX};

static void check_inside(struct http_slice slice, const char *bytes, size_t length)
{
	if (slice.length > 0)
		assert(slice.at >= bytes && slice.at + slice.length <= bytes + length);
}

static void check_head(const struct http_head *head, const char *bytes, size_t used)
{
	assert(used <= limits.head_bytes);
	assert(head->path.length > 0 && head->path.length <= limits.target_bytes);
	assert(head->path.at[0] == '/' || http_slice_equals(head->path, "*"));
	assert(head->header_count <= limits.headers);
	assert(head->minor_version == 0 || head->host.length > 0);
	assert(head->body == HTTP_BODY_LENGTH || head->content_length == 0);
	assert(head->body != HTTP_BODY_CHUNKED || !http_head_find(head, "Content-Length"));
	check_inside(head->host, bytes, used);
	check_inside(head->query, bytes, used);
	for (unsigned i = 0; i < head->header_count; i++) {
		const struct http_header *header = &head->headers[i];

		check_inside(header->name, bytes, used);
		check_inside(header->value, bytes, used);
		assert(header->name.length > 0);
		assert(!memchr(header->value.at, '\r', header->value.length));
		assert(!memchr(header->value.at, '\n', header->value.length));
		assert(!memchr(header->value.at, '\0', header->value.length));
	}
}

static void check_chunks(const char *bytes, size_t length, size_t cut)
{
	struct http_chunked whole = {0};
	struct http_chunked pieces = {0};
	enum http_parsed parsed = HTTP_INCOMPLETE;
	enum http_parsed parsed_again = HTTP_INCOMPLETE;
	size_t at = 0;
	size_t at_again = 0;
	struct http_slice data;
	size_t used;

	while (parsed == HTTP_INCOMPLETE && at < length) {
		parsed = http_parse_chunk(&whole, bytes + at, length - at, &used, &data);
		assert(used > 0 && used <= length - at);
		check_inside(data, bytes + at, used);
		at += used;
	}
	while (parsed_again == HTTP_INCOMPLETE && at_again < length) {
		size_t end = at_again < cut ? cut : length;

		parsed_again = http_parse_chunk(&pieces, bytes + at_again, end - at_again, &used, &data);
		at_again += used;
	}
	assert(parsed == parsed_again && at == at_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_header headers[HEADERS_MAX];
	struct http_header headers_again[HEADERS_MAX];
	struct http_head head = {.headers = headers};
	struct http_head again = {.headers = headers_again};
	const struct http_refusal *refusal = NULL;
	const struct http_refusal *refusal_again = NULL;
	const char *bytes = (const char *)data;
	size_t cut = size > 0 ? data[size - 1] * size / 256 : 0;
	size_t used = 0;
	size_t used_again = 0;
	enum http_parsed parsed = http_parse_head(bytes, size, &limits, &head, &used, &refusal);
	enum http_parsed early = http_parse_head(bytes, cut, &limits, &again, &used_again, &refusal_again);

	assert(
	    early == HTTP_INCOMPLETE || (early == parsed && used == used_again && refusal == refusal_again));
	if (parsed == HTTP_REFUSED)
		assert(refusal && refusal->status >= 400 && refusal->problem_code);
	if (parsed == HTTP_PARSED) {
		check_head(&head, bytes, used);
		bytes += used;
		size -= used;
		cut = cut > used ? cut - used : 0;
	}
	check_chunks(bytes, size, cut);
	return 0;
}
