#include "common/secret.h"
#include "tests/unit/unit.h"

enum { SECRET_BYTES = 16 };

struct sample {
	const char *hex;
	const char *code;
};

/* Crockford's base 32, and as the last character the sum of its digits times powers of x in GF(32). */
static const struct sample samples[] = {
    {"00000000000000000000000000000000", "00000-00000-00000-00000-00000-00"},
    {"ffffffffffffffffffffffffffffffff", "ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-WH"},
    {"000102030405060708090a0b0c0d0e0f", "000G4-0R40M-30E20-9185G-R38E1-W8"},
    {"0123456789abcdeffedcba9876543210", "04HMA-SW9NF-6YZZP-WQAC7-CN1J2-06"},
    {"00000000000000000000000000000008", "00000-00000-00000-00000-00001-04"},
    {"00000000000000000000000000000001", "00000-00000-00000-00000-00000-48"},
    {"00000000000000000000000000000009", "00000-00000-00000-00000-00001-4C"},
    {"40000000000000000000000000000000", "80000-00000-00000-00000-00000-09"},
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
	static const char *const ways[] = {"04HMASW9NF6YZZPWQAC7CN1J206", "04hma-sw9nf-6yzzp-wqac7-cn1j2-06",
	    " 04HMA SW9NF 6YZZP WQAC7 CN1J2 06 ", "O4HMA-SW9NF-6YZZP-WQAC7-CNIJ2-O6",
	    "o4hma-sw9nf-6yzzp-wqac7-cnlj2-o6", "O4HMA-SW9NF-6YZZP-WQAC7-CNLJ2-06",
	    "0-4-H-M-A-S-W-9-N-F-6-Y-Z-Z-P-W-Q-A-C-7-C-N-1-J-2--0 6"};

	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		assert_true(parses_to(ways[i], hex));
	assert_true(parses_to("ooooo-ooooo-ooooo-ooooo-ooool-o4", samples[4].hex));
}

static void other_shapes_are_refused(void **state)
{
	static const char *const wrong[] = {"", "-", "04HMA-SW9NF-6YZZP-WQAC7-CN1J2-0",
	    "04HMA-SW9NF-6YZZP-WQAC7-CN1J2-063", "04HMA_SW9NF_6YZZP_WQAC7_CN1J2_06",
	    "04HMA-SW9NF-6YZZP-WQAC7-CN1J2-06\n", "U4HMA-SW9NF-6YZZP-WQAC7-CN1J2-06",
	    "*4HMA-SW9NF-6YZZP-WQAC7-CN1J2-06", "Ä4HMA-SW9NF-6YZZP-WQAC7-CN1J2-06",
	    /* The two spare bits: 1, 2 and 3 instead of 0, with the check character that fits. */
	    "00000-00000-00000-00000-00000-12", "00000-00000-00000-00000-00000-24",
	    "00000-00000-00000-00000-00000-36",
	    /* The check of before, modulo 37. */
	    "00000-00000-00000-00000-00001-0*", "00000-00000-00000-00000-00001-4U"};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		unsigned char secret[SECRET_BYTES] = {0x5a};

		if (secret_code_parse(wrong[i], strlen(wrong[i]), secret))
			fail_msg("'%s' was taken", wrong[i]);
		assert_int_equal(secret[0], 0x5a);
	}
	assert_true(parses_to("00000-00000-00000-00000-00000-48", "00000000000000000000000000000001"));
	assert_false(
	    secret_code_parse("00000-00000-00000-00000-00000-0\0", 32, (unsigned char[SECRET_BYTES]){0}));
}

/* What a check sees depends on the difference alone, and so not on the code: each one shows it for all. */
static const char *const checked[] = {
    "04HMASW9NF6YZZPWQAC7CN1J206", "000000000000000000000000000", "ZZZZZZZZZZZZZZZZZZZZZZZZZWH"};

static void every_single_mistake_is_seen(void **state)
{
	static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	unsigned char secret[SECRET_BYTES];

	(void)state;
	for (size_t sample = 0; sample < sizeof checked / sizeof checked[0]; sample++) {
		char code[SECRET_CODE_SIZE];

		(void)snprintf(code, sizeof code, "%s", checked[sample]);
		for (size_t place = 0; place < strlen(code); place++) {
			char right = code[place];

			for (size_t i = 0; i < strlen(symbols); i++) {
				code[place] = symbols[i];
				assert_int_equal(
				    secret_code_parse(code, strlen(code), secret), symbols[i] == right);
			}
			code[place] = right;
		}
	}
}

/* The code with these two symbols at these two places, and a check that fits; false: it would not be a code.
 */
static bool make_code(const char *pair, size_t first, size_t second, char ret_code[SECRET_CODE_SIZE])
{
	static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	unsigned char secret[SECRET_BYTES];

	(void)snprintf(ret_code, SECRET_CODE_SIZE, "%s", checked[0]);
	ret_code[first] = pair[0];
	ret_code[second] = pair[1];
	for (size_t i = 0; i < strlen(symbols); i++) {
		ret_code[26] = symbols[i];
		if (secret_code_parse(ret_code, strlen(ret_code), secret))
			return true;
	}
	return false;
}

/* All pairs of symbols at all pairs of places before the check. */
static void two_that_changed_places_are_seen(void **state)
{
	static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	unsigned char secret[SECRET_BYTES];
	unsigned seen = 0;

	(void)state;
	for (unsigned way = 0; way < 32 * 32; way++) {
		const char pair[] = {symbols[way / 32], symbols[way % 32]};
		char code[SECRET_CODE_SIZE];

		for (size_t first = 0; pair[0] != pair[1] && first < 25; first++) {
			for (size_t second = first + 1; second < 26; second++) {
				if (!make_code(pair, first, second, code))
					continue;
				code[first] = pair[1];
				code[second] = pair[0];
				assert_false(secret_code_parse(code, strlen(code), secret));
				seen++;
			}
		}
	}
	assert_int_equal(seen, 32 * 31 * 25 * 24 / 2 + 25 * 31 * 8);
}

static void the_check_and_its_neighbour_in_the_wrong_order_are_seen(void **state)
{
	unsigned char secret[SECRET_BYTES];

	(void)state;
	for (unsigned i = 0; i < 32; i++) {
		char code[SECRET_CODE_SIZE];
		const char pair[] = {"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[i], '0'};
		char neighbour;

		if (!make_code(pair, 3, 25, code) || code[25] == code[26])
			continue;
		neighbour = code[25];
		code[25] = code[26];
		code[26] = neighbour;
		assert_false(secret_code_parse(code, strlen(code), secret));
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
	    cmocka_unit_test(two_that_changed_places_are_seen),
	    cmocka_unit_test(the_check_and_its_neighbour_in_the_wrong_order_are_seen),
	};

	return cmocka_run_group_tests_name("secret_code", tests, NULL, NULL);
}
