// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_wait_properties.c - the eight states of random cases, against a second implementation that looks at every
 * instant by itself, as SEMANTICS 3 is written.
 */
#include "wait_fixture.h"

#define UNIT (MS / 4) /* all random times are multiples, so the 1 ms of slack matters */
#define SPAN 60	      /* units */

static uint64_t random_state;

static uint32_t next_random(uint32_t below)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % below;
}

static void random_thread(struct built_timeline *built, uint32_t tid)
{
	static const uint8_t reasons[] = { OFF_PREEMPTED,	OFF_SLEEP,   OFF_SLEEP,
					   OFF_SLEEP,		OFF_SLEEP,   OFF_IO,
					   OFF_UNINTERRUPTIBLE, OFF_STOPPED, OFF_CUT,
					   OFF_THROTTLED };
	struct built_thread *thread = add_thread(built, 1 + next_random(2), tid);
	uint64_t time = next_random(SPAN / 2);
	uint8_t before = OFF_SLEEP;

	if (next_random(2))
		thread->timeline.start_ns = time * UNIT;
	for (uint32_t i = next_random(6); i > 0 && time < SPAN; i--) {
		struct run *run = add_run(thread, 0, 0);
		bool is_ready = before == OFF_PREEMPTED || before == OFF_CUT;

		time += is_ready ? 0 : next_random(10);
		run->ready_ns = time * UNIT;
		time += next_random(4);
		run->on_ns = time * UNIT;
		time += next_random(6);
		run->off_ns = time * UNIT;
		run->off_reason = before = reasons[next_random(sizeof(reasons))];
		run->blocked_in = (uint8_t)next_random(BLOCKED_FSYNC + 1);
		run->deadline_ns = next_random(3) ? 0 : (time + next_random(12)) * UNIT;
		run->waker = (uint8_t)next_random(3);
		run->waker_tgid = 1 + next_random(4);
		run->scope = (uint8_t)next_random(SCOPE_OTHERS + 1);
	}
	if (next_random(4) == 0)
		thread->timeline.end_ns = (time + next_random(4)) * UNIT + 1;
}

#define OTHERS_MAX 3

struct random_others {
	struct open_interval others[OTHERS_MAX];
	struct wait_context context;
};

/* Half of the cases have nobody else. */
static void random_neighbours(struct random_others *random, struct invocation *invocation)
{
	*random = (struct random_others){ .context = { .others = random->others } };
	if (next_random(2))
		return;
	random->context.other_count = next_random(OTHERS_MAX + 1);
	invocation->id = next_random(OTHERS_MAX + 1);
	for (size_t i = 0; i < random->context.other_count; i++) {
		uint64_t start = next_random(SPAN);

		random->others[i] = (struct open_interval){
			.id = i + (i >= invocation->id),
			.start_ns = start * UNIT,
			.end_ns = next_random(4) ? (start + next_random(40)) * UNIT : UINT64_MAX,
			.nearby = (enum run_scope)next_random(SCOPE_COUNT),
		};
	}
	for (uint32_t i = next_random(3); i > 0; i--) {
		struct exchange *doubtful = make_exchange(100 + i, SERVICE_HTTP, 0, 0);

		doubtful->start_ns = next_random(SPAN) * UNIT;
		doubtful->end_ns = doubtful->start_ns + next_random(15) * UNIT;
		assert_int_equal(invocation_add_doubtful(invocation, doubtful), 0);
	}
}

static struct invocation *random_case(struct built_timeline *built)
{
	uint64_t start = next_random(10), end = SPAN - next_random(20);
	struct invocation *invocation = make_invocation(0, "a", 0, 0);
	uint32_t threads = next_random(next_random(4) ? 5 : 13), attempts = next_random(5);

	invocation->start_ns = start * UNIT;
	invocation->end_ns = end * UNIT;
	for (uint32_t i = 0; i < attempts; i++) {
		uint64_t from = start + next_random((uint32_t)(end - start));
		struct exchange *attempt = add_attempt(invocation, i, SERVICE_LAMBDA_SYNC, 0, 0);

		attempt->start_ns = from * UNIT;
		attempt->end_ns = (from + next_random(15)) * UNIT;
		attempt->is_over = next_random(6) != 0;
		attempt->is_client = next_random(8) != 0;
		if (next_random(2))
			attempt->service_class = SERVICE_OTHER;
	}
	timeline_start(built);
	for (uint32_t i = 0; i < threads; i++) {
		random_thread(built, 10 + i);
		if (next_random(2))
			assert_int_equal(invocation_add_carrier(invocation, 10 + i), 0);
	}
	timeline_finish(built);
	return invocation;
}

static uint64_t slow_thread_end(const struct thread_timeline *thread)
{
	if (thread->end_ns)
		return thread->end_ns;
	if (thread->run_count && thread->runs[thread->run_count - 1].off_reason == OFF_DEAD)
		return thread->runs[thread->run_count - 1].off_ns;
	return UINT64_MAX;
}

static bool slow_is_candidate(const struct invocation *invocation,
			      const struct thread_timeline *thread, uint64_t t, bool only_carriers)
{
	bool is_carrier = false;

	for (size_t i = 0; i < invocation->carrier_count; i++)
		is_carrier |= invocation->carriers[i] == thread->tid;
	return thread->start_ns <= t && slow_thread_end(thread) > t &&
	       (is_carrier || !only_carriers);
}

static enum state slow_blocking(const struct timeline *timeline, const struct run *before,
				const struct run *next)
{
	bool is_ours = false;
	uint8_t in = before->blocked_in;

	for (size_t i = 0; i < timeline->thread_count; i++)
		is_ours |= timeline->threads[i].tgid == next->waker_tgid;
	if (before->off_reason == OFF_IO)
		return STATE_WAIT_IO;
	if (before->off_reason == OFF_UNINTERRUPTIBLE &&
	    (in == BLOCKED_NONE || in == BLOCKED_READ || in == BLOCKED_WRITE ||
	     in == BLOCKED_FSYNC))
		return STATE_WAIT_IO;
	if (before->off_reason != OFF_SLEEP && before->off_reason != OFF_UNINTERRUPTIBLE)
		return STATE_UNKNOWN;
	if (in == BLOCKED_SLEEP && !before->deadline_ns)
		return STATE_WAIT_TIMER;
	if (before->deadline_ns && next->ready_ns + MS >= before->deadline_ns)
		return STATE_WAIT_TIMER;
	if (next->waker == WAKER_TASK && is_ours &&
	    (in == BLOCKED_FUTEX || in == BLOCKED_POLL || in == BLOCKED_READ ||
	     in == BLOCKED_WRITE))
		return STATE_WAIT_LOCK;
	return STATE_UNKNOWN;
}

/* What the carrier that runs next does at @t. */
static enum state slow_thread(const struct timeline *timeline, const struct thread_timeline *thread,
			      uint64_t t)
{
	const struct run *before = NULL, *next = NULL;

	for (size_t j = 0; j < thread->run_count; j++) {
		const struct run *run = &thread->runs[j];

		if (run->scope == SCOPE_OTHERS && run->ready_ns <= t && t < run->off_ns)
			return STATE_RUNNABLE;
		if (run->on_ns <= t)
			before = run;
		else if (!next)
			next = run;
	}
	return before ? slow_blocking(timeline, before, next) : STATE_UNKNOWN;
}

/* Rule 4, word for word. */
static enum state slow_carrier(const struct invocation *invocation, const struct timeline *timeline,
			       uint64_t t)
{
	const struct thread_timeline *carrier = NULL;
	const struct run *next = NULL;
	bool only_carriers = false, has_deadline = false;

	for (size_t i = 0; i < timeline->thread_count; i++)
		only_carriers |= slow_is_candidate(invocation, &timeline->threads[i], t, true);
	for (size_t i = 0; i < timeline->thread_count; i++) {
		const struct thread_timeline *thread = &timeline->threads[i];
		const struct run *last = NULL;

		if (!slow_is_candidate(invocation, thread, t, only_carriers))
			continue;
		for (size_t j = 0; j < thread->run_count; j++) {
			const struct run *run = &thread->runs[j];

			if (run->on_ns <= t)
				last = run;
			else if (run->on_ns < invocation->end_ns && run->scope != SCOPE_OTHERS &&
				 (!next || run->on_ns < next->on_ns)) {
				next = run;
				carrier = thread;
			}
		}
		has_deadline |= last && last->off_ns <= t && last->off_reason == OFF_SLEEP &&
				(last->deadline_ns || last->blocked_in == BLOCKED_SLEEP);
	}
	if (next)
		return slow_thread(timeline, carrier, t);
	return has_deadline ? STATE_WAIT_TIMER : STATE_UNKNOWN;
}

/* How many invocations the work on a CPU at @t can be of, the one in question included; 0: none. */
static size_t slow_sharers(const struct timeline *timeline, const struct wait_context *context,
			   uint64_t t)
{
	unsigned int scope = SCOPE_COUNT;
	size_t count = 1;

	for (size_t i = 0; i < timeline->thread_count; i++) {
		const struct thread_timeline *thread = &timeline->threads[i];

		for (size_t j = 0; j < thread->run_count; j++)
			if (thread->runs[j].on_ns <= t && t < thread->runs[j].off_ns &&
			    thread->runs[j].scope < scope)
				scope = thread->runs[j].scope;
	}
	if (scope == SCOPE_COUNT)
		return 0;
	for (size_t i = 0; i < context->other_count; i++)
		count += context->others[i].nearby <= scope && context->others[i].start_ns <= t &&
			 t < context->others[i].end_ns;
	return count;
}

static bool slow_is_doubtful(const struct invocation *invocation, uint64_t t)
{
	bool is_doubtful = false;

	for (size_t i = 0; i < invocation->doubtful_count; i++)
		is_doubtful |= invocation->doubtful[i]->start_ns <= t &&
			       t < invocation->doubtful[i]->end_ns;
	return is_doubtful;
}

static bool slow_is_stopped(const struct timeline *timeline, uint64_t t)
{
	bool is_stopped = false;

	for (size_t i = 0; i < timeline->thread_count; i++) {
		const struct thread_timeline *thread = &timeline->threads[i];

		for (size_t j = 0; j < thread->run_count; j++) {
			const struct run *run = &thread->runs[j];
			uint64_t until = j + 1 < thread->run_count ? run[1].ready_ns
								   : slow_thread_end(thread);

			is_stopped |= (run->off_reason == OFF_STOPPED ||
				       run->off_reason == OFF_THROTTLED) &&
				      run->off_ns <= t && t < until;
		}
	}
	return is_stopped;
}

static enum state slow_state(const struct invocation *invocation, const struct timeline *timeline,
			     uint64_t t, size_t *ret_attempt)
{
	bool is_on_cpu = false, is_ready = false;
	uint64_t best_end = UINT64_MAX;

	for (size_t i = 0; i < timeline->thread_count; i++) {
		const struct thread_timeline *thread = &timeline->threads[i];

		for (size_t j = 0; j < thread->run_count; j++) {
			const struct run *run = &thread->runs[j];

			if (run->scope == SCOPE_OTHERS)
				continue;
			is_on_cpu |= run->on_ns <= t && t < run->off_ns;
			is_ready |= run->ready_ns <= t && t < run->on_ns;
		}
	}
	if (is_on_cpu)
		return STATE_ACTIVE;
	if (is_ready)
		return STATE_RUNNABLE;
	if (slow_is_stopped(timeline, t))
		return STATE_UNKNOWN;
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		const struct exchange *attempt = invocation->attempts[i];
		uint64_t end = attempt->is_over && attempt->end_ns < invocation->end_ns
				       ? attempt->end_ns
				       : invocation->end_ns;

		/* Attempts are in order of start, and their ids in order of making. */
		if (!attempt->is_client || attempt->start_ns > t || end <= t || end > best_end)
			continue;
		if (end == best_end &&
		    (attempt->start_ns > invocation->attempts[*ret_attempt]->start_ns ||
		     attempt->id > invocation->attempts[*ret_attempt]->id))
			continue;
		best_end = end;
		*ret_attempt = i;
	}
	if (*ret_attempt == SIZE_MAX && slow_is_doubtful(invocation, t))
		return STATE_UNKNOWN;
	if (*ret_attempt == SIZE_MAX)
		return slow_carrier(invocation, timeline, t);
	return invocation->attempts[*ret_attempt]->service_class == SERVICE_LAMBDA_SYNC
		       ? STATE_WAIT_LAMBDA
		       : STATE_WAIT_SERVICE;
}

/* Deaths lie 1 ns beside the grid, and a share loses less than 1 ns per stretch. */
static bool is_near(uint64_t left_ns, uint64_t right_ns)
{
	uint64_t slack_ns = 4 * SPAN;

	return left_ns <= right_ns + slack_ns && right_ns <= left_ns + slack_ns;
}

static void compare_with_slow(const struct invocation *invocation, const struct timeline *timeline,
			      const struct wait_context *context, uint64_t seed)
{
	uint64_t states[STATE_COUNT] = { 0 };
	uint64_t waits[8] = { 0 }, shared_ns = 0;

	for (uint64_t t = invocation->start_ns; t < invocation->end_ns; t += UNIT) {
		size_t attempt = SIZE_MAX;
		/* Inside the unit, not at its edge: nothing changes there but deaths at +1. */
		enum state found = slow_state(invocation, timeline, t + 2, &attempt);
		size_t sharers = slow_sharers(timeline, context, t + 2);
		uint64_t share_ns = sharers ? UNIT / sharers : UNIT;

		states[found] += share_ns;
		states[STATE_UNKNOWN] += UNIT - share_ns;
		if (sharers > 1 ||
		    (found == STATE_UNKNOWN && attempt == SIZE_MAX &&
		     slow_is_doubtful(invocation, t + 2) && !slow_is_stopped(timeline, t + 2)))
			shared_ns += UNIT;
		if (found == STATE_WAIT_LAMBDA || found == STATE_WAIT_SERVICE)
			waits[attempt] += UNIT;
	}
	for (size_t i = 0; i < STATE_COUNT; i++) {
		if (!is_near(invocation->state_ns[i], states[i]))
			fail_msg("seed %llu: %s is %llu, should be %llu", (unsigned long long)seed,
				 state_name((enum state)i),
				 (unsigned long long)invocation->state_ns[i],
				 (unsigned long long)states[i]);
	}
	if (!is_near(invocation->shared_ns, shared_ns))
		fail_msg("seed %llu: %llu ns are shared, should be %llu", (unsigned long long)seed,
			 (unsigned long long)invocation->shared_ns, (unsigned long long)shared_ns);
	assert_int_equal(!(invocation->flags & INVOCATION_SHARED), shared_ns == 0);
	for (size_t i = 0; i < invocation->attempt_count; i++)
		assert_true(is_near(invocation->attempts[i]->wait_ns, waits[i]));
}

static void test_random_cases_agree_with_the_definitions(void **state)
{
	for (uint64_t seed = 1; seed <= 20000; seed++) {
		struct built_timeline built;
		struct random_others random;
		struct invocation *invocation;

		random_state = seed;
		invocation = random_case(&built);
		random_neighbours(&random, invocation);
		random.context.is_explained = true;
		assert_int_equal(wait_attribute(invocation, &built.timeline, &random.context), 0);
		assert_true(wait_is_exact(invocation));
		assert_explained(invocation);
		compare_with_slow(invocation, &built.timeline, &random.context, seed);
		invocation_unref(invocation);
	}
}

static bool slow_is_open(const struct open_interval all[3], uint64_t t)
{
	bool is_open = false;

	for (size_t i = 0; i < 3; i++)
		is_open |= all[i].start_ns <= t && t < all[i].end_ns;
	return is_open;
}

/* What can be of each of them is given away exactly once, to the nanosecond. */
static void test_shares_of_one_home_add_up(void **state)
{
	for (uint64_t seed = 1; seed <= 5000; seed++) {
		struct open_interval all[3], others[3];
		uint64_t active_ns = 0, busy_ns = 0, at_ns = 0;
		struct built_timeline built;
		struct built_thread *thread;

		random_state = seed;
		for (size_t i = 0; i < 3; i++) {
			uint64_t start_ns = next_random(1000);

			all[i] = (struct open_interval){ .id = i,
							 .start_ns = start_ns,
							 .end_ns = start_ns + next_random(1000) };
		}
		timeline_start(&built);
		thread = add_thread(&built, 1, 1);
		while (at_ns < 2000) {
			struct run *run = add_run(thread, 0, 0);

			run->ready_ns = run->on_ns = at_ns += 1 + next_random(100);
			run->off_ns = at_ns += next_random(200);
			for (uint64_t t = run->on_ns; t < run->off_ns; t++)
				busy_ns += slow_is_open(all, t);
		}
		timeline_finish(&built);
		for (size_t i = 0; i < 3; i++) {
			struct wait_context context = { .others = others, .other_count = 2 };
			struct invocation *invocation = make_invocation(i, "a", 0, 0);

			invocation->start_ns = all[i].start_ns;
			invocation->end_ns = all[i].end_ns;
			others[0] = all[(i + 1) % 3];
			others[1] = all[(i + 2) % 3];
			assert_int_equal(wait_attribute(invocation, &built.timeline, &context), 0);
			assert_true(wait_is_exact(invocation));
			active_ns += invocation->state_ns[STATE_ACTIVE];
			invocation_unref(invocation);
		}
		if (active_ns != busy_ns)
			fail_msg("seed %llu: %llu ns given away, %llu were there",
				 (unsigned long long)seed, (unsigned long long)active_ns,
				 (unsigned long long)busy_ns);
	}
}

/* The order in which threads are listed says nothing; nor does one run more or less ever crash. */
static void test_random_cases_in_other_orders_and_with_gaps(void **state)
{
	for (uint64_t seed = 1; seed <= 5000; seed++) {
		uint64_t states[STATE_COUNT];
		struct built_timeline built;
		struct invocation *invocation;
		size_t count;

		random_state = seed;
		invocation = random_case(&built);
		attribute(invocation, &built.timeline);
		memcpy(states, invocation->state_ns, sizeof(states));
		count = built.timeline.thread_count;
		for (size_t i = 0; i < count; i++)
			built.views[i] = built.threads[count - 1 - i].timeline;
		attribute(invocation, &built.timeline);
		assert_memory_equal(states, invocation->state_ns, sizeof(states));
		for (size_t i = 0; i < count; i++) {
			struct built_thread *thread = &built.threads[i];

			if (!thread->timeline.run_count)
				continue;
			memmove(&thread->runs[0], &thread->runs[1],
				sizeof(thread->runs) - sizeof(thread->runs[0]));
			thread->timeline.run_count--;
			timeline_finish(&built);
			attribute(invocation, &built.timeline);
		}
		invocation_unref(invocation);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_cases_agree_with_the_definitions),
		cmocka_unit_test(test_shares_of_one_home_add_up),
		cmocka_unit_test(test_random_cases_in_other_orders_and_with_gaps),
	};

	return cmocka_run_group_tests_name("wait_properties", tests, NULL, NULL);
}
