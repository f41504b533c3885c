/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An object of the kernel programs, loaded, attached to a cgroup and drained from C. */
#ifndef PROBE_H
#define PROBE_H

#include <bpf/libbpf.h>

#include "tcp_probe_info.h"

typedef void (*record_handler)(void *context, const struct tcp_probe_info *record);

struct probe {
	struct bpf_object *object;
	struct ring_buffer *ring;
	struct tcp_probe_shared *shared; /* the kernel's own, mapped */
	record_handler handler;
	void *context; /* the handler's */
};

/* Each ends the process with a message where it cannot do its work. */
/* ring_bytes: 0 for the object's own size. */
void load_probe(struct probe *probe, const char *path, __u32 ring_bytes, record_handler handler, void *context);
void attach_probe(struct probe *probe, const char *cgroup);

/* Hands on what is in the ring, after waiting so long unless a record wakes the reader before. */
void drain(struct probe *probe, int wait_ms);

/* Of all CPUs together. */
struct tcp_probe_counters read_counters(const struct probe *probe);

#endif
