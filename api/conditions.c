#include "api/conditions.h"

#include "api/request.h"

#include <stdio.h>
#include <string.h>

enum { KEY_LENGTH_MAX = 255, GIVER_KEY_LENGTH_MIN = 22, VERSION_DIGITS_MAX = 18 };

static bool read_idempotency_key(struct request *req, struct err *err);
static bool read_if_match(struct request *req, struct err *err);
static void read_trace(struct request *req);
static bool is_hex(const char *text, size_t length);
static bool is_request_id(const char *text);

void conditions_identify(struct request *req)
{
	const struct http_slice *languages = http_head_find(req->http->head, "Accept-Language");
	const char *id = request_header(req, "X-Request-Id");

	req->language = LANGUAGE_FI;
	if (languages != NULL)
		req->language = language_accepted(languages->at, languages->length, &req->is_easy);
	read_trace(req);
	/* Without an id of the client's the trace names the request. */
	snprintf(req->id, sizeof req->id, "%s", id != NULL && is_request_id(id) ? id : req->trace_id);
}

void conditions_new_trace(char ret_trace[CONDITIONS_TRACE_SIZE])
{
	unsigned char random[(CONDITIONS_TRACE_SIZE - 1) / 2];

	secret_random(random, sizeof random);
	secret_hex(random, sizeof random, ret_trace);
}

/* Fields that mean something only once: with two of them nobody knows which one counts. */
bool conditions_are_single(const struct http_head *head)
{
	static const char *const single[] = {
	    "Authorization", "Idempotency-Key", "If-Match", "Content-Type", "Content-Encoding"};

	for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
		unsigned count = 0;

		for (unsigned j = 0; j < head->header_count; j++)
			count += http_slice_equals_caseless(head->headers[j].name, single[i]);
		if (count > 1)
			return false;
	}
	return true;
}

bool conditions_read(struct request *req, struct err *err)
{
	if (req->operation->takes_idempotency_key && !read_idempotency_key(req, err))
		return false;
	return !req->operation->needs_if_match || read_if_match(req, err);
}

bool conditions_has_etag(struct request *req, const char *etag)
{
	const char *field = request_header(req, "If-None-Match");

	if (field == NULL)
		return false;
	return strcmp(field, "*") == 0 || strstr(field, etag) != NULL;
}

static bool read_idempotency_key(struct request *req, struct err *err)
{
	const struct http_slice *field = http_head_find(req->http->head, "Idempotency-Key");
	struct http_slice key;
	struct uuid uuid;

	if (field == NULL)
		return true;
	key = *field;
	if (key.length >= 2 && key.at[0] == '"' && key.at[key.length - 1] == '"')
		key = (struct http_slice){key.at + 1, key.length - 2};
	if (key.length < 1 || key.length > KEY_LENGTH_MAX)
		return err_set(err, "bad_idempotency_key", "1 to 255 characters");
	for (size_t i = 0; i < key.length; i++)
		if (key.at[i] <= ' ' || key.at[i] > '~')
			return err_set(err, "bad_idempotency_key", "visible ASCII characters only");
	if (req->operation->giver_key && key.length < GIVER_KEY_LENGTH_MIN &&
	    !uuid_read(key.at, key.length, &uuid))
		return err_set(err, "bad_idempotency_key", "a UUID or at least 22 random characters");
	req->idempotency_key = key;
	return true;
}

/* `"7"`, `"7-fi"` or `*`; the version is what counts. A weak tag never matches (RFC 9110 13.1.1). */
static bool read_if_match(struct request *req, struct err *err)
{
	const char *field = request_header(req, "If-Match");
	size_t digits;

	if (field == NULL)
		return err_set(err, "if_match_required", "the operation needs If-Match");
	if (strcmp(field, "*") == 0)
		return true;
	if (field[0] != '"' && strncmp(field, "W/\"", 3) != 0)
		return err_set(err, "bad_if_match", "neither an ETag nor *");
	digits = field[0] == '"' ? strspn(field + 1, "0123456789") : 0;
	if (digits == 0 || digits > VERSION_DIGITS_MAX ||
	    (field[1 + digits] != '"' && field[1 + digits] != '-'))
		return err_set(err, "stale_version", "not an ETag of ours");
	req->if_match = arena_copy(req->arena, field + 1, digits);
	return true;
}

/* 00-<32 hex>-<16 hex>-<2 hex> (W3C Trace Context); else a trace of our own begins. */
static void read_trace(struct request *req)
{
	const char *field = request_header(req, "traceparent");

	if (field != NULL && strlen(field) >= 55 && field[2] == '-' && field[35] == '-' &&
	    is_hex(field + 3, 32) && strspn(field + 3, "0") < 32) {
		memcpy(req->trace_id, field + 3, 32);
		req->trace_id[32] = '\0';
		return;
	}
	conditions_new_trace(req->trace_id);
}

static bool is_hex(const char *text, size_t length)
{
	return strspn(text, "0123456789abcdef") >= length;
}

/* 1 to 128 characters that are safe in a log and in a header. */
static bool is_request_id(const char *text)
{
	size_t length = strlen(text);

	return length >= 1 && length <= 128 &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:") == length;
}
