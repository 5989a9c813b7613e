/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * simulation.c - the heap of events, chance, the functions, and when a chain begins: as soon as what it
 * may have in flight fits beside the others.
 */
#include "simulation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash_map.h"
#include "base/heap.h"
#include "base/units.h"

#define REQUEST_GAP_NS (200 * NS_PER_US)

/* ---- events ---- */

static bool is_before(const void *left_event, const void *right_event, const void *unused)
{
	const struct event *left = left_event, *right = right_event;

	if (left->time_ns != right->time_ns)
		return left->time_ns < right->time_ns;
	return left->number < right->number;
}

static const struct heap_order event_order = { sizeof(struct event), is_before };

void simulation_schedule(struct simulation *simulation, uint64_t time_ns, event_function run,
			 void *subject)
{
	struct event event = { time_ns, simulation->event_number++, run, subject };

	if (array_make_room(&simulation->events, simulation->event_count,
			    &simulation->event_capacity, sizeof(event))) {
		simulation->error = -ENOMEM;
		return;
	}
	simulation->events[simulation->event_count++] = event;
	heap_rise_last(&event_order, simulation->events, simulation->event_count, NULL);
}

static struct event take_event(struct simulation *simulation)
{
	struct event first = simulation->events[0];

	heap_drop_first(&event_order, simulation->events, simulation->event_count--, NULL);
	return first;
}

/* ---- chance and memory ---- */

void *simulation_alloc(struct simulation *simulation, size_t bytes)
{
	void *memory = calloc(1, bytes);

	if (!memory)
		simulation->error = -ENOMEM;
	return memory;
}

uint64_t simulation_random(struct simulation *simulation, uint64_t below)
{
	return hash_mix(simulation->random++) % below;
}

bool simulation_chance(struct simulation *simulation, uint32_t of_thousand)
{
	return simulation_random(simulation, 1000) < of_thousand;
}

uint64_t simulation_about(struct simulation *simulation, uint64_t value)
{
	return value / 2 + simulation_random(simulation, value + 1);
}

struct digest simulation_digest(struct simulation *simulation)
{
	uint64_t number = simulation->next_digest++;

	return (struct digest){ .value = hash_mix(simulation->plan->seed ^ hash_mix(number)) | 1,
				.bytes = PAYLOAD_BYTES };
}

void simulation_id(struct simulation *simulation, char *ret_id)
{
	uint64_t high = hash_mix(simulation->random++), low = hash_mix(simulation->random++);

	snprintf(ret_id, ID_BYTES, "%08x-%04x-4%03x-8%03x-%012llx", (unsigned int)(high >> 32),
		 (unsigned int)(high >> 16 & 0xffff), (unsigned int)(high & 0xfff),
		 (unsigned int)(low >> 48 & 0xfff), (unsigned long long)(low & 0xffffffffffffull));
}

/* ---- the functions ---- */

static uint32_t members(const struct load_plan *plan, enum load_shape shape)
{
	switch (shape) {
	case LOAD_CHAIN:
		return plan->depth;
	case LOAD_FAN_OUT:
		return plan->width + 1;
	default:
		return 2;
	}
}

static enum load_shape shape_of(const struct load_plan *plan, uint32_t application)
{
	static const enum load_shape turns[] = { LOAD_CHAIN, LOAD_FAN_OUT, LOAD_SERVICES };

	return plan->shape == LOAD_MIX ? turns[application % 3] : plan->shape;
}

static void add_application(struct simulation *simulation, uint32_t application)
{
	static const enum role roots[] = { [LOAD_FAN_OUT] = ROLE_FAN_OUT,
					   [LOAD_LOOP] = ROLE_LOOP,
					   [LOAD_SERVICES] = ROLE_SERVICES };
	enum load_shape shape = shape_of(simulation->plan, application);
	uint32_t count = members(simulation->plan, shape);

	simulation->roots[simulation->root_count++] = simulation->function_count;
	for (uint32_t i = 0; i < count; i++) {
		struct function *function = &simulation->functions[simulation->function_count++];

		snprintf(function->name, sizeof(function->name), "app%u-f%u", application, i);
		function->callee = simulation->function_count;
		function->weight = 1;
		if (shape == LOAD_CHAIN)
			function->role = i + 1 < count ? ROLE_LINK : ROLE_LEAF;
		else
			function->role = i ? ROLE_LEAF : roots[shape];
		if (shape == LOAD_CHAIN || !i)
			function->weight = count - i;
	}
}

struct load_plan load_default(void)
{
	return (struct load_plan){ .seed = 1,
				   .depth = 4,
				   .width = 3,
				   .functions = 12,
				   .in_flight = 64,
				   .slices = 55,
				   .errors = 10,
				   .retries = 10,
				   .timeouts = 1,
				   .cold = 10 };
}

uint32_t load_needs(const struct load_plan *plan)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < 3; i++)
		if (members(plan, shape_of(plan, i)) > most)
			most = members(plan, shape_of(plan, i));
	return most;
}

static int make_functions(struct simulation *simulation)
{
	const struct load_plan *plan = simulation->plan;
	uint32_t applications = 0;
	size_t count = 0;

	while (count < plan->functions)
		count += members(plan, shape_of(plan, applications++));
	simulation->functions = calloc(count, sizeof(*simulation->functions));
	simulation->roots = calloc(applications, sizeof(*simulation->roots));
	if (!simulation->functions || !simulation->roots)
		return -ENOMEM;
	for (uint32_t i = 0; i < applications; i++)
		add_application(simulation, i);
	return 0;
}

/* ---- chains ---- */

static bool is_long_enough(const struct simulation *simulation)
{
	const struct load_plan *plan = simulation->plan;

	return (plan->facts && simulation->facts >= plan->facts) ||
	       (plan->invocations && simulation->invocations >= plan->invocations);
}

static void begin_chains(struct simulation *simulation, void *unused)
{
	const struct load_plan *plan = simulation->plan;
	uint32_t root = simulation->roots[simulation->chains % simulation->root_count];
	uint32_t weight = simulation->functions[root].weight;

	if (is_long_enough(simulation) || simulation->reserved + weight > plan->in_flight)
		return;
	simulation->reserved += weight;
	simulation->chains++;
	emulator_request(simulation, root);
	simulation_schedule(simulation,
			    simulation->now_ns + simulation_about(simulation, REQUEST_GAP_NS),
			    begin_chains, NULL);
}

void simulation_chain_ended(struct simulation *simulation, struct chain *chain)
{
	simulation->reserved -= chain->weight;
	free(chain);
	begin_chains(simulation, NULL);
}

/* ---- a whole run ---- */

/* The workers that are left are idle: their threads end with the process. */
static void free_simulation(struct simulation *simulation)
{
	for (uint32_t i = 0; i < simulation->function_count; i++) {
		struct worker *worker = simulation->functions[i].idle, *next;

		for (; worker; worker = next) {
			next = worker->next_idle;
			worker_free(worker);
		}
	}
	free(simulation->functions);
	free(simulation->roots);
	free(simulation->events);
}

int load_generate(const struct load_plan *plan, const struct fact_sink *sink,
		  struct load_result *ret)
{
	struct simulation simulation = {
		.plan = plan,
		.sink = sink,
		.now_ns = LOAD_START_NS,
		.random = hash_mix(plan->seed),
		.next_tid = EMULATOR_PID + 1,
		.next_connection = 1,
		.next_message = 1,
	};

	simulation.error = make_functions(&simulation);
	if (!simulation.error) {
		tell_start(&simulation);
		begin_chains(&simulation, NULL);
	}
	while (!simulation.error && simulation.event_count) {
		struct event event = take_event(&simulation);

		simulation.now_ns = event.time_ns;
		tell_memory(&simulation);
		event.run(&simulation, event.subject);
	}
	free_simulation(&simulation);
	*ret = (struct load_result){ simulation.facts, simulation.invocations, simulation.chains,
				     simulation.now_ns };
	return simulation.error;
}
