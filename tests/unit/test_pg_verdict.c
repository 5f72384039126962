#include "api/pg_verdict.h"
#include "tests/unit/unit.h"

struct sample {
	const char *sqlstate;
	enum pg_query_state state;
	enum pg_run run;
	bool is_impatient;
	enum pg_verdict verdict;
};

static const struct sample samples[] = {
    /* Whoever shared the failed execution or its Sync runs again, whatever it was. */
    {"23505", PG_QUERY_FRESH, PG_RUN_SHARED, true, PG_VERDICT_AGAIN},
    {"57014", PG_QUERY_FRESH, PG_RUN_SHARED, true, PG_VERDICT_AGAIN},
    {"55P03", PG_QUERY_FRESH, PG_RUN_SHARED, true, PG_VERDICT_AGAIN},
    {"40P01", PG_QUERY_FRESH, PG_RUN_SHARED, true, PG_VERDICT_AGAIN},
    /* Guilty in a batch: the reason may have been another one's row, so it runs alone first. */
    {"23505", PG_QUERY_FRESH, PG_RUN_OWN_STATEMENT, true, PG_VERDICT_AGAIN},
    {"23505", PG_QUERY_FRESH, PG_RUN_ALONE, true, PG_VERDICT_FAILED},
    {"23505", PG_QUERY_AGAIN, PG_RUN_ALONE, true, PG_VERDICT_FAILED},
    {"23505", PG_QUERY_LAST, PG_RUN_ALONE, false, PG_VERDICT_FAILED},
    /* Locks and deadlocks. */
    {"55P03", PG_QUERY_FRESH, PG_RUN_OWN_STATEMENT, true, PG_VERDICT_OWN},
    {"55P03", PG_QUERY_AGAIN, PG_RUN_ALONE, true, PG_VERDICT_OWN},
    {"55P03", PG_QUERY_FRESH, PG_RUN_ALONE, false, PG_VERDICT_TIMED_OUT},
    {"55P03", PG_QUERY_LAST, PG_RUN_ALONE, false, PG_VERDICT_TIMED_OUT},
    {"40001", PG_QUERY_FRESH, PG_RUN_ALONE, true, PG_VERDICT_OWN},
    {"40P01", PG_QUERY_FRESH, PG_RUN_ALONE, false, PG_VERDICT_OWN},
    {"40P01", PG_QUERY_LAST, PG_RUN_ALONE, false, PG_VERDICT_FAILED},
    /* A statement that took too long takes as long again. */
    {"57014", PG_QUERY_FRESH, PG_RUN_OWN_STATEMENT, true, PG_VERDICT_TIMED_OUT},
    {"57014", PG_QUERY_FRESH, PG_RUN_ALONE, false, PG_VERDICT_TIMED_OUT},
    /* Mistaken about what is prepared: once more. */
    {"26000", PG_QUERY_FRESH, PG_RUN_ALONE, false, PG_VERDICT_AGAIN},
    {"42P05", PG_QUERY_AGAIN, PG_RUN_ALONE, true, PG_VERDICT_AGAIN},
    {"0A000", PG_QUERY_FRESH, PG_RUN_ALONE, false, PG_VERDICT_AGAIN},
    {"0A000", PG_QUERY_LAST, PG_RUN_ALONE, false, PG_VERDICT_FAILED},
    {"26000", PG_QUERY_LAST, PG_RUN_ALONE, false, PG_VERDICT_FAILED},
};

static void each_error_has_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		const struct sample *sample = &samples[i];

		assert_int_equal(
		    pg_verdict_of(sample->sqlstate, sample->state, sample->run, sample->is_impatient),
		    sample->verdict);
	}
}

static void a_server_that_became_read_only_is_left_but_not_for_a_read_only_session(void **state)
{
	(void)state;
	assert_true(pg_sqlstate_ends_connection("25006", false));
	assert_false(pg_sqlstate_ends_connection("25006", true));
}

static void states_that_end_a_connection_do(void **state)
{
	static const char *const ending[] = {"08006", "08003", "53300", "57P01", "57P02", "57P03"};

	(void)state;
	for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
		assert_true(pg_sqlstate_ends_connection(ending[i], true));
	assert_false(pg_sqlstate_ends_connection("23505", false));
	assert_false(pg_sqlstate_ends_connection("57014", false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_error_has_its_verdict),
	    cmocka_unit_test(a_server_that_became_read_only_is_left_but_not_for_a_read_only_session),
	    cmocka_unit_test(states_that_end_a_connection_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
