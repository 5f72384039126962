#include "api/validate_format.h"
#include "common/utf8.h"

#include <strings.h>

enum { EMAIL_MAX = 254, LOCAL_MAX = 64, DOMAIN_MAX = 253, LABEL_MAX = 63, URI_MAX = 2048, PORT_MAX = 65535 };

static bool is_local_part(const char *text, size_t length);
static bool is_domain(const char *text, size_t length);
static size_t domain_character(const char *text, size_t length);
static bool is_safe_letter(const char *text, size_t length);
static bool is_uri_text(const char *text, size_t length);
static bool is_authority(const char *text, size_t length);
static bool is_ip_literal(const char *text, size_t length);
static bool is_port(const char *text, size_t length);
static bool is_one_of(char character, const char *set);
static bool is_hex(char character);
static bool is_alphanumeric(char character);

/* RFC 5321 and 5322 in the form that everybody uses: a dot-atom, @, and a name of a host. */
bool validate_email(const char *text, size_t length)
{
	const char *at = memchr(text, '@', length);
	size_t local;

	if (at == NULL || length > EMAIL_MAX)
		return false;
	local = (size_t)(at - text);
	return is_local_part(text, local) && is_domain(at + 1, length - local - 1);
}

/* http or https with a host, in the characters of RFC 3986; no user information, which only misleads. */
bool validate_uri(const char *text, size_t length)
{
	size_t scheme = 0, authority = 0;

	if (length > URI_MAX || !is_uri_text(text, length))
		return false;
	if (length > 7 && strncasecmp(text, "http://", 7) == 0)
		scheme = 7;
	else if (length > 8 && strncasecmp(text, "https://", 8) == 0)
		scheme = 8;
	else
		return false;
	while (scheme + authority < length && !is_one_of(text[scheme + authority], "/?#"))
		authority++;
	return is_authority(text + scheme, authority);
}

static bool is_local_part(const char *text, size_t length)
{
	if (length == 0 || length > LOCAL_MAX || text[0] == '.' || text[length - 1] == '.')
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '.' ? text[i + 1] == '.'
				   : !is_alphanumeric(text[i]) && !is_one_of(text[i], "!#$%&'*+-/=?^_`{|}~"))
			return false;
	}
	return true;
}

/* Labels of letters (of any script), digits and hyphens, with dots between them. */
static bool is_domain(const char *text, size_t length)
{
	size_t label = 0;

	if (length == 0 || length > DOMAIN_MAX)
		return false;
	for (size_t i = 0; i < length;) {
		size_t used = domain_character(text + i, length - i);

		if (used == 0 || (label == 0 && text[i] == '-'))
			return false;
		if (text[i] == '.') {
			if (label == 0 || text[i - 1] == '-')
				return false;
			label = 0;
		} else {
			label += used;
		}
		if (label > LABEL_MAX)
			return false;
		i += used;
	}
	return label > 0 && text[length - 1] != '-';
}

/* The length of a character that may stand in a name of a host; 0: it may not. */
static size_t domain_character(const char *text, size_t length)
{
	size_t used;

	if ((unsigned char)text[0] < 0x80)
		return is_alphanumeric(text[0]) || text[0] == '-' || text[0] == '.' ? 1 : 0;
	used = utf8_character(text, length);
	return used > 0 && is_safe_letter(text, used) ? used : 0;
}

/*
 * Beyond ASCII: not the controls and signs of U+0080 … U+00BF, not the spaces, marks of direction
 * and punctuation of U+2000 … U+206F and U+3000 … U+3002, and nothing from U+FE00 on, where dots and @ have
 * doubles.
 */
static bool is_safe_letter(const char *text, size_t length)
{
	unsigned char first = (unsigned char)text[0];
	unsigned char second = (unsigned char)text[1];
	unsigned char third = length > 2 ? (unsigned char)text[2] : 0;

	if (length == 2)
		return first > 0xC2;
	if (length > 3)
		return false;
	if (first == 0xE2 && (second == 0x80 || (second == 0x81 && third <= 0xAF)))
		return false;
	if (first == 0xE3 && second == 0x80 && third <= 0x82)
		return false;
	return !(first == 0xEF && second >= 0xB8);
}

static bool is_uri_text(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char character = text[i];

		if (character == '%' && (i + 2 >= length || !is_hex(text[i + 1]) || !is_hex(text[i + 2])))
			return false;
		if (character <= ' ' || character > '~' || is_one_of(character, "\"<>\\^`{|}"))
			return false;
	}
	return true;
}

static bool is_authority(const char *text, size_t length)
{
	size_t host = 0;

	if (length > 0 && text[0] == '[') {
		while (host < length && text[host] != ']')
			host++;
		if (host == length || !is_ip_literal(text, ++host))
			return false;
	} else {
		while (host < length && text[host] != ':')
			host++;
		if (!is_domain(text, host) &&
		    !(host > 1 && text[host - 1] == '.' && is_domain(text, host - 1)))
			return false;
	}
	return host == length || is_port(text + host, length - host);
}

/* "[::1]"; whether it is an address is for those who connect to find out. */
static bool is_ip_literal(const char *text, size_t length)
{
	if (length < 4 || length > 48)
		return false;
	for (size_t i = 1; i + 1 < length; i++) {
		if (!is_hex(text[i]) && text[i] != ':' && text[i] != '.')
			return false;
	}
	return true;
}

static bool is_port(const char *text, size_t length)
{
	int64_t number = 0;

	return text[0] == ':' && validate_integer(text + 1, length - 1, &number) && number >= 1 &&
	       number <= PORT_MAX;
}

static bool is_one_of(char character, const char *set)
{
	return character != '\0' && strchr(set, character) != NULL;
}

static bool is_hex(char character)
{
	return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f') ||
	       (character >= 'A' && character <= 'F');
}

static bool is_alphanumeric(char character)
{
	return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
	       (character >= 'A' && character <= 'Z');
}
