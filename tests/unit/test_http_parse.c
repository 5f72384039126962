/* Heads of messages: what is refused, and as what; what is accepted, and as what. */
#include "api/http_parse.h"
#include "tests/unit/unit.h"

#define TEXT(literal) (literal), sizeof(literal) - 1
#define HOST "Host: example.org\r\n"
#define GET "GET / HTTP/1.1\r\n"
#define POST "POST / HTTP/1.1\r\n" HOST
#define LONG_16 "0123456789abcdef"
#define LONG_64 LONG_16 LONG_16 LONG_16 LONG_16
#define LONG_256 LONG_64 LONG_64 LONG_64 LONG_64
#define FIELDS_5 "a: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\ne: 5\r\n"

struct refused {
	const char *name;
	const char *bytes;
	size_t length;
	unsigned status;
	const char *code;
};

struct accepted {
	const char *name;
	const char *bytes;
	size_t length;
	enum http_method method;
	const char *path, *query, *host; /* query NULL: none */
	enum http_body body;
	uint64_t content_length;
	bool closes, expects, old; /* old: HTTP/1.0 */
};

/* Small, so that the tables can reach them. */
enum { HEADERS_MAX = 10 };

static const struct http_parse_limits limits = {
    .head_bytes = 512, .target_bytes = 64, .headers = HEADERS_MAX};

static const struct refused refused[] = {
    /* the request line */
    {"a method that is no token", TEXT("G@T / HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_request_line"},
    {"an empty method", TEXT(" / HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_request_line"},
    {"a method we do not know", TEXT("BREW / HTTP/1.1\r\n" HOST "\r\n"), 501, "unknown_method"},
    {"a method in small letters", TEXT("get / HTTP/1.1\r\n" HOST "\r\n"), 501, "unknown_method"},
    {"TRACE", TEXT("TRACE / HTTP/1.1\r\n" HOST "\r\n"), 501, "unknown_method"},
    {"CONNECT", TEXT("CONNECT example.org:80 HTTP/1.1\r\n" HOST "\r\n"), 501, "unknown_method"},
    {"the preface of HTTP/2", TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 501, "unknown_method"},
    {"a TLS hello", TEXT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400, "bad_request_line"},
    {"a tab after the method", TEXT("GET\t/ HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_request_line"},
    {"two spaces after the method", TEXT("GET  / HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_target"},
    {"two spaces before the version", TEXT("GET /  HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_request_line"},
    {"a space before the line", TEXT(" GET / HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_request_line"},
    {"a space after the version", TEXT("GET / HTTP/1.1 \r\n" HOST "\r\n"), 400, "bad_request_line"},
    {"a request of HTTP/0.9", TEXT("GET /\r\n"), 400, "bad_request_line"},
    {"a line that ends with LF only", TEXT("GET / HTTP/1.1\n" HOST "\r\n"), 400, "bad_request_line"},
    {"a line that ends with CR only", TEXT("GET / HTTP/1.1\r" HOST "\r\n"), 400, "bad_request_line"},
    {"an empty line with LF only", TEXT("\nGET / HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_request_line"},
    {"CR alone before the line", TEXT("\rGET / HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_request_line"},
    {"NUL in the method", TEXT("GE\0T / HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_request_line"},
    {"version 2.0", TEXT("GET / HTTP/2.0\r\n" HOST "\r\n"), 505, "http_version"},
    {"version 1.2", TEXT("GET / HTTP/1.2\r\n" HOST "\r\n"), 505, "http_version"},
    {"version 0.9", TEXT("GET / HTTP/0.9\r\n" HOST "\r\n"), 505, "http_version"},
    {"version 1.10", TEXT("GET / HTTP/1.10\r\n" HOST "\r\n"), 400, "bad_request_line"},
    {"a version without a point", TEXT("GET / HTTP/11\r\n" HOST "\r\n"), 400, "bad_request_line"},
    {"a version in small letters", TEXT("GET / http/1.1\r\n" HOST "\r\n"), 400, "bad_request_line"},
    {"a version of another protocol", TEXT("GET / HTTPS/1.1\r\n" HOST "\r\n"), 400, "bad_request_line"},
    /* the target */
    {"an empty target", TEXT("GET  HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_target"},
    {"a target without a slash", TEXT("GET a HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_target"},
    {"* with another method than OPTIONS", TEXT("GET * HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_target"},
    {"* with more behind it", TEXT("OPTIONS *x HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_target"},
    {"NUL in the target", TEXT("GET /a\0b HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_target"},
    {"a tab in the target", TEXT("GET /a\tb HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_target"},
    {"DEL in the target", TEXT("GET /a\x7f HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_target"},
    {"UTF-8 in the target", TEXT("GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_target"},
    {"CR in the target", TEXT("GET /a\rb HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_request_line"},
    {"a target of another scheme", TEXT("GET ftp://example.org/ HTTP/1.1\r\n" HOST "\r\n"), 400,
	"bad_target"},
    {"a target with no host", TEXT("GET http:///a HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_target"},
    {"a target with a user", TEXT("GET http://a@b/ HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_target"},
    {"a target with a port that is none", TEXT("GET http://a:b/ HTTP/1.1\r\n" HOST "\r\n"), 400,
	"bad_target"},
    {"a target one byte over its limit", TEXT("GET /" LONG_64 " HTTP/1.1\r\n" HOST "\r\n"), 414,
	"target_too_long"},
    /* fields */
    {"no colon", TEXT(GET HOST "Accept\r\n\r\n"), 400, "bad_header"},
    {"a space before the colon", TEXT(GET HOST "Accept : a\r\n\r\n"), 400, "bad_header"},
    {"a tab before the colon", TEXT(GET HOST "Accept\t: a\r\n\r\n"), 400, "bad_header"},
    {"an empty name", TEXT(GET HOST ": a\r\n\r\n"), 400, "bad_header"},
    {"a name with a space", TEXT(GET HOST "A b: a\r\n\r\n"), 400, "bad_header"},
    {"a name with a slash", TEXT(GET HOST "A/b: a\r\n\r\n"), 400, "bad_header"},
    {"a name with UTF-8", TEXT(GET HOST "\xc3\xa4: a\r\n\r\n"), 400, "bad_header"},
    {"NUL in a name", TEXT(GET HOST "A\0b: a\r\n\r\n"), 400, "bad_header"},
    {"a folded line", TEXT(GET HOST "A: b\r\n c\r\n\r\n"), 400, "bad_header"},
    {"a line folded with a tab", TEXT(GET HOST "A: b\r\n\tc\r\n\r\n"), 400, "bad_header"},
    {"a space before the first field", TEXT(GET " " HOST "\r\n"), 400, "bad_header"},
    {"NUL in a value", TEXT(GET HOST "A: b\0c\r\n\r\n"), 400, "bad_header"},
    {"a control byte in a value", TEXT(GET HOST "A: b\x01\r\n\r\n"), 400, "bad_header"},
    {"DEL in a value", TEXT(GET HOST "A: b\x7f\r\n\r\n"), 400, "bad_header"},
    {"CR in a value", TEXT(GET HOST "A: b\rc\r\n\r\n"), 400, "bad_header"},
    {"LF in a value", TEXT(GET HOST "A: b\nc: d\r\n\r\n"), 400, "bad_header"},
    {"a field that ends with LF only", TEXT(GET "Host: example.org\n\r\n"), 400, "bad_header"},
    {"a head that ends with LF only", TEXT(GET HOST "\n"), 400, "bad_header"},
    {"a head that ends with CR CR LF", TEXT(GET HOST "\r\r\n"), 400, "bad_header"},
    {"one field over the limit", TEXT(GET HOST FIELDS_5 FIELDS_5 "\r\n"), 431, "head_too_large"},
    {"one byte over the limit of the head",
	TEXT(GET HOST "A: " LONG_256 LONG_64 LONG_64 LONG_64 LONG_16 "0123456\r\n\r\n"), 431,
	"head_too_large"},
    {"a head that does not end", TEXT(GET HOST "A: " LONG_256 LONG_256), 431, "head_too_large"},
    {"a method that does not end", TEXT(LONG_256 LONG_256), 431, "head_too_large"},
    {"a mistake behind the limit of the head", TEXT(GET HOST "A: " LONG_256 LONG_256 "\r\n@"), 431,
	"head_too_large"},
    /* Host */
    {"no Host", TEXT(GET "\r\n"), 400, "bad_host"},
    {"two Hosts", TEXT(GET HOST HOST "\r\n"), 400, "bad_host"},
    {"two Hosts on 1.0", TEXT("GET / HTTP/1.0\r\n" HOST HOST "\r\n"), 400, "bad_host"},
    {"an empty Host", TEXT(GET "Host:\r\n\r\n"), 400, "bad_host"},
    {"a Host with a path", TEXT(GET "Host: a/b\r\n\r\n"), 400, "bad_host"},
    {"a Host with a user", TEXT(GET "Host: a@b\r\n\r\n"), 400, "bad_host"},
    {"a Host with a space", TEXT(GET "Host: a b\r\n\r\n"), 400, "bad_host"},
    {"a Host with a comma", TEXT(GET "Host: a,b\r\n\r\n"), 400, "bad_host"},
    {"a Host with UTF-8", TEXT(GET "Host: \xc3\xa4\r\n\r\n"), 400, "bad_host"},
    {"a Host with a port that is too large", TEXT(GET "Host: a:65536\r\n\r\n"), 400, "bad_host"},
    {"a Host with a port that is no number", TEXT(GET "Host: a:b\r\n\r\n"), 400, "bad_host"},
    {"a Host that is a port", TEXT(GET "Host: :80\r\n\r\n"), 400, "bad_host"},
    {"a Host with an open bracket", TEXT(GET "Host: [::1\r\n\r\n"), 400, "bad_host"},
    {"a Host with text behind the bracket", TEXT(GET "Host: [::1]a\r\n\r\n"), 400, "bad_host"},
    {"a Host with empty brackets", TEXT(GET "Host: []\r\n\r\n"), 400, "bad_host"},
    {"a malformed Host on 1.0", TEXT("GET / HTTP/1.0\r\nHost: a b\r\n\r\n"), 400, "bad_host"},
    {"a malformed Host behind an absolute target", TEXT("GET http://a/ HTTP/1.1\r\nHost: a b\r\n\r\n"), 400,
	"bad_host"},
    /* Content-Length */
    {"Content-Length twice", TEXT(POST "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400,
	"bad_content_length"},
    {"the same Content-Length twice", TEXT(POST "Content-Length: 1\r\ncontent-length: 1\r\n\r\n"), 400,
	"bad_content_length"},
    {"an empty Content-Length", TEXT(POST "Content-Length:\r\n\r\n"), 400, "bad_content_length"},
    {"a Content-Length with plus", TEXT(POST "Content-Length: +1\r\n\r\n"), 400, "bad_content_length"},
    {"a Content-Length with minus", TEXT(POST "Content-Length: -1\r\n\r\n"), 400, "bad_content_length"},
    {"a list as Content-Length", TEXT(POST "Content-Length: 1, 1\r\n\r\n"), 400, "bad_content_length"},
    {"a hexadecimal Content-Length", TEXT(POST "Content-Length: 0x1\r\n\r\n"), 400, "bad_content_length"},
    {"a Content-Length with a space in it", TEXT(POST "Content-Length: 1 1\r\n\r\n"), 400,
	"bad_content_length"},
    {"a Content-Length with a fraction", TEXT(POST "Content-Length: 1.0\r\n\r\n"), 400, "bad_content_length"},
    {"a Content-Length of 2^63", TEXT(POST "Content-Length: 9223372036854775808\r\n\r\n"), 400,
	"bad_content_length"},
    {"a Content-Length that wraps round", TEXT(POST "Content-Length: 18446744073709551617\r\n\r\n"), 400,
	"bad_content_length"},
    /* Transfer-Encoding */
    {"identity", TEXT(POST "Transfer-Encoding: identity\r\n\r\n"), 400, "bad_transfer_encoding"},
    {"gzip and chunked", TEXT(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"), 400, "bad_transfer_encoding"},
    {"chunked and identity", TEXT(POST "Transfer-Encoding: chunked, identity\r\n\r\n"), 400,
	"bad_transfer_encoding"},
    {"chunked twice in a list", TEXT(POST "Transfer-Encoding: chunked, chunked\r\n\r\n"), 400,
	"bad_transfer_encoding"},
    {"chunked twice", TEXT(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), 400,
	"bad_transfer_encoding"},
    {"a second Transfer-Encoding", TEXT(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n"),
	400, "bad_transfer_encoding"},
    {"an empty Transfer-Encoding", TEXT(POST "Transfer-Encoding:\r\n\r\n"), 400, "bad_transfer_encoding"},
    {"xchunked", TEXT(POST "Transfer-Encoding: xchunked\r\n\r\n"), 400, "bad_transfer_encoding"},
    {"chunked in quotes", TEXT(POST "Transfer-Encoding: \"chunked\"\r\n\r\n"), 400, "bad_transfer_encoding"},
    {"chunked with a comma", TEXT(POST "Transfer-Encoding: chunked,\r\n\r\n"), 400, "bad_transfer_encoding"},
    {"chunked with a parameter", TEXT(POST "Transfer-Encoding: chunked;a=b\r\n\r\n"), 400,
	"bad_transfer_encoding"},
    {"chunked in other letters", TEXT(POST "Transfer-Encoding: cHuNkEd\r\n\r\n"), 400,
	"bad_transfer_encoding"},
    {"chunked with Content-Length", TEXT(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), 400,
	"bad_transfer_encoding"},
    {"Content-Length behind chunked", TEXT(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
	400, "bad_transfer_encoding"},
    {"chunked on 1.0", TEXT("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400,
	"bad_transfer_encoding"},
    /* Expect */
    {"another expectation", TEXT(POST "Expect: 200-ok\r\n\r\n"), 417, "expectation_failed"},
    {"two expectations", TEXT(POST "Expect: 100-continue\r\nExpect: x\r\n\r\n"), 417, "expectation_failed"},
    {"an empty expectation", TEXT(POST "Expect:\r\n\r\n"), 417, "expectation_failed"},
};

static const struct accepted accepted[] = {
    {"a plain GET", TEXT(GET HOST "\r\n"), .path = "/", .host = "example.org"},
    {"a leading empty line", TEXT("\r\n" GET HOST "\r\n"), .path = "/", .host = "example.org"},
    {"a path and a query", TEXT("GET /a/b?c=d?e HTTP/1.1\r\n" HOST "\r\n"), .path = "/a/b", .query = "c=d?e",
	.host = "example.org"},
    {"an empty query", TEXT("GET /? HTTP/1.1\r\n" HOST "\r\n"), .path = "/", .query = "",
	.host = "example.org"},
    {"a target at its limit",
	TEXT("GET /" LONG_16 LONG_16 LONG_16 "0123456789abcde HTTP/1.1\r\n" HOST "\r\n"),
	.path = "/" LONG_16 LONG_16 LONG_16 "0123456789abcde", .host = "example.org"},
    {"as many fields as the limit", TEXT(GET HOST FIELDS_5 "f: 6\r\ng: 7\r\nh: 8\r\ni: 9\r\n\r\n"),
	.path = "/", .host = "example.org"},
    {"a head at its limit", TEXT(GET HOST "A: " LONG_256 LONG_64 LONG_64 LONG_64 LONG_16 "012345\r\n\r\n"),
	.path = "/", .host = "example.org"},
    {"HEAD", TEXT("HEAD /a HTTP/1.1\r\n" HOST "\r\n"), .method = HTTP_HEAD, .path = "/a",
	.host = "example.org"},
    {"DELETE with a body", TEXT("DELETE /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\n"),
	.method = HTTP_DELETE, .path = "/a", .host = "example.org", .body = HTTP_BODY_LENGTH,
	.content_length = 3},
    {"OPTIONS *", TEXT("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), .method = HTTP_OPTIONS, .path = "*",
	.host = "example.org"},
    {"PUT", TEXT("PUT /a HTTP/1.1\r\n" HOST "\r\n"), .method = HTTP_PUT, .path = "/a", .host = "example.org"},
    {"PATCH", TEXT("PATCH /a HTTP/1.1\r\n" HOST "\r\n"), .method = HTTP_PATCH, .path = "/a",
	.host = "example.org"},
    {"an absolute target over Host", TEXT("GET http://b.example:8080/a?b HTTP/1.1\r\n" HOST "\r\n"),
	.path = "/a", .query = "b", .host = "b.example:8080"},
    {"an absolute target without a path", TEXT("GET HTTPS://b.example HTTP/1.1\r\n" HOST "\r\n"), .path = "/",
	.host = "b.example"},
    {"an absolute target with a query only", TEXT("GET http://b?c HTTP/1.1\r\n" HOST "\r\n"), .path = "/",
	.query = "c", .host = "b"},
    {"Host with a port", TEXT(GET "Host: a:65535\r\n\r\n"), .path = "/", .host = "a:65535"},
    {"Host with an IPv6 address", TEXT(GET "hOST:[::1]:80\r\n\r\n"), .path = "/", .host = "[::1]:80"},
    {"Content-Length 0", TEXT(POST "Content-Length: 0\r\n\r\n"), .method = HTTP_POST, .path = "/",
	.host = "example.org", .body = HTTP_BODY_LENGTH},
    {"the largest Content-Length", TEXT(POST "Content-Length: 9223372036854775807\r\n\r\n"),
	.method = HTTP_POST, .path = "/", .host = "example.org", .body = HTTP_BODY_LENGTH,
	.content_length = INT64_MAX},
    {"a Content-Length with zeros before it", TEXT(POST "Content-Length: \t 0012 \t\r\n\r\n"),
	.method = HTTP_POST, .path = "/", .host = "example.org", .body = HTTP_BODY_LENGTH,
	.content_length = 12},
    {"chunked", TEXT(POST "transfer-encoding: chunked\r\n\r\n"), .method = HTTP_POST, .path = "/",
	.host = "example.org", .body = HTTP_BODY_CHUNKED},
    {"100-continue", TEXT(POST "Content-Length: 5\r\nExpect: 100-Continue\r\n\r\n"), .method = HTTP_POST,
	.path = "/", .host = "example.org", .body = HTTP_BODY_LENGTH, .content_length = 5, .expects = true},
    {"100-continue on 1.0, unheeded", TEXT("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n"),
	.method = HTTP_POST, .path = "/", .host = "", .closes = true, .old = true},
    {"Connection: close", TEXT(GET HOST "Connection: close\r\n\r\n"), .path = "/", .host = "example.org",
	.closes = true},
    {"close in a list", TEXT(GET HOST "Connection: TE , Close\r\n\r\n"), .path = "/", .host = "example.org",
	.closes = true},
    {"close over keep-alive", TEXT(GET HOST "Connection: keep-alive\r\nConnection: close\r\n\r\n"),
	.path = "/", .host = "example.org", .closes = true},
    {"an option that only begins with close", TEXT(GET HOST "Connection: closed\r\n\r\n"), .path = "/",
	.host = "example.org"},
    {"1.0 without Host", TEXT("GET / HTTP/1.0\r\n\r\n"), .path = "/", .host = "", .closes = true,
	.old = true},
    {"1.0 with keep-alive", TEXT("GET / HTTP/1.0\r\nHost:\r\nConnection: Keep-Alive\r\n\r\n"), .path = "/",
	.host = "", .old = true},
    {"bytes above 0x7f in a value", TEXT(GET HOST "A: \xc3\xa4\r\n\r\n"), .path = "/", .host = "example.org"},
    {"an empty value", TEXT(GET HOST "A:\r\nB: \t \r\n\r\n"), .path = "/", .host = "example.org"},
};

struct verdict {
	enum http_parsed parsed;
	size_t used;
	const struct http_refusal *refusal;
};

/* A block of its own for each length, so that ASan sees a read behind the end. */
static struct verdict parse(const char *bytes, size_t length, struct http_head *head)
{
	struct verdict verdict = {0};
	char *copy = malloc(length + 1);
	char *shown = copy + 1;

	assert_non_null(copy);
	memcpy(shown, bytes, length);
	verdict.parsed = http_parse_head(shown, length, &limits, head, &verdict.used, &verdict.refusal);
	free(copy);
	return verdict;
}

/* The verdict of the shortest prefix that has one. */
static struct verdict parse_bytewise(const char *bytes, size_t length, struct http_head *head, size_t *ret_at)
{
	struct verdict verdict = {.parsed = HTTP_INCOMPLETE};

	*ret_at = 0;
	for (size_t at = 0; at <= length && verdict.parsed == HTTP_INCOMPLETE; at++) {
		verdict = parse(bytes, at, head);
		*ret_at = at;
	}
	return verdict;
}

static bool same(const char *expected, struct http_slice slice)
{
	return expected ? slice.at && http_slice_equals(slice, expected) : !slice.at;
}

static void is_refused(void **state)
{
	const struct refused *row = *state;
	struct http_header headers[HEADERS_MAX];
	struct http_head head = {.headers = headers};
	struct verdict whole = parse(row->bytes, row->length, &head);
	struct verdict bytewise;
	size_t at;

	assert_int_equal(whole.parsed, HTTP_REFUSED);
	assert_string_equal(whole.refusal->problem_code, row->code);
	assert_int_equal(whole.refusal->status, row->status);
	bytewise = parse_bytewise(row->bytes, row->length, &head, &at);
	assert_int_equal(bytewise.parsed, HTTP_REFUSED);
	assert_ptr_equal(bytewise.refusal, whole.refusal);
}

static void is_accepted(void **state)
{
	static const char more[] = "GET /smuggled HTTP/1.1\r\n" HOST "\r\n";
	const struct accepted *row = *state;
	struct http_header headers[HEADERS_MAX];
	struct http_head head = {.headers = headers};
	struct verdict verdict;
	size_t at;
	char *followed = malloc(row->length + sizeof more);

	assert_non_null(followed);
	verdict = parse_bytewise(row->bytes, row->length, &head, &at);
	assert_int_equal(verdict.parsed, HTTP_PARSED);
	assert_int_equal(at, row->length);
	memcpy(followed, row->bytes, row->length);
	memcpy(followed + row->length, more, sizeof more);
	head = (struct http_head){.headers = headers};
	verdict.parsed = http_parse_head(
	    followed, row->length + sizeof more - 1, &limits, &head, &verdict.used, &verdict.refusal);
	assert_int_equal(verdict.parsed, HTTP_PARSED);
	assert_int_equal(verdict.used, row->length);
	assert_int_equal(head.method, row->method);
	assert_true(same(row->path, head.path));
	assert_true(same(row->query, head.query));
	assert_true(same(row->host, head.host));
	assert_int_equal(head.minor_version, row->old ? 0 : 1);
	assert_int_equal(head.body, row->body);
	assert_int_equal(head.content_length, row->content_length);
	assert_int_equal(head.keep_alive, !row->closes);
	assert_int_equal(head.expect_continue, row->expects);
	free(followed);
}

static void a_field_is_found_whatever_the_case_of_its_name(void **state)
{
	static const char bytes[] = GET HOST "X-One:  a b \r\nx-one: second\r\nX-Empty:\r\n\r\n";
	struct http_header headers[HEADERS_MAX];
	struct http_head head = {.headers = headers};
	const struct http_refusal *refusal;
	size_t used;

	(void)state;
	assert_int_equal(
	    http_parse_head(bytes, sizeof bytes - 1, &limits, &head, &used, &refusal), HTTP_PARSED);
	assert_true(http_slice_equals(*http_head_find(&head, "x-ONE"), "a b"));
	assert_int_equal(http_head_find(&head, "X-Empty")->length, 0);
	assert_null(http_head_find(&head, "X-On"));
	assert_null(http_head_find(&head, "X-One2"));
}

int main(void)
{
	enum {
		REFUSED = sizeof refused / sizeof refused[0],
		ACCEPTED = sizeof accepted / sizeof accepted[0]
	};
	static char names[REFUSED + ACCEPTED][96];
	static struct CMUnitTest tests[REFUSED + ACCEPTED + 1];

	for (size_t i = 0; i < REFUSED; i++) {
		(void)snprintf(names[i], sizeof names[i], "refuses %s", refused[i].name);
		tests[i] = (struct CMUnitTest){.name = names[i],
		    .test_func = is_refused,
		    .initial_state = (void *)(uintptr_t)&refused[i]};
	}
	for (size_t i = 0; i < ACCEPTED; i++) {
		(void)snprintf(names[REFUSED + i], sizeof names[0], "accepts %s", accepted[i].name);
		tests[REFUSED + i] = (struct CMUnitTest){.name = names[REFUSED + i],
		    .test_func = is_accepted,
		    .initial_state = (void *)(uintptr_t)&accepted[i]};
	}
	tests[REFUSED + ACCEPTED] =
	    (struct CMUnitTest)cmocka_unit_test(a_field_is_found_whatever_the_case_of_its_name);
	return cmocka_run_group_tests_name("http_parse", tests, NULL, NULL);
}
