#include "common/secret.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>

enum { PURPOSE_COUNT = SECRET_CURSOR_KEY + 1, NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES };

_Static_assert(SECRET_HASH_SIZE == crypto_hash_sha256_BYTES, "SHA-256");
_Static_assert(SECRET_HASH_SIZE <= crypto_generichash_BYTES_MAX, "BLAKE2b-256");
_Static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == crypto_generichash_KEYBYTES, "subkeys");
_Static_assert(SECRET_BOX_KEY_SIZE == crypto_box_PUBLICKEYBYTES, "public key");
_Static_assert(SECRET_BOX_KEY_SIZE == crypto_box_SECRETKEYBYTES, "secret key");

static pthread_once_t sodium_ready = PTHREAD_ONCE_INIT;

/* Written once by secret_init, before there are threads. */
static unsigned char subkeys[PURPOSE_COUNT][crypto_generichash_KEYBYTES];
static bool has_server_key;

static void ready(void);
static void start_sodium(void);

bool secret_init(const char *server_key_hex, struct err *err)
{
	static const char context[crypto_kdf_CONTEXTBYTES + 1] = "osallisu";
	unsigned char key[crypto_kdf_KEYBYTES];

	ready();
	if (!secret_unhex(server_key_hex, key, sizeof key))
		return err_set(
		    err, "server_key", "the server key must be %zu hexadecimal digits", 2 * sizeof key);
	for (unsigned purpose = 1; purpose < PURPOSE_COUNT; purpose++) {
		if (crypto_kdf_derive_from_key(
			subkeys[purpose], sizeof subkeys[purpose], purpose, context, key) != 0)
			abort();
	}
	sodium_memzero(key, sizeof key);
	has_server_key = true;
	return true;
}

void secret_random(void *ret_bytes, size_t length)
{
	ready();
	randombytes_buf(ret_bytes, length);
}

void secret_hash(enum secret_purpose purpose, const struct secret_part *parts, size_t count,
    unsigned char ret_hash[SECRET_HASH_SIZE])
{
	crypto_generichash_state state;

	assert(has_server_key);
	assert(purpose >= SECRET_ID && (unsigned)purpose < PURPOSE_COUNT);
	(void)crypto_generichash_init(&state, subkeys[purpose], sizeof subkeys[purpose], SECRET_HASH_SIZE);
	for (size_t i = 0; i < count; i++) {
		unsigned char length[8];

		for (unsigned byte = 0; byte < sizeof length; byte++)
			length[byte] = (unsigned char)((uint64_t)parts[i].length >> (8 * byte));
		(void)crypto_generichash_update(&state, length, sizeof length);
		if (parts[i].length > 0)
			(void)crypto_generichash_update(&state, parts[i].bytes, parts[i].length);
	}
	(void)crypto_generichash_final(&state, ret_hash, SECRET_HASH_SIZE);
}

void secret_sha256(const void *bytes, size_t length, unsigned char ret_hash[SECRET_HASH_SIZE])
{
	ready();
	(void)crypto_hash_sha256(ret_hash, length > 0 ? bytes : "", length);
}

bool secret_equal(const void *a, const void *b, size_t length)
{
	return length == 0 || sodium_memcmp(a, b, length) == 0;
}

void secret_box_new_pair(
    unsigned char ret_public[SECRET_BOX_KEY_SIZE], unsigned char ret_secret[SECRET_BOX_KEY_SIZE])
{
	ready();
	(void)crypto_box_keypair(ret_public, ret_secret);
}

bool secret_seal(struct arena *arena, const unsigned char public_key[SECRET_BOX_KEY_SIZE],
    struct secret_part plain, struct secret_part *ret_sealed, struct err *err)
{
	size_t size = plain.length + crypto_box_SEALBYTES;
	unsigned char *sealed = arena_alloc(arena, size);

	ready();
	if (crypto_box_seal(
		sealed, plain.length > 0 ? plain.bytes : (const void *)"", plain.length, public_key) != 0)
		return err_set(err, "sealed_box", "the public key is not one");
	*ret_sealed = (struct secret_part){.bytes = sealed, .length = size};
	return true;
}

bool secret_open(struct arena *arena, const unsigned char secret_key[SECRET_BOX_KEY_SIZE],
    struct secret_part sealed, struct secret_part *ret_plain, struct err *err)
{
	unsigned char public_key[SECRET_BOX_KEY_SIZE];
	unsigned char *plain;
	size_t size;

	if (sealed.length < crypto_box_SEALBYTES)
		return err_set(err, "sealed_box", "a sealed box is too short");
	size = sealed.length - crypto_box_SEALBYTES;
	plain = arena_alloc(arena, size);
	secret_box_public(secret_key, public_key);
	if (crypto_box_seal_open(plain, sealed.bytes, sealed.length, public_key, secret_key) != 0)
		return err_set(err, "sealed_box", "a sealed box does not open with this key");
	*ret_plain = (struct secret_part){.bytes = plain, .length = size};
	return true;
}

struct secret_part secret_lock(struct arena *arena, enum secret_purpose purpose,
    const unsigned char bound[SECRET_HASH_SIZE], struct secret_part plain)
{
	size_t size = NONCE_SIZE + plain.length + crypto_aead_xchacha20poly1305_ietf_ABYTES;
	unsigned char *locked = arena_alloc(arena, size);

	assert(has_server_key);
	randombytes_buf(locked, NONCE_SIZE);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(locked + NONCE_SIZE, NULL, plain.bytes, plain.length,
	    bound, SECRET_HASH_SIZE, NULL, locked, subkeys[purpose]);
	return (struct secret_part){.bytes = locked, .length = size};
}

bool secret_unlock(struct arena *arena, enum secret_purpose purpose,
    const unsigned char bound[SECRET_HASH_SIZE], struct secret_part locked, struct secret_part *ret_plain)
{
	const unsigned char *bytes = locked.bytes;
	unsigned char *plain;
	unsigned long long length;

	assert(has_server_key);
	if (locked.length < NONCE_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES)
		return false;
	plain = arena_alloc(arena, locked.length);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &length, NULL, bytes + NONCE_SIZE,
		locked.length - NONCE_SIZE, bound, SECRET_HASH_SIZE, bytes, subkeys[purpose]) != 0)
		return false;
	*ret_plain = (struct secret_part){.bytes = plain, .length = (size_t)length};
	return true;
}

void secret_box_public(
    const unsigned char secret_key[SECRET_BOX_KEY_SIZE], unsigned char ret_public[SECRET_BOX_KEY_SIZE])
{
	ready();
	(void)crypto_scalarmult_base(ret_public, secret_key);
}

void secret_box_key_id(
    const unsigned char public_key[SECRET_BOX_KEY_SIZE], char ret_id[SECRET_BOX_KEY_ID_SIZE])
{
	unsigned char hash[SECRET_HASH_SIZE];

	secret_sha256(public_key, SECRET_BOX_KEY_SIZE, hash);
	secret_hex(hash, (SECRET_BOX_KEY_ID_SIZE - 1) / 2, ret_id);
}

void secret_hex(const void *bytes, size_t length, char *ret_text)
{
	(void)sodium_bin2hex(ret_text, 2 * length + 1, bytes, length);
}

bool secret_unhex(const char *text, void *ret_bytes, size_t length)
{
	if (strlen(text) != 2 * length || strspn(text, "0123456789abcdefABCDEF") != 2 * length)
		return false;
	return sodium_hex2bin(ret_bytes, length, text, 2 * length, NULL, NULL, NULL) == 0;
}

char *secret_base64url(struct arena *arena, const void *bytes, size_t length)
{
	size_t size = sodium_base64_encoded_len(length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *text = arena_alloc(arena, size);

	return sodium_bin2base64(text, size, bytes, length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool secret_unbase64url(
    struct arena *arena, const char *text, size_t text_length, struct secret_part *ret_bytes)
{
	size_t capacity = text_length / 4 * 3 + 3;
	unsigned char *bytes = arena_alloc(arena, capacity);
	size_t length = 0;

	/* libsodium 1.0.18 takes some bytes above 0x7f for digits. */
	for (size_t i = 0; i < text_length; i++) {
		if ((unsigned char)text[i] >= 0x80)
			return false;
	}
	if (sodium_base642bin(bytes, capacity, text, text_length, NULL, &length, NULL,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return false;
	*ret_bytes = (struct secret_part){.bytes = bytes, .length = length};
	return true;
}

/* libsodium may be started by any thread, once. */
static void ready(void)
{
	if (pthread_once(&sodium_ready, start_sodium) != 0)
		abort();
}

static void start_sodium(void)
{
	if (sodium_init() < 0)
		abort();
}
