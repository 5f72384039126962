/*
 * Any bytes as a path: what is found is a path of the tree, its parameters are
 * whole segments of the path, and putting them into the template gives the path again.
 */
#include "api/router.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct operation root = {.path = "/"};
static const struct operation list = {.path = "/v1/things"};
static const struct operation one = {.path = "/v1/things/{id}"};
static const struct operation newest = {.path = "/v1/things/new"};
static const struct operation note = {.path = "/v1/things/{id}/notes/{note_id}"};

static const struct operation *const root_methods[HTTP_METHOD_COUNT] = {[HTTP_GET] = &root};
static const struct operation *const list_methods[HTTP_METHOD_COUNT] = {
    [HTTP_GET] = &list, [HTTP_POST] = &list};
static const struct operation *const one_methods[HTTP_METHOD_COUNT] = {
    [HTTP_GET] = &one, [HTTP_PATCH] = &one};
static const struct operation *const new_methods[HTTP_METHOD_COUNT] = {[HTTP_POST] = &newest};
static const struct operation *const note_methods[HTTP_METHOD_COUNT] = {[HTTP_GET] = &note};

static const struct route note_routes[] = {{.operations = note_methods}};
static const struct route notes_routes[] = {{.segment = "notes", .children = note_routes, .child_count = 1}};
static const struct route thing_routes[] = {
    {.segment = "new", .operations = new_methods},
    {.children = notes_routes, .child_count = 1, .operations = one_methods},
};
static const struct route version_routes[] = {
    {.segment = "things", .children = thing_routes, .child_count = 2, .operations = list_methods},
};
static const struct route root_routes[] = {{.segment = "v1", .children = version_routes, .child_count = 1}};

const struct route contract_root = {.children = root_routes, .child_count = 1, .operations = root_methods};

static void check_found(const struct route_match *match, struct http_slice path);
static size_t check_param(const struct route_match *match, unsigned index, struct http_slice path, size_t at);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct route_match match;
	struct http_slice path = {.at = (const char *)data + 1, .length = size - 1};
	enum route_result result;

	if (size == 0)
		return 0;
	result = router_find((enum http_method)(data[0] % HTTP_METHOD_COUNT), path, &match);
	assert((result == ROUTE_FOUND) == (match.operation != NULL));
	assert((result == ROUTE_METHOD_NOT_ALLOWED) == (match.allow[0] != '\0'));
	assert(strlen(match.allow) < ROUTE_ALLOW_SIZE);
	if (result == ROUTE_FOUND)
		check_found(&match, path);
	return 0;
}

static void check_found(const struct route_match *match, struct http_slice path)
{
	const char *template = match->operation->path;
	unsigned param = 0;
	size_t at = 0;

	while (*template != '\0') {
		if (*template == '{') {
			at = check_param(match, param++, path, at);
			template = strchr(template, '}') + 1;
		} else {
			assert(at < path.length && path.at[at] == *template);
			template ++;
			at++;
		}
	}
	assert(at == path.length && param == match->param_count);
}

/* Returns where the path goes on. */
static size_t check_param(const struct route_match *match, unsigned index, struct http_slice path, size_t at)
{
	struct http_slice value;

	assert(index < match->param_count);
	value = match->params[index];
	assert(value.at == path.at + at && value.length > 0 && at + value.length <= path.length);
	assert(memchr(value.at, '/', value.length) == NULL);
	return at + value.length;
}
