#include "api/body.h"

#include "api/form.h"
#include "api/request.h"
#include "api/service.h"
#include "api/validate.h"
#include "common/json.h"

#include <string.h>
#include <strings.h>

static bool check_type(struct request *req, struct err *err);
static bool check_contract(struct request *req, struct err *err);
static bool read_form(struct request *req, struct err *err);
static bool take_sealed(struct request *req, struct err *err);
static bool seal(struct request *req, json_t *members, struct err *err);
static bool seal_items(struct request *req, json_t *items, struct err *err);
static bool seal_item(struct request *req, json_t *item, struct err *err);
static void set_hex(struct request *req, json_t *item, const char *name, struct secret_part bytes);
static void hash_address(struct arena *arena, const char *address, unsigned char ret_hash[SECRET_HASH_SIZE]);
static void free_text(void *text);

bool body_read(struct request *req, struct err *err)
{
	const struct operation *operation = req->operation;
	struct http_slice body = req->http->body;
	const struct json_limits *limits = &req->loop->service->json;

	if (operation->body == NULL)
		return true;
	if (body.length == 0 && !operation->body_required)
		return true;
	if (!check_type(req, err))
		return false;
	if (strcmp(operation->body_type, "application/x-www-form-urlencoded") == 0)
		return read_form(req, err);
	req->body.text = (struct pg_param){body.at, body.length};
	return json_read(req->arena, body.at, body.length, limits, &req->body.json, err) &&
	       body_accept(req, err);
}

bool body_accept(struct request *req, struct err *err)
{
	return check_contract(req, err) && take_sealed(req, err);
}

static bool check_contract(struct request *req, struct err *err)
{
	struct validate_report report = {.arena = req->arena, .language = req->language};

	if (validate_body(req->operation->body, req->body.json, &report))
		return true;
	req->problem.errors = report.errors;
	req->problem.error_count = report.count;
	return err_set(err, "contract_violation", "the body breaks the contract");
}

/* A form is handed on as the JSON that it stands for. */
static bool read_form(struct request *req, struct err *err)
{
	if (!form_read(req->arena, req->http->body.at, req->http->body.length, &req->body.json, err) ||
	    !check_contract(req, err))
		return false;
	body_write_again(req);
	return true;
}

/* The media type, without its parameters, is the operation's. */
static bool check_type(struct request *req, struct err *err)
{
	const char *type = request_header(req, "Content-Type");
	size_t length = type == NULL ? 0 : strcspn(type, "; \t");

	/* Nothing is unpacked, and JSON is UTF-8. */
	if (request_header(req, "Content-Encoding") != NULL)
		return err_set(err, "unsupported_media_type", "the body has a content coding");
	if (type != NULL && strcasestr(type, "charset=") != NULL && strcasestr(type, "utf-8") == NULL)
		return err_set(err, "unsupported_media_type", "the body is not UTF-8");
	if (type != NULL && length == strlen(req->operation->body_type) &&
	    strncasecmp(type, req->operation->body_type, length) == 0)
		return true;
	return err_set(err, "unsupported_media_type", "the operation takes another media type");
}

/* The sealed members leave the body before anything else sees it. */
static bool take_sealed(struct request *req, struct err *err)
{
	const struct schema *schema = req->operation->body;
	json_t *members = NULL;
	bool ok;

	for (unsigned i = 0; i < schema->member_count; i++) {
		const char *name = schema->members[i].name;
		json_t *value = schema->members[i].sealed ? json_object_get(req->body.json, name) : NULL;

		if (value == NULL)
			continue;
		if (json_is_array(value)) {
			if (!seal_items(req, value, err))
				return false;
			continue;
		}
		if (members == NULL)
			members = json_object();
		json_object_set(members, name, value);
		json_object_del(req->body.json, name);
	}
	if (members == NULL)
		return true;
	ok = seal(req, members, err);
	json_decref(members);
	return ok;
}

static bool seal(struct request *req, json_t *members, struct err *err)
{
	json_t *first = json_object_iter_value(json_object_iter(members));
	const char *address = json_string_value(json_object_get(first, "email"));
	char *plain;
	struct secret_part part;

	body_write_again(req);
	if (json_is_null(first) || address == NULL)
		return true;
	plain = json_dumps(first, JSON_COMPACT);
	arena_on_free(req->arena, free_text, plain);
	part = (struct secret_part){plain, strlen(plain)};
	hash_address(req->arena, address, req->body.address_hash);
	return secret_seal(req->arena, req->loop->service->mail_public_key, part, &req->body.sealed, err);
}

/* A list of addresses stays in the body, each in its sealed form. */
static bool seal_items(struct request *req, json_t *items, struct err *err)
{
	size_t i;
	json_t *item;

	json_array_foreach(items, i, item)
	{
		if (!seal_item(req, item, err))
			return false;
	}
	body_write_again(req);
	return true;
}

static bool seal_item(struct request *req, json_t *item, struct err *err)
{
	const char *address = json_string_value(json_object_get(item, "email"));
	json_t *contact = json_pack("{s:s}", "email", address);
	char *plain = json_dumps(contact, JSON_COMPACT);
	unsigned char hash[SECRET_HASH_SIZE];
	struct secret_part sealed;

	json_decref(contact);
	arena_on_free(req->arena, free_text, plain);
	if (!secret_seal(req->arena, req->loop->service->mail_public_key,
		(struct secret_part){plain, strlen(plain)}, &sealed, err))
		return false;
	hash_address(req->arena, address, hash);
	set_hex(req, item, "sealed", sealed);
	set_hex(req, item, "address_hash", (struct secret_part){hash, sizeof hash});
	json_object_set_new(item, "key_id", json_string(req->loop->service->mail_key_id));
	json_object_del(item, "email");
	return true;
}

static void set_hex(struct request *req, json_t *item, const char *name, struct secret_part bytes)
{
	char *text = arena_alloc(req->arena, 2 * bytes.length + 1);

	secret_hex(bytes.bytes, bytes.length, text);
	json_object_set_new(item, name, json_string(text));
}

/* Addresses that differ in case only are one person's. */
static void hash_address(struct arena *arena, const char *address, unsigned char ret_hash[SECRET_HASH_SIZE])
{
	size_t length = strlen(address);
	char *normal = arena_copy(arena, address, length);
	struct secret_part part = {normal, length};

	for (size_t i = 0; i < length; i++)
		if (normal[i] >= 'A' && normal[i] <= 'Z')
			normal[i] = (char)(normal[i] - 'A' + 'a');
	secret_hash(SECRET_ADDRESS, &part, 1, ret_hash);
}

void body_write_again(struct request *req)
{
	char *text = json_dumps(req->body.json, JSON_COMPACT);

	arena_on_free(req->arena, free_text, text);
	req->body.text = (struct pg_param){text, strlen(text)};
}

static void free_text(void *text)
{
	if (text != NULL)
		memset(text, 0, strlen(text));
	free(text);
}
