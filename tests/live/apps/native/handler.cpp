/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * handler.cpp - C++ handlers on several threads. One of 20 ms of work and 30 ms of sleep, of which every fourth
 * call throws past itself after the work; and one whose code is a jump through a table, which also throws past
 * itself or leaves by a jump to another function.
 *
 *     handler_cpp THREADS ROUNDS
 */
#include "truth.h"

#include <stdexcept>
#include <thread>
#include <vector>

namespace app
{
__attribute__((noinline)) int handle(int number, bool throws)
{
	struct truth truth;

	begin(&truth, throws ? "throwing" : "cpp", number);
	burn(&truth, 20);
	if (throws) {
		tell(&truth);
		throw std::runtime_error("as planned");
	}
	rest(&truth, 30);
	tell(&truth);
	return number % 2 ? -number : number + truth.request_id[0];
}

/* In a function of its own: what has its address taken here would be in the way of the jump. */
__attribute__((noipa)) int serve(const char *function, int number)
{
	struct truth truth;

	begin(&truth, function, number);
	burn(&truth, 10);
	tell(&truth);
	return number + truth.request_id[0];
}

__attribute__((noipa)) int route(int number)
{
	switch (number % 6) {
	case 0:
		return serve("route", number) + 1;
	case 1:
		serve("leaving", number);
		throw std::runtime_error("as planned");
	case 2:
		return serve("leaving", number); /* a jump */
	case 3:
		return -serve("route", number);
	case 4:
		return serve("route", number) * 7;
	default:
		return serve("route", number) ^ number;
	}
}
} // namespace app

static void work(int rounds)
{
	for (int i = 0; i < rounds; i++) {
		try {
			app::handle(i, i % 4 == 3);
		} catch (const std::exception &) {
		}
		usleep(5000);
		try {
			app::route(i);
		} catch (const std::exception &) {
		}
		usleep(5000);
	}
}

int main(int argc, char **argv)
{
	std::vector<std::thread> threads;

	for (int i = 0; argc == 3 && i < atoi(argv[1]); i++)
		threads.emplace_back(work, atoi(argv[2]));
	for (auto &thread : threads)
		thread.join();
}
