#include "api/http_parse.h"

#include "api/http_scan.h"

#include <strings.h>

static enum http_parsed read_head(struct http_scan *scan, struct http_head *head);
static enum http_parsed read_empty_lines(struct http_scan *scan);
static enum http_parsed read_method(struct http_scan *scan, struct http_head *head);
static enum http_parsed read_target(struct http_scan *scan, struct http_head *head);
static enum http_parsed read_version(struct http_scan *scan, struct http_head *head);
static enum http_parsed split_target(
    struct http_scan *scan, struct http_slice target, struct http_head *head);
static enum http_parsed split_absolute(
    struct http_scan *scan, struct http_slice target, struct http_head *head);
static void split_query(struct http_slice target, struct http_head *head);
static bool starts_with_caseless(struct http_slice slice, const char *prefix);

static const char *const method_names[HTTP_METHOD_COUNT] = {
    [HTTP_GET] = "GET",
    [HTTP_HEAD] = "HEAD",
    [HTTP_POST] = "POST",
    [HTTP_PUT] = "PUT",
    [HTTP_PATCH] = "PATCH",
    [HTTP_DELETE] = "DELETE",
    [HTTP_OPTIONS] = "OPTIONS",
};

const struct http_refusal http_refusals[HTTP_REFUSAL_COUNT] = {
    [HTTP_BAD_REQUEST_LINE] = {400, "bad_request_line"},
    [HTTP_BAD_TARGET] = {400, "bad_target"},
    [HTTP_BAD_HEADER] = {400, "bad_header"},
    [HTTP_BAD_HOST] = {400, "bad_host"},
    [HTTP_BAD_CONTENT_LENGTH] = {400, "bad_content_length"},
    [HTTP_BAD_TRANSFER_ENCODING] = {400, "bad_transfer_encoding"},
    [HTTP_BAD_VERSION] = {505, "http_version"},
    [HTTP_UNKNOWN_METHOD] = {501, "unknown_method"},
    [HTTP_EXPECTATION_FAILED] = {417, "expectation_failed"},
    [HTTP_HEAD_TOO_LARGE] = {431, "head_too_large"},
    [HTTP_TARGET_TOO_LONG] = {414, "target_too_long"},
    [HTTP_BAD_CHUNK] = {400, "bad_chunk"},
    [HTTP_BODY_TOO_LARGE] = {413, "body_too_large"},
    [HTTP_REQUEST_TIMEOUT] = {408, "request_timeout"},
    [HTTP_TOO_MANY_CONNECTIONS] = {503, "too_many_connections"},
};

/* Only the bytes up to the limit are looked at: then a drip and a flood get the same verdict. */
enum http_parsed http_parse_head(const char *bytes, size_t length, const struct http_parse_limits *limits,
    struct http_head *ret_head, size_t *ret_used, const struct http_refusal **ret_refusal)
{
	size_t window = length < limits->head_bytes ? length : limits->head_bytes;
	struct http_scan scan = {.at = bytes, .end = bytes + window, .limits = limits};
	enum http_parsed parsed = read_head(&scan, ret_head);

	if (parsed == HTTP_INCOMPLETE && length >= limits->head_bytes)
		parsed = http_scan_refuse(&scan, HTTP_HEAD_TOO_LARGE);
	if (parsed == HTTP_PARSED)
		*ret_used = (size_t)(scan.at - bytes);
	if (parsed == HTTP_REFUSED)
		*ret_refusal = scan.refusal;
	return parsed;
}

const char *http_method_name(enum http_method method)
{
	return method_names[method];
}

bool http_slice_equals(struct http_slice slice, const char *text)
{
	return strlen(text) == slice.length && memcmp(slice.at, text, slice.length) == 0;
}

bool http_slice_equals_caseless(struct http_slice slice, const char *text)
{
	return strlen(text) == slice.length && strncasecmp(slice.at, text, slice.length) == 0;
}

static enum http_parsed read_head(struct http_scan *scan, struct http_head *head)
{
	enum http_parsed parsed;

	head->method = HTTP_GET;
	parsed = read_empty_lines(scan);
	if (parsed == HTTP_PARSED)
		parsed = read_method(scan, head);
	if (parsed == HTTP_PARSED)
		parsed = read_target(scan, head);
	if (parsed == HTTP_PARSED)
		parsed = read_version(scan, head);
	if (parsed == HTTP_PARSED)
		parsed = http_scan_fields(scan, head);
	if (parsed == HTTP_PARSED)
		parsed = http_scan_meaning(scan, head);
	return parsed;
}

/* RFC 9112 2.2: an empty line before the request line is ignored. */
static enum http_parsed read_empty_lines(struct http_scan *scan)
{
	while (scan->at < scan->end && *scan->at == '\r') {
		enum http_parsed parsed = http_scan_line_end(scan, HTTP_BAD_REQUEST_LINE);

		if (parsed != HTTP_PARSED)
			return parsed;
	}
	return HTTP_PARSED;
}

static enum http_parsed read_method(struct http_scan *scan, struct http_head *head)
{
	struct http_slice name = {scan->at, http_scan_span(scan->at, scan->end, HTTP_CLASS_TOKEN)};

	if (name.at + name.length == scan->end)
		return HTTP_INCOMPLETE;
	if (name.length == 0 || name.at[name.length] != ' ')
		return http_scan_refuse(scan, HTTP_BAD_REQUEST_LINE);
	for (unsigned method = 0; method < HTTP_METHOD_COUNT; method++) {
		if (http_slice_equals(name, method_names[method])) {
			head->method = (enum http_method)method;
			scan->at += name.length + 1;
			return HTTP_PARSED;
		}
	}
	return http_scan_refuse(scan, HTTP_UNKNOWN_METHOD);
}

static enum http_parsed read_target(struct http_scan *scan, struct http_head *head)
{
	struct http_slice target = {scan->at, http_scan_span(scan->at, scan->end, HTTP_CLASS_TARGET)};
	const char *after = target.at + target.length;

	if (target.length > scan->limits->target_bytes)
		return http_scan_refuse(scan, HTTP_TARGET_TOO_LONG);
	if (after == scan->end)
		return HTTP_INCOMPLETE;
	if (*after == '\r' || *after == '\n')
		return http_scan_refuse(scan, HTTP_BAD_REQUEST_LINE);
	if (*after != ' ' || target.length == 0)
		return http_scan_refuse(scan, HTTP_BAD_TARGET);
	scan->at = after + 1;
	return split_target(scan, target, head);
}

/* Exactly HTTP/d.d and CR LF; another version than 1.0 and 1.1 is told apart from what is none. */
static enum http_parsed read_version(struct http_scan *scan, struct http_head *head)
{
	static const char pattern[] = "HTTP/d.d";
	char major, minor;
	enum http_parsed parsed;

	for (const char *expected = pattern; *expected; expected++, scan->at++) {
		if (scan->at == scan->end)
			return HTTP_INCOMPLETE;
		if (*expected == 'd' ? *scan->at < '0' || *scan->at > '9' : *scan->at != *expected)
			return http_scan_refuse(scan, HTTP_BAD_REQUEST_LINE);
	}
	major = scan->at[-3];
	minor = scan->at[-1];
	parsed = http_scan_line_end(scan, HTTP_BAD_REQUEST_LINE);
	if (parsed != HTTP_PARSED)
		return parsed;
	if (major != '1' || minor > '1')
		return http_scan_refuse(scan, HTTP_BAD_VERSION);
	head->minor_version = minor == '1' ? 1 : 0;
	return HTTP_PARSED;
}

static enum http_parsed split_target(struct http_scan *scan, struct http_slice target, struct http_head *head)
{
	head->absolute_form = false;
	head->host = (struct http_slice){"", 0};
	if (target.at[0] == '/' || (head->method == HTTP_OPTIONS && http_slice_equals(target, "*"))) {
		split_query(target, head);
		return HTTP_PARSED;
	}
	return split_absolute(scan, target, head);
}

/* RFC 9112 3.2.2: "http://host:port/path?query", as proxies send it. */
static enum http_parsed split_absolute(
    struct http_scan *scan, struct http_slice target, struct http_head *head)
{
	const char *end = target.at + target.length;
	const char *host;
	const char *host_end;

	if (starts_with_caseless(target, "http://"))
		host = target.at + strlen("http://");
	else if (starts_with_caseless(target, "https://"))
		host = target.at + strlen("https://");
	else
		return http_scan_refuse(scan, HTTP_BAD_TARGET);
	for (host_end = host; host_end < end && *host_end != '/' && *host_end != '?';)
		host_end++;
	head->host = (struct http_slice){host, (size_t)(host_end - host)};
	if (!http_scan_is_host(head->host))
		return http_scan_refuse(scan, HTTP_BAD_TARGET);
	head->absolute_form = true;
	split_query((struct http_slice){host_end, (size_t)(end - host_end)}, head);
	if (head->path.length == 0)
		head->path = (struct http_slice){"/", 1};
	return HTTP_PARSED;
}

static void split_query(struct http_slice target, struct http_head *head)
{
	const char *mark = target.length > 0 ? memchr(target.at, '?', target.length) : NULL;

	head->path = target;
	head->query = (struct http_slice){NULL, 0};
	if (!mark)
		return;
	head->path.length = (size_t)(mark - target.at);
	head->query = (struct http_slice){mark + 1, target.length - head->path.length - 1};
}

static bool starts_with_caseless(struct http_slice slice, const char *prefix)
{
	return slice.length >= strlen(prefix) && strncasecmp(slice.at, prefix, strlen(prefix)) == 0;
}
