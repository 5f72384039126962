#include "api/http_connection.h"
#include "common/log.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void on_accept(
    struct evconnlistener *listener, int fd, struct sockaddr *address, int length, void *context);
static void on_accept_error(struct evconnlistener *listener, void *context);
static void on_accept_again(int fd, short what, void *context);
static void take(struct http_server *server, int fd, const struct sockaddr *address);
static void admit(struct http_connection *connection);

bool http_accept_start(struct http_server *server, int listener_fd, struct err *err)
{
	/* Backlog 0: the descriptor listens already. It is shared, so it is not closed with this listener. */
	server->listener =
	    evconnlistener_new(server->base, on_accept, server, LEV_OPT_CLOSE_ON_EXEC, 0, listener_fd);
	server->accept_again = event_new(server->base, -1, 0, on_accept_again, server);
	if (!server->listener || !server->accept_again)
		return err_set(err, "system", "cannot make the events of the listener");
	evconnlistener_set_error_cb(server->listener, on_accept_error);
	return true;
}

/* Loops that were full of connections of this turn take more. */
void http_accept_turn_end(struct http_server *server)
{
	bool paused = server->accept_again && event_pending(server->accept_again, EV_TIMEOUT, NULL);

	if (server->listener && server->accepted_in_turn >= HTTP_ACCEPTS_PER_TURN && !paused)
		evconnlistener_enable(server->listener);
	server->accepted_in_turn = 0;
}

/* The kernel has told these clients that they are connected; they get an answer, which says close. */
void http_accept_rest(struct http_server *server)
{
	int listener_fd = server->listener ? evconnlistener_get_fd(server->listener) : -1;
	struct sockaddr_storage address;

	while (listener_fd >= 0) {
		socklen_t length = sizeof address;
		int fd =
		    accept4(listener_fd, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			break;
		take(server, fd, (const struct sockaddr *)&address);
	}
}

void http_accept_stop(struct http_server *server)
{
	if (server->listener)
		evconnlistener_free(server->listener);
	server->listener = NULL;
	if (server->accept_again)
		event_free(server->accept_again);
	server->accept_again = NULL;
}

static void on_accept(
    struct evconnlistener *listener, int fd, struct sockaddr *address, int length, void *context)
{
	struct http_server *server = context;

	(void)length;
	if (++server->accepted_in_turn >= HTTP_ACCEPTS_PER_TURN) {
		evconnlistener_disable(listener);
		http_server_touch(server, NULL);
	}
	take(server, fd, address);
}

/* Out of descriptors, mostly: trying again at once would spin. */
static void on_accept_error(struct evconnlistener *listener, void *context)
{
	struct http_server *server = context;
	struct timeval pause = {.tv_usec = HTTP_ACCEPT_PAUSE_MS * 1000L};

	log_event(
	    LOG_WARNING, "accept_failed", log_int("errno", errno), log_int("connections", server->admitted));
	evconnlistener_disable(listener);
	if (event_add(server->accept_again, &pause) < 0)
		evconnlistener_enable(listener);
}

static void on_accept_again(int fd, short what, void *context)
{
	struct http_server *server = context;

	(void)fd;
	(void)what;
	evconnlistener_enable(server->listener);
}

static void take(struct http_server *server, int fd, const struct sockaddr *address)
{
	struct http_connection *connection;

	if (server->turned_away >= HTTP_TURNED_AWAY_MAX) {
		close(fd);
		return;
	}
	connection = http_connection_new(server, fd, address);
	if (!connection)
		return;
	if (server->admitted >= server->options.connections ||
	    !http_peers_enter(
		server->options.peers, &connection->address, server->options.connections_per_peer))
		http_reading_refuse(connection, &http_refusals[HTTP_TOO_MANY_CONNECTIONS]);
	else
		admit(connection);
}

static void admit(struct http_connection *connection)
{
	connection->admitted = true;
	connection->server->turned_away--;
	connection->server->admitted++;
}
