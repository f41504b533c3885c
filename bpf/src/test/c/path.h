/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Paths that delay, lose, repeat, reorder and mark segments: a TUN device each, whose packets a thread sends back with
 * their addresses exchanged. So a connect to the far address arrives at the near one, in the same network namespace,
 * and no checksum changes.
 */
#ifndef PATH_H
#define PATH_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

enum { PATH_PORT = 4321 }; /* of the server's end */

/* The path to the server. Of segments with payload each nth, or none with 0. */
struct path_plan {
	int delay_ms; /* each way */
	int lost;
	int repeated;
	int reordered;     /* REORDERED_MS late */
	int marked;        /* congestion experienced */
	int lost_syns;     /* the first ones */
	int lost_syn_acks; /* and each SYN that is sent again, which the server would answer before its timer does */
};

enum { REORDERED_MS = 30 };

struct path {
	const struct path_plan *plan;
	int family;
	int number; /* of no other */
	int tun;
	pthread_t relay;
	struct packet *first; /* by the time when it is due */
	int payloads;
	int syns;
	int syn_acks;
	int marks;
	atomic_int is_down; /* loses everything */
	atomic_int is_over;
};

/* Returns 0 if the kernel has no TUN devices. */
int open_path(struct path *path);
void close_path(struct path *path);

/* Of the path's server, or the one that a client connects to. */
struct sockaddr_in6 path_address(const struct path *path, int is_far, socklen_t *length);

#endif
