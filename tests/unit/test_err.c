#include "common/err.h"
#include "tests/unit/unit.h"

#include <errno.h>

static void an_error_carries_its_code_and_message(void **state)
{
	struct err err = {0};

	(void)state;
	assert_false(err_set(&err, "not_json", "at line %d", 7));
	assert_string_equal(err.code, "not_json");
	assert_string_equal(err.message, "at line 7");
}

static void the_first_error_wins(void **state)
{
	struct err err = {0};

	(void)state;
	err_set(&err, "first", "one");
	assert_false(err_set(&err, "second", "two"));
	errno = ENOENT;
	assert_false(err_errno(&err, "three"));
	assert_string_equal(err.code, "first");
	assert_string_equal(err.message, "one");
}

static void a_message_is_cut_at_its_limit(void **state)
{
	char long_text[ERR_MESSAGE_MAX + 2];
	static const size_t lengths[] = {ERR_MESSAGE_MAX - 2, ERR_MESSAGE_MAX - 1, ERR_MESSAGE_MAX};
	static const size_t kept[] = {ERR_MESSAGE_MAX - 2, ERR_MESSAGE_MAX - 1, ERR_MESSAGE_MAX - 1};

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		struct err err = {0};

		memset(long_text, 'x', sizeof long_text);
		long_text[lengths[i]] = '\0';
		err_set(&err, "long", "%s", long_text);
		assert_int_equal(strlen(err.message), kept[i]);
	}
}

static void a_system_error_tells_what_errno_says(void **state)
{
	struct err err = {0};

	(void)state;
	errno = ENOENT;
	assert_false(err_errno(&err, "cannot open '%s'", "nothing"));
	assert_string_equal(err.code, "system");
	assert_string_equal(err.message, "cannot open 'nothing': No such file or directory");
}

static void a_system_error_with_a_full_message_stays_in_its_room(void **state)
{
	char long_text[ERR_MESSAGE_MAX + 10];
	struct err err = {0};

	(void)state;
	memset(long_text, 'x', sizeof long_text);
	long_text[sizeof long_text - 1] = '\0';
	errno = ENOENT;
	err_errno(&err, "%s", long_text);
	assert_int_equal(strlen(err.message), ERR_MESSAGE_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_error_carries_its_code_and_message),
	    cmocka_unit_test(the_first_error_wins),
	    cmocka_unit_test(a_message_is_cut_at_its_limit),
	    cmocka_unit_test(a_system_error_tells_what_errno_says),
	    cmocka_unit_test(a_system_error_with_a_full_message_stays_in_its_room),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
