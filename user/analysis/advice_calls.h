/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * advice_calls.h - how the calls of one invocation stand to each other: what came after which, what was one
 * after the other, what got the same body. Used by advice.c only.
 */
#ifndef IDLETAX_ANALYSIS_ADVICE_CALLS_H
#define IDLETAX_ANALYSIS_ADVICE_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/invocation.h"

/* Of an invocation with more attempts nothing is told here. */
#define ADVICE_ATTEMPTS_MAX 512
/* Functions that got one body are counted so far. */
#define ADVICE_CONSUMERS_MAX 16

/* A call of a function, by its last attempt. */
struct function_call {
	const struct exchange *attempt;
	const char *callee; /* equal names have equal pointers */
	/* filled by function_calls_relate */
	bool is_last; /* nobody was called after its end, unless the same function or with the same body */
	bool is_step;	     /* several functions were called, and no two of them at once */
	bool is_tried_again; /* is_step, and some attempt of a function was followed by another one */
	uint32_t steps;	     /* is_step: how many functions */
	uint32_t consumers; /* functions that got the same body, this one counted; to a maximum */
};

/* Whether @attempt invokes a function, or plain HTTP was known to. */
bool attempt_is_function_call(const struct exchange *attempt);

/* @calls: all of @invocation, in order of start. */
void function_calls_relate(const struct invocation *invocation, struct function_call *calls,
			   size_t count);

#endif
