#include "api/http_scan.h"

#include <strings.h>

/* The fields that say where a message ends and who it is for; each may come only so often. */
struct framing {
	const struct http_slice *host;
	const struct http_slice *content_length;
	const struct http_slice *transfer_encoding;
	unsigned hosts, content_lengths, transfer_encodings;
	bool close, keep_alive, other_expectation, expect_continue;
};

static enum http_parsed read_field(struct http_scan *scan, struct http_header *ret_header);
static void note_field(struct framing *framing, const struct http_header *header);
static void note_connection(struct framing *framing, struct http_slice value);
static enum http_parsed check_host(
    struct http_scan *scan, const struct framing *framing, struct http_head *head);
static enum http_parsed check_body(
    struct http_scan *scan, const struct framing *framing, struct http_head *head);
static bool read_length(struct http_slice value, uint64_t *ret_length);
static bool is_port(const char *at, const char *end);
static const char *after_literal(struct http_slice host);

/* clang-format off */
const unsigned char http_scan_classes[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	2, 7, 6, 7, 7, 7, 7, 7, 6, 6, 7, 7, 6, 15, 15, 6, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 6, 6, 6, 6, 6, 6,
	6, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 6, 6, 6, 7, 15,
	7, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 6, 7, 6, 15, 0,
	2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
	2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
	2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
	2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
};
/* clang-format on */

const struct http_slice *http_head_find(const struct http_head *head, const char *name)
{
	size_t length = strlen(name);

	for (unsigned i = 0; i < head->header_count; i++) {
		const struct http_header *header = &head->headers[i];

		if (header->name.length == length && strncasecmp(header->name.at, name, length) == 0)
			return &header->value;
	}
	return NULL;
}

enum http_parsed http_scan_refuse(struct http_scan *scan, enum http_refusal_kind kind)
{
	scan->refusal = &http_refusals[kind];
	return HTTP_REFUSED;
}

size_t http_scan_span(const char *bytes, const char *end, unsigned class_bits)
{
	const char *at = bytes;

	while (at < end && http_scan_classes[(unsigned char)*at] & class_bits)
		at++;
	return (size_t)(at - bytes);
}

enum http_parsed http_scan_line_end(struct http_scan *scan, enum http_refusal_kind kind)
{
	if (scan->at == scan->end)
		return HTTP_INCOMPLETE;
	if (scan->at[0] != '\r')
		return http_scan_refuse(scan, kind);
	if (scan->at + 1 == scan->end)
		return HTTP_INCOMPLETE;
	if (scan->at[1] != '\n')
		return http_scan_refuse(scan, kind);
	scan->at += 2;
	return HTTP_PARSED;
}

enum http_parsed http_scan_fields(struct http_scan *scan, struct http_head *head)
{
	head->header_count = 0;
	while (scan->at < scan->end) {
		enum http_parsed parsed;

		if (*scan->at == '\r')
			return http_scan_line_end(scan, HTTP_BAD_HEADER);
		if (head->header_count == scan->limits->headers)
			return http_scan_refuse(scan, HTTP_HEAD_TOO_LARGE);
		parsed = read_field(scan, &head->headers[head->header_count]);
		if (parsed != HTTP_PARSED)
			return parsed;
		head->header_count++;
	}
	return HTTP_INCOMPLETE;
}

enum http_parsed http_scan_meaning(struct http_scan *scan, struct http_head *head)
{
	struct framing framing = {0};
	enum http_parsed parsed;

	for (unsigned i = 0; i < head->header_count; i++)
		note_field(&framing, &head->headers[i]);
	parsed = check_host(scan, &framing, head);
	if (parsed == HTTP_PARSED)
		parsed = check_body(scan, &framing, head);
	if (parsed != HTTP_PARSED)
		return parsed;
	if (framing.other_expectation)
		return http_scan_refuse(scan, HTTP_EXPECTATION_FAILED);
	/* RFC 9110 10.1.1: a 1.0 client does not wait. */
	head->expect_continue = framing.expect_continue && head->minor_version == 1;
	head->keep_alive = !framing.close && (head->minor_version == 1 || framing.keep_alive);
	return HTTP_PARSED;
}

bool http_scan_is_host(struct http_slice host)
{
	const char *end = host.at + host.length;
	const char *after;

	if (host.length == 0)
		return false;
	if (host.at[0] == '[')
		after = after_literal(host);
	else
		after = host.at + http_scan_span(host.at, end, HTTP_CLASS_HOST);
	if (!after || after == host.at)
		return false;
	return after == end || (*after == ':' && is_port(after + 1, end));
}

/* A name, the colon at once, and a value on one line. A space at the start is the obsolete folding: no token.
 */
static enum http_parsed read_field(struct http_scan *scan, struct http_header *ret_header)
{
	struct http_slice name = {scan->at, http_scan_span(scan->at, scan->end, HTTP_CLASS_TOKEN)};
	struct http_slice value;
	enum http_parsed parsed;

	scan->at += name.length;
	if (scan->at == scan->end)
		return HTTP_INCOMPLETE;
	if (name.length == 0 || *scan->at != ':')
		return http_scan_refuse(scan, HTTP_BAD_HEADER);
	scan->at++;
	value = (struct http_slice){scan->at, http_scan_span(scan->at, scan->end, HTTP_CLASS_VALUE)};
	scan->at += value.length;
	parsed = http_scan_line_end(scan, HTTP_BAD_HEADER);
	if (parsed != HTTP_PARSED)
		return parsed;
	while (value.length > 0 && (value.at[0] == ' ' || value.at[0] == '\t')) {
		value.at++;
		value.length--;
	}
	while (value.length > 0 && (value.at[value.length - 1] == ' ' || value.at[value.length - 1] == '\t'))
		value.length--;
	*ret_header = (struct http_header){name, value};
	return HTTP_PARSED;
}

/* By length first: nearly every field is told apart by it. */
static void note_field(struct framing *framing, const struct http_header *header)
{
	const struct http_slice name = header->name;

	if (name.length == strlen("Host") && http_slice_equals_caseless(name, "Host")) {
		framing->hosts++;
		framing->host = &header->value;
	} else if (name.length == strlen("Expect") && http_slice_equals_caseless(name, "Expect")) {
		bool known = http_slice_equals_caseless(header->value, "100-continue");

		framing->expect_continue |= known;
		framing->other_expectation |= !known;
	} else if (name.length == strlen("Connection") && http_slice_equals_caseless(name, "Connection")) {
		note_connection(framing, header->value);
	} else if (name.length == strlen("Content-Length") &&
		   http_slice_equals_caseless(name, "Content-Length")) {
		framing->content_lengths++;
		framing->content_length = &header->value;
	} else if (name.length == strlen("Transfer-Encoding") &&
		   http_slice_equals_caseless(name, "Transfer-Encoding")) {
		framing->transfer_encodings++;
		framing->transfer_encoding = &header->value;
	}
}

/* A comma-separated list; options other than the two are for proxies. */
static void note_connection(struct framing *framing, struct http_slice value)
{
	const char *end = value.at + value.length;
	const char *at = value.at;

	while (at < end) {
		struct http_slice option = {at, http_scan_span(at, end, HTTP_CLASS_TOKEN)};

		if (option.length == 0) {
			at++;
			continue;
		}
		framing->close |= http_slice_equals_caseless(option, "close");
		framing->keep_alive |= http_slice_equals_caseless(option, "keep-alive");
		at += option.length;
	}
}

static enum http_parsed check_host(
    struct http_scan *scan, const struct framing *framing, struct http_head *head)
{
	if (framing->hosts > 1 || (framing->hosts == 0 && head->minor_version == 1))
		return http_scan_refuse(scan, HTTP_BAD_HOST);
	if (framing->host && (framing->host->length > 0 || head->minor_version == 1)) {
		if (!http_scan_is_host(*framing->host))
			return http_scan_refuse(scan, HTTP_BAD_HOST);
		if (!head->absolute_form)
			head->host = *framing->host;
	}
	return HTTP_PARSED;
}

/* Where the message ends must be said once and in one way (RFC 9112 6). */
static enum http_parsed check_body(
    struct http_scan *scan, const struct framing *framing, struct http_head *head)
{
	head->body = HTTP_BODY_NONE;
	head->content_length = 0;
	if (framing->transfer_encodings > 0) {
		if (framing->transfer_encodings > 1 || framing->content_lengths > 0 ||
		    head->minor_version == 0 || !http_slice_equals(*framing->transfer_encoding, "chunked"))
			return http_scan_refuse(scan, HTTP_BAD_TRANSFER_ENCODING);
		head->body = HTTP_BODY_CHUNKED;
	} else if (framing->content_lengths > 0) {
		if (framing->content_lengths > 1 ||
		    !read_length(*framing->content_length, &head->content_length))
			return http_scan_refuse(scan, HTTP_BAD_CONTENT_LENGTH);
		head->body = HTTP_BODY_LENGTH;
	}
	return HTTP_PARSED;
}

/* Digits only, below 2^63. */
static bool read_length(struct http_slice value, uint64_t *ret_length)
{
	uint64_t length = 0;

	if (value.length == 0)
		return false;
	for (size_t i = 0; i < value.length; i++) {
		unsigned digit = (unsigned)((unsigned char)value.at[i] - '0');

		if (digit > 9 || length > ((uint64_t)INT64_MAX - digit) / 10)
			return false;
		length = length * 10 + digit;
	}
	*ret_length = length;
	return true;
}

/* Up to 65535; empty is allowed by RFC 3986 3.2.3. */
static bool is_port(const char *at, const char *end)
{
	unsigned port = 0;

	for (; at < end; at++) {
		if (*at < '0' || *at > '9')
			return false;
		port = port * 10 + (unsigned)(*at - '0');
		if (port > UINT16_MAX)
			return false;
	}
	return true;
}

/* "[…]" with an IPv6 address in it, as far as its characters tell. NULL: not closed. */
static const char *after_literal(struct http_slice host)
{
	const char *close = memchr(host.at, ']', host.length);

	if (!close || close == host.at + 1)
		return NULL;
	for (const char *at = host.at + 1; at < close; at++) {
		if (!strchr("0123456789abcdefABCDEF:.", *at) || *at == '\0')
			return NULL;
	}
	return close + 1;
}
