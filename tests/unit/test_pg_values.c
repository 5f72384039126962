#include "api/pg_values.h"
#include "tests/unit/unit.h"

#include <string.h>

static const struct bind array_binds[] = {{.type = BIND_UUID, .oid = 2951}, {.type = BIND_JSONB, .oid = 3807},
    {.type = BIND_BYTEA, .oid = 1001}, {.type = BIND_TEXT, .oid = 1009}};
static const struct statement many = {.lane = LANE_MANY, .binds = array_binds, .bind_count = 4};

static const struct bind single_binds[] = {{.type = BIND_INT, .oid = 23}, {.type = BIND_UUID, .oid = 2950},
    {.type = BIND_BYTEA, .oid = 17}, {.type = BIND_JSONB, .oid = 3802}};
static const unsigned char lock_binds[] = {3, 0};
static const struct statement own = {
    .lane = LANE_OWN, .binds = single_binds, .bind_count = 4, .lock_binds = lock_binds, .lock_bind_count = 2};

static const char uuid[] = "0123456789abcdef"; /* sixteen bytes, whatever they are */

static void assert_value(const struct pg_values *values, int at, const char *bytes, size_t length)
{
	assert_int_equal(values->formats[at], 1);
	assert_int_equal(values->lengths[at], length);
	assert_memory_equal(values->values[at], bytes, length);
}

static void queries_become_one_binary_array_for_each_parameter(void **state)
{
	const struct pg_param first[] = {{uuid, 16}, {"{}", 2}, {"\0\xff", 2}, {"\xc3\xa4", 2}};
	const struct pg_param second[] = {{uuid, 16}, {NULL, 0}, {"", 0}, {NULL, 0}};
	struct pg_query later = {.statement = &many, .params = second};
	struct pg_query query = {.statement = &many, .params = first, .next = &later};
	struct pg_values values = {0};

	(void)state;
	pg_values_arrays(&values, &query, 2);
	assert_int_equal(values.count, 4);
#define HEADER(has_null, oid) "\0\0\0\1\0\0\0" has_null "\0\0" oid "\0\0\0\2\0\0\0\1"
	assert_value(&values, 0,
	    HEADER("\0", "\x0b\x86") "\0\0\0\x10"
				     "0123456789abcdef"
				     "\0\0\0\x10"
				     "0123456789abcdef",
	    60);
	assert_value(&values, 1,
	    HEADER("\1", "\x0e\xda") "\0\0\0\3\1{}"
				     "\xff\xff\xff\xff",
	    31);
	assert_value(&values, 2,
	    HEADER("\0", "\x00\x11") "\0\0\0\2\0\xff"
				     "\0\0\0\0",
	    30);
	assert_value(&values, 3,
	    HEADER("\1", "\x00\x19") "\0\0\0\2\xc3\xa4"
				     "\xff\xff\xff\xff",
	    30);
#undef HEADER
	pg_values_release(&values);
}

static void a_single_query_is_sent_in_place(void **state)
{
	const struct pg_param params[] = {{"42", 2}, {uuid, 16}, {NULL, 0}, {"{}", 2}};
	const struct pg_query query = {.statement = &own, .params = params};
	struct pg_values values = {0};

	(void)state;
	pg_values_single(&values, &query);
	assert_int_equal(values.count, 4);
	assert_ptr_equal(values.values[0], params[0].bytes);
	assert_int_equal(values.formats[0], 0);
	assert_value(&values, 1, uuid, 16);
	assert_null(values.values[2]);
	assert_int_equal(values.formats[3], 0);
	pg_values_release(&values);
}

static void the_lock_gets_the_values_it_names(void **state)
{
	const struct pg_param params[] = {{"42", 2}, {uuid, 16}, {NULL, 0}, {"{}", 2}};
	const struct pg_query query = {.statement = &own, .params = params};
	struct pg_values values = {0};

	(void)state;
	pg_values_lock(&values, &query);
	assert_int_equal(values.count, 2);
	assert_ptr_equal(values.values[0], params[3].bytes);
	assert_ptr_equal(values.values[1], params[0].bytes);
	pg_values_lock_types(&values, &own);
	assert_int_equal(values.oids[0], 3802);
	assert_int_equal(values.oids[1], 23);
	pg_values_release(&values);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(queries_become_one_binary_array_for_each_parameter),
	    cmocka_unit_test(a_single_query_is_sent_in_place),
	    cmocka_unit_test(the_lock_gets_the_values_it_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
