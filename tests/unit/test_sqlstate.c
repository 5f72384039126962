#include "common/sqlstate.h"
#include "tests/unit/unit.h"

struct sample {
	const char *state;
	const char *code;
	bool loses_connection;
};

static const struct sample samples[] = {
    {"08006", "database_unavailable", true},
    {"25006", "database_unavailable", true},
    {"25P03", "database_unavailable", true},
    {"53300", "database_unavailable", true},
    {"57P01", "database_unavailable", true},
    {"57P02", "database_unavailable", true},
    {"57P03", "database_unavailable", true},
    {"57P05", "database_unavailable", true},
    {"57014", "database_timeout", false},
    {"40001", "database_conflict", false},
    {"40P01", "database_conflict", false},
    {"55P03", "database_conflict", false},
    {"23505", "constraint", false},
    {"23P01", "constraint", false},
    {"25P02", "database_error", false},
    {"40002", "database_error", false},
    {"42601", "database_error", false},
    {"53100", "database_error", false},
    {"57000", "database_error", false},
    {"P0001", "database_error", false},
    {"", "database_error", false},
};

static void each_state_has_its_meaning(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		const struct sqlstate *found = sqlstate_find(samples[i].state);

		assert_string_equal(found->code, samples[i].code);
		assert_int_equal(found->loses_connection, samples[i].loses_connection);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_state_has_its_meaning),
	};

	return cmocka_run_group_tests_name("sqlstate", tests, NULL, NULL);
}
