/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * price_plan.h - what a provider charges, as plain data in integers: money is pico-dollars, prices of time
 * are pico-dollars an hour (exact for prices by the second as for those by the hour). One invocation is
 * priced with the first tier; further tiers and the free tier count in the projection to a month alone
 * (projection.h). Built in is what AWS Lambda costs in us-east-1; other plans are read from JSON
 * (price_plan_read.h).
 */
#ifndef IDLETAX_ANALYSIS_PRICE_PLAN_H
#define IDLETAX_ANALYSIS_PRICE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#define PRICE_PLAN_NAME_MAX 64	 /* bytes, with the NUL */
#define PRICE_PLAN_TEXT_MAX 1024 /* likewise, of what is told about it */
#define PRICE_TIERS_MAX 8

#define MB_PER_GB 1024
/* What a price by the hour is multiplied with is MB times ns, or 1024 times ns on a CPU. */
#define PRICE_GB_HOUR ((unsigned __int128)3600000000000ull * MB_PER_GB)

enum price_basis { /* which time is rounded and told as billed ms; names in price_plan_read.c */
	PRICE_BY_WALL_CLOCK = 0, /* from the event to the end */
	PRICE_BY_ACTIVE_CPU = 1, /* while a thread is on a CPU */
};

/* Of the GB-seconds of a month, up to a limit. */
struct price_tier {
	/* counted from the month's first GB-second; 0: no limit, the last tier */
	uint64_t limit_gb_s;
	int64_t gb_hour_pico;
};

struct price_plan {
	char name[PRICE_PLAN_NAME_MAX];
	char source[PRICE_PLAN_TEXT_MAX]; /* who says so, and the month */
	char note[PRICE_PLAN_TEXT_MAX];	  /* what it leaves out; or empty */
	enum price_basis basis;
	struct price_tier tiers[PRICE_TIERS_MAX]; /* of memory times wall-clock time */
	uint32_t tier_count;			  /* 0: that time costs nothing */
	int64_t cpu_hour_pico;			  /* of active time; 0 with PRICE_BY_WALL_CLOCK */
	int64_t standby_gb_hour_pico;		  /* of an environment's life; 0: on demand */
	int64_t request_pico;
	/* An asynchronous event is one request up to so many bytes, and one for each further part. */
	uint32_t event_first_bytes, event_further_bytes; /* 0: always one */
	uint32_t granularity_ms;			 /* time is rounded up to it; 0: as 1 */
	uint32_t minimum_ms;				 /* and is at least that */
	uint32_t memory_granularity_mb;			 /* memory is rounded up to it; 0: as 1 */
	bool is_init_billed;
	/* of a month */
	uint64_t free_requests, free_gb_s, free_cpu_ms;
};

/* The built-in plans. */
const struct price_plan *price_plan_get(bool is_arm);

/* Whether a longer run costs more: not with Managed Instances. */
bool price_plan_charges_time(const struct price_plan *plan);
/* Whether there is no price without the memory. */
bool price_plan_charges_memory(const struct price_plan *plan);

uint64_t price_plan_round_ms(const struct price_plan *plan, uint64_t ns); /* up; its minimum */
uint64_t price_plan_round_mb(const struct price_plan *plan, uint32_t memory_mb);
uint64_t price_plan_count_requests(const struct price_plan *plan, uint64_t event_bytes);

/*
 * @wall_ns at @memory_mb and @cpu_ns on a CPU, neither rounded to milliseconds; the sum is rounded half up
 * to a pico-dollar, once. INT64_MAX where it does not fit.
 */
int64_t price_plan_time_pico(const struct price_plan *plan, uint64_t wall_ns, uint64_t cpu_ns,
			     uint32_t memory_mb);

/* The same without a CPU: what waiting for @duration_ns costs. */
int64_t price_plan_compute_pico(const struct price_plan *plan, uint64_t duration_ns,
				uint32_t memory_mb);

/* An environment of @memory_mb that lived for @life_ns; likewise. */
int64_t price_plan_standby_pico(const struct price_plan *plan, uint64_t life_ns,
				uint32_t memory_mb);

#endif
