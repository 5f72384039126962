#include "common/secret.h"

enum {
	SECRET_BYTES = 16,
	DATA_CHARACTERS = 26,
	GROUP = 5,
	SYMBOLS = 32,
	FIELD_POLYNOMIAL = 0x25,
	SPARE_BITS = 2
};

/* Crockford's alphabet. */
static const char alphabet[SYMBOLS + 1] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static unsigned add_to_check(unsigned check, unsigned symbol);
static int symbol_value(char character);
static bool read_symbols(const char *code, size_t length, unsigned char symbols[DATA_CHARACTERS + 1]);

void secret_code_format(const unsigned char secret[16], char ret_code[SECRET_CODE_SIZE])
{
	char *at = ret_code;
	unsigned bits = 0;
	unsigned held = 0;
	unsigned check = 0;
	size_t next = 0;

	for (unsigned i = 0; i < DATA_CHARACTERS; i++) {
		unsigned symbol;

		if (held < 5) {
			/* Behind the last byte come the two zero bits. */
			bits = bits << 8 | (next < SECRET_BYTES ? secret[next] : 0U);
			next++;
			held += 8;
		}
		held -= 5;
		symbol = bits >> held & 31;
		check = add_to_check(check, symbol);
		*at++ = alphabet[symbol];
		if (i % GROUP == GROUP - 1)
			*at++ = '-';
	}
	*at++ = alphabet[check];
	*at = '\0';
}

bool secret_code_parse(const char *code, size_t length, unsigned char ret_secret[16])
{
	unsigned char symbols[DATA_CHARACTERS + 1];
	unsigned char secret[SECRET_BYTES];
	unsigned bits = 0;
	unsigned held = 0;
	unsigned check = 0;
	size_t next = 0;

	if (!read_symbols(code, length, symbols))
		return false;
	for (unsigned i = 0; i < DATA_CHARACTERS; i++) {
		check = add_to_check(check, symbols[i]);
		bits = (bits << 5 | symbols[i]) & 0xffff;
		held += 5;
		if (held >= 8 && next < SECRET_BYTES) {
			held -= 8;
			secret[next++] = (unsigned char)(bits >> held);
		}
	}
	if (check != symbols[DATA_CHARACTERS] ||
	    (symbols[DATA_CHARACTERS - 1] & ((1U << SPARE_BITS) - 1)) != 0)
		return false;
	memcpy(ret_secret, secret, sizeof secret);
	return true;
}

/*
 * A sum in GF(32), the field of x^5 + x^2 + 1, in which each place of a code has a weight of its own: a power
 * of x. x has order 31, so that all weights of 27 places differ and none is 0: one wrong symbol changes the
 * sum, and so do two unlike ones that have changed places, wherever they stand.
 */
static unsigned add_to_check(unsigned check, unsigned symbol)
{
	unsigned product = (check ^ symbol) << 1;

	return product < SYMBOLS ? product : product ^ FIELD_POLYNOMIAL;
}

static bool read_symbols(const char *code, size_t length, unsigned char symbols[DATA_CHARACTERS + 1])
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		int value;

		if (code[i] == ' ' || code[i] == '-')
			continue;
		value = symbol_value(code[i]);
		if (value < 0 || count > DATA_CHARACTERS)
			return false;
		symbols[count++] = (unsigned char)value;
	}
	return count == DATA_CHARACTERS + 1;
}

static int symbol_value(char character)
{
	char upper = character;
	const char *found;

	if (upper >= 'a' && upper <= 'z')
		upper = (char)(upper - 'a' + 'A');
	if (upper == 'O')
		upper = '0';
	if (upper == 'I' || upper == 'L')
		upper = '1';
	found = memchr(alphabet, upper, SYMBOLS);
	return found == NULL ? -1 : (int)(found - alphabet);
}
