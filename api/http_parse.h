/*
 * Bytes → an HTTP/1.1 message head, and chunked bodies: pure, strict, no I/O,
 * no allocation. What it refuses is listed in RELIABILITY ("What the HTTP
 * reader refuses"); each refusal has a problem code.
 */
#ifndef OSALLISUUS_API_HTTP_PARSE_H
#define OSALLISUUS_API_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_slice {
	const char *at;
	size_t length;
};

struct http_header {
	struct http_slice name, value; /* value without the white space around it */
};

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_METHOD_COUNT
};

enum http_body { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED };

struct http_parse_limits {
	size_t head_bytes;   /* 431 above; at most 8 KiB by default */
	size_t target_bytes; /* 414 above */
	unsigned headers;    /* 431 above */
};

struct http_head {
	enum http_method method;
	struct http_slice path;  /* as sent, from the first '/'; "*" for OPTIONS * */
	struct http_slice query; /* after '?', without it; at NULL: none */
	struct http_slice host;  /* of an absolute-form target, else of the Host field; may be empty on 1.0 */
	bool absolute_form;      /* the target named the host: the caller checks that it is ours */
	unsigned minor_version;  /* 0 or 1 */
	enum http_body body;
	uint64_t content_length;
	bool keep_alive;
	bool expect_continue;
	unsigned header_count;
	struct http_header *headers; /* the caller's array, with room for limits->headers of them */
};

enum http_parsed { HTTP_PARSED, HTTP_INCOMPLETE, HTTP_REFUSED };

/* Why a message is refused: a status and a code of openapi/problems.yaml. Static. */
struct http_refusal {
	unsigned status;
	const char *problem_code;
};

/* All of them; those after HTTP_BAD_CHUNK are told by the server and not by the parser of heads. */
enum http_refusal_kind {
	HTTP_BAD_REQUEST_LINE,
	HTTP_BAD_TARGET,
	HTTP_BAD_HEADER,
	HTTP_BAD_HOST,
	HTTP_BAD_CONTENT_LENGTH,
	HTTP_BAD_TRANSFER_ENCODING,
	HTTP_BAD_VERSION,
	HTTP_UNKNOWN_METHOD,
	HTTP_EXPECTATION_FAILED,
	HTTP_HEAD_TOO_LARGE,
	HTTP_TARGET_TOO_LONG,
	HTTP_BAD_CHUNK,
	HTTP_BODY_TOO_LARGE,
	HTTP_REQUEST_TIMEOUT,
	HTTP_TOO_MANY_CONNECTIONS,
	HTTP_REFUSAL_COUNT
};

extern const struct http_refusal http_refusals[HTTP_REFUSAL_COUNT];

/*
 * Reads one head from the start of bytes (leading empty lines, CRLF, allowed).
 * HTTP_PARSED: *ret_used bytes were the head. HTTP_REFUSED: *ret_refusal says why,
 * and of *ret_head only the method is of use (HTTP_GET when it was not read).
 * The verdict over a message does not depend on how much of it is shown at
 * once. ret_head->headers is set by the caller. Slices point into bytes (the path "/" of a bare absolute
 * target is static). Never reads past length.
 */
enum http_parsed http_parse_head(const char *bytes, size_t length, const struct http_parse_limits *limits,
    struct http_head *ret_head, size_t *ret_used, const struct http_refusal **ret_refusal);

/* Case-insensitive; NULL when the field is not there. The first one when there are several. */
const struct http_slice *http_head_find(const struct http_head *head, const char *name);
bool http_slice_equals(struct http_slice slice, const char *text);          /* exact */
bool http_slice_equals_caseless(struct http_slice slice, const char *text); /* ASCII */
const char *http_method_name(enum http_method method);

/* The state of one chunked body; zeroed at its start. */
struct http_chunked {
	int state;
	uint64_t left;       /* bytes of data left in this chunk */
	unsigned line_bytes; /* of the size line with extensions, or of all trailers */
	unsigned digits;
};

/*
 * Reads a piece of a chunked body. *ret_used bytes are consumed; *ret_data is
 * the next piece of data among them (empty: none). HTTP_PARSED: the body is
 * whole, trailers included. HTTP_INCOMPLETE: call again (with more bytes when nothing was used).
 */
enum http_parsed http_parse_chunk(struct http_chunked *chunked, const char *bytes, size_t length,
    size_t *ret_used, struct http_slice *ret_data);

#endif
