// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * leave.c - ends the guest through qemu's isa-debug-exit device. qemu's exit status is then 2 * 21 + 1 = 43, which
 * it cannot be in another way: a guest that panics or powers off makes it 0.
 */
#include <stdio.h>
#include <sys/io.h>

#define DEVICE_PORT 0xf4
#define VALUE 21

int main(void)
{
	if (ioperm(DEVICE_PORT, 4, 1)) {
		perror("ioperm");
		return 1;
	}
	outl(VALUE, DEVICE_PORT);
	return 1;
}
