// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * odd_calls.c - moves bytes over a socket pair by the calls that few programs use, one after the other, for
 * check_odd_calls. Each send and receive has a length of its own, by which the check tells them apart.
 *
 * Prints a line "CALL DIRECTION BYTES how" per operation, in order: how is `bytes` where its bytes can be
 * known to a tracer, else `length`; `none` where nothing was moved; `skip` where the kernel has not the call.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int near_end, far_end; /* of a socket pair */
static char text[4096];
static char room[4096];

static void tell(const char *call, const char *direction, long bytes, const char *how)
{
	printf("%s %s %ld %s\n", call, direction, bytes, how);
	fflush(stdout);
}

static void expect(const char *call, long result, long expected)
{
	if (result == expected)
		return;
	fprintf(stderr, "%s: %ld (%s), not %ld\n", call, result, strerror(errno), expected);
	exit(1);
}

/* Keeps the far end from filling; a plain operation that every back end sees. */
static void drain(long bytes)
{
	expect("recv", recv(far_end, room, bytes, MSG_WAITALL), bytes);
	tell("recv", "receive", bytes, "bytes");
}

static void feed(long bytes)
{
	expect("send", send(far_end, text, bytes, 0), bytes);
	tell("send", "send", bytes, "bytes");
}

static void several_messages(void)
{
	struct iovec parts[2] = { { text, 101 }, { text, 102 } };
	struct iovec rooms[2] = { { room, 103 }, { room, 104 } };
	struct mmsghdr out[2] = { { .msg_hdr = { .msg_iov = &parts[0], .msg_iovlen = 1 } },
				  { .msg_hdr = { .msg_iov = &parts[1], .msg_iovlen = 1 } } };
	struct mmsghdr in[2] = { { .msg_hdr = { .msg_iov = &rooms[0], .msg_iovlen = 1 } },
				 { .msg_hdr = { .msg_iov = &rooms[1], .msg_iovlen = 1 } } };

	expect("sendmmsg", sendmmsg(near_end, out, 2, 0), 2);
	tell("sendmmsg", "send", 101, "length");
	tell("sendmmsg", "send", 102, "length");
	drain(203);
	feed(207);
	expect("recvmmsg", recvmmsg(near_end, in, 2, MSG_PEEK, NULL), 2);
	expect("recvmmsg", recvmmsg(near_end, in, 2, 0, NULL), 2);
	tell("recvmmsg", "receive", 103, "length");
	tell("recvmmsg", "receive", 104, "length");
}

static void vectors(void)
{
	struct iovec out = { text, 111 }, in = { room, 112 };

	expect("pwritev2", pwritev2(near_end, &out, 1, -1, 0), 111);
	tell("pwritev2", "send", 111, "bytes");
	drain(111);
	feed(112);
	expect("preadv2", preadv2(near_end, &in, 1, -1, 0), 112);
	tell("preadv2", "receive", 112, "bytes");
}

static void from_a_file(void)
{
	FILE *file = tmpfile();

	expect("fwrite", file ? fwrite(text, 1, 121, file) : 0, 121);
	fflush(file);
	rewind(file);
	expect("sendfile", sendfile(near_end, fileno(file), NULL, 121), 121);
	tell("sendfile", "send", 121, "length");
	drain(121);
	fclose(file);
}

static void through_a_pipe(void)
{
	int ends[2];

	expect("pipe", pipe(ends), 0);
	expect("write", write(ends[1], text, 131), 131);
	expect("splice", splice(ends[0], NULL, near_end, NULL, 131, 0), 131);
	tell("splice", "send", 131, "length");
	drain(131);
	close(ends[0]);
	close(ends[1]);
}

/* None of these is a part of the stream, or the end of it. */
static void not_received(void)
{
	feed(141);
	expect("peek", recv(near_end, room, sizeof(room), MSG_PEEK), 141);
	expect("recv of nothing", recv(near_end, room, 0, 0), 0);
	expect("recv", recv(near_end, room, sizeof(room), 0), 141);
	tell("recv", "receive", 141, "bytes");
	expect("recv of none", recv(near_end, room, sizeof(room), MSG_DONTWAIT), -1);
}

/* ---- io_uring ---- */

struct ring {
	int fd;
	uint32_t *tail, *mask, *array;
	uint32_t *done_head, *done_tail, *done_mask;
	struct io_uring_sqe *entries;
	struct io_uring_cqe *results;
};

static int ring_open(struct ring *ring)
{
	struct io_uring_params parameters = { 0 };
	char *memory;

	ring->fd = syscall(SYS_io_uring_setup, 8, &parameters);
	if (ring->fd < 0)
		return -1;
	memory =
		mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->entries = mmap(NULL, parameters.sq_entries * sizeof(*ring->entries),
			     PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQES);
	if (memory == MAP_FAILED || ring->entries == MAP_FAILED ||
	    !(parameters.features & IORING_FEAT_SINGLE_MMAP))
		return -1;
	ring->tail = (uint32_t *)(memory + parameters.sq_off.tail);
	ring->mask = (uint32_t *)(memory + parameters.sq_off.ring_mask);
	ring->array = (uint32_t *)(memory + parameters.sq_off.array);
	ring->done_head = (uint32_t *)(memory + parameters.cq_off.head);
	ring->done_tail = (uint32_t *)(memory + parameters.cq_off.tail);
	ring->done_mask = (uint32_t *)(memory + parameters.cq_off.ring_mask);
	ring->results = (struct io_uring_cqe *)(memory + parameters.cq_off.cqes);
	return 0;
}

static void ring_submit(struct ring *ring, uint8_t operation, void *data, uint32_t bytes)
{
	uint32_t tail = *ring->tail, at = tail & *ring->mask;
	struct io_uring_sqe *entry = &ring->entries[at];

	memset(entry, 0, sizeof(*entry));
	entry->opcode = operation;
	entry->fd = near_end;
	entry->addr = (uintptr_t)data;
	entry->len = bytes;
	ring->array[at] = at;
	__atomic_store_n(ring->tail, tail + 1, __ATOMIC_RELEASE);
	expect("io_uring_enter", syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0), 1);
}

static long ring_wait(struct ring *ring)
{
	uint32_t head = *ring->done_head;
	long result;

	while (__atomic_load_n(ring->done_tail, __ATOMIC_ACQUIRE) == head)
		syscall(SYS_io_uring_enter, ring->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	result = ring->results[head & *ring->done_mask].res;
	__atomic_store_n(ring->done_head, head + 1, __ATOMIC_RELEASE);
	return result;
}

/*
 * A receive that must wait is finished on the thread's way out of whatever call it is in: here a read() of
 * a pipe, whose buffer a careless tracer would take for what was received.
 */
static void ring_receive_late(struct ring *ring)
{
	static char decoy[4096];
	int ends[2], number;
	pid_t child;

	memset(decoy, '!', sizeof(decoy));
	expect("pipe", pipe(ends), 0);
	ring_submit(ring, IORING_OP_RECV, room, sizeof(room));
	child = fork();
	if (!child) {
		usleep(50000);
		number = send(far_end, text, 153, 0) != 153;
		usleep(50000);
		_exit(write(ends[1], text, 1) != 1 || number);
	}
	expect("read", read(ends[0], decoy, sizeof(decoy)), 1);
	tell("send", "send", 153, "bytes");
	expect("io_uring recv", ring_wait(ring), 153);
	tell("io_uring", "receive", 153, "length");
	expect("waitpid", waitpid(child, &number, 0), child);
	expect("child", number, 0);
}

static void by_ring(void)
{
	struct ring ring = { 0 };

	if (ring_open(&ring)) {
		tell("io_uring", "none", 0, "skip");
		return;
	}
	ring_submit(&ring, IORING_OP_SEND, text, 151);
	expect("io_uring send", ring_wait(&ring), 151);
	tell("io_uring", "send", 151, "length");
	drain(151);
	feed(152);
	ring_submit(&ring, IORING_OP_RECV, room, sizeof(room));
	expect("io_uring recv", ring_wait(&ring), 152);
	tell("io_uring", "receive", 152, "length");
	ring_receive_late(&ring);
	close(ring.fd);
}

int main(void)
{
	int ends[2];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = 'a' + i % 26;
	expect("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	near_end = ends[0];
	far_end = ends[1];
	several_messages();
	vectors();
	from_a_file();
	through_a_pipe();
	not_received();
	by_ring();
	return 0;
}
