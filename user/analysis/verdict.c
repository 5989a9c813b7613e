// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verdict.c - see verdict.h.
 */
#include "analysis/verdict.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const char *const names[] = {
	[VERDICT_UNKNOWN] = "unknown",
	[VERDICT_VPC_PROXY_OK] = "vpc-proxy-ok",
	[VERDICT_INLINE] = "inline",
	[VERDICT_BATCH_LOOP_OK] = "batch-loop-ok",
	[VERDICT_STEP_FUNCTIONS] = "step-functions",
	[VERDICT_FAN_OUT] = "fan-out-sns-eventbridge",
	[VERDICT_ASYNC_SQS] = "async-sqs",
	[VERDICT_DIRECT_OK] = "direct-ok",
	[VERDICT_NEEDS_CONTRACT] = "needs-contract",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == VERDICT_COUNT, "a verdict has no name");

const char *verdict_name(enum verdict verdict)
{
	return verdict < VERDICT_COUNT ? names[verdict] : names[VERDICT_UNKNOWN];
}

int verdict_parse(enum verdict *ret_verdict, const char *name)
{
	for (size_t i = 0; i < VERDICT_COUNT; i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		*ret_verdict = (enum verdict)i;
		return 0;
	}
	return -EINVAL;
}
