/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_base_containers.c - what user/base keeps things in: arena, array, ring, heap, buffer, map, table, string pool.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/hash_map.h"
#include "base/heap.h"
#include "base/ring.h"
#include "base/row_table.h"
#include "base/string_pool.h"

static void test_arena(void **state)
{
	struct arena arena;

	arena_init(&arena);
	for (size_t bytes = 0; bytes < 3000000; bytes = bytes * 2 + 1) {
		uint8_t *memory = arena_alloc(&arena, bytes);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % 16, 0);
		for (size_t i = 0; i < bytes; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xff, bytes);
	}
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_strdup(&arena, NULL));
	assert_string_equal(arena_strdup(&arena, "text"), "text");
	arena_release(&arena);
	assert_int_equal(arena.used_bytes, 0);
}

static void test_array(void **state)
{
	size_t capacity = 0;
	uint64_t *numbers = NULL;

	for (uint64_t i = 0; i < 1000; i++) {
		assert_int_equal(array_make_room(&numbers, i, &capacity, sizeof(*numbers)), 0);
		assert_true(capacity > i && capacity <= 16 + 2 * i);
		numbers[i] = i;
	}
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(numbers[i], i);
	free(numbers);
}

static void test_ring(void **state)
{
	struct ring ring = { 0 };
	uint32_t pushed = 0, popped = 0;

	ring_release(&ring);
	for (uint32_t round = 0; round < 200;
	     round++) { /* two in, one out: it grows wherever its first is */
		for (uint32_t i = 0; i < 2; i++) {
			uint32_t *number = ring_push(&ring, sizeof(*number));

			*number = pushed++;
		}
		ring_pop(&ring);
		popped++;
		assert_int_equal(ring.count, pushed - popped);
		assert_true(ring.capacity >= ring.count && ring.capacity <= 4 + 2 * ring.count);
		for (uint32_t i = 0; i < ring.count; i++)
			assert_int_equal(*(uint32_t *)ring_at(&ring, i, sizeof(i)), popped + i);
		assert_int_equal(*(uint32_t *)ring_last(&ring, sizeof(pushed)), pushed - 1);
	}
	for (; ring.count; ring_pop(&ring))
		assert_int_equal(*(uint32_t *)ring_at(&ring, 0, sizeof(popped)), popped++);
	for (uint32_t i = 0; i < 1000; i++) { /* one in, one out: it does not grow */
		*(uint32_t *)ring_push(&ring, sizeof(i)) = i;
		assert_int_equal(*(uint32_t *)ring_at(&ring, 0, sizeof(i)), i);
		ring_pop(&ring);
	}
	assert_int_equal(ring.capacity, 256);
	ring_release(&ring);
	assert_int_equal(ring.capacity, 0);
}

struct heaped {
	uint32_t rank;
	uint32_t number;
};

static bool is_nearer(const void *left, const void *right, const void *context)
{
	uint32_t middle = *(const uint32_t *)context;
	const struct heaped *a = left, *b = right;
	uint32_t a_away = a->rank > middle ? a->rank - middle : middle - a->rank;
	uint32_t b_away = b->rank > middle ? b->rank - middle : middle - b->rank;

	return a_away != b_away ? a_away < b_away : a->number < b->number;
}

static const struct heap_order nearest_first = { sizeof(struct heaped), is_nearer };

static void assert_heap(const struct heaped *heap, size_t count, uint32_t middle)
{
	for (size_t i = 1; i < count; i++)
		assert_false(is_nearer(&heap[i], &heap[(i - 1) / 2], &middle));
}

static void test_heap(void **state)
{
	static struct heaped heap[500];
	const uint32_t middle = 50;
	uint32_t random = 1;
	size_t count = 0;

	for (uint32_t i = 0; i < 500; i++) {
		random = random * 1664525u + 1013904223u;
		heap[count++] = (struct heaped){ (random >> 16) % 100, i };
		heap_rise_last(&nearest_first, heap, count, &middle);
		assert_heap(heap, count, middle);
	}
	for (uint32_t i = 0; i < 500;
	     i++) { /* another first: as if the first were dropped and that one added */
		heap[0] = (struct heaped){ 100 + i % 7, 500 + i };
		heap_sink_first(&nearest_first, heap, count, &middle);
		assert_heap(heap, count, middle);
	}
	while (count) {
		struct heaped first = heap[0];

		heap_drop_first(&nearest_first, heap, count--, &middle);
		assert_heap(heap, count, middle);
		if (count)
			assert_true(is_nearer(&first, &heap[0], &middle));
	}
}

static void test_buffer(void **state)
{
	struct buffer buffer;

	buffer_init(&buffer, 1000);
	assert_string_equal(buffer_text(&buffer), "");
	assert_int_equal(buffer_append_format(&buffer, "%d-%s", 7, "x"), 0);
	assert_string_equal(buffer_text(&buffer), "7-x");
	for (unsigned int i = 0; i < 997; i++)
		assert_int_equal(buffer_append_byte(&buffer, 'y'), 0);
	assert_int_equal(buffer_append_byte(&buffer, 'z'), -ENOSPC);
	assert_int_equal(buffer_append_format(&buffer, "%d", 1), -ENOSPC);
	assert_int_equal(buffer.bytes, 1000);
	assert_int_equal(buffer_text(&buffer)[999], 'y');
	buffer_release(&buffer);

	buffer_init(&buffer, SIZE_MAX - 1);
	assert_int_equal(buffer_append_varint(&buffer, 300), 0);
	assert_int_equal(buffer.bytes, 2);
	assert_int_equal(buffer.data[0], 0xac);
	assert_int_equal(buffer.data[1], 0x02);
	buffer_clear(&buffer);
	assert_int_equal(buffer_append_varint(&buffer, UINT64_MAX), 0);
	assert_int_equal(buffer.bytes, 10);
	assert_int_equal(buffer.data[9], 1);
	buffer_release(&buffer);
}

static void test_hash_map(void **state)
{
	struct hash_map map;
	static char values[1000];
	size_t position = 0, seen = 0;
	uint64_t key;

	hash_map_init(&map);
	assert_null(hash_map_find(&map, 0));
	assert_null(hash_map_remove(&map, 0));
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(hash_map_put(&map, i << 32, &values[i]), 0);
	assert_int_equal(map.count, 1000);
	for (uint64_t i = 0; i < 1000; i += 3)
		assert_ptr_equal(hash_map_remove(&map, i << 32), &values[i]);
	for (uint64_t i = 0; i < 1000; i++)
		assert_ptr_equal(hash_map_find(&map, i << 32), i % 3 ? &values[i] : NULL);
	while (hash_map_next(&map, &position, &key))
		seen++;
	assert_int_equal(seen, map.count);
	assert_int_equal(hash_map_put(&map, 1ull << 32, values), 0);
	assert_int_equal(map.count, seen);
	assert_ptr_equal(hash_map_find(&map, 1ull << 32), values);
	hash_map_release(&map);
	assert_true(hash_bytes("abcdefgh", 8) != hash_bytes("abcdefgi", 8));
	assert_true(hash_bytes("", 0) != hash_bytes("\0", 1));
}

static void test_string_pool(void **state)
{
	struct string_pool pool;
	const char *first;
	char text[16];

	string_pool_init(&pool);
	assert_null(string_pool_intern(&pool, NULL));
	first = string_pool_intern(&pool, "0");
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "%d", i % 250);
		assert_string_equal(string_pool_intern(&pool, text), text);
	}
	assert_int_equal(pool.count, 250);
	assert_ptr_equal(string_pool_intern(&pool, "0"), first);
	string_pool_release(&pool);
}

struct counted {
	uint64_t number;
	uint64_t loads;
};

static void test_row_table(void **state)
{
	struct row_table table;
	struct counted *row;
	uint64_t number = 0;

	row_table_init(&table, 2, sizeof(struct counted));
	assert_null(row_table_first(&table));
	assert_null(row_table_find(&table, (uintptr_t[]){ 0, 0 }));
	for (uintptr_t round = 0; round < 2; round++)
		for (uintptr_t i = 0; i < 1000; i++) {
			row = row_table_load(&table, (uintptr_t[]){ i / 10, i % 10 });
			assert_int_equal((uintptr_t)row % _Alignof(max_align_t), 0);
			assert_int_equal(row->number, round ? i : 0);
			row->number = i;
			row->loads++;
		}
	assert_int_equal(table.count, 1000);
	for (row = row_table_first(&table); row; row = row_table_next(row)) {
		assert_int_equal(row->number, number++); /* as they were made */
		assert_int_equal(row->loads, 2);
	}
	assert_int_equal(number, 1000);
	assert_int_equal(((struct counted *)row_table_find(&table, (uintptr_t[]){ 42, 7 }))->number,
			 427);
	assert_null(row_table_find(&table, (uintptr_t[]){ 42, 10 }));
	row_table_release(&table);
	assert_int_equal(table.count, 0);
	assert_null(row_table_first(&table));
}

/* No two keys here have one hash: the map is told that they have. */
static void test_row_table_of_one_hash(void **state)
{
	const uintptr_t one[] = { 1, 1 }, two[] = { 2, 2 };
	uint64_t *first, *second;
	struct row_table table;

	row_table_init(&table, 2, sizeof(*first));
	first = row_table_load(&table, one);
	*first = 1;
	assert_int_equal(hash_map_put(&table.by_hash, hash_bytes(two, sizeof(two)),
				      hash_map_find(&table.by_hash, hash_bytes(one, sizeof(one)))),
			 0);
	assert_null(row_table_find(&table, two));
	second = row_table_load(&table, two);
	assert_int_equal(*second, 0);
	assert_ptr_equal(row_table_load(&table, two), second);
	assert_int_equal(table.count, 2);
	assert_int_equal(hash_map_put(&table.by_hash, hash_bytes(one, sizeof(one)),
				      hash_map_find(&table.by_hash, hash_bytes(two, sizeof(two)))),
			 0);
	assert_ptr_equal(row_table_find(&table, one), first); /* it hangs from the other one's */
	row_table_release(&table);
}

static void test_row_table_of_one_word(void **state)
{
	struct row_table table;

	row_table_init(&table, 1, sizeof(uint64_t));
	for (uintptr_t i = 0; i < 100; i++)
		*(uint64_t *)row_table_load(&table, &i) = i + 1;
	for (uintptr_t i = 0; i < 100; i++)
		assert_int_equal(*(uint64_t *)row_table_find(&table, &i), i + 1);
	row_table_release(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_array),
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_heap),
		cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_hash_map),
		cmocka_unit_test(test_string_pool),
		cmocka_unit_test(test_row_table),
		cmocka_unit_test(test_row_table_of_one_hash),
		cmocka_unit_test(test_row_table_of_one_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
