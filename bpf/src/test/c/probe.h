/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An object of the kernel programs, loaded, attached to a cgroup and drained from C. */
#ifndef PROBE_H
#define PROBE_H

#include <bpf/libbpf.h>

#include "tcp_probe_info.h"

typedef void (*record_handler)(void *context, const struct tcp_probe_info *record);
typedef void (*listener_handler)(void *context, const struct tcp_probe_listener *listener);
typedef void (*configure_object)(struct bpf_object *object, struct tcp_probe_settings *settings);

struct probe_options {
	const char *path;
	__u32 ring_bytes;           /* 0: the object's own size */
	configure_object configure; /* called before the load; NULL: the object's own settings */
	record_handler handler;
	listener_handler listeners; /* NULL: their records are passed over */
	void *context;              /* the handlers' */
};

struct probe {
	struct probe_options options;
	struct bpf_object *object;
	struct bpf_link *links[8]; /* of the hooks */
	int number_of_links;
	struct ring_buffer *ring;
	void *bss; /* the kernel's own, mapped */
	size_t bss_bytes;
	struct tcp_probe_shared *shared; /* in there */
};

/* Each function ends the process with a message if it fails. */

/* Leaves out the walks that the kernel refuses, as the exporter does, and prints their names. */
void load_probe(struct probe *probe, const struct probe_options *options);
int has_program(const struct probe *probe, const char *name);
void attach_probe(struct probe *probe, const char *cgroup);
void unload_probe(struct probe *probe);

int map_fd(const struct probe *probe, const char *name);

/* The offset of a global variable in its section, which is a map, by the object's BTF. */
__u32 find_variable(const struct bpf_object *object, const char *section, const char *name, __u32 bytes);

/* Runs a walk to its end and drains; nothing if the kernel did not take its program. */
void walk_live(struct probe *probe);
void walk_older(struct probe *probe);

/* Makes this process the exporter whose own connections the programs filter. */
void learn_own_identity(struct probe *probe);

/* Passes the records in the ring to the handler, after at most `wait_ms` of waiting for a wake-up. */
void drain(struct probe *probe, int wait_ms);

/* Of all CPUs together. */
struct tcp_probe_counters read_counters(const struct probe *probe);

/* `number` words for each CPU, added up. */
void add_up_cpus(const __u64 *each, int number, __u64 *sum);

#endif
