/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * facts.h - kernel records (include/record.h) -> facts (trace/fact.h).
 *
 * Records come one by one, from the ring buffer or from a raw trace; they are untrusted: lengths are
 * checked. Payload is parsed as it comes and dropped: what a fact carries passed wire/redact.h. Memory is
 * bounded by the limits below; what they cost is told as FACT_LOSS of LOSS_FACT.
 *
 * Facts come nearly in order of time_ns: one that had to be waited for (a run of bytes has ended when
 * nothing follows it) comes up to FACTS_LATE_NS late. trace/order.h sorts them.
 */
#ifndef IDLETAX_FACTS_FACTS_H
#define IDLETAX_FACTS_FACTS_H

#include <stdint.h>

#include "base/digest.h"
#include "record.h"
#include "trace/fact.h"

#define FACTS_CONNECTIONS_MAX 65536
#define FACTS_WORKER_MESSAGES_MAX 65536
#define FACTS_LATE_NS 150000000ull

struct facts;

struct facts_options {
	uint8_t digest_key[DIGEST_KEY_BYTES]; /* random, of this recording */
	uint32_t connections_max;	      /* 0: FACTS_CONNECTIONS_MAX */
	uint32_t worker_messages_max;	      /* 0: FACTS_WORKER_MESSAGES_MAX */
};

struct facts_stats {
	uint64_t records;
	uint64_t records_unknown;   /* of a kind that this program does not know: skipped */
	uint64_t records_malformed; /* contradicted themselves: each is a FACT_LOSS */
	uint64_t connections_evicted;
};

/* @sink is copied. 0 or -ENOMEM. */
int facts_new(struct facts **ret, const struct facts_options *options,
	      const struct fact_sink *sink);

/*
 * @record is record->bytes long and aligned as its struct. 0, -ENOMEM, or the sink's error; after an error it
 * returns that.
 */
int facts_push_record(struct facts *facts, const struct record_header *record);

/* Open messages end as MESSAGE_CUT. Nothing may be pushed afterwards. */
int facts_finish(struct facts *facts, uint64_t now_ns);

struct facts_stats facts_stats(const struct facts *facts);
void facts_free(struct facts *facts); /* NULL is allowed */

#endif
