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
static void hash_address(struct request *req, const char *address);
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
	if (!json_read(req->arena, body.at, body.length, limits, &req->body.json, err) ||
	    !check_contract(req, err))
		return false;
	req->body.text = (struct pg_param){body.at, body.length};
	return take_sealed(req, err);
}

static bool check_contract(struct request *req, struct err *err)
{
	struct validate_report report = {.arena = req->arena};

	if (validate_body(req->operation->body, req->body.json, &report))
		return true;
	req->problem.errors = report.errors;
	req->problem.error_count = report.count;
	return err_set(err, "contract_violation", "the body breaks the contract");
}

/* A form is handed on as the JSON that it stands for. */
static bool read_form(struct request *req, struct err *err)
{
	char *text;

	if (!form_read(req->arena, req->http->body.at, req->http->body.length, &req->body.json, err) ||
	    !check_contract(req, err))
		return false;
	text = json_dumps(req->body.json, JSON_COMPACT);
	arena_on_free(req->arena, free_text, text);
	req->body.text = (struct pg_param){text, strlen(text)};
	return true;
}

/* The media type, without its parameters, is the operation's. */
static bool check_type(struct request *req, struct err *err)
{
	const char *type = request_header(req, "Content-Type");
	size_t length = type == NULL ? 0 : strcspn(type, "; \t");

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
	char *rest = json_dumps(req->body.json, JSON_COMPACT);
	char *plain;
	struct secret_part part;

	arena_on_free(req->arena, free_text, rest);
	req->body.text = (struct pg_param){rest, strlen(rest)};
	if (json_is_null(first) || address == NULL)
		return true;
	plain = json_dumps(first, JSON_COMPACT);
	arena_on_free(req->arena, free_text, plain);
	part = (struct secret_part){plain, strlen(plain)};
	hash_address(req, address);
	return secret_seal(req->arena, req->loop->service->mail_public_key, part, &req->body.sealed, err);
}

/* Addresses that differ in case only are one person's. */
static void hash_address(struct request *req, const char *address)
{
	size_t length = strlen(address);
	char *normal = arena_copy(req->arena, address, length);
	struct secret_part part = {normal, length};

	for (size_t i = 0; i < length; i++)
		if (normal[i] >= 'A' && normal[i] <= 'Z')
			normal[i] = (char)(normal[i] - 'A' + 'a');
	secret_hash(SECRET_ADDRESS, &part, 1, req->body.address_hash);
}

static void free_text(void *text)
{
	if (text != NULL)
		memset(text, 0, strlen(text));
	free(text);
}
