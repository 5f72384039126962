#include "common/config.h"

#include "common/utf8.h"

#include <errno.h>
#include <regex.h>
#include <stddef.h>
#include <unistd.h>

#define PREFIX "OSALLISUUS_"
#define TEST_PREFIX PREFIX "TEST_"
#define FILE_SUFFIX "_FILE"

enum { VARIABLE_MAX = 80, NUMBER_BASE = 10 };

struct config_value {
	char *text; /* NULL: not a setting of the loaded program */
	int64_t number;
};

/* One for each row of the table; replaced as a whole by config_load, before there are threads. */
static struct config_value *config_values;

static void values_free(struct config_value *values);
static bool check_variables(struct err *err);
static bool is_known(const char *variable, size_t length);
static bool read_setting(const struct config_setting *setting, struct config_value *value, struct err *err);
static bool read_source(const struct config_setting *setting, char **ret_text, struct err *err);
static bool read_file(
    const struct config_setting *setting, const char *path, char **ret_text, struct err *err);
static bool check_value(const struct config_setting *setting, struct config_value *value, struct err *err);
static bool check_int(const struct config_setting *setting, struct config_value *value, struct err *err);
static bool check_bool(const struct config_setting *setting, struct config_value *value, struct err *err);
static bool check_text(const struct config_setting *setting, const char *text, struct err *err);
static bool has_control(const char *text);
static bool has_shape(const char *text, const char *shape);
static char *copy_text(const char *text);
static const struct config_value *find(const char *name, unsigned types);
static void print_setting(FILE *out, const struct config_setting *setting);

bool config_load(enum config_program program, struct err *err)
{
	struct config_value *values = calloc(config_table_count, sizeof *values);

	if (values == NULL)
		abort();
	if (!check_variables(err))
		goto failed;
	for (unsigned i = 0; i < config_table_count; i++) {
		if ((config_table[i].programs & (unsigned)program) == 0)
			continue;
		if (!read_setting(&config_table[i], &values[i], err))
			goto failed;
	}
	values_free(config_values);
	config_values = values;
	return true;
failed:
	values_free(values);
	return false;
}

int64_t config_int(const char *name)
{
	return find(name, 1U << CONFIG_INT)->number;
}

bool config_bool(const char *name)
{
	return find(name, 1U << CONFIG_BOOL)->number != 0;
}

const char *config_text(const char *name)
{
	return find(name, 1U << CONFIG_TEXT | 1U << CONFIG_SECRET)->text;
}

const char *config_text_in(const char *name, const char *tag)
{
	static const char *const suffixes[][2] = {{"sv", "_SV"}, {"en", "_EN"}};
	char of_language[VARIABLE_MAX];

	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
		if (strcmp(tag, suffixes[i][0]) != 0)
			continue;
		(void)snprintf(of_language, sizeof of_language, "%s%s", name, suffixes[i][1]);
		if (config_text(of_language)[0] != '\0')
			return config_text(of_language);
	}
	return config_text(name);
}

bool config_require(const char *name, struct err *err)
{
	if (config_text(name)[0] == '\0')
		return err_set(err, "setting", PREFIX "%s must be set", name);
	return true;
}

void config_print_help(FILE *out, enum config_program program, const char *usage)
{
	(void)fprintf(out, "%s\nSettings are environment variables:\n", usage);
	for (unsigned i = 0; i < config_table_count; i++) {
		if ((config_table[i].programs & (unsigned)program) != 0)
			print_setting(out, &config_table[i]);
	}
}

static void values_free(struct config_value *values)
{
	if (values == NULL)
		return;
	for (unsigned i = 0; i < config_table_count; i++) {
		if (values[i].text != NULL)
			explicit_bzero(values[i].text, strlen(values[i].text));
		free(values[i].text);
	}
	free(values);
}

static bool check_variables(struct err *err)
{
	for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
		size_t length = strcspn(*entry, "=");

		if (strncmp(*entry, PREFIX, strlen(PREFIX)) != 0 || is_known(*entry, length))
			continue;
		return err_set(err, "setting", "%.*s is not a setting: --help lists them",
		    length < VARIABLE_MAX ? (int)length : VARIABLE_MAX, *entry);
	}
	return true;
}

static bool is_known(const char *variable, size_t length)
{
	const char *name = variable + strlen(PREFIX);
	size_t name_length = length - strlen(PREFIX);

	if (strncmp(variable, TEST_PREFIX, strlen(TEST_PREFIX)) == 0)
		return true;
	for (unsigned i = 0; i < config_table_count; i++) {
		size_t known = strlen(config_table[i].name);

		if (name_length < known || strncmp(name, config_table[i].name, known) != 0)
			continue;
		if (name_length == known)
			return true;
		if (config_table[i].type == CONFIG_SECRET && name_length == known + strlen(FILE_SUFFIX) &&
		    strncmp(name + known, FILE_SUFFIX, strlen(FILE_SUFFIX)) == 0)
			return true;
	}
	return false;
}

static bool read_setting(const struct config_setting *setting, struct config_value *value, struct err *err)
{
	char *text = NULL;

	if (!read_source(setting, &text, err))
		return false;
	value->text = text;
	return check_value(setting, value, err);
}

/* The variable, the file that a secret's variable names, or the default. *ret_text is the caller's to free.
 */
static bool read_source(const struct config_setting *setting, char **ret_text, struct err *err)
{
	char variable[VARIABLE_MAX];
	char file_variable[VARIABLE_MAX];
	const char *text;
	const char *path = NULL;

	(void)snprintf(variable, sizeof variable, PREFIX "%s", setting->name);
	(void)snprintf(file_variable, sizeof file_variable, PREFIX "%s" FILE_SUFFIX, setting->name);
	text = getenv(variable);
	if (setting->type == CONFIG_SECRET)
		path = getenv(file_variable);
	if (text != NULL && path != NULL)
		return err_set(err, "setting", "%s and %s are both set", variable, file_variable);
	if (path != NULL)
		return read_file(setting, path, ret_text, err);
	if (text == NULL)
		text = setting->default_value;
	if (text == NULL)
		return err_set(err, "setting", "%s must be set: %s", variable, setting->help);
	*ret_text = copy_text(text);
	return true;
}

static bool read_file(
    const struct config_setting *setting, const char *path, char **ret_text, struct err *err)
{
	/* A newline, and one byte more to see that it is too long. */
	size_t room = (size_t)setting->most + 2;
	FILE *file = fopen(path, "re");
	char *text = NULL;
	bool ok = false;
	size_t length;

	if (file == NULL)
		return err_set(
		    err, "setting", PREFIX "%s" FILE_SUFFIX ": cannot open '%s'", setting->name, path);
	text = calloc(room + 1, 1);
	if (text == NULL)
		abort();
	length = fread(text, 1, room, file);
	if (ferror(file) != 0) {
		err_set(err, "setting", PREFIX "%s" FILE_SUFFIX ": cannot read '%s'", setting->name, path);
		goto out;
	}
	if (length > 0 && text[length - 1] == '\n')
		text[--length] = '\0';
	if (memchr(text, '\0', length) != NULL) {
		err_set(err, "setting", PREFIX "%s" FILE_SUFFIX ": '%s' is not text", setting->name, path);
		goto out;
	}
	*ret_text = text;
	text = NULL;
	ok = true;
out:
	free(text);
	(void)fclose(file);
	return ok;
}

static bool check_value(const struct config_setting *setting, struct config_value *value, struct err *err)
{
	switch (setting->type) {
	case CONFIG_INT:
		return check_int(setting, value, err);
	case CONFIG_BOOL:
		return check_bool(setting, value, err);
	case CONFIG_TEXT:
	case CONFIG_SECRET:
		return check_text(setting, value->text, err);
	}
	return false;
}

static bool check_int(const struct config_setting *setting, struct config_value *value, struct err *err)
{
	const char *digits = value->text[0] == '-' ? value->text + 1 : value->text;
	long long number;

	errno = 0;
	number = strtoll(value->text, NULL, NUMBER_BASE);
	if (digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0')
		return err_set(
		    err, "setting", PREFIX "%s is not a whole number: '%.20s'", setting->name, value->text);
	if (errno == ERANGE || number < setting->least || number > setting->most)
		return err_set(err, "setting", PREFIX "%s must be from %lld to %lld, and is %.20s",
		    setting->name, (long long)setting->least, (long long)setting->most, value->text);
	value->number = number;
	return true;
}

static bool check_bool(const struct config_setting *setting, struct config_value *value, struct err *err)
{
	if (strcmp(value->text, "true") != 0 && strcmp(value->text, "false") != 0)
		return err_set(err, "setting", PREFIX "%s must be true or false, and is '%.20s'",
		    setting->name, value->text);
	value->number = value->text[0] == 't';
	return true;
}

static bool check_text(const struct config_setting *setting, const char *text, struct err *err)
{
	size_t length = strlen(text);

	if ((int64_t)length < setting->least)
		return err_set(err, "setting", PREFIX "%s must have at least %lld bytes, and has %zu",
		    setting->name, (long long)setting->least, length);
	if ((int64_t)length > setting->most)
		return err_set(err, "setting", PREFIX "%s must have at most %lld bytes", setting->name,
		    (long long)setting->most);
	if (utf8_valid(text, length) != length || has_control(text))
		return err_set(err, "setting", PREFIX "%s is not plain UTF-8 text", setting->name);
	if (setting->shape != NULL && !has_shape(text, setting->shape))
		return err_set(
		    err, "setting", PREFIX "%s does not have the form %s", setting->name, setting->shape);
	return true;
}

static bool has_control(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < ' ' || *text == '\x7f')
			return true;
	}
	return false;
}

static bool has_shape(const char *text, const char *shape)
{
	regex_t expression;
	bool matches;

	if (regcomp(&expression, shape, REG_EXTENDED | REG_NOSUB) != 0)
		abort();
	matches = regexec(&expression, text, 0, NULL, 0) == 0;
	regfree(&expression);
	return matches;
}

static char *copy_text(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		abort();
	return copy;
}

static const struct config_value *find(const char *name, unsigned types)
{
	for (unsigned i = 0; i < config_table_count; i++) {
		if (strcmp(config_table[i].name, name) == 0 && (types & 1U << config_table[i].type) != 0 &&
		    config_values != NULL && config_values[i].text != NULL)
			return &config_values[i];
	}
	(void)fprintf(stderr, "no such setting is loaded: %s\n", name);
	abort();
}

static void print_setting(FILE *out, const struct config_setting *setting)
{
	(void)fprintf(out, "\n  " PREFIX "%s", setting->name);
	switch (setting->type) {
	case CONFIG_INT:
		(void)fprintf(out, "  %lld to %lld%s%s", (long long)setting->least, (long long)setting->most,
		    setting->unit[0] == '\0' ? "" : " ", setting->unit);
		break;
	case CONFIG_BOOL:
		(void)fputs("  true or false", out);
		break;
	case CONFIG_TEXT:
		(void)fprintf(out, "  text, at most %lld bytes", (long long)setting->most);
		break;
	case CONFIG_SECRET:
		(void)fprintf(out, ", or " PREFIX "%s" FILE_SUFFIX "  secret, at most %lld bytes",
		    setting->name, (long long)setting->most);
		break;
	}
	if (setting->default_value == NULL)
		(void)fputs(", must be set", out);
	else if (setting->default_value[0] == '\0')
		(void)fputs(", default none", out);
	else
		(void)fprintf(out, ", default %s", setting->default_value);
	(void)fprintf(out, "\n      %s\n", setting->help);
}
