/*
 * Method and path → operation, over the contract's tree of segments. Literal
 * segments are compared as sent; what stands for a parameter is given out as
 * sent, and params.c decodes it. Nothing is normalised: no trailing slash, no dots,
 * no empty segments.
 */
#ifndef OSALLISUUS_API_ROUTER_H
#define OSALLISUUS_API_ROUTER_H

#include "api/contract.h"
#include "api/http_parse.h"

enum { ROUTE_PARAMS_MAX = 8, ROUTE_ALLOW_SIZE = 64 };

enum route_result { ROUTE_FOUND, ROUTE_NOT_FOUND, ROUTE_METHOD_NOT_ALLOWED };

struct route_match {
	const struct operation *operation;          /* ROUTE_FOUND; else NULL */
	struct http_slice params[ROUTE_PARAMS_MAX]; /* in the order of the path; slices of the path given */
	unsigned param_count;
	char allow[ROUTE_ALLOW_SIZE]; /* "GET, HEAD, OPTIONS" when the path is known; else "" */
};

/*
 * HEAD finds the operation of GET. OPTIONS on a known path is
 * ROUTE_METHOD_NOT_ALLOWED too: the caller answers it with `allow`.
 */
enum route_result router_find(enum http_method method, struct http_slice path, struct route_match *ret_match);

#endif
