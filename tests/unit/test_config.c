#include "common/config.h"
#include "tests/unit/unit.h"

#include <unistd.h>

#define KEY "0123456789abcdef0123456789abcdef0123456789ABCDEF0123456789ABCDEF"

struct sample {
	const char *variable;
	const char *value;
	const char *message; /* NULL: the value is taken */
};

/* PORT has the range 0 to 65535, JSON_DEPTH 1 to 256. */
static const struct sample samples[] = {
    {"OSALLISUUS_PORT", "0", NULL},
    {"OSALLISUUS_PORT", "65535", NULL},
    {"OSALLISUUS_PORT", "-1", "OSALLISUUS_PORT must be from 0 to 65535, and is -1"},
    {"OSALLISUUS_PORT", "65536", "OSALLISUUS_PORT must be from 0 to 65535, and is 65536"},
    {"OSALLISUUS_PORT", "99999999999999999999",
	"OSALLISUUS_PORT must be from 0 to 65535, and is 99999999999999999999"},
    {"OSALLISUUS_PORT", "-99999999999999999999",
	"OSALLISUUS_PORT must be from 0 to 65535, and is -9999999999999999999"},
    {"OSALLISUUS_PORT", "", "OSALLISUUS_PORT is not a whole number: ''"},
    {"OSALLISUUS_PORT", "-", "OSALLISUUS_PORT is not a whole number: '-'"},
    {"OSALLISUUS_PORT", "80 ", "OSALLISUUS_PORT is not a whole number: '80 '"},
    {"OSALLISUUS_PORT", "+80", "OSALLISUUS_PORT is not a whole number: '+80'"},
    {"OSALLISUUS_PORT", "0x50", "OSALLISUUS_PORT is not a whole number: '0x50'"},
    {"OSALLISUUS_PORT", "8e1", "OSALLISUUS_PORT is not a whole number: '8e1'"},
    {"OSALLISUUS_JSON_DEPTH", "0", "OSALLISUUS_JSON_DEPTH must be from 1 to 256, and is 0"},
    {"OSALLISUUS_JSON_DEPTH", "1", NULL},
    {"OSALLISUUS_JSON_DEPTH", "256", NULL},
    {"OSALLISUUS_JSON_DEPTH", "257", "OSALLISUUS_JSON_DEPTH must be from 1 to 256, and is 257"},
    {"OSALLISUUS_FORWARDED", "true", NULL},
    {"OSALLISUUS_FORWARDED", "false", NULL},
    {"OSALLISUUS_FORWARDED", "1", "OSALLISUUS_FORWARDED must be true or false, and is '1'"},
    {"OSALLISUUS_LOG_LEVEL", "debug", NULL},
    {"OSALLISUUS_LOG_LEVEL", "loud",
	"OSALLISUUS_LOG_LEVEL does not have the form ^(debug|info|warning|error)$"},
    {"OSALLISUUS_LOG_LEVEL", "warnings", "OSALLISUUS_LOG_LEVEL must have at most 7 bytes"},
    {"OSALLISUUS_LOG_LEVEL", "", "OSALLISUUS_LOG_LEVEL must have at least 1 bytes, and has 0"},
    {"OSALLISUUS_SERVER_KEY", KEY "0", "OSALLISUUS_SERVER_KEY must have at most 64 bytes"},
    {"OSALLISUUS_SERVER_KEY", "secret", "OSALLISUUS_SERVER_KEY must have at least 64 bytes, and has 6"},
    {"OSALLISUUS_ADDRESS", "127.0.0.1\r\n", "OSALLISUUS_ADDRESS is not plain UTF-8 text"},
    {"OSALLISUUS_ADDRESS", "\xff", "OSALLISUUS_ADDRESS is not plain UTF-8 text"},
    {"OSALLISUUS_PUBLIC_URL", "https://osallisuus.example.fi/a/b", NULL},
    {"OSALLISUUS_PUBLIC_URL", "https://example.fi/",
	"OSALLISUUS_PUBLIC_URL does not have the form ^https?://[^/?# ]+(/[^/?# ]+)*$"},
    {"OSALLISUUS_PUBLIC_URL", "ftp://example.fi",
	"OSALLISUUS_PUBLIC_URL does not have the form ^https?://[^/?# ]+(/[^/?# ]+)*$"},
    {"OSALLISUUS_PROT", "80", "OSALLISUUS_PROT is not a setting: --help lists them"},
    {"OSALLISUUS_", "80", "OSALLISUUS_ is not a setting: --help lists them"},
    {"OSALLISUUS_PORT_FILE", "80", "OSALLISUUS_PORT_FILE is not a setting: --help lists them"},
    {"OSALLISUUS_TEST_ANYTHING", "x", NULL},
    {"OSALLISUUS_SMTP_USER", "a setting of the worker", NULL},
};

static bool load(enum config_program program, struct err *err)
{
	*err = (struct err){0};
	return config_load(program, err);
}

static int set_up(void **state)
{
	(void)state;
	return clearenv() == 0 && setenv("OSALLISUUS_DB", "host=/tmp", 1) == 0 &&
		       setenv("OSALLISUUS_SERVER_KEY", KEY, 1) == 0 &&
		       setenv("OSALLISUUS_MAIL_PUBLIC_KEY", KEY, 1) == 0
		   ? 0
		   : -1;
}

/* A file in /tmp that is gone once it is closed by the kernel; its name is /proc/self/fd/N. */
static int secret_file(const char *text, size_t length, char path[64])
{
	FILE *file = tmpfile();

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	assert_int_equal(fflush(file), 0);
	(void)snprintf(path, 64, "/proc/self/fd/%d", fileno(file));
	assert_int_equal(setenv("OSALLISUUS_SERVER_KEY_FILE", path, 1), 0);
	assert_int_equal(unsetenv("OSALLISUUS_SERVER_KEY"), 0);
	return fileno(file);
}

static void values_are_checked_against_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct err err;

		assert_int_equal(set_up(state), 0);
		assert_int_equal(setenv(samples[i].variable, samples[i].value, 1), 0);
		assert_int_equal(load(CONFIG_API, &err), samples[i].message == NULL);
		if (samples[i].message == NULL)
			continue;
		assert_string_equal(err.code, "setting");
		assert_string_equal(err.message, samples[i].message);
	}
}

static void defaults_stand_where_nothing_is_set(void **state)
{
	struct err err;

	(void)state;
	assert_true(load(CONFIG_API, &err));
	assert_int_equal(config_int("PORT"), 8080);
	assert_int_equal(config_int("BODY_BYTES"), 65536);
	assert_false(config_bool("FORWARDED"));
	assert_true(config_bool("REQUEST_LOG"));
	assert_string_equal(config_text("ADDRESS"), "127.0.0.1");
	assert_string_equal(config_text("HOSTS"), "");
	assert_string_equal(config_text("SERVER_KEY"), KEY);
}

static void each_program_starts_with_the_defaults_and_what_must_be_set(void **state)
{
	struct err err;

	(void)state;
	assert_true(load(CONFIG_API, &err));
	assert_true(load(CONFIG_WORKER, &err));
	assert_true(load(CONFIG_ADMIN, &err));
}

static void what_must_be_set_is_named_when_it_is_not(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(unsetenv("OSALLISUUS_DB"), 0);
	assert_false(load(CONFIG_ADMIN, &err));
	assert_memory_equal(err.message, "OSALLISUUS_DB must be set: ", 27);
}

static void a_failed_load_keeps_what_was_loaded(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(setenv("OSALLISUUS_PORT", "1234", 1), 0);
	assert_true(load(CONFIG_API, &err));
	assert_int_equal(setenv("OSALLISUUS_PORT", "x", 1), 0);
	assert_false(load(CONFIG_API, &err));
	assert_int_equal(config_int("PORT"), 1234);
}

static void a_secret_may_come_from_a_file(void **state)
{
	static const char *const texts[] = {KEY, KEY "\n"};
	struct err err;
	char path[64];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		(void)secret_file(texts[i], strlen(texts[i]), path);
		assert_true(load(CONFIG_API, &err));
		assert_string_equal(config_text("SERVER_KEY"), KEY);
	}
}

static void a_file_that_holds_no_secret_is_refused(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		const char *message;
	} files[] = {
	    {KEY "\n\n", 66, "OSALLISUUS_SERVER_KEY must have at most 64 bytes"},
	    {KEY "0", 65, "OSALLISUUS_SERVER_KEY must have at most 64 bytes"},
	    {KEY KEY KEY, 192, "OSALLISUUS_SERVER_KEY must have at most 64 bytes"},
	    {"", 0, "OSALLISUUS_SERVER_KEY must have at least 64 bytes, and has 0"},
	    {KEY "\0", 65, "' is not text"},
	};
	struct err err;
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		(void)secret_file(files[i].text, files[i].length, path);
		assert_false(load(CONFIG_API, &err));
		assert_non_null(strstr(err.message, files[i].message));
	}
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(setenv("OSALLISUUS_SERVER_KEY_FILE", "/nonexistent/key", 1), 0);
	assert_false(load(CONFIG_API, &err));
	assert_string_equal(err.message, "OSALLISUUS_SERVER_KEY and OSALLISUUS_SERVER_KEY_FILE are both set");
	assert_int_equal(unsetenv("OSALLISUUS_SERVER_KEY"), 0);
	assert_false(load(CONFIG_API, &err));
	assert_string_equal(err.message, "OSALLISUUS_SERVER_KEY_FILE: cannot open '/nonexistent/key'");
	assert_int_equal(setenv("OSALLISUUS_SERVER_KEY_FILE", "/", 1), 0);
	assert_false(load(CONFIG_API, &err));
	assert_string_equal(err.message, "OSALLISUUS_SERVER_KEY_FILE: cannot read '/'");
}

static void a_text_that_a_task_needs_is_asked_for(void **state)
{
	struct err err = {0};

	(void)state;
	assert_true(load(CONFIG_WORKER, &err));
	assert_false(config_require("MAIL_FROM", &err));
	assert_string_equal(err.message, "OSALLISUUS_MAIL_FROM must be set");
	assert_int_equal(setenv("OSALLISUUS_MAIL_FROM", "vastaus@example.fi", 1), 0);
	assert_true(load(CONFIG_WORKER, &err));
	assert_true(config_require("MAIL_FROM", &err));
}

static void a_text_for_people_is_that_of_the_language_or_the_finnish_one(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(setenv("OSALLISUUS_CONTROLLER", "Hyvinvointialue", 1), 0);
	assert_int_equal(setenv("OSALLISUUS_CONTROLLER_SV", "Välfärdsområde", 1), 0);
	assert_true(load(CONFIG_WORKER, &err));
	assert_string_equal(config_text_in("CONTROLLER", "fi"), "Hyvinvointialue");
	assert_string_equal(config_text_in("CONTROLLER", "sv"), "Välfärdsområde");
	assert_string_equal(config_text_in("CONTROLLER", "en"), "Hyvinvointialue");
	assert_string_equal(config_text_in("CONTROLLER", "fi-x-selko"), "Hyvinvointialue");
}

static void ask_unknown(void)
{
	(void)config_int("PROT");
}

static void ask_wrong_type(void)
{
	(void)config_text("PORT");
}

static void ask_of_other_program(void)
{
	(void)config_text("SMTP_URL");
}

static void asking_for_what_is_not_there_aborts(void **state)
{
	struct err err;

	(void)state;
	assert_true(load(CONFIG_API, &err));
	assert_true(unit_aborts(ask_unknown));
	assert_true(unit_aborts(ask_wrong_type));
	assert_true(unit_aborts(ask_of_other_program));
}

static void the_table_is_well_formed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < config_table_count; i++) {
		const struct config_setting *setting = &config_table[i];
		size_t length = strlen(setting->name);

		assert_true(length > 0 && strspn(setting->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == length);
		assert_true(setting->least <= setting->most);
		assert_true(setting->programs != 0 && (setting->programs & ~(unsigned)CONFIG_ALL) == 0);
		assert_non_null(setting->unit);
		assert_int_equal(setting->help[strlen(setting->help) - 1], '.');
		for (unsigned other = 0; other < i; other++) {
			if ((setting->programs & config_table[other].programs) != 0)
				assert_string_not_equal(setting->name, config_table[other].name);
		}
	}
}

/* In all rows of that name. */
static unsigned readers_of(const char *name)
{
	unsigned programs = 0;

	for (unsigned i = 0; i < config_table_count; i++) {
		if (strcmp(config_table[i].name, name) == 0)
			programs |= config_table[i].programs;
	}
	return programs;
}

static void help_lists_the_settings_of_its_program(void **state)
{
	static const enum config_program programs[] = {CONFIG_API, CONFIG_WORKER, CONFIG_ADMIN};

	(void)state;
	for (size_t program = 0; program < 3; program++) {
		char *text = NULL;
		size_t length = 0;
		FILE *out = open_memstream(&text, &length);

		assert_non_null(out);
		config_print_help(out, programs[program], "usage: test\n");
		assert_int_equal(fclose(out), 0);
		assert_memory_equal(text, "usage: test\n", 12);
		for (unsigned i = 0; i < config_table_count; i++) {
			char heading[80];

			(void)snprintf(heading, sizeof heading, "\n  OSALLISUUS_%s%s", config_table[i].name,
			    config_table[i].type == CONFIG_SECRET ? ", or" : "  ");
			assert_int_equal(strstr(text, heading) != NULL,
			    (readers_of(config_table[i].name) & (unsigned)programs[program]) != 0);
		}
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(values_are_checked_against_the_table, set_up),
	    cmocka_unit_test_setup(defaults_stand_where_nothing_is_set, set_up),
	    cmocka_unit_test_setup(each_program_starts_with_the_defaults_and_what_must_be_set, set_up),
	    cmocka_unit_test_setup(what_must_be_set_is_named_when_it_is_not, set_up),
	    cmocka_unit_test_setup(a_failed_load_keeps_what_was_loaded, set_up),
	    cmocka_unit_test_setup(a_secret_may_come_from_a_file, set_up),
	    cmocka_unit_test_setup(a_file_that_holds_no_secret_is_refused, set_up),
	    cmocka_unit_test_setup(a_file_that_cannot_be_read_is_named, set_up),
	    cmocka_unit_test_setup(a_text_that_a_task_needs_is_asked_for, set_up),
	    cmocka_unit_test_setup(a_text_for_people_is_that_of_the_language_or_the_finnish_one, set_up),
	    cmocka_unit_test_setup(asking_for_what_is_not_there_aborts, set_up),
	    cmocka_unit_test(the_table_is_well_formed),
	    cmocka_unit_test_setup(help_lists_the_settings_of_its_program, set_up),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
