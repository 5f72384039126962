#include "api/auth.h"

#include "api/keys.h"
#include "api/limiter.h"
#include "api/personal.h"
#include "api/request.h"
#include "api/service.h"
#include "common/clock.h"
#include "common/receipt.h"

#include <string.h>
#include <strings.h>

enum { KEY_ID_DIGITS = 32 };

static bool check_key(struct request *req, struct err *err);
static bool check_receipt(struct request *req, struct err *err);
static void take_link(struct request *req);
static bool check_rate(struct request *req, struct err *err);
static const char *credentials(struct request *req, const char *scheme);
static const struct api_key *find_key(const struct key_cache *cache, const char *text);
static bool read_key_id(const char *digits, struct uuid *ret_id);
static bool unauthorized(struct request *req, const char *challenge, struct err *err);

bool auth_check(struct request *req, struct err *err)
{
	switch (req->operation->auth) {
	case AUTH_NONE: /* a form that takes a code is guessed at like the header */
		return req->operation->method != HTTP_POST || check_rate(req, err);
	case AUTH_KEY:
		return check_key(req, err);
	case AUTH_RECEIPT:
		return check_rate(req, err) && check_receipt(req, err);
	case AUTH_LINK:
		take_link(req);
		return check_rate(req, err);
	}
	return err_set(err, "internal", "an operation with an unknown kind of authentication");
}

static bool check_key(struct request *req, struct err *err)
{
	const char *text = credentials(req, "Bearer");
	const struct api_key *key = text == NULL ? NULL : find_key(req->loop->keys, text);
	char id[UUID_TEXT_SIZE];

	if (!key_cache_is_loaded(req->loop->keys))
		return err_set(err, "service_unavailable", "the API keys have not been read yet");
	if (key == NULL)
		return unauthorized(req, text == NULL ? "Bearer" : "Bearer error=\"invalid_token\"", err);
	if (req->operation->scope != NULL && !api_key_has_scope(key, req->operation->scope))
		return err_set(err, "forbidden", "the key has not the scope of the operation");
	uuid_write(&key->id, id);
	req->caller.key_id = arena_string(req->arena, id);
	req->caller.scopes = arena_string(req->arena, key->scopes);
	req->caller.units = key->units == NULL ? NULL : arena_string(req->arena, key->units);
	return true;
}

static bool check_receipt(struct request *req, struct err *err)
{
	const char *code = credentials(req, "Receipt");

	if (code == NULL)
		return unauthorized(req, "Receipt", err);
	if (!receipt_code_hash(code, strlen(code), req->caller.giver_hash))
		return err_set(err, "not_found", "not a receipt code");
	req->caller.has_giver_hash = true;
	return true;
}

/* What is no token at all finds what an unknown one finds: nothing. */
static void take_link(struct request *req)
{
	struct http_slice token = req->route.params[0];
	struct caller *caller = &req->caller;

	if (!link_token_hash(req->arena, token.at, token.length, caller->giver_hash))
		memset(caller->giver_hash, 0, sizeof caller->giver_hash);
	caller->has_giver_hash = true;
	caller->has_feed_id = link_feed_id(req->arena, token.at, token.length, &caller->feed_id);
}

static bool check_rate(struct request *req, struct err *err)
{
	return auth_take_token(req, req->loop->service->limiter) ||
	       err_set(err, "too_many_requests", "too many requests of givers from one address");
}

bool auth_take_token(struct request *req, struct limiter *limiter)
{
	const char *peer = req->http->peer;
	const char *forwarded = req->loop->service->forwarded ? request_header(req, "X-Forwarded-For") : NULL;
	struct secret_part part;
	unsigned char hash[SECRET_HASH_SIZE];
	uint64_t key;

	if (forwarded != NULL) {
		const char *comma = strrchr(forwarded, ',');

		peer = comma == NULL ? forwarded : comma + 1 + strspn(comma + 1, " ");
	}
	part = (struct secret_part){peer, strlen(peer)};
	secret_hash(SECRET_PEER, &part, 1, hash);
	memcpy(&key, hash, sizeof key);
	return limiter_take(limiter, key, clock_monotonic_us());
}

/* What stands after the scheme in the Authorization field; NULL: another scheme, or no such field. */
static const char *credentials(struct request *req, const char *scheme)
{
	const char *field = request_header(req, "Authorization");
	size_t length = strlen(scheme);

	if (field == NULL || strncasecmp(field, scheme, length) != 0 || field[length] != ' ')
		return NULL;
	return field + length + strspn(field + length, " ");
}

/* osal_<32 hex digits>_<secret> */
static const struct api_key *find_key(const struct key_cache *cache, const char *text)
{
	const struct api_key *key;
	unsigned char hash[SECRET_HASH_SIZE];
	struct uuid id;

	if (strncmp(text, "osal_", 5) != 0 || strlen(text) < 5 + KEY_ID_DIGITS + 2 ||
	    text[5 + KEY_ID_DIGITS] != '_')
		return NULL;
	if (!read_key_id(text + 5, &id))
		return NULL;
	key = key_cache_find(cache, &id);
	if (key == NULL)
		return NULL;
	text += 5 + KEY_ID_DIGITS + 1;
	secret_sha256(text, strlen(text), hash);
	return secret_equal(hash, key->secret_hash, sizeof hash) ? key : NULL;
}

static bool read_key_id(const char *digits, struct uuid *ret_id)
{
	char text[KEY_ID_DIGITS + 1];

	memcpy(text, digits, KEY_ID_DIGITS);
	text[KEY_ID_DIGITS] = '\0';
	return secret_unhex(text, ret_id->bytes, UUID_SIZE);
}

static bool unauthorized(struct request *req, const char *challenge, struct err *err)
{
	req->problem.authenticate = challenge;
	return err_set(err, "unauthorized", "no credentials that are good");
}
