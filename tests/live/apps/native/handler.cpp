/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * handler.cpp - a C++ handler on several threads: 20 ms of work, 30 ms of sleep; every fourth call throws past
 * itself after the work.
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
} // namespace app

static void work(int rounds)
{
	for (int i = 0; i < rounds; i++) {
		try {
			app::handle(i, i % 4 == 3);
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
