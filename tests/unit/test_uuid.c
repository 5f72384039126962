#include "common/clock.h"
#include "common/uuid.h"
#include "tests/unit/unit.h"

static unsigned version_of(const struct uuid *uuid)
{
	return uuid->bytes[6] >> 4;
}

static unsigned variant_of(const struct uuid *uuid)
{
	return uuid->bytes[8] >> 6;
}

static void a_random_one_has_the_shape_of_version_4(void **state)
{
	struct uuid last = uuid_random();

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		struct uuid uuid = uuid_random();

		assert_int_equal(version_of(&uuid), 4);
		assert_int_equal(variant_of(&uuid), 2);
		assert_memory_not_equal(uuid.bytes, last.bytes, UUID_SIZE);
		last = uuid;
	}
}

/* RFC 9562, appendix A.6: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F. */
static void a_time_ordered_one_begins_with_the_time(void **state)
{
	char text[UUID_TEXT_SIZE];
	struct uuid uuid;

	(void)state;
	clock_set_for_test(INT64_C(1645557742000));
	uuid = uuid_time_ordered();
	clock_set_for_test(-1);
	uuid_write(&uuid, text);
	assert_memory_equal(text, "017f22e2-79b0-7", 15);
	assert_int_equal(variant_of(&uuid), 2);
}

static void time_ordered_ones_differ_in_74_bits(void **state)
{
	unsigned char ones[UUID_SIZE] = {0};
	unsigned char zeros[UUID_SIZE] = {0};
	unsigned varying = 0;

	(void)state;
	clock_set_for_test(1);
	for (unsigned i = 0; i < 200; i++) {
		struct uuid uuid = uuid_time_ordered();

		for (size_t byte = 0; byte < UUID_SIZE; byte++) {
			ones[byte] |= uuid.bytes[byte];
			zeros[byte] = (unsigned char)(zeros[byte] | (uuid.bytes[byte] ^ 0xff));
		}
	}
	clock_set_for_test(-1);
	for (size_t byte = 0; byte < UUID_SIZE; byte++)
		varying += (unsigned)__builtin_popcount(ones[byte] & zeros[byte]);
	assert_int_equal(varying, 74);
}

static void a_hash_is_shaped_as_version_8_and_kept_otherwise(void **state)
{
	unsigned char hash[UUID_SIZE];
	char text[UUID_TEXT_SIZE];
	struct uuid uuid;

	(void)state;
	memset(hash, 0xff, sizeof hash);
	uuid = uuid_from_hash(hash);
	uuid_write(&uuid, text);
	assert_string_equal(text, "ffffffff-ffff-8fff-bfff-ffffffffffff");
	memset(hash, 0, sizeof hash);
	uuid = uuid_from_hash(hash);
	uuid_write(&uuid, text);
	assert_string_equal(text, "00000000-0000-8000-8000-000000000000");
}

static void either_case_is_read_and_lower_case_written(void **state)
{
	static const char mixed[] = "017F22e2-79B0-7cC3-98C4-Dc0c0c07398f";
	char text[UUID_TEXT_SIZE];
	struct uuid uuid;

	(void)state;
	assert_true(uuid_read(mixed, strlen(mixed), &uuid));
	uuid_write(&uuid, text);
	assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

static void any_other_shape_is_refused_and_changes_nothing(void **state)
{
	static const char *const wrong[] = {
	    "",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff",
	    "017f22e279b07cc398c4dc0c0c07398f",
	    "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398 ",
	    "017f22e2079b0-7cc3-98c4-dc0c0c07398f",
	    "017f22e2-79b007cc3-98c4-dc0c0c07398f",
	    "-17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
	    "017f22e-279b0-7cc3-98c4-dc0c0c07398f",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c0739\xc3\xa4",
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct uuid uuid = {{0x5a}};

		assert_false(uuid_read(wrong[i], strlen(wrong[i]), &uuid));
		assert_int_equal(uuid.bytes[0], 0x5a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_random_one_has_the_shape_of_version_4),
	    cmocka_unit_test(a_time_ordered_one_begins_with_the_time),
	    cmocka_unit_test(time_ordered_ones_differ_in_74_bits),
	    cmocka_unit_test(a_hash_is_shaped_as_version_8_and_kept_otherwise),
	    cmocka_unit_test(either_case_is_read_and_lower_case_written),
	    cmocka_unit_test(any_other_shape_is_refused_and_changes_nothing),
	};

	return cmocka_run_group_tests_name("uuid", tests, NULL, NULL);
}
