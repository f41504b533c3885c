/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* io_uring, for one request. */
#ifndef URING_H
#define URING_H

/* Returns 0 if the kernel has no io_uring, or refuses it. */
int has_uring(void);

/* Closes a file in a worker of the kernel, and waits for that. */
void close_in_worker(int fd);

#endif
