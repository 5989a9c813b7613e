/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verdict.h - what advice.c says of an edge from one function to another: which direct invocations are fine
 * as they are, and what to put in the place of the others.
 */
#ifndef IDLETAX_ANALYSIS_VERDICT_H
#define IDLETAX_ANALYSIS_VERDICT_H

/* In the order in which they are asked: the first that holds is the edge's. Append only. */
enum verdict {
	VERDICT_UNKNOWN = 0,	    /* too little was seen to say */
	VERDICT_VPC_PROXY_OK = 1,   /* the callee reaches a database that the caller never does */
	VERDICT_INLINE = 2,	    /* the callee calls nobody: it is a library */
	VERDICT_BATCH_LOOP_OK = 3,  /* a program that is no function calls it in a loop */
	VERDICT_STEP_FUNCTIONS = 4, /* several steps with retries */
	VERDICT_FAN_OUT = 5,   /* one event, several consumers, no reply needed: SNS, EventBridge */
	VERDICT_ASYNC_SQS = 6, /* no reply needed: a queue */
	VERDICT_DIRECT_OK = 7, /* both are of one service */
	VERDICT_NEEDS_CONTRACT = 8, /* an API between two services */
	VERDICT_COUNT = 9,
};

/* "unknown", "vpc-proxy-ok", "inline", ... as --json and `check --no-verdict` have it; never NULL. */
const char *verdict_name(enum verdict verdict);

/* 0, or -EINVAL: there is no such name. */
int verdict_parse(enum verdict *ret_verdict, const char *name);

#endif
