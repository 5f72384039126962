#include "common/pg.h"
#include "tests/unit/unit.h"

static void a_setting_that_cannot_be_read_is_refused_and_not_quoted(void **state)
{
	static const char *const wrong[] = {
	    "password=hunter2 hunter3", "hunter2", "hunter2=x", "postgresql://x:hunter2@[/"};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct err err = {0};
		struct pg *pg = NULL;

		assert_false(pg_open(wrong[i], "test", &pg, &err));
		assert_null(pg);
		assert_string_equal(err.code, "database_unavailable");
		assert_null(strstr(err.message, "hunter"));
	}
}

static void a_server_that_is_not_there_is_unavailable(void **state)
{
	struct err err = {0};
	struct pg *pg = NULL;

	(void)state;
	assert_false(pg_open("host=/nonexistent dbname=x user=y password=hunter2", "test", &pg, &err));
	assert_null(pg);
	assert_string_equal(err.code, "database_unavailable");
	assert_non_null(strstr(err.message, "/nonexistent"));
	assert_null(strstr(err.message, "hunter2"));
	assert_null(strpbrk(err.message, "\n\t"));
}

static void freeing_nothing_is_fine(void **state)
{
	(void)state;
	pg_close(NULL);
	pg_result_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_setting_that_cannot_be_read_is_refused_and_not_quoted),
	    cmocka_unit_test(a_server_that_is_not_there_is_unavailable),
	    cmocka_unit_test(freeing_nothing_is_fine),
	};

	return cmocka_run_group_tests_name("pg", tests, NULL, NULL);
}
