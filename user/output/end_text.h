/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * end_text.h - how something ended, in a few words.
 */
#ifndef IDLETAX_OUTPUT_END_TEXT_H
#define IDLETAX_OUTPUT_END_TEXT_H

#include "model/invocation.h"

#define END_TEXT_MAX 64

/* "alive", "exit 1", "SIGKILL"; "ended": a worker thread, which has no exit status. */
char *end_text_environment(char text[END_TEXT_MAX], const struct environment *environment);
/* "ok", "error", "killed, exit 1", "timeout, SIGKILL". */
char *end_text_invocation(char text[END_TEXT_MAX], const struct invocation *invocation);

#endif
