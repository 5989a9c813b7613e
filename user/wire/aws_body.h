/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * aws_body.h - of the body of a request to an AWS service the name of what it is for: queue, topic, bus,
 * table, stream, state machine, secret's name ... Only members listed for the service are looked at, and
 * of them only what has the form of a name is kept.
 */
#ifndef IDLETAX_WIRE_AWS_BODY_H
#define IDLETAX_WIRE_AWS_BODY_H

#include "wire/recognise.h"

/*
 * Fills operation and target of the request @message, where its head did not, from the beginning @text of
 * its body; @is_whole: that is all of it.
 */
void aws_body_read(struct message_head *message, const char *text, size_t bytes, bool is_whole);

#endif
