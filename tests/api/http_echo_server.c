/*
 * A server on the API's HTTP layer alone, for tests and measurements: it
 * answers each request with its method, its path and the length of its body.
 *
 *   http_echo_server [name=value …]
 *
 * prints "port N" and serves until SIGTERM, then drains and exits. Names: see
 * settings[]. Some paths do more:
 *   /empty      nothing; /none: 204; /unchanged: 304
 *   /body       the body back; /headers: how many, and the values of X-Test
 *   /large      4 MiB
 *   /hold       is answered when /release is asked, on any loop
 *   /count      how many requests were ever taken, without those for /count and /release
 */
#include "api/http.h"
#include "api/loop.h"
#include "common/log.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <unistd.h>

enum { LOOPS_MAX = 8, LARGE_BYTES = 4 * 1024 * 1024, LINE_MAX_BYTES = 512, DRAIN_POLL_MS = 20 };

struct held {
	struct held *next;
	struct http_exchange *exchange;
	const struct http_request *request;
};

struct worker {
	struct loop *loop;
	struct http_server *server;
	struct event *drained;
	struct held *held;
};

struct setting {
	const char *name;
	size_t *bytes;
	unsigned *number;
};

typedef void answer(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request);

struct route {
	const char *path;
	answer *answer;
	bool is_question; /* about the server, not counted */
};

static bool read_settings(int count, char **arguments);
static bool start_worker(struct loop *loop, void *context, struct err *err);
static void on_request(void *context, struct http_exchange *exchange, const struct http_request *request);
static void on_refusal(void *context, const char *problem_code, struct http_reply *reply);
static void add(struct http_reply *reply, const void *bytes, size_t length);
static void echo(struct http_exchange *exchange, const struct http_request *request);
static void answer_empty(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request);
static void answer_none(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request);
static void answer_unchanged(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request);
static void answer_body(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request);
static void answer_headers(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request);
static void answer_large(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request);
static void answer_hold(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request);
static void answer_release(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request);
static void answer_count(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request);
static void release(struct loop *loop, void *context);
static void drain(struct loop *loop, void *context);
static void stop_when_drained(int fd, short what, void *context);

static struct http_options options = {
    .parse = {.head_bytes = 8192, .target_bytes = 2048, .headers = 100},
    .body_bytes = 65536,
    .body_rate = 500,
    .header_s = 10,
    .body_s = 30,
    .idle_s = 60,
    .write_s = 10,
    .connections = 4096,
    .connections_per_peer = 4096,
    .pipelined = 16,
    .hosts = "example.org, localhost",
};
static unsigned port;
static unsigned loops = 1;
static int listener_fd;
static struct worker workers[LOOPS_MAX];
static atomic_uint requests;
static atomic_uint draining;
static char large[LARGE_BYTES];

static const struct setting settings[] = {
    {"head_bytes", &options.parse.head_bytes, NULL},
    {"target_bytes", &options.parse.target_bytes, NULL},
    {"headers", NULL, &options.parse.headers},
    {"body_bytes", &options.body_bytes, NULL},
    {"body_rate", &options.body_rate, NULL},
    {"header_s", NULL, &options.header_s},
    {"body_s", NULL, &options.body_s},
    {"idle_s", NULL, &options.idle_s},
    {"write_s", NULL, &options.write_s},
    {"connections", NULL, &options.connections},
    {"connections_per_peer", NULL, &options.connections_per_peer},
    {"pipelined", NULL, &options.pipelined},
    {"port", NULL, &port},
    {"loops", NULL, &loops},
};

static const struct route routes[] = {
    {"/empty", answer_empty, false},
    {"/none", answer_none, false},
    {"/unchanged", answer_unchanged, false},
    {"/body", answer_body, false},
    {"/headers", answer_headers, false},
    {"/large", answer_large, false},
    {"/hold", answer_hold, false},
    {"/release", answer_release, true},
    {"/count", answer_count, true},
};

int main(int count, char **arguments)
{
	struct err err = {0};
	sigset_t stop;
	int number;

	log_init("http_echo_server", LOG_WARNING);
	memset(large, 'x', sizeof large);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	if (!read_settings(count, arguments) || loops < 1 || loops > LOOPS_MAX)
		return 2;
	options.peers = http_peers_new();
	if (!http_listen("127.0.0.1", port, &listener_fd, &port, &err))
		goto failed;
	for (unsigned i = 0; i < loops; i++) {
		if (!loop_new(i, &workers[i].loop, &err) ||
		    !loop_start(workers[i].loop, start_worker, &workers[i], &err))
			goto failed;
	}
	printf("port %u\n", port);
	fflush(stdout);
	(void)sigwait(&stop, &number);
	for (unsigned i = 0; i < loops; i++)
		loop_call(workers[i].loop, drain, NULL);
	for (unsigned i = 0; i < loops; i++)
		loop_join(workers[i].loop);
	for (unsigned i = 0; i < loops; i++)
		loop_free(workers[i].loop);
	http_peers_free(options.peers);
	return 0;
failed:
	fprintf(stderr, "%s\n", err.message);
	return 1;
}

static bool read_settings(int count, char **arguments)
{
	for (int i = 1; i < count; i++) {
		size_t name_length = strcspn(arguments[i], "=");
		const struct setting *found = NULL;

		for (size_t at = 0; at < sizeof settings / sizeof settings[0]; at++) {
			if (strlen(settings[at].name) == name_length &&
			    memcmp(settings[at].name, arguments[i], name_length) == 0)
				found = &settings[at];
		}
		if (!found || arguments[i][name_length] != '=') {
			fprintf(stderr, "unknown setting '%s'\n", arguments[i]);
			return false;
		}
		if (found->bytes)
			*found->bytes = strtoul(arguments[i] + name_length + 1, NULL, 10);
		else
			*found->number = (unsigned)strtoul(arguments[i] + name_length + 1, NULL, 10);
	}
	return true;
}

static bool start_worker(struct loop *loop, void *context, struct err *err)
{
	struct worker *worker = context;

	return http_server_new(loop_base(loop), listener_fd, &options,
	    (struct http_callbacks){.on_request = on_request, .on_refusal = on_refusal, .context = worker},
	    &worker->server, err);
}

static void on_request(void *context, struct http_exchange *exchange, const struct http_request *request)
{
	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
		if (http_slice_equals(request->head->path, routes[i].path)) {
			if (!routes[i].is_question)
				atomic_fetch_add(&requests, 1);
			routes[i].answer(context, exchange, request);
			return;
		}
	}
	atomic_fetch_add(&requests, 1);
	echo(exchange, request);
}

static void on_refusal(void *context, const char *problem_code, struct http_reply *reply)
{
	char text[LINE_MAX_BYTES];
	int length = snprintf(text, sizeof text, "{\"status\":%u,\"code\":\"%s\"}\n",
	    http_reply_get_status(reply), problem_code);

	(void)context;
	http_reply_header(reply, "Content-Type", "application/problem+json");
	add(reply, text, (size_t)length);
}

static void add(struct http_reply *reply, const void *bytes, size_t length)
{
	struct json_sink sink = http_reply_sink(reply);

	memcpy(sink.reserve(sink.context, length), bytes, length);
	sink.commit(sink.context, length);
}

static void echo(struct http_exchange *exchange, const struct http_request *request)
{
	struct http_reply *reply = http_exchange_reply(exchange);
	char length[LINE_MAX_BYTES];
	const char *method = http_method_name(request->head->method);

	http_reply_header(reply, "Content-Type", "text/plain");
	add(reply, method, strlen(method));
	add(reply, " ", 1);
	add(reply, request->head->path.at, request->head->path.length);
	(void)snprintf(length, sizeof length, " %zu\n", request->body.length);
	add(reply, length, strlen(length));
	http_reply_send(exchange);
}

static void answer_empty(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request)
{
	(void)worker;
	(void)request;
	http_reply_send(exchange);
}

static void answer_none(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request)
{
	(void)worker;
	http_reply_status(http_exchange_reply(exchange), 204);
	echo(exchange, request);
}

static void answer_unchanged(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request)
{
	(void)worker;
	http_reply_status(http_exchange_reply(exchange), 304);
	echo(exchange, request);
}

static void answer_body(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request)
{
	(void)worker;
	http_reply_header(http_exchange_reply(exchange), "Content-Type", "application/octet-stream");
	if (request->body.length > 0)
		add(http_exchange_reply(exchange), request->body.at, request->body.length);
	http_reply_send(exchange);
}

static void answer_headers(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request)
{
	struct http_reply *reply = http_exchange_reply(exchange);
	char count[LINE_MAX_BYTES];

	(void)worker;
	(void)snprintf(count, sizeof count, "%u", request->head->header_count);
	add(reply, count, strlen(count));
	for (unsigned i = 0; i < request->head->header_count; i++) {
		const struct http_header *header = &request->head->headers[i];

		if (!http_slice_equals_caseless(header->name, "X-Test"))
			continue;
		add(reply, "|", 1);
		add(reply, header->value.at, header->value.length);
	}
	http_reply_send(exchange);
}

static void answer_large(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request)
{
	(void)worker;
	(void)request;
	http_reply_body_static(http_exchange_reply(exchange), large, sizeof large);
	http_reply_send(exchange);
}

static void answer_hold(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request)
{
	struct held *held = arena_alloc(request->arena, sizeof *held);

	*held = (struct held){.next = worker->held, .exchange = exchange, .request = request};
	worker->held = held;
}

static void answer_release(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request)
{
	(void)worker;
	for (unsigned i = 0; i < loops; i++)
		loop_call(workers[i].loop, release, NULL);
	echo(exchange, request);
}

static void answer_count(
    struct worker *worker, struct http_exchange *exchange, const struct http_request *request)
{
	char text[LINE_MAX_BYTES];

	(void)worker;
	(void)request;
	(void)snprintf(text, sizeof text, "%u", atomic_load(&requests));
	add(http_exchange_reply(exchange), text, strlen(text));
	http_reply_send(exchange);
}

/* The youngest first: so their connections must put them in order. */
static void release(struct loop *loop, void *context)
{
	struct worker *worker = loop_context(loop);

	(void)context;
	while (worker->held) {
		struct held *held = worker->held;

		worker->held = held->next;
		echo(held->exchange, held->request);
	}
}

static void drain(struct loop *loop, void *context)
{
	struct worker *worker = loop_context(loop);
	struct timeval interval = {.tv_usec = DRAIN_POLL_MS * 1000L};

	(void)context;
	http_server_drain(worker->server);
	if (atomic_fetch_add(&draining, 1) + 1 == loops)
		close(listener_fd);
	worker->drained = event_new(loop_base(loop), -1, EV_PERSIST, stop_when_drained, worker);
	if (!worker->drained || event_add(worker->drained, &interval) < 0)
		abort();
}

static void stop_when_drained(int fd, short what, void *context)
{
	struct worker *worker = context;

	(void)fd;
	(void)what;
	if (!http_server_is_idle(worker->server))
		return;
	event_free(worker->drained);
	http_server_free(worker->server);
	loop_stop(worker->loop);
}
