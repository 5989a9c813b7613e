/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cause_words.c - see cause_words.h. Every sentence says what the rule saw (model/explanation.h), and
 * nothing that it did not.
 */
#include "output/cause_words.h"

#include "analysis/edge.h"
#include "trace_format.h"

#define OTHERS_NAMED_MAX 4

struct telling { /* one sentence */
	struct words *words;
	const struct invocation *invocation;
	const struct wait_cause *cause;
	bool has_times;
};

const char *blocked_words(uint8_t blocked_in)
{
	static const char *const places[] = {
		[BLOCKED_NONE] = "in no system call", [BLOCKED_OTHER] = "in a system call",
		[BLOCKED_POLL] = "in poll",	      [BLOCKED_FUTEX] = "in a futex",
		[BLOCKED_SLEEP] = "in a sleep",	      [BLOCKED_READ] = "in a read",
		[BLOCKED_WRITE] = "in a write",	      [BLOCKED_WAIT] = "waiting for a process",
		[BLOCKED_ACCEPT] = "in accept",	      [BLOCKED_CONNECT] = "in connect",
		[BLOCKED_FSYNC] = "in fsync",
	};

	return blocked_in < sizeof(places) / sizeof(places[0]) ? places[blocked_in]
							       : "in a system call";
}

bool cause_is_alike(const struct wait_cause *a, const struct wait_cause *b)
{
	return a->state == b->state && a->reason == b->reason && a->rule == b->rule &&
	       a->is_share == b->is_share && a->is_carrier == b->is_carrier &&
	       a->attempt == b->attempt && (a->outstanding > 1) == (b->outstanding > 1) &&
	       a->others == b->others && a->tid == b->tid && (a->threads > 1) == (b->threads > 1) &&
	       !a->deadline_ns == !b->deadline_ns && a->waker_tgid == b->waker_tgid &&
	       a->waker_tid == b->waker_tid && a->off_reason == b->off_reason &&
	       a->blocked_in == b->blocked_in;
}

static void tell_time(const struct telling *telling, uint64_t time_ns)
{
	uint64_t start_ns = telling->invocation->start_ns;

	if (time_ns < start_ns)
		words_add(telling->words, "before its start");
	else
		words_add(telling->words, "at ");
	if (time_ns >= start_ns)
		words_ms(telling->words, time_ns - start_ns);
}

/* " (#4, #5 and 2 more)": those that were open while @scope's work could be theirs. */
static void tell_others(const struct telling *telling, uint8_t scope)
{
	const struct explanation *explanation = telling->invocation->explanation;
	const struct wait_cause *cause = telling->cause;
	size_t found = 0;

	if (!telling->has_times)
		return;
	for (size_t i = 0; i < explanation->other_count; i++) {
		const struct open_beside *other = &explanation->others[i];

		if (other->start_ns >= cause->end_ns || other->end_ns <= cause->start_ns ||
		    other->nearby > scope)
			continue;
		if (found++ < OTHERS_NAMED_MAX)
			words_add(telling->words, "%s#%llu", found == 1 ? " (" : ", ",
				  (unsigned long long)other->id);
	}
	if (found > OTHERS_NAMED_MAX)
		words_add(telling->words, " and %zu more", found - OTHERS_NAMED_MAX);
	if (found)
		words_add(telling->words, ")");
}

static void tell_on_cpu(const struct telling *telling)
{
	const struct wait_cause *cause = telling->cause;
	struct words *words = telling->words;

	if (!cause->tid)
		words_add(words, "threads were on a CPU, one after the other");
	else if (cause->threads > 1)
		words_add(words, "thread %u and others were on a CPU", cause->tid);
	else
		words_add(words, "thread %u was on a CPU", cause->tid);
	if (!cause->is_share)
		return;
	words_add(words, ", for this one or ");
	words_count(words, cause->others, "other that was open", "others that were open");
	tell_others(telling, cause->scope);
	words_add(words, cause->state == STATE_ACTIVE ? ": its equal part"
						      : ": what is left beside its equal part");
}

static void tell_ready(const struct telling *telling)
{
	const struct wait_cause *cause = telling->cause;

	words_add(telling->words, "no thread was on a CPU, thread %u%s waited for one", cause->tid,
		  cause->threads > 1 ? " and others" : "");
}

static void tell_attempt(const struct telling *telling)
{
	const struct wait_cause *cause = telling->cause;
	const struct exchange *attempt = telling->invocation->attempts[cause->attempt];
	struct words *words = telling->words;

	words_add(words, "no thread ran, and call %u to ", attempt->call);
	words_name(words, attempt_callee_name(attempt));
	if (attempt->attempt > 1)
		words_add(words, " (attempt %u)", attempt->attempt);
	words_add(words, " was open");
	if (cause->outstanding > 1 && telling->has_times) {
		words_add(words, ", of %u that were the one that ended first (",
			  cause->outstanding);
		tell_time(telling, attempt->end_ns);
		words_add(words, ")");
	} else if (cause->outstanding > 1) {
		words_add(words, ", of several that were the one that ended first");
	}
	if (attempt->is_dangling)
		words_add(words, "; it was never answered while this was billed");
}

static void tell_doubtful(const struct telling *telling)
{
	struct words *words = telling->words;

	words_add(words, "no thread ran and no call of its own was open, but ");
	words_count(words, telling->cause->outstanding, "call that can be its or that of another",
		    "calls that can be its or those of another");
	tell_others(telling, UINT8_MAX);
}

/* "thread 8 was blocked in poll": the thread that tells, and what it did. */
static void tell_blocked(const struct telling *telling, const char *verb)
{
	const struct wait_cause *cause = telling->cause;

	if (!cause->is_carrier)
		words_add(telling->words, "no carrier was alive; ");
	words_add(telling->words, "thread %u %s %s", cause->tid, verb,
		  blocked_words(cause->blocked_in));
}

static void tell_deadline(const struct telling *telling)
{
	const struct wait_cause *cause = telling->cause;

	tell_blocked(telling, "slept");
	words_add(telling->words, " with a deadline");
	if (telling->has_times) {
		words_add(telling->words, " ");
		tell_time(telling, cause->deadline_ns);
		words_add(telling->words, ", and woke ");
		tell_time(telling, cause->woken_ns);
	} else {
		words_add(telling->words, ", and woke no earlier");
	}
}

/* " until thread 9 of process 2 woke it", with what speaks against a deadline. */
static void tell_wake(const struct telling *telling, const char *who)
{
	const struct wait_cause *cause = telling->cause;

	words_add(telling->words, " until %s", who);
	if (cause->waker_tid)
		words_add(telling->words, "thread %u of process %u", cause->waker_tid,
			  cause->waker_tgid);
	words_add(telling->words, " woke it");
	if (telling->has_times) {
		words_add(telling->words, " ");
		tell_time(telling, cause->woken_ns);
	}
	if (cause->deadline_ns)
		words_add(telling->words, ", before its deadline");
}

static const char *off_words(uint8_t off_reason)
{
	switch (off_reason) {
	case OFF_PREEMPTED:
		return "had lost its CPU";
	case OFF_STOPPED:
		return "was stopped";
	case OFF_THROTTLED:
		return "was throttled";
	case OFF_DEAD:
		return "had ended";
	default:
		return "was off the CPU, nothing says why";
	}
}

/* The rules that look at one thread that sleeps, up to its wake. */
static void tell_sleep(const struct telling *telling)
{
	struct words *words = telling->words;

	switch (telling->cause->rule) {
	case RULE_DISK:
		tell_blocked(telling, "was blocked");
		words_add(words, telling->cause->off_reason == OFF_IO
					 ? ", waiting for a disk"
					 : ", uninterruptible: a disk, or a page fault");
		break;
	case RULE_DEADLINE:
		tell_deadline(telling);
		break;
	case RULE_SLEEP:
		tell_blocked(telling, "was");
		break;
	case RULE_WOKEN_INSIDE:
		tell_blocked(telling, "was blocked");
		tell_wake(telling, "");
		words_add(words, ", which is of its environment: a lock, a queue, or a pipe");
		break;
	case RULE_WOKEN_OTHERWISE:
		tell_blocked(telling, "was");
		tell_wake(telling, "");
		words_add(words, ", which is of its environment: no lock, and no call was open");
		break;
	case RULE_WOKEN_OUTSIDE:
		tell_blocked(telling, "was blocked");
		tell_wake(telling, "");
		words_add(words, ", which is not of its environment, and no call was open");
		break;
	case RULE_INTERRUPT:
		tell_blocked(telling, "was blocked");
		tell_wake(telling, "an interrupt");
		words_add(words, ", and no call was open");
		break;
	default:
		tell_blocked(telling, "was blocked");
		words_add(words, ", and who woke it was not seen");
		break;
	}
}

/* No thread sleeps of which the wake is known. */
static void tell_rest(const struct telling *telling)
{
	const struct wait_cause *cause = telling->cause;
	struct words *words = telling->words;

	switch (cause->rule) {
	case RULE_NOT_ASLEEP:
		words_add(words, "thread %u, which ran next, %s", cause->tid,
			  off_words(cause->off_reason));
		break;
	case RULE_AT_OTHERS_WORK:
		words_add(words,
			  "thread %u, the next to work for it, was at the work of another "
			  "that was open, or about to be",
			  cause->tid);
		break;
	case RULE_BEFORE_UNSEEN:
		words_add(words, "thread %u ran next, and what it did before was not seen",
			  cause->tid);
		break;
	case RULE_LAST_DEADLINE:
		words_add(words, "no thread ran again; ");
		tell_blocked(telling, "slept");
		words_add(words, cause->deadline_ns ? " with a deadline" : "");
		break;
	case RULE_LAST_UNTIMED:
		words_add(words, "no %s ran again, and none slept with a deadline",
			  cause->is_carrier ? "carrier" : "thread");
		break;
	default:
		words_add(words, "nothing that was recorded explains it");
		break;
	}
}

void cause_words(struct words *words, const struct invocation *invocation,
		 const struct wait_cause *cause, bool has_times)
{
	struct telling telling = { words, invocation, cause, has_times };

	switch (cause->rule) {
	case RULE_ON_CPU:
		tell_on_cpu(&telling);
		break;
	case RULE_READY:
		tell_ready(&telling);
		break;
	case RULE_STOPPED:
		words_add(words, "thread %u was stopped by a signal", cause->tid);
		break;
	case RULE_THROTTLED:
		words_add(words, "thread %u was throttled: its cgroup had used up its CPU quota",
			  cause->tid);
		break;
	case RULE_ATTEMPT:
		tell_attempt(&telling);
		break;
	case RULE_DOUBTFUL:
		tell_doubtful(&telling);
		break;
	case RULE_ESTIMATED:
		words_add(words,
			  "no call was open; without scheduler facts that is taken for work");
		break;
	case RULE_LOSS:
		words_add(words, "facts of the scheduler were lost here");
		break;
	case RULE_DISK:
	case RULE_DEADLINE:
	case RULE_SLEEP:
	case RULE_WOKEN_INSIDE:
	case RULE_WOKEN_OTHERWISE:
	case RULE_WOKEN_OUTSIDE:
	case RULE_INTERRUPT:
	case RULE_WAKER_UNSEEN:
		tell_sleep(&telling);
		break;
	default:
		tell_rest(&telling);
		break;
	}
}
