/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * explanation.h - why each stretch of an invocation's billed interval has its state (SEMANTICS 3): which
 * rule decided, and what it saw. Kept only where it was asked for; numbers only, user/output says it in
 * words.
 */
#ifndef IDLETAX_MODEL_EXPLANATION_H
#define IDLETAX_MODEL_EXPLANATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wait_rule { /* in the order in which they are asked; append only */
	RULE_NONE = 0,
	RULE_ON_CPU = 1,
	RULE_READY = 2,	    /* no thread on a CPU, one waits for one */
	RULE_STOPPED = 3,   /* a thread is stopped by a signal */
	RULE_ATTEMPT = 4,   /* of the outstanding attempts this one ends first */
	RULE_DOUBTFUL = 5,  /* a call is outstanding that can be another invocation's */
	RULE_ESTIMATED = 6, /* no scheduler facts, and no attempt outstanding */
	RULE_LOSS = 7,
	/* from here on the thread that runs next tells, or none does */
	RULE_DISK = 8,		   /* uninterruptible in I/O, or a page fault */
	RULE_DEADLINE = 9,	   /* its syscall had a deadline and it woke no earlier */
	RULE_SLEEP = 10,	   /* it slept for a time that was not told */
	RULE_WOKEN_INSIDE = 11,	   /* a lock, queue or pipe: by a thread of its environment */
	RULE_WOKEN_OTHERWISE = 12, /* so too, but out of a syscall that is none of these */
	RULE_WOKEN_OUTSIDE = 13,   /* by a thread of another environment */
	RULE_INTERRUPT = 14,	   /* by an interrupt: a packet, a timer of the kernel */
	RULE_WAKER_UNSEEN = 15,	   /* who woke it was not seen */
	RULE_NOT_ASLEEP = 16,	   /* off the CPU in another way: see off_reason */
	RULE_BEFORE_UNSEEN = 17,   /* what it did before was not seen */
	RULE_LAST_DEADLINE = 18,   /* none runs again; one went to sleep with a deadline */
	RULE_LAST_UNTIMED = 19,	   /* none runs again, and none had a deadline */
	RULE_AT_OTHERS_WORK = 20,  /* it runs for another invocation, or is about to */
	RULE_THROTTLED = 21,	   /* asked after RULE_STOPPED: its cgroup has used up its quota */
	RULE_COUNT = 22,
};

struct wait_cause { /* of [start_ns, end_ns); causes are adjacent and cover the interval exactly */
	uint64_t start_ns, end_ns;
	uint8_t state;	      /* enum state */
	uint8_t reason;	      /* enum unknown_reason */
	uint8_t rule;	      /* enum wait_rule */
	uint8_t scope;	      /* is_share: enum run_scope of what ran */
	bool is_share;	      /* a thread ran for one of several: an equal part each */
	bool is_carrier;      /* the thread moved bytes of the invocation */
	uint32_t attempt;     /* RULE_ATTEMPT: index into attempts */
	uint32_t outstanding; /* RULE_ATTEMPT, RULE_DOUBTFUL: how many were */
	uint32_t others;      /* is_share: invocations whose work it could be beside this one */
	uint32_t tid;	      /* the thread that the rule looks at; 0 none */
	uint32_t threads;     /* RULE_ON_CPU, RULE_READY: how many are */
	/* what the thread did: valid from RULE_DISK on */
	uint64_t blocked_ns;  /* since when */
	uint64_t woken_ns;    /* 0: never again */
	uint64_t deadline_ns; /* 0: none */
	uint32_t waker_tgid, waker_tid;
	uint8_t waker, off_reason, blocked_in; /* as in struct run */
};

/* Another invocation that was open in the same environment meanwhile. */
struct open_beside {
	uint64_t id;
	uint64_t start_ns, end_ns; /* UINT64_MAX: not known yet */
	uint8_t nearby;		   /* the smallest enum run_scope of a run that can be of both */
};

struct explanation {
	struct wait_cause *causes; /* owned */
	size_t cause_count, cause_capacity;
	struct open_beside *others; /* owned */
	size_t other_count;
};

struct explanation *explanation_new(void);		/* NULL when out of memory */
void explanation_free(struct explanation *explanation); /* NULL is allowed */

/* Appends @cause, or extends the last one where they are alike and adjacent. 0 or -ENOMEM. */
int explanation_add(struct explanation *explanation, const struct wait_cause *cause);

const char *wait_rule_name(enum wait_rule rule); /* in JSON: "on_cpu", "attempt", ... */

#endif
