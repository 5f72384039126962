#include "common/secret.h"
#include "tests/unit/unit.h"

#define KEY_HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER_KEY_HEX "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define PART(text) ((struct secret_part){.bytes = (text), .length = sizeof(text) - 1})

enum { HASH_TEXT_SIZE = 2 * SECRET_HASH_SIZE + 1 };

static int set_up(void **state)
{
	struct err err = {0};

	*state = arena_new();
	return secret_init(KEY_HEX, &err) ? 0 : -1;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static void hash_text(
    enum secret_purpose purpose, const struct secret_part *parts, size_t count, char ret_text[HASH_TEXT_SIZE])
{
	unsigned char hash[SECRET_HASH_SIZE];

	secret_hash(purpose, parts, count, hash);
	secret_hex(hash, sizeof hash, ret_text);
}

static void a_server_key_of_another_shape_is_refused(void **state)
{
	static const char *const wrong[] = {"", KEY_HEX "0", "00" KEY_HEX, "0x" KEY_HEX,
	    "zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct err err = {0};

		assert_false(secret_init(wrong[i], &err));
		assert_string_equal(err.code, "server_key");
		assert_string_equal(err.message, "the server key must be 64 hexadecimal digits");
	}
}

/*
 * The key is permanent, so what is made with it may never change. The values come
 * from Python's hashlib.blake2b: the subkey with the purpose as salt and "osallisu"
 * as person, then each part after its length in eight bytes, lowest first.
 */
static void hashes_stay_what_they_are(void **state)
{
	const struct secret_part parts[] = {PART("caller"), PART("feedback_create"), PART("key")};
	char text[HASH_TEXT_SIZE];

	(void)state;
	hash_text(SECRET_ID, parts, 3, text);
	assert_string_equal(text, "04305159a9643ccef1c390c5a5aa80db5733a2d98a2ec9784d778d5b53950cd0");
	hash_text(SECRET_PEER, NULL, 0, text);
	assert_string_equal(text, "7bf2e762e9fd8f563418cedd1aebaf26c730b53f8c3de495cd5f291df3a33317");
}

static void each_purpose_has_a_key_of_its_own(void **state)
{
	const struct secret_part part = PART("the same");
	char texts[SECRET_PEER + 1][HASH_TEXT_SIZE];

	(void)state;
	for (unsigned purpose = SECRET_ID; purpose <= SECRET_PEER; purpose++) {
		hash_text((enum secret_purpose)purpose, &part, 1, texts[purpose]);
		for (unsigned earlier = SECRET_ID; earlier < purpose; earlier++)
			assert_string_not_equal(texts[purpose], texts[earlier]);
	}
}

static void another_server_key_gives_another_hash(void **state)
{
	const struct secret_part part = PART("the same");
	struct err err = {0};
	char one[HASH_TEXT_SIZE];
	char other[HASH_TEXT_SIZE];

	(void)state;
	hash_text(SECRET_LINK, &part, 1, one);
	assert_true(secret_init(OTHER_KEY_HEX, &err));
	hash_text(SECRET_LINK, &part, 1, other);
	assert_true(secret_init(KEY_HEX, &err));
	assert_string_not_equal(one, other);
}

static void lists_of_parts_do_not_collide(void **state)
{
	const struct secret_part lists[][2] = {{PART("ab"), PART("c")}, {PART("a"), PART("bc")},
	    {PART("abc"), PART("")}, {PART(""), PART("abc")}};
	char texts[4][HASH_TEXT_SIZE];
	char alone[HASH_TEXT_SIZE];

	(void)state;
	hash_text(SECRET_REQUEST, &lists[2][0], 1, alone);
	for (size_t i = 0; i < 4; i++) {
		hash_text(SECRET_REQUEST, lists[i], 2, texts[i]);
		assert_string_not_equal(texts[i], alone);
		for (size_t earlier = 0; earlier < i; earlier++)
			assert_string_not_equal(texts[i], texts[earlier]);
	}
}

/* FIPS 180-2, appendix B, and the empty text. */
static void sha256_gives_the_published_values(void **state)
{
	static const struct {
		const char *text, *hash;
	} vectors[] = {
	    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		unsigned char hash[SECRET_HASH_SIZE];
		char text[HASH_TEXT_SIZE];

		secret_sha256(vectors[i].text, strlen(vectors[i].text), hash);
		secret_hex(hash, sizeof hash, text);
		assert_string_equal(text, vectors[i].hash);
	}
}

static void equality_looks_at_every_byte(void **state)
{
	unsigned char one[40] = {0};

	(void)state;
	assert_true(secret_equal(NULL, NULL, 0));
	for (size_t i = 0; i < sizeof one; i++) {
		unsigned char other[40] = {0};

		assert_true(secret_equal(one, other, sizeof one));
		other[i] = 1;
		assert_false(secret_equal(one, other, sizeof one));
		assert_true(secret_equal(one, other, i));
	}
}

static void randomness_is_never_the_same(void **state)
{
	unsigned char one[16];
	unsigned char other[16];

	(void)state;
	secret_random(one, sizeof one);
	secret_random(other, sizeof other);
	assert_memory_not_equal(one, other, sizeof one);
}

static void a_sealed_box_opens_with_its_secret_key_only(void **state)
{
	unsigned char public_key[SECRET_BOX_KEY_SIZE];
	unsigned char computed[SECRET_BOX_KEY_SIZE];
	unsigned char secret_key[SECRET_BOX_KEY_SIZE];
	unsigned char other[SECRET_BOX_KEY_SIZE];
	struct secret_part sealed;
	struct secret_part plain;
	struct err err = {0};

	secret_box_new_pair(public_key, other);
	secret_box_new_pair(public_key, secret_key);
	secret_box_public(secret_key, computed);
	assert_memory_equal(computed, public_key, sizeof public_key);
	assert_true(secret_seal(*state, public_key, PART("matti@example.fi"), &sealed, &err));
	assert_int_equal(sealed.length, strlen("matti@example.fi") + 48);
	assert_true(secret_open(*state, secret_key, sealed, &plain, &err));
	assert_int_equal(plain.length, strlen("matti@example.fi"));
	assert_memory_equal(plain.bytes, "matti@example.fi", plain.length);
	assert_false(secret_open(*state, other, sealed, &plain, &err));
	assert_string_equal(err.code, "sealed_box");
}

static void any_altered_byte_keeps_a_box_closed(void **state)
{
	unsigned char public_key[SECRET_BOX_KEY_SIZE];
	unsigned char secret_key[SECRET_BOX_KEY_SIZE];
	struct secret_part sealed;
	struct secret_part plain = {0};
	struct err err = {0};

	secret_box_new_pair(public_key, secret_key);
	assert_true(secret_seal(*state, public_key, PART("x"), &sealed, &err));
	for (size_t i = 0; i < sealed.length; i++) {
		char *altered = arena_copy(*state, sealed.bytes, sealed.length);

		err = (struct err){0};
		altered[i] = (char)(altered[i] ^ 1);
		assert_false(secret_open(*state, secret_key,
		    (struct secret_part){.bytes = altered, .length = sealed.length}, &plain, &err));
		assert_string_equal(err.code, "sealed_box");
		assert_null(plain.bytes);
	}
}

static void the_least_box_holds_nothing(void **state)
{
	unsigned char public_key[SECRET_BOX_KEY_SIZE];
	unsigned char secret_key[SECRET_BOX_KEY_SIZE];
	struct secret_part sealed;
	struct secret_part plain;
	struct err err = {0};

	secret_box_new_pair(public_key, secret_key);
	assert_true(secret_seal(*state, public_key, (struct secret_part){0}, &sealed, &err));
	assert_int_equal(sealed.length, 48);
	assert_true(secret_open(*state, secret_key, sealed, &plain, &err));
	assert_int_equal(plain.length, 0);
	sealed.length = 47;
	assert_false(secret_open(*state, secret_key, sealed, &plain, &err));
}

static void hexadecimal_goes_both_ways(void **state)
{
	unsigned char bytes[3] = {9, 9, 9};
	char text[7];

	(void)state;
	secret_hex("\x00\xab\xff", 3, text);
	assert_string_equal(text, "00abff");
	assert_true(secret_unhex("00ABfe", bytes, 3));
	assert_memory_equal(bytes, "\x00\xab\xfe", 3);
	assert_false(secret_unhex("00abf", bytes, 3));
	assert_false(secret_unhex("00abff0", bytes, 3));
	assert_false(secret_unhex("00abff00", bytes, 3));
	assert_false(secret_unhex("00ab f", bytes, 3));
	assert_false(secret_unhex("1111xx", bytes, 3));
	assert_false(secret_unhex("", bytes, 3));
	assert_memory_equal(bytes, "\x00\xab\xfe", 3);
}

/* RFC 4648, chapter 10, without padding; and the two characters that are other than in plain base64. */
static void base64url_goes_both_ways(void **state)
{
	static const struct {
		const char *bytes, *text;
	} vectors[] = {{"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"},
	    {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xbf", "-_-_"}};

	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		struct secret_part part;

		assert_string_equal(
		    secret_base64url(*state, vectors[i].bytes, strlen(vectors[i].bytes)), vectors[i].text);
		assert_true(secret_unbase64url(*state, vectors[i].text, strlen(vectors[i].text), &part));
		assert_int_equal(part.length, strlen(vectors[i].bytes));
		assert_memory_equal(part.bytes, vectors[i].bytes, part.length);
	}
}

/* Where one byte is exchanged for another, the text is refused or it is another value. */
static void no_byte_stands_for_another_one(void **state)
{
	for (unsigned byte = 1; byte < 256; byte++) {
		char text[] = "Zm9vYmFy";
		struct secret_part part;

		text[2] = (char)byte;
		if (secret_unbase64url(*state, text, strlen(text), &part))
			assert_string_equal(secret_base64url(*state, part.bytes, part.length), text);
		else
			assert_false(byte == '-' || byte == '_' || (byte >= '0' && byte <= '9'));
	}
}

/* Each value has one spelling, so that nobody can write a token in two ways. */
static void other_spellings_of_base64url_are_refused(void **state)
{
	static const char *const wrong[] = {
	    "Zg==", "Zh", "Zm9", "Z", "Zm9vY", "+_-_", "-/-_", "Zm 9v", "Zm9v\n", "Zm9vä"};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct secret_part part = {0};

		if (secret_unbase64url(*state, wrong[i], strlen(wrong[i]), &part))
			fail_msg("'%s' was taken", wrong[i]);
		assert_null(part.bytes);
	}
}

static void what_is_locked_opens_for_the_same_purpose_and_bound_alone_and_is_different_each_time(void **state)
{
	unsigned char bound[SECRET_HASH_SIZE] = {1}, other[SECRET_HASH_SIZE] = {2};
	struct secret_part locked = secret_lock(*state, SECRET_CURSOR_KEY, bound, PART("4711")), plain;
	struct secret_part again = secret_lock(*state, SECRET_CURSOR_KEY, bound, PART("4711"));

	assert_int_equal(locked.length, strlen("4711") + 40);
	assert_memory_not_equal(locked.bytes, again.bytes, locked.length);
	assert_true(secret_unlock(*state, SECRET_CURSOR_KEY, bound, locked, &plain));
	assert_int_equal(plain.length, strlen("4711"));
	assert_memory_equal(plain.bytes, "4711", plain.length);
	assert_false(secret_unlock(*state, SECRET_CURSOR_KEY, other, locked, &plain));
	assert_false(secret_unlock(*state, SECRET_CURSOR, bound, locked, &plain));
	for (size_t length = 0; length < locked.length; length++) {
		char *altered = arena_copy(*state, locked.bytes, locked.length);

		altered[length] = (char)(altered[length] ^ 1);
		assert_false(secret_unlock(
		    *state, SECRET_CURSOR_KEY, bound, (struct secret_part){altered, locked.length}, &plain));
		assert_false(secret_unlock(
		    *state, SECRET_CURSOR_KEY, bound, (struct secret_part){locked.bytes, length}, &plain));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_server_key_of_another_shape_is_refused),
	    cmocka_unit_test(hashes_stay_what_they_are),
	    cmocka_unit_test(each_purpose_has_a_key_of_its_own),
	    cmocka_unit_test(another_server_key_gives_another_hash),
	    cmocka_unit_test(lists_of_parts_do_not_collide),
	    cmocka_unit_test(sha256_gives_the_published_values),
	    cmocka_unit_test(equality_looks_at_every_byte),
	    cmocka_unit_test(randomness_is_never_the_same),
	    cmocka_unit_test(
		what_is_locked_opens_for_the_same_purpose_and_bound_alone_and_is_different_each_time),
	    cmocka_unit_test(a_sealed_box_opens_with_its_secret_key_only),
	    cmocka_unit_test(any_altered_byte_keeps_a_box_closed),
	    cmocka_unit_test(the_least_box_holds_nothing),
	    cmocka_unit_test(hexadecimal_goes_both_ways),
	    cmocka_unit_test(base64url_goes_both_ways),
	    cmocka_unit_test(no_byte_stands_for_another_one),
	    cmocka_unit_test(other_spellings_of_base64url_are_refused),
	};

	return cmocka_run_group_tests_name("secret", tests, set_up, tear_down);
}
