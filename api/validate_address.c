#include "api/validate_format.h"

#include <strings.h>

enum { EMAIL_MAX = 254, LOCAL_MAX = 64, DOMAIN_MAX = 253, LABEL_MAX = 63, URI_MAX = 2048, PORT_MAX = 65535 };

static bool is_local_part(const char *text, size_t length);
static bool is_domain(const char *text, size_t length);
static bool is_uri_text(const char *text, size_t length);
static bool is_authority(const char *text, size_t length);
static bool is_ip_literal(const char *text, size_t length);
static bool is_port(const char *text, size_t length);
static bool is_one_of(char character, const char *set);
static bool is_hex(char character);
static bool is_alphanumeric(char character);

/* RFC 5321 and 5322 in the form that everybody uses: a dot-atom, @, and a name of a host with a dot in it. */
bool validate_email(const char *text, size_t length)
{
	const char *at = memchr(text, '@', length);
	size_t local;

	if (at == NULL || length > EMAIL_MAX)
		return false;
	local = (size_t)(at - text);
	return is_local_part(text, local) && is_domain(at + 1, length - local - 1) &&
	       memchr(at + 1, '.', length - local - 1) != NULL;
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

/*
 * Labels of ASCII letters, digits and hyphens, with dots between them: what the mailer can hand to
 * any server. A name in another script is written in its ASCII form (xn--…).
 */
static bool is_domain(const char *text, size_t length)
{
	size_t label = 0;

	if (length == 0 || length > DOMAIN_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		bool dot = text[i] == '.';

		if (!dot && text[i] != '-' && !is_alphanumeric(text[i]))
			return false;
		if (label == 0 && (dot || text[i] == '-'))
			return false;
		if (dot && text[i - 1] == '-')
			return false;
		label = dot ? 0 : label + 1;
		if (label > LABEL_MAX)
			return false;
	}
	return label > 0 && text[length - 1] != '-';
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
