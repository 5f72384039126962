#include "api/bind.h"

#include "api/personal.h"
#include "api/request.h"
#include "api/service.h"
#include "common/buffer.h"
#include "common/link_token.h"
#include "common/receipt.h"
#include "common/words_query.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT_DEFAULT = 50 };

static struct pg_param bind_value(struct request *req, const struct bind *bind, const struct pg_param *after);
static bool read_cursor(
    struct request *req, const struct statement *statement, struct pg_param *ret_after, struct err *err);
static struct pg_param bind_body_names(struct request *req);
static struct pg_param bind_request_hash(struct request *req);
static struct pg_param bind_receipt_hash(struct request *req);
static struct pg_param bind_new_link_hash(struct request *req);
static struct pg_param bind_secret_hash(struct request *req);
static struct pg_param bind_limit_and_one(struct request *req);
static struct pg_param bind_words(struct request *req, const struct param_value *value);
static struct pg_param uuid_bytes(struct request *req, struct pg_param text);
static struct pg_param text(const char *value);
static struct pg_param bytes(const void *value, size_t length);

void bind_new_id(struct request *req)
{
	const char *caller = req->caller.key_id;
	struct secret_part parts[3];
	unsigned char hash[SECRET_HASH_SIZE];

	if (req->operation->id_kind == ID_NONE)
		return;
	req->has_new_id = true;
	if (req->idempotency_key.at == NULL) {
		req->new_id = req->operation->id_kind == ID_RANDOM ? uuid_random() : uuid_time_ordered();
		return;
	}
	if (caller != NULL)
		parts[0] = (struct secret_part){caller, strlen(caller)};
	else
		parts[0] = (struct secret_part){
		    req->caller.giver_hash, req->caller.has_giver_hash ? SECRET_HASH_SIZE : 0};
	parts[1] = (struct secret_part){req->operation->id, strlen(req->operation->id)};
	parts[2] = (struct secret_part){req->idempotency_key.at, req->idempotency_key.length};
	secret_hash(SECRET_ID, parts, 3, hash);
	req->new_id = uuid_from_hash(hash);
}

bool bind_params(struct request *req, const struct statement *statement, struct err *err)
{
	struct pg_param after[CURSOR_PARTS_MAX] = {{0}};

	if (statement->cursor_count > 0 && !read_cursor(req, statement, after, err))
		return false;
	bind_page(req, statement, after);
	return true;
}

void bind_page(struct request *req, const struct statement *statement, const struct pg_param *after)
{
	struct pg_param *params = arena_array(req->arena, statement->bind_count, sizeof *params);

	for (unsigned i = 0; i < statement->bind_count; i++) {
		params[i] = bind_value(req, &statement->binds[i], after);
		if (statement->binds[i].type == BIND_UUID && params[i].length == UUID_TEXT_SIZE - 1)
			params[i] = uuid_bytes(req, params[i]);
	}
	req->query.statement = statement;
	req->query.params = params;
}

unsigned bind_limit(const struct request *req)
{
	const struct param_value *limit = params_find(req->operation, &req->params, "limit");
	unsigned number = 0;

	if (limit == NULL || limit->text == NULL)
		return LIMIT_DEFAULT;
	for (size_t i = 0; i < limit->length; i++)
		number = number * 10 + (unsigned)(limit->text[i] - '0');
	return number;
}

struct cursor_scope bind_cursor_scope(struct request *req)
{
	const struct operation *operation = req->operation;
	struct secret_part *parts = arena_array(req->arena, operation->param_count + 2u, sizeof *parts);
	size_t count = 0;

	parts[count++] = (struct secret_part){operation->id, strlen(operation->id)};
	if (req->caller.key_id != NULL)
		parts[count] = (struct secret_part){req->caller.key_id, strlen(req->caller.key_id)};
	else if (req->caller.has_giver_hash)
		parts[count] = (struct secret_part){req->caller.giver_hash, SECRET_HASH_SIZE};
	count++;
	for (unsigned i = 0; i < operation->param_count; i++) {
		const char *name = operation->params[i].name;
		const struct param_value *value = &req->params.at[i];

		if (strcmp(name, "cursor") != 0 && strcmp(name, "limit") != 0)
			parts[count++] =
			    (struct secret_part){value->text == NULL ? "" : value->text, value->length};
	}
	return (struct cursor_scope){parts, count};
}

static struct pg_param bind_value(struct request *req, const struct bind *bind, const struct pg_param *after)
{
	const struct caller *caller = &req->caller;

	switch (bind->source) {
	case BIND_PARAM:
		return (struct pg_param){
		    req->params.at[bind->index].text, req->params.at[bind->index].length};
	case BIND_BODY:
		return req->body.text;
	case BIND_BODY_NAMES:
		return bind_body_names(req);
	case BIND_NEW_ID:
		return req->has_new_id ? bytes(req->new_id.bytes, UUID_SIZE) : bytes(NULL, 0);
	case BIND_REQUEST_HASH:
		return bind_request_hash(req);
	case BIND_CALLER_ID:
		return text(caller->key_id);
	case BIND_CALLER_UNITS:
		return text(caller->units);
	case BIND_CALLER_SCOPES:
		return text(caller->scopes);
	case BIND_LANG:
		return text(language_tag(req->language));
	case BIND_IF_MATCH:
		return text(req->if_match);
	case BIND_LIMIT_AND_ONE:
		return bind_limit_and_one(req);
	case BIND_AFTER:
		return after[bind->index];
	case BIND_CONTACT_SEALED:
		return bytes(req->body.sealed.bytes, req->body.sealed.length);
	case BIND_CONTACT_INDEX:
		return req->body.sealed.bytes == NULL ? bytes(NULL, 0)
						      : bytes(req->body.address_hash, SECRET_HASH_SIZE);
	case BIND_CONTACT_KEY:
		return text(req->body.sealed.bytes == NULL ? NULL : req->loop->service->mail_key_id);
	case BIND_RECEIPT_HASH:
		return bind_receipt_hash(req);
	case BIND_GIVER_HASH:
	case BIND_LINK_HASH:
		return caller->has_giver_hash ? bytes(caller->giver_hash, SECRET_HASH_SIZE) : bytes(NULL, 0);
	case BIND_FEED_ID:
		return caller->has_feed_id ? bytes(caller->feed_id.bytes, UUID_SIZE) : bytes(NULL, 0);
	case BIND_NEW_LINK_HASH:
		return bind_new_link_hash(req);
	case BIND_SECRET_HASH:
		return bind_secret_hash(req);
	case BIND_TRACE_ID:
		return text(req->trace_id);
	case BIND_WORDS:
		return bind_words(req, &req->params.at[bind->index]);
	case BIND_SOURCE_COUNT:
		break;
	}
	abort(); /* a source that the contract compiler does not know */
}

static bool read_cursor(
    struct request *req, const struct statement *statement, struct pg_param *ret_after, struct err *err)
{
	const struct param_value *cursor = params_find(req->operation, &req->params, "cursor");

	if (cursor == NULL || cursor->text == NULL)
		return true;
	return cursor_read(
	    req->arena, bind_cursor_scope(req), cursor->text, ret_after, statement->cursor_count, err);
}

/* {"kind","unit_id"}: the names come from the contract, so they need no escaping. */
static struct pg_param bind_body_names(struct request *req)
{
	struct buffer names;
	const char *name;
	json_t *value;

	buffer_init(&names, req->arena);
	buffer_text(&names, "{");
	json_object_foreach(req->body.json, name, value)
	    buffer_printf(&names, "%s\"%s\"", names.length == 1 ? "" : ",", name);
	buffer_text(&names, "}");
	return (struct pg_param){names.bytes, names.length};
}

/* Over the raw body and the path, so that one key cannot serve two requests. */
static struct pg_param bind_request_hash(struct request *req)
{
	const struct http_head *head = req->http->head;
	struct secret_part parts[2] = {
	    {head->path.at, head->path.length}, {req->http->body.at, req->http->body.length}};
	unsigned char *hash;

	if (req->idempotency_key.at == NULL)
		return (struct pg_param){0};
	hash = arena_alloc(req->arena, SECRET_HASH_SIZE + 1);
	secret_hash(SECRET_REQUEST, parts, 2, hash);
	return bytes(hash, SECRET_HASH_SIZE);
}

static struct pg_param bind_receipt_hash(struct request *req)
{
	unsigned char *hash = arena_alloc(req->arena, SECRET_HASH_SIZE + 1);

	receipt_hash(&req->new_id, 0, hash);
	return bytes(hash, SECRET_HASH_SIZE);
}

static struct pg_param bind_new_link_hash(struct request *req)
{
	unsigned char *hash = arena_alloc(req->arena, SECRET_HASH_SIZE + 1);

	link_hash(LINK_PERSON, &req->new_id, hash);
	return bytes(hash, SECRET_HASH_SIZE);
}

static struct pg_param bind_secret_hash(struct request *req)
{
	unsigned char *hash = arena_alloc(req->arena, SECRET_HASH_SIZE + 1);
	const char *secret = api_key_secret(req->arena, &req->new_id);

	secret_sha256(secret, strlen(secret), hash);
	return bytes(hash, SECRET_HASH_SIZE);
}

static struct pg_param bind_limit_and_one(struct request *req)
{
	return text(arena_printf(req->arena, "%u", bind_limit(req) + 1));
}

/* The loop's own dictionary: a search has a few words, and each takes it some 20 µs. */
static struct pg_param bind_words(struct request *req, const struct param_value *value)
{
	if (value->text == NULL)
		return text(NULL);
	return text(words_query(req->loop->words, req->arena, value->text, value->length));
}

/* A UUID of the path, of a cursor or of a key, which the contract has checked. */
static struct pg_param uuid_bytes(struct request *req, struct pg_param text)
{
	struct uuid *uuid = arena_alloc(req->arena, sizeof *uuid + 1);

	if (!uuid_read(text.bytes, text.length, uuid))
		return (struct pg_param){0};
	return bytes(uuid->bytes, UUID_SIZE);
}

static struct pg_param text(const char *value)
{
	return (struct pg_param){value, value == NULL ? 0 : strlen(value)};
}

static struct pg_param bytes(const void *value, size_t length)
{
	return (struct pg_param){value, length};
}
