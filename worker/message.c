#include "worker/message.h"

#include "common/clock.h"
#include "common/utf8.h"

#define BOUNDARY "=_osallisuus"

enum {
	ADDRESS_MAX = 254,   /* RFC 5321 4.5.3.1.3, without the brackets */
	HEADER_MAX = 900,    /* of a header that is not folded: RFC 5322 2.1.1 allows 998 */
	LINE_MAX_BYTES = 76, /* RFC 2045 6.7 */
	LINE_BYTES = 57,     /* makes a line of 76 characters of base64: RFC 2045 6.8 */
	WORD_BYTES = 45, /* makes 60 characters of base64 and an encoded word of 72: RFC 2047 2 allows 75 */
	PRINTABLE_FIRST = 0x20,
	PRINTABLE_LAST = 0x7e
};

static void write_text(struct buffer *out, const struct message *message);
static void write_parts(struct buffer *out, const struct message *message);
static void write_base64_lines(struct buffer *out, const char *text);
static bool check_headers(const struct message *message, struct err *err);
static bool is_header_text(const char *text);
static bool is_printable_ascii(const char *text);
static void write_date(struct buffer *out, int64_t date_ms);
static void write_from(struct buffer *out, const struct message *message);
static void write_words(struct buffer *out, const char *text);
static size_t word_length(const char *text);
static void write_base64(struct buffer *out, const char *bytes, size_t length);
static void write_quoted_printable(struct buffer *out, const char *text);
static void write_byte(struct buffer *out, unsigned char byte, bool ends_line, size_t *column);

bool message_write(struct buffer *out, const struct message *message, struct err *err)
{
	if (!message_is_address(message->from) || !message_is_address(message->to) ||
	    (message->reply_to != NULL && !message_is_address(message->reply_to)))
		return err_set(err, "mail_address", "not an address that a mail can be sent from or to");
	if (!check_headers(message, err))
		return false;
	write_date(out, message->date_ms);
	write_from(out, message);
	buffer_printf(out, "To: <%s>\r\n", message->to);
	if (message->reply_to != NULL)
		buffer_printf(out, "Reply-To: <%s>\r\n", message->reply_to);
	buffer_text(out, "Subject: ");
	write_words(out, message->subject);
	buffer_printf(out, "\r\nMessage-ID: <%s>\r\n", message->id);
	buffer_text(out, "MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n");
	if (message->unsubscribe_url != NULL)
		buffer_printf(out,
		    "List-Unsubscribe: <%s>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
		    message->unsubscribe_url);
	if (message->calendar == NULL)
		write_text(out, message);
	else
		write_parts(out, message);
	return true;
}

static void write_text(struct buffer *out, const struct message *message)
{
	buffer_printf(out,
	    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
	    "Content-Language: %s\r\n\r\n",
	    message->lang);
	write_quoted_printable(out, message->text);
}

/* The text, and the calendar as a file. No line of either can be the boundary: "=_" stands in no
 * quoted-printable and no base64. */
static void write_parts(struct buffer *out, const struct message *message)
{
	buffer_text(
	    out, "Content-Type: multipart/mixed; boundary=\"" BOUNDARY "\"\r\n\r\n--" BOUNDARY "\r\n");
	write_text(out, message);
	buffer_text(out,
	    "\r\n--" BOUNDARY "\r\nContent-Type: text/calendar; charset=utf-8; method=PUBLISH\r\n"
	    "Content-Disposition: attachment; filename=\"calendar.ics\"\r\nContent-Transfer-Encoding: "
	    "base64\r\n\r\n");
	write_base64_lines(out, message->calendar);
	buffer_text(out, "--" BOUNDARY "--\r\n");
}

static void write_base64_lines(struct buffer *out, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		size_t length = left < LINE_BYTES ? left : LINE_BYTES;

		write_base64(out, text, length);
		buffer_text(out, "\r\n");
		text += length;
		left -= length;
	}
}

bool message_is_address(const char *address)
{
	const char *at = strchr(address, '@');
	size_t length = strlen(address);

	if (at == NULL || at == address || at[1] == '\0' || strchr(at + 1, '@') != NULL ||
	    length > ADDRESS_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (address[i] <= PRINTABLE_FIRST || address[i] > PRINTABLE_LAST ||
		    strchr("<>()[],;:\\\"", address[i]) != NULL)
			return false;
	}
	return true;
}

static bool check_headers(const struct message *message, struct err *err)
{
	const char *url = message->unsubscribe_url != NULL ? message->unsubscribe_url : "";

	if (!is_header_text(message->subject) || !is_header_text(message->from_name))
		return err_set(err, "mail_header", "a subject or a name with control characters");
	if (!is_printable_ascii(message->id) || !is_printable_ascii(message->lang) ||
	    !is_printable_ascii(url))
		return err_set(err, "mail_header", "an id, a language or a link that is not printable ASCII");
	return true;
}

/* Short UTF-8 without control characters, those above 0x7f included. */
static bool is_header_text(const char *text)
{
	size_t length = strlen(text);

	if (length > HEADER_MAX || utf8_valid(text, length) != length)
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];
		unsigned char after = (unsigned char)text[i + 1];

		if (byte < PRINTABLE_FIRST || byte == 0x7f || (byte == 0xc2 && after < 0xa0))
			return false;
	}
	return true;
}

static bool is_printable_ascii(const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++) {
		if (text[i] <= PRINTABLE_FIRST || text[i] > PRINTABLE_LAST || text[i] == '<' ||
		    text[i] == '>')
			return false;
	}
	return length <= HEADER_MAX;
}

/* As in HTTP, but for the zone: RFC 5322 3.3 wants a number. */
static void write_date(struct buffer *out, int64_t date_ms)
{
	char date[CLOCK_HTTP_DATE_SIZE];
	size_t without_zone = sizeof date - sizeof "GMT";

	clock_format_http_date(date_ms, date);
	buffer_text(out, "Date: ");
	buffer_add(out, date, without_zone);
	buffer_text(out, "+0000\r\n");
}

static void write_from(struct buffer *out, const struct message *message)
{
	buffer_text(out, "From: ");
	if (message->from_name[0] != '\0') {
		write_words(out, message->from_name);
		buffer_text(out, " ");
	}
	buffer_printf(out, "<%s>\r\n", message->from);
}

/* Encoded words (RFC 2047, B), each of whole characters, one on a line. */
static void write_words(struct buffer *out, const char *text)
{
	bool is_first = true;

	while (*text != '\0') {
		size_t length = word_length(text);

		buffer_text(out, is_first ? "=?utf-8?B?" : "\r\n =?utf-8?B?");
		write_base64(out, text, length);
		buffer_text(out, "?=");
		text += length;
		is_first = false;
	}
}

static size_t word_length(const char *text)
{
	size_t left = strlen(text);
	size_t length = 0;

	while (length < left) {
		size_t character = utf8_character(text + length, left - length);

		if (length + character > WORD_BYTES)
			break;
		length += character;
	}
	return length;
}

/* RFC 4648 4, with padding. */
static void write_base64(struct buffer *out, const char *bytes, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < length; i += 3) {
		size_t left = length - i;
		unsigned group = (unsigned)(unsigned char)bytes[i] << 16;
		char quad[4];

		if (left > 1)
			group |= (unsigned)(unsigned char)bytes[i + 1] << 8;
		if (left > 2)
			group |= (unsigned char)bytes[i + 2];
		quad[0] = digits[group >> 18];
		quad[1] = digits[group >> 12 & 0x3f];
		quad[2] = digits[group >> 6 & 0x3f];
		quad[3] = digits[group & 0x3f];
		if (left < 2)
			quad[2] = '=';
		if (left < 3)
			quad[3] = '=';
		buffer_add(out, quad, sizeof quad);
	}
}

/* RFC 2045 6.7: a line break of the text is a line break, every other control character is encoded. */
static void write_quoted_printable(struct buffer *out, const char *text)
{
	size_t column = 0;

	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			buffer_text(out, "\r\n");
			column = 0;
		} else {
			write_byte(out, (unsigned char)*text, text[1] == '\n' || text[1] == '\0', &column);
		}
	}
	if (column > 0)
		buffer_text(out, "\r\n");
}

static void write_byte(struct buffer *out, unsigned char byte, bool ends_line, size_t *column)
{
	bool is_plain =
	    byte >= PRINTABLE_FIRST && byte <= PRINTABLE_LAST && byte != '=' && (byte != ' ' || !ends_line);
	size_t width = is_plain ? 1 : sizeof "=00" - 1;

	/* A soft break takes the last column of a line that goes on. */
	if (*column + width > LINE_MAX_BYTES - 1) {
		buffer_text(out, "=\r\n");
		*column = 0;
	}
	if (is_plain)
		buffer_add(out, &byte, 1);
	else
		buffer_printf(out, "=%02X", byte);
	*column += width;
}
