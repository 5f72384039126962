#include "common/arena.h"
#include "tests/unit/unit.h"

#include <pthread.h>

static char order[8];

static void note(void *object)
{
	size_t length = strlen(order);

	order[length] = *(const char *)object;
	order[length + 1] = '\0';
}

static void fill(unsigned char *piece, size_t size)
{
	for (size_t i = 0; i < size; i++)
		assert_int_equal(piece[i], 0);
	memset(piece, 0xa5, size);
}

static void memory_is_zeroed_also_when_it_is_used_again(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		struct arena *arena = arena_new();

		for (size_t size = 1; size < 3000; size += 97)
			fill(arena_alloc(arena, size), size);
		arena_free(arena);
	}
}

static void memory_is_aligned_for_any_type(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t size = 0; size < 70; size++)
		assert_int_equal((uintptr_t)arena_alloc(arena, size) % _Alignof(max_align_t), 0);
	arena_free(arena);
}

static void pieces_of_size_zero_are_unique(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_ptr_not_equal(arena_alloc(arena, 0), arena_alloc(arena, 0));
	arena_free(arena);
}

/* A quarter of a chunk and a whole chunk are where the arena takes another way. */
static void pieces_around_the_sizes_of_chunks_do_not_overlap(void **state)
{
	static const size_t sizes[] = {1023, 1024, 1025, 4047, 4048, 4064, 4095, 4096, 4097, 100000};
	enum { COUNT = sizeof sizes / sizeof sizes[0] };
	unsigned char *pieces[COUNT];
	struct arena *arena = arena_new();

	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		pieces[i] = arena_alloc(arena, sizes[i]);
		memset(pieces[i], (int)i + 1, sizes[i]);
	}
	for (unsigned i = 0; i < COUNT; i++) {
		for (size_t at = 0; at < sizes[i]; at++)
			assert_int_equal(pieces[i][at], i + 1);
	}
	arena_free(arena);
}

static void an_array_counts_its_bytes(void **state)
{
	struct arena *arena = arena_new();
	uint64_t *numbers = arena_array(arena, 1000, sizeof *numbers);

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(numbers[i], 0);
		numbers[i] = i;
	}
	arena_free(arena);
}

static void overflow(void)
{
	(void)arena_array(arena_new(), SIZE_MAX / 2, 3);
}

static void huge(void)
{
	(void)arena_alloc(arena_new(), SIZE_MAX - 8);
}

static void copy_huge(void)
{
	(void)arena_copy(arena_new(), "", SIZE_MAX);
}

static void a_size_that_overflows_aborts(void **state)
{
	(void)state;
	assert_true(unit_aborts(overflow));
	assert_true(unit_aborts(huge));
	assert_true(unit_aborts(copy_huge));
}

static void copies_and_texts_are_whole(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_memory_equal(arena_copy(arena, "a\0b", 3), "a\0b", 4);
	assert_string_equal(arena_copy(arena, NULL, 0), "");
	assert_string_equal(arena_string(arena, "hyvää päivää"), "hyvää päivää");
	assert_string_equal(arena_printf(arena, "%s-%05d", "x", 42), "x-00042");
	assert_int_equal(strlen(arena_printf(arena, "%5000d", 1)), 5000);
	arena_free(arena);
}

static void what_was_registered_last_is_run_first(void **state)
{
	static char names[] = "abc";
	struct arena *arena = arena_new();

	(void)state;
	order[0] = '\0';
	for (size_t i = 0; i < 3; i++)
		arena_on_free(arena, note, names + i);
	assert_string_equal(order, "");
	arena_free(arena);
	assert_string_equal(order, "cba");
}

static void freeing_nothing_is_fine(void **state)
{
	(void)state;
	arena_free(NULL);
}

static void *use_and_release(void *count)
{
	struct arena *arenas[600];

	for (size_t i = 0; i < *(size_t *)count; i++)
		arenas[i] = arena_new();
	for (size_t i = 0; i < *(size_t *)count; i++)
		arena_free(arenas[i]);
	arena_thread_release();
	arena_thread_release();
	arena_free(arena_new());
	arena_thread_release();
	return NULL;
}

/* 256 chunks are kept; whether all are given back is for the leak checker to say. */
static void a_thread_gives_back_what_it_kept(void **state)
{
	static size_t counts[] = {0, 255, 256, 257, 600};

	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, use_and_release, &counts[i]), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(memory_is_zeroed_also_when_it_is_used_again),
	    cmocka_unit_test(memory_is_aligned_for_any_type),
	    cmocka_unit_test(pieces_of_size_zero_are_unique),
	    cmocka_unit_test(pieces_around_the_sizes_of_chunks_do_not_overlap),
	    cmocka_unit_test(an_array_counts_its_bytes),
	    cmocka_unit_test(a_size_that_overflows_aborts),
	    cmocka_unit_test(copies_and_texts_are_whole),
	    cmocka_unit_test(what_was_registered_last_is_run_first),
	    cmocka_unit_test(freeing_nothing_is_fine),
	    cmocka_unit_test(a_thread_gives_back_what_it_kept),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
