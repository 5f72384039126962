/*
 * Links to a round of a survey. In C, because their tokens are made under the
 * server key: derived from the request's id, so that its repetition shows the
 * same. The statement gets their hashes; the tokens are in the reply alone.
 */
#include "api/bind.h"
#include "api/body.h"
#include "api/request.h"
#include "common/buffer.h"
#include "common/link_token.h"
#include "contract_handlers.h"
#include "contract_statements.h"

#include <stdio.h>
#include <string.h>

static json_t *make_links(struct request *req, size_t count, json_t *addresses);
static json_t *make_link(const struct uuid *id, json_t *address);
static struct uuid link_id(const struct request *req, size_t index);
static void show_tokens(struct request *req, size_t count);

bool op_survey_links_create(struct request *req, struct err *err)
{
	json_t *count = json_object_get(req->body.json, "count");
	json_t *addresses = json_object_get(req->body.json, "addresses");

	if ((count == NULL) == (addresses == NULL))
		return err_set(err, "count_or_addresses", "neither or both of count and addresses");
	req->added_name = "links";
	req->added_json = "[]";
	if (addresses == NULL)
		show_tokens(req, (size_t)json_integer_value(count));
	json_object_set_new(req->body.json, "links",
	    make_links(req,
		addresses == NULL ? (size_t)json_integer_value(count) : json_array_size(addresses),
		addresses));
	body_write_again(req);
	if (!bind_params(req, req->operation->statement, err))
		return false;
	request_run(req);
	return true;
}

static json_t *make_links(struct request *req, size_t count, json_t *addresses)
{
	json_t *links = json_array();

	for (size_t i = 0; i < count; i++) {
		struct uuid id = link_id(req, i);

		json_array_append_new(links, make_link(&id, json_array_get(addresses, i)));
	}
	return links;
}

/* `address`: in its sealed form, or NULL. */
static json_t *make_link(const struct uuid *id, json_t *address)
{
	json_t *link = address == NULL ? json_object() : json_copy(address);
	unsigned char hash[SECRET_HASH_SIZE];
	char hex[2 * SECRET_HASH_SIZE + 1];
	char text[UUID_TEXT_SIZE];

	uuid_write(id, text);
	json_object_set_new(link, "id", json_string(text));
	link_hash(LINK_SURVEY, id, hash);
	secret_hex(hash, sizeof hash, hex);
	json_object_set_new(link, "token_hash", json_string(hex));
	return link;
}

static struct uuid link_id(const struct request *req, size_t index)
{
	char number[24];
	const struct secret_part parts[] = {{req->new_id.bytes, UUID_SIZE}, {"survey_link", 11},
	    {number, (size_t)snprintf(number, sizeof number, "%zu", index)}};
	unsigned char hash[SECRET_HASH_SIZE];

	secret_hash(SECRET_ID, parts, sizeof parts / sizeof parts[0], hash);
	return uuid_from_hash(hash);
}

static void show_tokens(struct request *req, size_t count)
{
	struct buffer text;

	buffer_init(&text, req->arena);
	for (size_t i = 0; i < count; i++) {
		struct uuid id = link_id(req, i);
		unsigned char token[LINK_TOKEN_SIZE];
		const char *written;

		link_token(LINK_SURVEY, &id, token);
		written = secret_base64url(req->arena, token, sizeof token);
		buffer_printf(
		    &text, "%s{\"token\":\"%s\",\"path\":\"/s/%s\"}", i == 0 ? "[" : ",", written, written);
	}
	buffer_text(&text, "]");
	req->added_json = text.bytes;
}
