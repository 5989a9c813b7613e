/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * truth.h - what the C and the C++ handlers share: known work, known sleep, and a line of truth as the demo's
 * handlers print it (tools/demo/app/src/run.js).
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct truth {
	const char *function;
	uint64_t start_ns, busy_ns, timer_ns;
	char request_id[64];
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void begin(struct truth *truth, const char *function, int number)
{
	truth->function = function;
	truth->start_ns = now_ns();
	truth->busy_ns = truth->timer_ns = 0;
	snprintf(truth->request_id, sizeof(truth->request_id), "%s-%d-%lx", function, number,
		 (unsigned long)pthread_self());
}

static void burn(struct truth *truth, uint64_t ms)
{
	uint64_t start_ns = now_ns();

	while (now_ns() < start_ns + ms * 1000000)
		;
	truth->busy_ns += now_ns() - start_ns;
}

static void rest(struct truth *truth, uint64_t ms)
{
	uint64_t start_ns = now_ns();
	struct timespec span = { 0, (long)ms * 1000000 };

	nanosleep(&span, NULL);
	truth->timer_ns += now_ns() - start_ns;
}

static void tell(const struct truth *truth)
{
	printf("IDLETAX-TRUTH {\"function\":\"%s\",\"request_id\":\"%s\",\"pid\":%d,\"start_ns\":%" PRIu64
	       ",\"end_ns\":%" PRIu64 ",\"busy_ns\":%" PRIu64 ",\"timer_ns\":%" PRIu64
	       ",\"caused_by\":null,\"calls\":[]}\n",
	       truth->function, truth->request_id, (int)getpid(), truth->start_ns, now_ns(),
	       truth->busy_ns, truth->timer_ns);
	fflush(stdout);
}
