#include "worker/job.h"

#include "common/json.h"

enum { DATA_DEPTH = 4, DATA_NODES = 50 };

bool job_text(
    struct arena *arena, const struct job *job, const char *name, const char **ret_text, struct err *err)
{
	static const struct json_limits limits = {.depth = DATA_DEPTH, .nodes = DATA_NODES};
	struct err unread = {0};
	const json_t *member;
	json_t *data;

	if (!json_read(arena, job->data, strlen(job->data), &limits, &data, &unread))
		return err_set(err, "job_data", "the data of job %s cannot be read", job->id);
	member = json_object_get(data, name);
	if (member != NULL && !json_is_string(member))
		return err_set(err, "job_data", "'%s' in job %s is no text", name, job->id);
	*ret_text = member == NULL ? NULL : json_string_value(member);
	return true;
}

void job_go_on(struct arena *arena, struct job *job, const char *run_at, const char *data)
{
	if (data == NULL)
		return;
	job->verdict = JOB_AGAIN;
	job->next_run_at = arena_string(arena, run_at);
	job->next_data = arena_string(arena, data);
}
