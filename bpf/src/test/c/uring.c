// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "uring.h"

#include <err.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int set_up(struct io_uring_params *params)
{
	memset(params, 0, sizeof(*params));
	return syscall(__NR_io_uring_setup, 1, params);
}

int has_uring(void)
{
	struct io_uring_params params;
	int ring = set_up(&params);

	return ring >= 0 && !close(ring);
}

static void *map(int ring, size_t bytes, off_t offset)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, offset);

	if (at == MAP_FAILED)
		err(1, "mmap of an io_uring");
	return at;
}

void close_in_worker(int fd)
{
	enum { BYTES = 4096 }; /* of a ring of one entry, both ways */
	struct io_uring_params params;
	int ring = set_up(&params);
	char *entries = map(ring, BYTES, IORING_OFF_SQ_RING);
	struct io_uring_sqe *request = map(ring, BYTES, IORING_OFF_SQES);
	const struct io_uring_cqe *answer = (const struct io_uring_cqe *)(entries + params.cq_off.cqes);

	*request = (struct io_uring_sqe){.opcode = IORING_OP_CLOSE, .flags = IOSQE_ASYNC, .fd = fd};
	*(uint32_t *)(entries + params.sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(entries + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1 || answer->res)
		errx(1, "io_uring did not close a file");
	close(ring);
}
