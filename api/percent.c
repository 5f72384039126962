#include "api/percent.h"

#include "common/json.h"

#include <string.h>

static int hex_value(char character);

bool percent_decode(struct http_slice text, bool plus_is_space, char *out, size_t *ret_length)
{
	size_t length = 0;

	for (size_t i = 0; i < text.length; i++) {
		char character = text.at[i];

		if (character == '%') {
			int high = text.length - i > 2 ? hex_value(text.at[i + 1]) : -1;
			int low = high >= 0 ? hex_value(text.at[i + 2]) : -1;

			if (low < 0)
				return false;
			character = (char)(unsigned char)(high * 16 + low);
			i += 2;
		} else if (character == '+' && plus_is_space) {
			character = ' ';
		}
		if (character == '\0')
			return false;
		out[length++] = character;
	}
	out[length] = '\0';
	*ret_length = length;
	return json_is_utf8(out, length);
}

void percent_encode(struct buffer *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			buffer_add(out, text, 1);
		else
			buffer_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
	}
}

static int hex_value(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	return character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
}
