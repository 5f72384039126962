/* osallisuus-api: the HTTP process. */
#include "api/http.h"
#include "api/pages.h"
#include "api/service.h"
#include "api/validate.h"
#include "common/config.h"
#include "common/log.h"
#include "common/secret.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "osallisuus-api: takes feedback and what follows from it over HTTP into PostgreSQL.\n"
    "\n"
    "  osallisuus-api           serves until SIGTERM or SIGINT\n"
    "  osallisuus-api --help    this text, with every setting\n";

static bool start(struct service *service, struct err *err);
static enum log_level wanted_level(void);

int main(int argc, char **argv)
{
	struct service service;
	struct err err = {0};

	if (argc > 1) {
		bool help = argc == 2 && strcmp(argv[1], "--help") == 0;

		config_print_help(help ? stdout : stderr, CONFIG_API, usage);
		return help ? 0 : 2;
	}
	if (!config_load(CONFIG_API, &err) || !start(&service, &err)) {
		fprintf(stderr, "osallisuus-api: %s\n", err.message);
		return 1;
	}
	service_wait(&service);
	close(service.ops_fd);
	validate_release();
	pages_release();
	log_event(LOG_INFO, "stopped", log_bool("clean", true));
	return 0;
}

static bool start(struct service *service, struct err *err)
{
	int listener_fd, ops_fd;
	unsigned port, ops_port;

	log_init("osallisuus-api", wanted_level());
	if (!secret_init(config_text("SERVER_KEY"), err) || !validate_init(err) ||
	    !service_init(service, err))
		return false;
	if (!pages_init(config_text("PAGES"), config_text("DOCS_SCRIPT"), err))
		return false;
	if (!http_listen(config_text("ADDRESS"), (unsigned)config_int("PORT"), &listener_fd, &port, err))
		return false;
	if (!http_listen(
		config_text("OPS_ADDRESS"), (unsigned)config_int("OPS_PORT"), &ops_fd, &ops_port, err))
		return false;
	if (!service_start(service, listener_fd, ops_fd, err))
		return false;
	log_event(LOG_INFO, "listening", log_text("address", config_text("ADDRESS")), log_int("port", port),
	    log_int("ops_port", ops_port), log_int("loops", service->loop_count));
	return true;
}

static enum log_level wanted_level(void)
{
	static const char *const names[] = {"debug", "info", "warning", "error"};

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(config_text("LOG_LEVEL"), names[i]) == 0)
			return (enum log_level)i;
	return LOG_INFO;
}
