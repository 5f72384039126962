#include "api/service.h"

#include "api/limiter.h"
#include "api/site.h"
#include "common/config.h"

bool service_init(struct service *service, struct err *err)
{
	*service = (struct service){
	    .json = {.depth = (unsigned)config_int("JSON_DEPTH"),
		.nodes = (unsigned)config_int("JSON_NODES")},
	    .reply_bytes = (size_t)config_int("REPLY_BYTES"),
	    .public_url = config_text("PUBLIC_URL"),
	    .public_path = site_path(),
	    .forwarded = config_bool("FORWARDED"),
	    .request_log = config_bool("REQUEST_LOG"),
	};
	if (!secret_unhex(config_text("MAIL_PUBLIC_KEY"), service->mail_public_key, SECRET_BOX_KEY_SIZE))
		return err_set(err, "config", "OSALLISUUS_MAIL_PUBLIC_KEY is not 64 hex digits");
	secret_box_key_id(service->mail_public_key, service->mail_key_id);
	service->limiter =
	    limiter_new((unsigned)config_int("RATE_PER_PEER_S"), 1, (unsigned)config_int("BURST_PER_PEER"));
	service->form_limiter = limiter_new(
	    (unsigned)config_int("FORM_RATE_PER_PEER_MIN"), 60, (unsigned)config_int("FORM_BURST_PER_PEER"));
	service->form_least_ms = config_int("FORM_LEAST_S") * 1000;
	service->form_most_ms = config_int("FORM_MOST_S") * 1000;
	return true;
}
