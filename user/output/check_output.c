/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * check_output.c - see check_output.h. Values are printed with all their digits: one that is just above its
 * limit must not look equal.
 */
#include "output/check_output.h"

#include "analysis/verdict.h"
#include "base/json_writer.h"
#include "output/text_style.h"

#define COMPLETE "complete"
#define WHERE_COLUMNS 120

static const struct check_metric_info *info_of(const struct check_finding *finding)
{
	return finding->rule ? &check_metrics[finding->rule->metric] : NULL;
}

char *check_describe(char *text, size_t bytes, const struct check_finding *finding, bool is_utf8)
{
	const struct check_metric_info *info = info_of(finding);
	char where[WHERE_COLUMNS * 4 + 1];

	text_safe(where, sizeof(where), finding->where, WHERE_COLUMNS, is_utf8);
	snprintf(text, bytes, "%s of %s", info ? info->name : COMPLETE, where);
	return text;
}

/* Why a ratio has no value. */
static const char *infinite_text(enum check_metric metric)
{
	switch (metric) {
	case CHECK_MAX_OVERHEAD:
		return "infinite (all that is billed is double billing)";
	case CHECK_MAX_AMPLIFICATION:
		return "infinite (nothing that is billed is own)";
	default:
		return "infinite (nothing is billed)";
	}
}

static const char *value_text(char text[QUANTITY_TEXT_MAX], const struct check_finding *breach)
{
	if (breach->is_infinite)
		return infinite_text(breach->rule->metric);
	return quantity_format(text, info_of(breach)->unit, breach->value);
}

static void print_breach(FILE *file, const struct check_finding *breach, bool is_utf8)
{
	const struct check_metric_info *info = info_of(breach);
	char what[WHERE_COLUMNS * 4 + 64], value[QUANTITY_TEXT_MAX], limit[QUANTITY_TEXT_MAX];

	if (!info) {
		fputs(COMPLETE ": something was lost, and all figures are bounds\n", file);
		return;
	}
	if (info->is_verdict) {
		fprintf(file, "%s: %s\n", check_describe(what, sizeof(what), breach, is_utf8),
			verdict_name((enum verdict)breach->value));
		return;
	}
	fprintf(file, "%s: %s%s, %s %s\n", check_describe(what, sizeof(what), breach, is_utf8),
		value_text(value, breach),
		breach->rule->metric == CHECK_MAX_BILLED_P99 ? " (within 1 %)" : "",
		info->is_minimum ? "at least" : "at most",
		quantity_format(limit, info->unit, breach->rule->limit));
}

static void print_pass(FILE *file, const struct check_outcome *outcome)
{
	if (!outcome->checked) {
		fprintf(file, "nothing was checked: %zu could not be\n", outcome->unknown.count);
		return;
	}
	fprintf(file, "passed: %llu check%s", (unsigned long long)outcome->checked,
		outcome->checked == 1 ? "" : "s");
	if (outcome->unknown.count)
		fprintf(file, "; %zu more could not be made", outcome->unknown.count);
	putc('\n', file);
}

void check_text(FILE *file, const struct check_outcome *outcome, bool is_utf8)
{
	for (size_t i = 0; i < outcome->breaches.count; i++)
		print_breach(file, &outcome->breaches.rows[i], is_utf8);
	if (!outcome->breaches.count)
		print_pass(file, outcome);
}

/* ---- JSON ---- */

static void write_quantity(struct json_writer *writer, const char *key, enum quantity_unit unit,
			   int64_t value)
{
	if (unit == QUANTITY_RATIO) /* billionths, as nanoseconds are of a second: all digits */
		json_seconds(writer, key, (uint64_t)value);
	else
		json_int(writer, key, value);
}

static void write_breach(struct json_writer *writer, const struct check_finding *breach)
{
	static const char *const units[] = { [QUANTITY_COUNT] = "count",
					     [QUANTITY_NS] = "ns",
					     [QUANTITY_PICO] = "pico",
					     [QUANTITY_RATIO] = "ratio" };
	const struct check_metric_info *info = info_of(breach);

	json_object_begin(writer, NULL);
	json_string(writer, "rule", info ? info->name : COMPLETE);
	if (info && info->is_verdict) {
		json_string(writer, "limit", verdict_name((enum verdict)breach->rule->limit));
		json_string(writer, "value", verdict_name((enum verdict)breach->value));
		json_string(writer, "unit", "verdict");
	} else if (info) {
		write_quantity(writer, "limit", info->unit, breach->rule->limit);
		if (breach->is_infinite)
			json_null(writer, "value");
		else
			write_quantity(writer, "value", info->unit, breach->value);
		json_string(writer, "unit", units[info->unit]);
	} else {
		json_bool(writer, "limit", true);
		json_bool(writer, "value", false);
		json_string(writer, "unit", "claim");
	}
	json_string(writer, "where", breach->where);
	json_object_end(writer);
}

int check_json(FILE *file, const struct check_outcome *outcome)
{
	struct json_writer writer;

	json_writer_init(&writer, file, true);
	json_object_begin(&writer, NULL);
	json_string(&writer, "schema", "idletax.check/1");
	json_bool(&writer, "passed", !outcome->breaches.count);
	json_uint(&writer, "checked", outcome->checked);
	json_array_begin(&writer, "breaches");
	for (size_t i = 0; i < outcome->breaches.count; i++)
		write_breach(&writer, &outcome->breaches.rows[i]);
	json_array_end(&writer);
	json_array_begin(&writer, "not_known");
	for (size_t i = 0; i < outcome->unknown.count; i++) {
		const struct check_finding *row = &outcome->unknown.rows[i];

		json_object_begin(&writer, NULL);
		json_string(&writer, "rule", info_of(row)->name);
		json_string(&writer, "where", row->where);
		json_object_end(&writer);
	}
	json_array_end(&writer);
	json_object_end(&writer);
	return json_writer_finish(&writer);
}
