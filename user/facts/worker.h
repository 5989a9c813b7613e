/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * worker.h - messages between Node worker threads -> FACT_WORKER_SENT, _EVENT, _RESULT, _TAKEN.
 */
#ifndef IDLETAX_FACTS_WORKER_H
#define IDLETAX_FACTS_WORKER_H

#include "facts/state.h"

void workers_init(struct worker_table *table, uint32_t max);
void workers_release(struct worker_table *table);

/* The record's lengths have been checked. */
void worker_push(struct facts *facts, const struct record_worker_message *record);

/* A thread ended: what it had open is nobody's. */
void worker_thread_ended(struct facts *facts, uint32_t tid);

#endif
