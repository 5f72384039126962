#include "api/router.h"
#include "tests/unit/unit.h"

#include <string.h>

/* A contract of our own, small; it stands before the generated one in the link. */
static const struct operation root_get = {.id = "root_get", .method = HTTP_GET};
static const struct operation thing_list = {.id = "thing_list", .method = HTTP_GET};
static const struct operation thing_create = {.id = "thing_create", .method = HTTP_POST};
static const struct operation thing_get = {.id = "thing_get", .method = HTTP_GET};
static const struct operation thing_update = {.id = "thing_update", .method = HTTP_PATCH};
static const struct operation thing_new = {.id = "thing_new", .method = HTTP_POST};
static const struct operation note_get = {.id = "note_get", .method = HTTP_GET};

static const struct operation *const root_methods[HTTP_METHOD_COUNT] = {[HTTP_GET] = &root_get};
static const struct operation *const list_methods[HTTP_METHOD_COUNT] = {
    [HTTP_GET] = &thing_list, [HTTP_POST] = &thing_create};
static const struct operation *const one_methods[HTTP_METHOD_COUNT] = {
    [HTTP_GET] = &thing_get, [HTTP_PATCH] = &thing_update};
static const struct operation *const new_methods[HTTP_METHOD_COUNT] = {[HTTP_POST] = &thing_new};
static const struct operation *const note_methods[HTTP_METHOD_COUNT] = {[HTTP_GET] = &note_get};

static const struct route note_routes[] = {{.operations = note_methods}};
static const struct route notes_routes[] = {{.segment = "notes", .children = note_routes, .child_count = 1}};
static const struct route thing_routes[] = {
    {.segment = "new", .operations = new_methods},
    {.children = notes_routes, .child_count = 1, .operations = one_methods},
};
static const struct route version_routes[] = {
    {.segment = "other"},
    {.segment = "things", .children = thing_routes, .child_count = 2, .operations = list_methods},
    {.segment = "thingsandmore"},
};
static const struct route root_routes[] = {{.segment = "v1", .children = version_routes, .child_count = 3}};

const struct route contract_root = {.children = root_routes, .child_count = 1, .operations = root_methods};

static enum route_result find(enum http_method method, const char *path, struct route_match *ret_match)
{
	memset(ret_match, 0xa5, sizeof *ret_match);
	return router_find(method, (struct http_slice){.at = path, .length = strlen(path)}, ret_match);
}

static void assert_found(enum http_method method, const char *path, const char *id)
{
	struct route_match match;

	assert_int_equal(find(method, path, &match), ROUTE_FOUND);
	assert_string_equal(match.operation->id, id);
}

static void assert_slice(struct http_slice slice, const char *text)
{
	assert_int_equal(slice.length, strlen(text));
	assert_memory_equal(slice.at, text, slice.length);
}

static void a_path_of_literals_finds_the_operation_of_its_method(void **state)
{
	(void)state;
	assert_found(HTTP_GET, "/", "root_get");
	assert_found(HTTP_GET, "/v1/things", "thing_list");
	assert_found(HTTP_POST, "/v1/things", "thing_create");
}

static void head_finds_the_operation_of_get(void **state)
{
	(void)state;
	assert_found(HTTP_HEAD, "/v1/things", "thing_list");
}

static void parameters_are_given_out_in_order_and_as_sent(void **state)
{
	struct route_match match;

	(void)state;
	assert_int_equal(find(HTTP_GET, "/v1/things/a%2Fb/notes/..", &match), ROUTE_FOUND);
	assert_string_equal(match.operation->id, "note_get");
	assert_int_equal(match.param_count, 2);
	assert_slice(match.params[0], "a%2Fb");
	assert_slice(match.params[1], "..");
}

static void a_literal_comes_before_a_parameter(void **state)
{
	struct route_match match;

	(void)state;
	assert_found(HTTP_POST, "/v1/things/new", "thing_new");
	assert_int_equal(find(HTTP_GET, "/v1/things/new", &match), ROUTE_METHOD_NOT_ALLOWED);
}

static void a_literal_that_leads_nowhere_gives_way_to_a_parameter(void **state)
{
	struct route_match match;

	(void)state;
	assert_int_equal(find(HTTP_GET, "/v1/things/new/notes/7", &match), ROUTE_FOUND);
	assert_string_equal(match.operation->id, "note_get");
	assert_int_equal(match.param_count, 2);
	assert_slice(match.params[0], "new");
	assert_slice(match.params[1], "7");
}

static void what_is_not_exactly_a_path_of_the_contract_is_not_found(void **state)
{
	static const char *const paths[] = {
	    "",
	    "*",
	    "v1/things",
	    "//",
	    "/v1",
	    "/v1/",
	    "/v1/things/",
	    "/v1//things",
	    "//v1/things",
	    "/v1/things//notes/1",
	    "/v1/thing",
	    "/v1/thingsa",
	    "/v1/thingsandmor",
	    "/v1/thingsandmore",
	    "/v1/other",
	    "/V1/things",
	    "/v1/%74hings",
	    "/v1/./things",
	    "/v1/x/../things",
	    "/v1/things/1/notes",
	    "/v1/things/1/notes/",
	    "/v1/things/1/notes/2/",
	    "/v1/things/1/notes/2/3",
	    "/v1/zzz",
	    "/a",
	    "/v1/things/1/",
	};
	struct route_match match;

	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		assert_int_equal(find(HTTP_GET, paths[i], &match), ROUTE_NOT_FOUND);
		assert_null(match.operation);
		assert_string_equal(match.allow, "");
	}
}

static void a_nul_byte_never_matches_a_literal(void **state)
{
	static const char path[] = "/v1\0\0/things";
	struct route_match match;

	(void)state;
	assert_int_equal(
	    router_find(HTTP_GET, (struct http_slice){.at = path, .length = sizeof path - 1}, &match),
	    ROUTE_NOT_FOUND);
}

static void another_method_of_a_known_path_is_told_which_are_allowed(void **state)
{
	struct route_match match;

	(void)state;
	assert_int_equal(find(HTTP_DELETE, "/v1/things/1", &match), ROUTE_METHOD_NOT_ALLOWED);
	assert_null(match.operation);
	assert_string_equal(match.allow, "GET, HEAD, PATCH, OPTIONS");
	assert_int_equal(find(HTTP_HEAD, "/v1/things/new", &match), ROUTE_METHOD_NOT_ALLOWED);
	assert_string_equal(match.allow, "POST, OPTIONS");
}

static void options_is_told_what_the_path_allows(void **state)
{
	struct route_match match;

	(void)state;
	assert_int_equal(find(HTTP_OPTIONS, "/v1/things", &match), ROUTE_METHOD_NOT_ALLOWED);
	assert_string_equal(match.allow, "GET, HEAD, POST, OPTIONS");
	assert_int_equal(find(HTTP_OPTIONS, "/v1/none", &match), ROUTE_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_path_of_literals_finds_the_operation_of_its_method),
	    cmocka_unit_test(head_finds_the_operation_of_get),
	    cmocka_unit_test(parameters_are_given_out_in_order_and_as_sent),
	    cmocka_unit_test(a_literal_comes_before_a_parameter),
	    cmocka_unit_test(a_literal_that_leads_nowhere_gives_way_to_a_parameter),
	    cmocka_unit_test(what_is_not_exactly_a_path_of_the_contract_is_not_found),
	    cmocka_unit_test(a_nul_byte_never_matches_a_literal),
	    cmocka_unit_test(another_method_of_a_known_path_is_told_which_are_allowed),
	    cmocka_unit_test(options_is_told_what_the_path_allows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
