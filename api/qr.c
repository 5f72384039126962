#include "api/qr.h"

#include "common/buffer.h"

#include <qrencode.h>
#include <string.h>

enum { QUIET_ZONE = 4, PIXELS_OF_MODULE = 8 };

static void add_escaped(struct buffer *out, const char *text);
static void add_modules(struct buffer *out, const QRcode *code);
static int run_of(const unsigned char *row, int from, int width);

bool qr_svg(struct arena *arena, const char *text, const char *title, const char **ret_svg, struct err *err)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_Q);
	struct buffer svg;
	int side;

	if (code == NULL)
		return err_set(err, "internal", "no QR code holds a text of %zu bytes", strlen(text));
	side = code->width + 2 * QUIET_ZONE;
	buffer_init(&svg, arena);
	buffer_printf(&svg,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
	    "role=\"img\" aria-labelledby=\"qr_title\" shape-rendering=\"crispEdges\"><title "
	    "id=\"qr_title\">",
	    side, side, side * PIXELS_OF_MODULE, side * PIXELS_OF_MODULE);
	add_escaped(&svg, title);
	buffer_printf(
	    &svg, "</title><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"", side, side);
	add_modules(&svg, code);
	buffer_text(&svg, "\"/></svg>\n");
	QRcode_free(code);
	*ret_svg = svg.bytes;
	return true;
}

static void add_escaped(struct buffer *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '<')
			buffer_text(out, "&lt;");
		else if (*text == '&')
			buffer_text(out, "&amp;");
		else
			buffer_add(out, text, 1);
	}
}

/* Each run of dark modules in a row is a bar. */
static void add_modules(struct buffer *out, const QRcode *code)
{
	const unsigned char *row = code->data;

	for (int y = 0; y < code->width; y++, row += code->width) {
		for (int x = 0; x < code->width; x++) {
			int run = run_of(row, x, code->width);

			if (run == 0)
				continue;
			buffer_printf(out, "M%d %dh%dv1h-%dz", x + QUIET_ZONE, y + QUIET_ZONE, run, run);
			x += run;
		}
	}
}

/* The lowest bit of a module: whether it is dark. */
static int run_of(const unsigned char *row, int from, int width)
{
	int end = from;

	while (end < width && (row[end] & 1) != 0)
		end++;
	return end - from;
}
