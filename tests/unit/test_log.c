#include "common/clock.h"
#include "common/log.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 16384 };

struct captured {
	int reader;
	int saved;
};

/* Standard error goes to a pipe until captured_line. */
static void capture(struct captured *captured)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	captured->reader = ends[0];
	captured->saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	assert_true(captured->saved >= 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	(void)close(ends[1]);
}

/* What was written; "" when nothing was. */
static void captured_text(struct captured *captured, char text[LINE_MAX_BYTES])
{
	ssize_t length;

	assert_true(dup2(captured->saved, STDERR_FILENO) >= 0);
	(void)close(captured->saved);
	length = read(captured->reader, text, LINE_MAX_BYTES - 1);
	text[length < 0 ? 0 : length] = '\0';
	(void)close(captured->reader);
}

static json_t *line_of(const char *text)
{
	json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(line);
	assert_int_equal(strcspn(text, "\n"), strlen(text) - 1);
	return line;
}

static const char *text_in(const json_t *line, const char *name)
{
	return json_string_value(json_object_get(line, name));
}

static int set_up(void **state)
{
	(void)state;
	clock_set_for_test(INT64_C(1645557742000));
	log_init("osallisuus-test", LOG_INFO);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	clock_set_for_test(-1);
	return 0;
}

static void a_line_is_one_json_object(void **state)
{
	char text[LINE_MAX_BYTES];
	struct captured captured;
	json_t *line;

	(void)state;
	capture(&captured);
	log_event(LOG_WARNING, "started", log_int("port", 8080), log_text("name", "a \"b\"\n\x01 ä"),
	    log_bool("ready", true), log_text("none", NULL), log_int("least", INT64_MIN));
	captured_text(&captured, text);
	line = line_of(text);
	assert_string_equal(text_in(line, "time"), "2022-02-22T19:22:22.000Z");
	assert_string_equal(text_in(line, "level"), "warning");
	assert_string_equal(text_in(line, "program"), "osallisuus-test");
	assert_string_equal(text_in(line, "event"), "started");
	assert_string_equal(text_in(line, "name"), "a \"b\"\n\x01 ä");
	assert_int_equal(json_integer_value(json_object_get(line, "port")), 8080);
	assert_int_equal(json_integer_value(json_object_get(line, "least")), INT64_MIN);
	assert_true(json_is_true(json_object_get(line, "ready")));
	assert_true(json_is_null(json_object_get(line, "none")));
	json_decref(line);
}

static void lines_below_the_least_level_are_dropped(void **state)
{
	static const enum log_level levels[] = {LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR};

	(void)state;
	for (size_t least = 0; least < 4; least++) {
		log_init("osallisuus-test", levels[least]);
		for (size_t level = 0; level < 4; level++) {
			char text[LINE_MAX_BYTES];
			struct captured captured;

			capture(&captured);
			log_event(levels[level], "event", log_int("n", 1));
			captured_text(&captured, text);
			assert_int_equal(text[0] != '\0', level >= least);
			assert_int_equal(log_wants(levels[level]), level >= least);
		}
	}
	log_init("osallisuus-test", LOG_INFO);
}

static void a_long_text_is_cut_at_1000_bytes(void **state)
{
	static const size_t lengths[] = {999, 1000, 1001, 5000};

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		char long_text[5001];
		char text[LINE_MAX_BYTES];
		struct captured captured;
		json_t *line;

		memset(long_text, 'x', sizeof long_text);
		long_text[lengths[i]] = '\0';
		capture(&captured);
		log_event(LOG_INFO, "long", log_text("text", long_text));
		captured_text(&captured, text);
		line = line_of(text);
		assert_int_equal(strlen(text_in(line, "text")), lengths[i] < 1000 ? lengths[i] : 1000);
		json_decref(line);
	}
}

static void bytes_that_are_no_text_still_give_a_valid_line(void **state)
{
	char text[LINE_MAX_BYTES];
	struct captured captured;
	json_t *line;

	(void)state;
	capture(&captured);
	log_event(LOG_INFO, "bytes", log_text("text", "a\xff\xc3"));
	captured_text(&captured, text);
	line = line_of(text);
	assert_string_equal(text_in(line, "text"), "a\xef\xbf\xbd\xef\xbf\xbd");
	json_decref(line);
}

static void errno_is_kept_when_a_line_cannot_be_written(void **state)
{
	char text[LINE_MAX_BYTES];
	struct captured captured;

	(void)state;
	capture(&captured);
	(void)close(captured.reader);
	captured.reader = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(dup2(captured.reader, STDERR_FILENO) >= 0);
	errno = ENOENT;
	log_event(LOG_ERROR, "lost", log_int("n", 1));
	assert_int_equal(errno, ENOENT);
	captured_text(&captured, text);
}

static void levels_are_read_by_their_names(void **state)
{
	static const char *const names[] = {"debug", "info", "warning", "error"};
	enum log_level level = LOG_ERROR;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_true(log_level_parse(names[i], &level));
		assert_int_equal(level, i);
	}
	assert_false(log_level_parse("INFO", &level));
	assert_false(log_level_parse("", &level));
	assert_int_equal(level, LOG_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_is_one_json_object),
	    cmocka_unit_test(lines_below_the_least_level_are_dropped),
	    cmocka_unit_test(a_long_text_is_cut_at_1000_bytes),
	    cmocka_unit_test(bytes_that_are_no_text_still_give_a_valid_line),
	    cmocka_unit_test(errno_is_kept_when_a_line_cannot_be_written),
	    cmocka_unit_test(levels_are_read_by_their_names),
	};

	return cmocka_run_group_tests_name("log", tests, set_up, tear_down);
}
