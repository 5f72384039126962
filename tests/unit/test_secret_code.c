#include "common/secret.h"
#include "tests/unit/unit.h"

enum { SECRET_BYTES = 16 };

struct sample {
	const char *hex;
	const char *code;
};

/*
 * From Crockford's description: the number in base 32, then the number modulo 37
 * as one character. The last five have the characters that serve as check only.
 */
static const struct sample samples[] = {
    {"00000000000000000000000000000000", "00000-00000-00000-00000-00000-00"},
    {"ffffffffffffffffffffffffffffffff", "ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-WH"},
    {"000102030405060708090a0b0c0d0e0f", "000G4-0R40M-30E20-9185G-R38E1-WR"},
    {"0123456789abcdeffedcba9876543210", "04HMA-SW9NF-6YZZP-WQAC7-CN1J2-03"},
    {"00000000000000000000000000000008", "00000-00000-00000-00000-00001-0*"},
    {"00000000000000000000000000000024", "00000-00000-00000-00000-00004-G~"},
    {"0000000000000000000000000000001b", "00000-00000-00000-00000-00003-C$"},
    {"00000000000000000000000000000012", "00000-00000-00000-00000-00002-8="},
    {"00000000000000000000000000000009", "00000-00000-00000-00000-00001-4U"},
};

static bool parses_to(const char *code, const char *hex)
{
	unsigned char secret[SECRET_BYTES];
	char text[2 * SECRET_BYTES + 1];

	if (!secret_code_parse(code, strlen(code), secret))
		return false;
	secret_hex(secret, sizeof secret, text);
	assert_string_equal(text, hex);
	return true;
}

static void codes_go_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		unsigned char secret[SECRET_BYTES];
		char code[SECRET_CODE_SIZE];

		assert_true(secret_unhex(samples[i].hex, secret, sizeof secret));
		secret_code_format(secret, code);
		assert_string_equal(code, samples[i].code);
		assert_true(parses_to(samples[i].code, samples[i].hex));
	}
}

static void every_bit_of_a_secret_survives(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 8 * SECRET_BYTES; bit++) {
		unsigned char secret[SECRET_BYTES] = {0};
		unsigned char read[SECRET_BYTES];
		char code[SECRET_CODE_SIZE];

		secret[bit / 8] = (unsigned char)(1U << bit % 8);
		secret_code_format(secret, code);
		assert_true(secret_code_parse(code, strlen(code), read));
		assert_memory_equal(read, secret, sizeof secret);
	}
}

static void what_people_write_instead_is_understood(void **state)
{
	static const char hex[] = "0123456789abcdeffedcba9876543210";
	static const char *const ways[] = {"04HMASW9NF6YZZPWQAC7CN1J203", "04hma-sw9nf-6yzzp-wqac7-cn1j2-03",
	    " 04HMA SW9NF 6YZZP WQAC7 CN1J2 03 ", "O4HMA-SW9NF-6YZZP-WQAC7-CNIJ2-O3",
	    "o4hma-sw9nf-6yzzp-wqac7-cnlj2-o3", "O4HMA-SW9NF-6YZZP-WQAC7-CNLJ2-03",
	    "0-4-H-M-A-S-W-9-N-F-6-Y-Z-Z-P-W-Q-A-C-7-C-N-1-J-2--0 3"};

	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		assert_true(parses_to(ways[i], hex));
	assert_true(parses_to("ooooo-ooooo-ooooo-ooooo-ooooi-4u", samples[8].hex));
}

static void other_shapes_are_refused(void **state)
{
	static const char *const wrong[] = {"", "-", "04HMA-SW9NF-6YZZP-WQAC7-CN1J2-0",
	    "04HMA-SW9NF-6YZZP-WQAC7-CN1J2-033", "04HMA_SW9NF_6YZZP_WQAC7_CN1J2_03",
	    "04HMA-SW9NF-6YZZP-WQAC7-CN1J2-03\n", "U4HMA-SW9NF-6YZZP-WQAC7-CN1J2-03",
	    "*4HMA-SW9NF-6YZZP-WQAC7-CN1J2-03", "Ä4HMA-SW9NF-6YZZP-WQAC7-CN1J2-03",
	    /* The two spare bits: 1, 2 and 3 instead of 0, with the check character that fits. */
	    "00000-00000-00000-00000-00000-11", "00000-00000-00000-00000-00000-22",
	    "00000-00000-00000-00000-00000-33"};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		unsigned char secret[SECRET_BYTES] = {0x5a};

		if (secret_code_parse(wrong[i], strlen(wrong[i]), secret))
			fail_msg("'%s' was taken", wrong[i]);
		assert_int_equal(secret[0], 0x5a);
	}
	assert_true(parses_to("00000-00000-00000-00000-00000-44", "00000000000000000000000000000001"));
	assert_false(
	    secret_code_parse("00000-00000-00000-00000-00000-0\0", 32, (unsigned char[SECRET_BYTES]){0}));
}

static void every_single_mistake_is_seen(void **state)
{
	static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char code[SECRET_CODE_SIZE];
	unsigned char secret[SECRET_BYTES];

	(void)state;
	memcpy(code, samples[3].code, sizeof code);
	for (size_t place = 0; place < strlen(code); place++) {
		char right = code[place];

		for (size_t i = 0; i < strlen(symbols) && right != '-'; i++) {
			code[place] = symbols[i];
			assert_int_equal(secret_code_parse(code, strlen(code), secret), symbols[i] == right);
		}
		code[place] = right;
	}
}

static void two_neighbours_in_the_wrong_order_are_seen(void **state)
{
	char code[] = "04HMASW9NF6YZZPWQAC7CN1J203";
	unsigned char secret[SECRET_BYTES];

	(void)state;
	for (size_t place = 0; place + 2 < strlen(code); place++) {
		char first = code[place];

		code[place] = code[place + 1];
		code[place + 1] = first;
		assert_int_equal(secret_code_parse(code, strlen(code), secret), first == code[place]);
		code[place + 1] = code[place];
		code[place] = first;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(codes_go_both_ways),
	    cmocka_unit_test(every_bit_of_a_secret_survives),
	    cmocka_unit_test(what_people_write_instead_is_understood),
	    cmocka_unit_test(other_shapes_are_refused),
	    cmocka_unit_test(every_single_mistake_is_seen),
	    cmocka_unit_test(two_neighbours_in_the_wrong_order_are_seen),
	};

	return cmocka_run_group_tests_name("secret_code", tests, NULL, NULL);
}
