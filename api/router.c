#include "api/router.h"

#include <stdio.h>
#include <string.h>

static const struct route *find(const struct route *route, struct http_slice rest, struct route_match *match);
static const struct route *find_literal(const struct route *route, struct http_slice segment);
static int compare(struct http_slice segment, const char *literal);
static void write_allow(const struct route *route, char ret_allow[ROUTE_ALLOW_SIZE]);

enum route_result router_find(enum http_method method, struct http_slice path, struct route_match *ret_match)
{
	const struct route *route = NULL;

	ret_match->operation = NULL;
	ret_match->param_count = 0;
	ret_match->allow[0] = '\0';
	if (path.length == 1 && path.at[0] == '/')
		route = &contract_root;
	else if (path.length > 1 && path.at[0] == '/')
		route = find(&contract_root, path, ret_match);
	if (route == NULL || route->operations == NULL)
		return ROUTE_NOT_FOUND;
	ret_match->operation = route->operations[method == HTTP_HEAD ? HTTP_GET : method];
	if (ret_match->operation != NULL)
		return ROUTE_FOUND;
	write_allow(route, ret_match->allow);
	return ROUTE_METHOD_NOT_ALLOWED;
}

/*
 * `rest` begins with '/', or is empty: the path ends here. A literal is tried before
 * a parameter; the depth is that of the contract's tree, not of the path.
 */
static const struct route *find(const struct route *route, struct http_slice rest, struct route_match *match)
{
	struct http_slice segment;
	const struct route *last, *found = NULL;

	if (rest.length == 0)
		return route->operations == NULL ? NULL : route;
	if (route->child_count == 0)
		return NULL;
	segment = (struct http_slice){.at = rest.at + 1};
	while (segment.length + 1 < rest.length && segment.at[segment.length] != '/')
		segment.length++;
	rest.at += segment.length + 1;
	rest.length -= segment.length + 1;
	last = find_literal(route, segment);
	if (last != NULL)
		found = find(last, rest, match);
	last = &route->children[route->child_count - 1];
	if (found != NULL || last->segment != NULL || segment.length == 0 ||
	    match->param_count == ROUTE_PARAMS_MAX)
		return found;
	match->params[match->param_count++] = segment;
	found = find(last, rest, match);
	if (found == NULL)
		match->param_count--;
	return found;
}

static const struct route *find_literal(const struct route *route, struct http_slice segment)
{
	unsigned low = 0, high = route->child_count;

	if (route->children[high - 1].segment == NULL)
		high--;
	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		int order = compare(segment, route->children[middle].segment);

		if (order == 0)
			return &route->children[middle];
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int compare(struct http_slice segment, const char *literal)
{
	size_t length = strlen(literal);
	int order = memcmp(segment.at, literal, segment.length < length ? segment.length : length);

	if (order != 0 || segment.length == length)
		return order;
	return segment.length < length ? -1 : 1;
}

static void write_allow(const struct route *route, char ret_allow[ROUTE_ALLOW_SIZE])
{
	size_t length = 0;

	for (int method = 0; method < HTTP_METHOD_COUNT; method++) {
		int known = method == HTTP_HEAD ? HTTP_GET : method;

		if (method == HTTP_OPTIONS || route->operations[known] != NULL)
			length += (size_t)snprintf(ret_allow + length, ROUTE_ALLOW_SIZE - length, "%s%s",
			    length == 0 ? "" : ", ", http_method_name((enum http_method)method));
	}
}
