/*
 * What http_parse.c and http_fields.c share: a place in the bytes of a head,
 * and the classes of bytes. Private to the two.
 */
#ifndef OSALLISUUS_API_HTTP_SCAN_H
#define OSALLISUUS_API_HTTP_SCAN_H

#include "api/http_parse.h"

/* Bits of http_scan_classes. */
enum {
	HTTP_CLASS_TOKEN = 1,  /* RFC 9110 5.6.2 */
	HTTP_CLASS_VALUE = 2,  /* of a field: visible, space, tab, and bytes from 0x80 up */
	HTTP_CLASS_TARGET = 4, /* 0x21 … 0x7e */
	HTTP_CLASS_HOST = 8    /* letters, digits, "-._~" */
};

extern const unsigned char http_scan_classes[256];

struct http_scan {
	const char *at;
	const char *end;
	const struct http_parse_limits *limits;
	const struct http_refusal *refusal; /* set when something is refused */
};

/* Always HTTP_REFUSED, so that a reader can end with it. */
enum http_parsed http_scan_refuse(struct http_scan *scan, enum http_refusal_kind kind);

/* The number of bytes of the class at the start of bytes. */
size_t http_scan_span(const char *bytes, const char *end, unsigned class_bits);

/* CR LF at scan->at, else `kind`. */
enum http_parsed http_scan_line_end(struct http_scan *scan, enum http_refusal_kind kind);

/* Reads the field lines and the empty line after them into head->headers. */
enum http_parsed http_scan_fields(struct http_scan *scan, struct http_head *head);

/* What the fields mean for the message: host, framing, expectation, persistence. */
enum http_parsed http_scan_meaning(struct http_scan *scan, struct http_head *head);

/* uri-host [ ":" port ], not empty. */
bool http_scan_is_host(struct http_slice host);

#endif
