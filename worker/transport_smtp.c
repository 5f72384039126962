/* SMTP with libcurl. It may wait for a name to be resolved when a transfer is cut off. */
#include "common/arena.h"
#include "common/config.h"
#include "worker/transport.h"

#include <curl/curl.h>

enum {
	CONNECT_TIMEOUT_S = 10,
	LETTER_TIMEOUT_S = 60,
	WAIT_MS = 1000,
	VERB_SIZE = sizeof "RCPT",
	REPLY_LATER = 400,
	REPLY_FOR_GOOD = 500,
	REPLY_MAILBOX_FULL = 552,
	REPLY_END = 600
};

struct transport {
	CURLM *multi;
	char *url;
	long tls;
	bool checks_server;
};

/* One letter on its way. */
struct transfer {
	struct letter *letter;
	CURL *easy;
	struct curl_slist *recipients;
	size_t sent_bytes;
	char verb[VERB_SIZE]; /* of the last command: what a reply answers */
};

static char *server_url(struct arena *arena);
static void start(struct transport *transport, struct transfer *transfer, struct letter *letter);
static void set_options(struct transport *transport, struct transfer *transfer);
static void set_long(CURL *easy, CURLoption option, long value);
static void set_text(CURL *easy, CURLoption option, const char *value);
static size_t read_letter(char *into, size_t size, size_t count, void *context);
static int note_command(CURL *easy, curl_infotype type, char *bytes, size_t length, void *context);
static unsigned drive(struct transport *transport, const struct stop *stop);
static void judge(struct transfer *transfer, CURLcode result);
static void judge_reply(const struct transfer *transfer, struct letter *letter);
static void end(struct transport *transport, struct transfer *transfer);

bool transport_new(struct transport **ret_transport, struct err *err)
{
	const char *tls = config_text("SMTP_TLS");
	bool has_password = config_text("SMTP_USER")[0] != '\0';
	struct transport *transport;
	struct arena *arena;

	if (!config_require("SMTP_URL", err))
		return false;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, "system", "libcurl does not start");
	transport = calloc(1, sizeof *transport);
	if (transport == NULL)
		abort();
	transport->multi = curl_multi_init();
	if (transport->multi == NULL)
		abort();
	(void)curl_multi_setopt(
	    transport->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)config_int("CONCURRENCY"));
	arena = arena_new();
	transport->url = strdup(server_url(arena));
	arena_free(arena);
	if (transport->url == NULL)
		abort();
	transport->checks_server = has_password || strcmp(tls, "require") == 0 ||
				   strncmp(config_text("SMTP_URL"), "smtps:", strlen("smtps:")) == 0;
	transport->tls = strcmp(tls, "none") == 0 ? CURLUSESSL_NONE : CURLUSESSL_TRY;
	if (transport->checks_server)
		transport->tls = CURLUSESSL_ALL;
	*ret_transport = transport;
	return true;
}

void transport_free(struct transport *transport)
{
	if (transport == NULL)
		return;
	(void)curl_multi_cleanup(transport->multi);
	free(transport->url);
	free(transport);
	curl_global_cleanup();
}

void transport_send(
    struct transport *transport, struct letter *letters, size_t count, const struct stop *stop)
{
	struct transfer *transfers = calloc(count > 0 ? count : 1, sizeof *transfers);
	unsigned running = 1;

	if (transfers == NULL)
		abort();
	for (size_t i = 0; i < count; i++)
		start(transport, &transfers[i], &letters[i]);
	while (running > 0 && !stop_is_late(stop))
		running = drive(transport, stop);
	for (size_t i = 0; i < count; i++)
		end(transport, &transfers[i]);
	free(transfers);
}

/* The path of the URL is the name that libcurl says in EHLO: the host that people know us by. */
static char *server_url(struct arena *arena)
{
	const char *host = strstr(config_text("PUBLIC_URL"), "://") + strlen("://");

	return arena_printf(arena, "%s/%.*s", config_text("SMTP_URL"), (int)strcspn(host, ":/[]"), host);
}

static void start(struct transport *transport, struct transfer *transfer, struct letter *letter)
{
	*transfer = (struct transfer){.letter = letter, .easy = curl_easy_init()};
	letter->delivery = DELIVERY_CUT_OFF;
	letter->code = "stopped";
	if (transfer->easy == NULL)
		abort();
	set_options(transport, transfer);
	if (curl_multi_add_handle(transport->multi, transfer->easy) != CURLM_OK)
		abort();
}

static void set_options(struct transport *transport, struct transfer *transfer)
{
	CURL *easy = transfer->easy;

	transfer->recipients = curl_slist_append(NULL, transfer->letter->to);
	if (transfer->recipients == NULL)
		abort();
	set_text(easy, CURLOPT_URL, transport->url);
	set_text(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	set_text(easy, CURLOPT_PROXY, ""); /* none, whatever the environment says */
	set_long(easy, CURLOPT_NETRC, CURL_NETRC_IGNORED);
	set_long(easy, CURLOPT_NOSIGNAL, 1);
	set_long(easy, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	set_long(easy, CURLOPT_TIMEOUT, LETTER_TIMEOUT_S);
	set_long(easy, CURLOPT_USE_SSL, transport->tls);
	set_long(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	/* What is encrypted for anybody who answers is better than what is not (RFC 7435). */
	set_long(easy, CURLOPT_SSL_VERIFYPEER, transport->checks_server ? 1 : 0);
	set_long(easy, CURLOPT_SSL_VERIFYHOST, transport->checks_server ? 2 : 0);
	if (config_text("SMTP_CA")[0] != '\0')
		set_text(easy, CURLOPT_CAINFO, config_text("SMTP_CA"));
	if (config_text("SMTP_USER")[0] != '\0') {
		set_text(easy, CURLOPT_USERNAME, config_text("SMTP_USER"));
		set_text(easy, CURLOPT_PASSWORD, config_text("SMTP_PASSWORD"));
	}
	set_text(easy, CURLOPT_MAIL_FROM, transfer->letter->from);
	set_long(easy, CURLOPT_UPLOAD, 1);
	set_long(easy, CURLOPT_VERBOSE, 1);
	if (curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, transfer->recipients) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_letter) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_READDATA, transfer) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)transfer->letter->length) !=
		CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, note_command) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, transfer) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) != CURLE_OK)
		abort();
}

static void set_long(CURL *easy, CURLoption option, long value)
{
	if (curl_easy_setopt(easy, option, value) != CURLE_OK)
		abort();
}

static void set_text(CURL *easy, CURLoption option, const char *value)
{
	if (curl_easy_setopt(easy, option, value) != CURLE_OK)
		abort();
}

static size_t read_letter(char *into, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t left = transfer->letter->length - transfer->sent_bytes;
	size_t piece = size * count < left ? size * count : left;

	memcpy(into, transfer->letter->bytes + transfer->sent_bytes, piece);
	transfer->sent_bytes += piece;
	return piece;
}

/* Nothing is printed: this is how to learn which command a reply belongs to. */
static int note_command(CURL *easy, curl_infotype type, char *bytes, size_t length, void *context)
{
	struct transfer *transfer = context;

	(void)easy;
	/* After a refusal libcurl takes its leave. */
	if (type == CURLINFO_HEADER_OUT && length >= VERB_SIZE - 1 &&
	    memcmp(bytes, "QUIT", VERB_SIZE - 1) != 0)
		memcpy(transfer->verb, bytes, VERB_SIZE - 1);
	return 0;
}

/* Moves what can move, then waits for more. The number of transfers that are still under way. */
static unsigned drive(struct transport *transport, const struct stop *stop)
{
	struct curl_waitfd stop_fd_wait = {.fd = stop_fd(stop), .events = CURL_WAIT_POLLIN};
	const CURLMsg *message;
	int running = 0;
	int left;

	if (curl_multi_perform(transport->multi, &running) != CURLM_OK)
		abort();
	while ((message = curl_multi_info_read(transport->multi, &left)) != NULL) {
		struct transfer *transfer = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
		judge(transfer, message->data.result);
	}
	/* Once a stop is asked its fd is always readable. */
	if (running > 0 && curl_multi_poll(transport->multi, &stop_fd_wait, stop_is_asked(stop) ? 0 : 1,
			       WAIT_MS, NULL) != CURLM_OK)
		abort();
	return (unsigned)running;
}

static void judge(struct transfer *transfer, CURLcode result)
{
	struct letter *letter = transfer->letter;

	(void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &letter->reply);
	letter->delivery = DELIVERY_NOT_REACHED;
	switch (result) {
	case CURLE_OK:
		letter->delivery = DELIVERY_SENT;
		letter->code = NULL;
		return;
	case CURLE_LOGIN_DENIED:
		letter->code = "smtp_login";
		return;
	case CURLE_USE_SSL_FAILED:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		letter->code = "smtp_tls";
		return;
	case CURLE_OPERATION_TIMEDOUT:
		letter->code = "smtp_timeout";
		return;
	default: /* libcurl has about 100 of them */
		letter->code = "smtp_unreachable";
		judge_reply(transfer, letter);
		return;
	}
}

/* Only RCPT and what comes behind it is about this letter; what is refused before, all letters are refused.
 */
static void judge_reply(const struct transfer *transfer, struct letter *letter)
{
	bool is_receiver = strcmp(transfer->verb, "RCPT") == 0;
	bool is_letter = is_receiver || strcmp(transfer->verb, "DATA") == 0;

	if (letter->reply < REPLY_LATER || letter->reply >= REPLY_END)
		return;
	if (letter->reply < REPLY_FOR_GOOD) {
		letter->delivery = DELIVERY_LATER;
		letter->code = "smtp_later";
	} else if (is_letter) {
		letter->delivery = DELIVERY_REFUSED;
		letter->code = "smtp_refused";
		letter->is_dead_address = is_receiver && letter->reply != REPLY_MAILBOX_FULL;
	} else {
		letter->code = "smtp_sender_refused";
	}
}

static void end(struct transport *transport, struct transfer *transfer)
{
	(void)curl_multi_remove_handle(transport->multi, transfer->easy);
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->recipients);
}
