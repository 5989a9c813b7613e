// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * syscall_cost.c - how long syscalls take this process: prints the nanoseconds of one getppid() (no back end
 * cares for it), of one write() to /dev/null, and of one send() and recv() of 200 bytes over a socket pair, each
 * the least of several rounds.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 15
#define CALLS 20000
#define BYTES 200

static int null_device, ends[2];
static char bytes[BYTES];

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static long ask_parent(void)
{
	return syscall(SYS_getppid);
}

static long write_nowhere(void)
{
	return write(null_device, bytes, BYTES);
}

static long send_and_receive(void)
{
	return send(ends[0], bytes, BYTES, 0) == BYTES ? recv(ends[1], bytes, BYTES, 0) : -1;
}

static double cost_ns(long (*call)(void))
{
	uint64_t best = UINT64_MAX;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t began = now_ns(), took;

		for (int i = 0; i < CALLS; i++) {
			if (call() < 0)
				exit(1);
		}
		took = now_ns() - began;
		best = took < best ? took : best;
	}
	return (double)best / CALLS;
}

int main(void)
{
	null_device = open("/dev/null", O_WRONLY);
	if (null_device < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return 1;
	printf("%.1f", cost_ns(ask_parent));
	printf(" %.1f", cost_ns(write_nowhere));
	printf(" %.1f\n", cost_ns(send_and_receive));
	return 0;
}
