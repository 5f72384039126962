/* QR codes as pictures. The only module that knows libqrencode. */
#ifndef OSALLISUUS_API_QR_H
#define OSALLISUUS_API_QR_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>

/*
 * An SVG with the quiet zone of four modules, readable with a quarter of it damaged (level Q); `title` is
 * what a screen reader says. In the arena. err code: internal, for a text of more than about 1,600 bytes.
 */
MUST_USE bool qr_svg(
    struct arena *arena, const char *text, const char *title, const char **ret_svg, struct err *err);

#endif
