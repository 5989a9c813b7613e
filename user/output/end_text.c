/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * end_text.c - see end_text.h.
 */
#include "output/end_text.h"

#include <stdio.h>
#include <string.h>

static void format_exit(char text[END_TEXT_MAX], uint32_t exit_code)
{
	int signal_number = (int)(exit_code & 0x7f);
	const char *name = sigabbrev_np(signal_number);

	if (!signal_number)
		snprintf(text, END_TEXT_MAX, "exit %u", exit_code >> 8 & 0xff);
	else if (name)
		snprintf(text, END_TEXT_MAX, "SIG%s", name);
	else
		snprintf(text, END_TEXT_MAX, "signal %d", signal_number);
}

char *end_text_environment(char text[END_TEXT_MAX], const struct environment *environment)
{
	if (!environment->end_ns)
		snprintf(text, END_TEXT_MAX, "alive");
	else if (environment->worker_tid && !environment->exit_code)
		snprintf(text, END_TEXT_MAX, "ended");
	else
		format_exit(text, environment->exit_code);
	return text;
}

char *end_text_invocation(char text[END_TEXT_MAX], const struct invocation *invocation)
{
	char death[END_TEXT_MAX];

	if (!invocation_died(invocation)) {
		snprintf(text, END_TEXT_MAX, "%s", status_name(invocation->status));
		return text;
	}
	snprintf(text, END_TEXT_MAX, "%s, %.40s", status_name(invocation->status),
		 end_text_environment(death, invocation->environment));
	return text;
}
