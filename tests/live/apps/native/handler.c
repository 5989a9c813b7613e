/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * handler.c - C handlers on several threads: one of 20 ms of work and 30 ms of sleep, and one of 15 ms of work
 * that calls itself. With THREADS 0 it calls an empty one ROUNDS times and prints what a call takes.
 *
 *     handler_c THREADS ROUNDS
 */
#include "truth.h"

static int rounds;

__attribute__((noinline)) int handle_event(int number)
{
	struct truth truth;

	begin(&truth, "c", number);
	burn(&truth, 20);
	rest(&truth, 30);
	tell(&truth);
	return number + 1;
}

__attribute__((noinline)) int descend(struct truth *truth, int depth)
{
	int below;

	burn(truth, 5);
	below = depth ? descend(truth, depth - 1) : 0;
	asm volatile("" ::: "memory"); /* no jump in place of the call */
	return below + 1;
}

__attribute__((noinline)) int do_nothing(int number)
{
	asm volatile("" ::: "memory");
	return number;
}

static void *work(void *nothing)
{
	for (int i = 0; i < rounds; i++) {
		struct truth truth;

		handle_event(i);
		usleep(5000);
		begin(&truth, "recursive", i);
		descend(&truth, 2);
		tell(&truth);
		usleep(5000);
	}
	return nothing;
}

int main(int argc, char **argv)
{
	int threads = argc == 3 ? atoi(argv[1]) : 1;
	pthread_t all[64];
	uint64_t start_ns;

	rounds = argc == 3 ? atoi(argv[2]) : 1;
	for (int i = 0; i < threads; i++)
		pthread_create(&all[i], NULL, work, NULL);
	for (int i = 0; i < threads; i++)
		pthread_join(all[i], NULL);
	if (threads)
		return 0;
	start_ns = now_ns();
	for (int i = 0; i < rounds; i++)
		do_nothing(i);
	printf("%.0f ns a call\n", (double)(now_ns() - start_ns) / rounds);
}
