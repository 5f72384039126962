/* Whether the mail server answers: a connection and, without TLS, its greeting. No mail is sent. */
#include "common/config.h"
#include "worker/admin/doctor.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HOST_MAX = 256, PORT_MAX = 16, ANSWER_TIMEOUT_MS = 5000, GREETING_MAX = 512 };

struct mail_server {
	char host[HOST_MAX];
	char port[PORT_MAX];
	bool speaks_first; /* no TLS from the first byte */
};

static bool parse(const char *url, struct mail_server *ret_server);
static bool connect_to(const struct mail_server *server, int *ret_fd, struct err *err);
static bool connect_one(const struct addrinfo *address, int *ret_fd);
static bool read_greeting(int fd, struct err *err);

bool check_mail_server(struct pg *pg, struct finding *finding, struct err *err)
{
	struct mail_server server;
	int fd;
	bool ok;

	(void)pg;
	if (config_text("SMTP_URL")[0] == '\0') {
		finding_set(finding, FINDING_WARN, "OSALLISUUS_SMTP_URL is not set: no mail is sent");
		return true;
	}
	if (!parse(config_text("SMTP_URL"), &server))
		return err_set(err, "setting", "OSALLISUUS_SMTP_URL names no host");
	if (!connect_to(&server, &fd, err))
		return false;
	ok = !server.speaks_first || read_greeting(fd, err);
	close(fd);
	if (ok)
		finding_set(finding, FINDING_OK, "%s port %s answers", server.host, server.port);
	return ok;
}

/* smtp://host:port, smtps://[2001:db8::1]; the setting's shape was checked before. */
static bool parse(const char *url, struct mail_server *ret_server)
{
	const char *host = strstr(url, "://") + strlen("://");
	const char *end = host[0] == '[' ? strchr(host, ']') : strchr(host, ':');
	const char *port = end != NULL ? strchr(end, ':') : NULL;
	size_t length;

	host += host[0] == '[' ? 1 : 0;
	length = end != NULL ? (size_t)(end - host) : strlen(host);
	ret_server->speaks_first = strncmp(url, "smtps:", strlen("smtps:")) != 0;
	if (length == 0 || length >= HOST_MAX)
		return false;
	memcpy(ret_server->host, host, length);
	ret_server->host[length] = '\0';
	(void)snprintf(ret_server->port, sizeof ret_server->port, "%s",
	    port != NULL ? port + 1 : (ret_server->speaks_first ? "25" : "465"));
	return true;
}

static bool connect_to(const struct mail_server *server, int *ret_fd, struct err *err)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *addresses;
	bool ok = false;
	int code = getaddrinfo(server->host, server->port, &hints, &addresses);

	if (code != 0)
		return err_set(err, "mail_server", "%s is not found: %s", server->host, gai_strerror(code));
	for (const struct addrinfo *address = addresses; address != NULL && !ok; address = address->ai_next)
		ok = connect_one(address, ret_fd);
	if (!ok)
		err_errno(err, "no connection to %s port %s", server->host, server->port);
	freeaddrinfo(addresses);
	return ok;
}

static bool connect_one(const struct addrinfo *address, int *ret_fd)
{
	struct pollfd wait = {.events = POLLOUT};
	int problem = ETIMEDOUT;
	socklen_t size = sizeof problem;

	wait.fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (wait.fd < 0)
		return false;
	if ((connect(wait.fd, address->ai_addr, address->ai_addrlen) != 0 && errno != EINPROGRESS) ||
	    (poll(&wait, 1, ANSWER_TIMEOUT_MS) == 1 &&
		getsockopt(wait.fd, SOL_SOCKET, SO_ERROR, &problem, &size) != 0))
		problem = errno;
	if (problem != 0) {
		close(wait.fd);
		errno = problem;
		return false;
	}
	*ret_fd = wait.fd;
	return true;
}

static bool read_greeting(int fd, struct err *err)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char greeting[GREETING_MAX];
	ssize_t length;

	if (poll(&wait, 1, ANSWER_TIMEOUT_MS) != 1)
		return err_set(err, "mail_server", "connected, but it does not greet");
	length = read(fd, greeting, sizeof greeting);
	if (length < (ssize_t)strlen("220") || strncmp(greeting, "220", strlen("220")) != 0)
		return err_set(err, "mail_server", "connected, but it does not greet as a mail server");
	return true;
}
