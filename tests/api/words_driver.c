/*
 * What common/words says, for tests: each line of standard input becomes a line.
 *     words_driver query             a search → its JSON
 *     words_driver index fi|other    a text → known, plain and spots, with tabs between them
 */
#include "common/words_index.h"
#include "common/words_query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void answer(struct words *words, int argc, char **argv, const char *line, size_t length)
{
	struct arena *arena = arena_new();
	struct words_index index;

	if (argc < 3) {
		printf("%s\n", words_query(words, arena, line, length));
	} else {
		words_index(words, arena, strcmp(argv[2], "fi") == 0, line, &index);
		printf("%s\t%s\t%s\n", index.known, index.plain, index.spots);
	}
	arena_free(arena);
}

int main(int argc, char **argv)
{
	struct words *words;
	struct err err = {0};
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	if (!words_new(4096, &words, &err)) {
		(void)fprintf(stderr, "%s: %s\n", err.code, err.message);
		return 1;
	}
	while ((length = getline(&line, &size, stdin)) >= 0) {
		if (length > 0 && line[length - 1] == '\n')
			line[--length] = '\0';
		answer(words, argc, argv, line, (size_t)length);
	}
	free(line);
	words_free(words);
	arena_thread_release();
	return 0;
}
