/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * future_node.c - a Node of which idletax knows the functions but not their messages:
 *
 *   node         messages whose content is no structured clone
 *   node mixed   the same, after some that are
 *   node quick   none: ends at once
 *
 * It has Node's two symbols and its version's text, and nothing else of it.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MESSAGES 20

struct message {
	void *methods;
	const char *data;
	size_t length;
};

void send_message(void *port, struct message **message) __asm__(
	"_ZN4node6worker15MessagePortData18AddToIncomingQueueESt10shared_ptrINS0_7MessageEE");
void receive_message(struct message *message) __asm__(
	"_ZN4node6worker7Message11DeserializeEPNS_11EnvironmentEN2v85LocalINS4_7ContextEEEPNS5_INS4_5ValueEEE");

__attribute__((noinline)) void send_message(void *port, struct message **message)
{
	__asm__ volatile("" : : "r"(port), "r"(message) : "memory");
}

__attribute__((noinline)) void receive_message(struct message *message)
{
	__asm__ volatile("" : : "r"(message) : "memory");
}

static void pass(const char *data, size_t length)
{
	struct message content = { .data = data, .length = length }, *message = &content;

	send_message(&content, &message);
	receive_message(message);
}

int main(int argc, char **argv)
{
	static const char clone[] = "\xff\x0f\"\x02hi", other[] = "\x7f\x01unknown";

	puts("node.js/v99.1.0 (not really)");
	if (argc > 1 && !strcmp(argv[1], "quick"))
		return 0;
	usleep(500000); /* the recorder needs a moment to attach, which a real one gives it */
	for (int i = 0; argc > 1 && !strcmp(argv[1], "mixed") && i < MESSAGES; i++)
		pass(clone, sizeof(clone) - 1);
	for (int i = 0; i < MESSAGES; i++)
		pass(other, sizeof(other) - 1);
	usleep(200000);
	return 0;
}
