#include "common/calendar.h"

#include <jansson.h>
#include <libical/ical.h>

#include <pthread.h>
#include <stdlib.h>

typedef icalproperty *make_text(const char *value);

static pthread_once_t prepared = PTHREAD_ONCE_INIT;

static void prepare(void);
static icalcomponent *calendar_of(const json_t *told);
static icalcomponent *event_of(const json_t *told);
static void add_text(icalcomponent *to, make_text *make, const json_t *told, const char *name);
static void add_name(icalcomponent *calendar, const char *name);
static struct icaltimetype moment_of(const json_t *told, const char *name);
static const char *text_of(const json_t *told, const char *name);

bool calendar_text(
    struct arena *arena, const char *told, size_t length, const char **ret_text, struct err *err)
{
	json_t *document = json_loadb(told, length, 0, NULL);
	icalcomponent *calendar;
	char *text;

	if (document == NULL)
		return err_set(err, "internal", "what is told of a calendar is no JSON");
	pthread_once(&prepared, prepare);
	calendar = calendar_of(document);
	json_decref(document);
	text = icalcomponent_as_ical_string_r(calendar);
	icalcomponent_free(calendar);
	if (text == NULL)
		return err_set(err, "internal", "a calendar cannot be written");
	*ret_text = arena_string(arena, text);
	free(text);
	return true;
}

/* libical reads its zones when UTC is first asked for: once, not in two threads at the same time. */
static void prepare(void)
{
	(void)icaltimezone_get_utc_timezone();
}

static icalcomponent *calendar_of(const json_t *told)
{
	icalcomponent *calendar = icalcomponent_vanew(ICAL_VCALENDAR_COMPONENT,
	    icalproperty_new_version("2.0"), icalproperty_new_prodid("-//osallisuus//sessions//FI"),
	    icalproperty_new_calscale("GREGORIAN"), icalproperty_new_method(ICAL_METHOD_PUBLISH), (void *)0);
	const char *name = text_of(told, "name");
	const json_t *event;
	size_t i;

	if (name != NULL)
		add_name(calendar, name);
	json_array_foreach(json_object_get(told, "events"), i, event)
	    icalcomponent_add_component(calendar, event_of(event));
	return calendar;
}

static icalcomponent *event_of(const json_t *told)
{
	const char *status = text_of(told, "status");
	json_int_t sequence = json_integer_value(json_object_get(told, "sequence"));
	icalcomponent *event = icalcomponent_vanew(ICAL_VEVENT_COMPONENT,
	    icalproperty_new_dtstamp(moment_of(told, "changed_at")),
	    icalproperty_new_lastmodified(moment_of(told, "changed_at")),
	    icalproperty_new_sequence((int)sequence), icalproperty_new_dtstart(moment_of(told, "starts_at")),
	    icalproperty_new_dtend(moment_of(told, "ends_at")), (void *)0);

	add_text(event, icalproperty_new_uid, told, "uid");
	add_text(event, icalproperty_new_summary, told, "summary");
	add_text(event, icalproperty_new_description, told, "description");
	add_text(event, icalproperty_new_location, told, "location");
	add_text(event, icalproperty_new_url, told, "url");
	if (status != NULL)
		icalcomponent_add_property(
		    event, icalproperty_new_status(icalproperty_string_to_status(status)));
	return event;
}

static void add_text(icalcomponent *to, make_text *make, const json_t *told, const char *name)
{
	const char *value = text_of(told, name);

	if (value != NULL)
		icalcomponent_add_property(to, make(value));
}

/* What programs show as the calendar's name. */
static void add_name(icalcomponent *calendar, const char *name)
{
	icalproperty *property = icalproperty_new_x(name);

	icalproperty_set_x_name(property, "X-WR-CALNAME");
	icalcomponent_add_property(calendar, property);
}

static struct icaltimetype moment_of(const json_t *told, const char *name)
{
	const char *text = text_of(told, name);

	return text == NULL ? icaltime_null_time() : icaltime_from_string(text);
}

static const char *text_of(const json_t *told, const char *name)
{
	return json_string_value(json_object_get(told, name));
}
