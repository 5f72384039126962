#include "worker/admin/arguments.h"

#include <string.h>

static const struct argument_option *find_option(const struct argument_list *list, const char *name);

bool arguments_read(int argc, char **argv, const struct argument_list *list, struct err *err)
{
	size_t words = 0;

	for (int i = 0; i < argc; i++) {
		const struct argument_option *option = find_option(list, argv[i]);

		if (option == NULL && (argv[i][0] == '-' || words == list->most))
			return err_set(err, "usage", "what is '%s'?", argv[i]);
		if (option == NULL) {
			list->ret_words[words++] = argv[i];
		} else if (option->flag != NULL) {
			*option->flag = true;
		} else {
			if (i + 1 == argc)
				return err_set(err, "usage", "%s needs a value", argv[i]);
			*option->value = argv[++i];
		}
	}
	for (size_t i = words; i < list->most; i++)
		list->ret_words[i] = NULL;
	return true;
}

static const struct argument_option *find_option(const struct argument_list *list, const char *name)
{
	for (size_t i = 0; i < list->option_count; i++)
		if (strcmp(list->options[i].name, name) == 0)
			return &list->options[i];
	return NULL;
}
