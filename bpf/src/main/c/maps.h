/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps and global words, with who writes and who reads each. */
#ifndef MAPS_H
#define MAPS_H

#include "tcp_probe_info.h"

/* Where a socket stands. Children of a listener start with a copy of the listener's state (BPF_F_CLONE). */
enum connection_stage {
	STAGE_LISTENING = 1,
	STAGE_CONNECTING = 2,
	STAGE_OPEN = 3,
	STAGE_CLOSED = 4,
};

/* What the records of a connection have said so far. */
struct reported_totals {
	__u64 sent_bytes;
	__u64 received_bytes;
	__u32 segs_out;
	__u32 segs_in;
	__u32 total_retrans;
	__u32 lost;
};

/*
 * Who may report a difference. Two come: the hook of the close, and the walk over all connections, which holds no lock
 * of the socket. The walk writes the totals of its record into the slot that is not in use and then swaps the word for
 * one with that slot, if it is still what it was; the close takes CLAIM_LIVE away and uses the slot that it finds. So
 * each difference is claimed once, whoever is faster, and neither waits. The high half is the generation, so that a
 * walk that was on its way when the socket connected again changes nothing: it would have written into the slot that
 * the new connection does not use, since that one goes on with the slot in use.
 */
enum {
	CLAIM_SLOT = 1,          /* index into reported */
	CLAIM_OPEN_REPORTED = 2, /* the open, or the adoption, is in the ring */
	CLAIM_LIVE = 4,          /* established, and the end not reported */
	CLAIM_GENERATION_SHIFT = 32,
};

/* The state of one socket. pid and command outlive the listener's socket in its children; the rest does not. */
struct sock_storage_data {
	__u64 connect_ns; /* connect() if outbound, end of the handshake if inbound, or the adoption */
	__u64 claim;
	__u32 pid;
	__u32 srtt_us; /* this and rtt_min: as of the first step out of ESTABLISHED */
	__u32 rtt_min;
	__u32 earlier_lost; /* tcp_sock.lost at connect(): tcp_disconnect() clears the other totals, not this one */
	__u32 local_isn;
	__u32 peer_isn;
	__u8 stage;     /* enum connection_stage */
	__u8 direction; /* enum tcp_probe_direction */
	__u8 connect_success;
	__u8 closed_by; /* enum tcp_probe_closed_by; 0 until the first step out of ESTABLISHED */
	__u8 fin_sent;  /* a state was entered in which our FIN is queued */
	__u8 preexisting;
	__u8 padding[2];
	char command[TCP_PROBE_COMMAND_LENGTH];
	struct reported_totals reported[2];
};

/* Created at connect, listen, adoption and, for children of listeners older than this program, at passive established;
 * updated at each hook and by the walk; freed by the kernel with the socket. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct sock_storage_data);
} map_of_sock_storage SEC(".maps");

/* Written by put_report() alone, read by the exporter through its own mapping; the size is set before load. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} map_of_tcp_info SEC(".maps");

/* Added to by every hook, atomically even though it is per CPU: a hook in process context can be interrupted by one in
 * a softirq on the same CPU. Read by the exporter. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tcp_probe_counters);
} map_of_counters SEC(".maps");

/* Entries are made by the hook of an end that finds the ring full, and stay; likewise added to atomically. Not
 * preallocated: an entry takes 624 bytes per CPU, and most hosts never need one. Read by the exporter. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1024);
	__type(key, struct tcp_probe_fold_key);
	__type(value, struct tcp_probe_fold);
} map_of_folds SEC(".maps");

/* What found no entry in map_of_folds, whatever its key. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tcp_probe_fold);
} map_of_folded_rest SEC(".maps");

/* The filters: written by the exporter before it attaches, read by the hooks of a birth. Sizes are set before load. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64); /* cgroup id */
	__type(value, __u32);
} map_of_filter_cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32); /* inode of the namespace; the exporter holds it open, so that it is not given away */
	__type(value, __u32);
} map_of_filter_netns SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct tcp_probe_prefix);
	__type(value, __u32);
} map_of_filter_prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u16);
	__type(value, __u32);
} map_of_filter_ports SEC(".maps");

/* Ports on which somebody listens, by network namespace: written by adopt_older() when it comes to a listener, read by
 * it when it comes to a connection. */
struct listening_port {
	__u64 netns_cookie;
	__u64 port;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct listening_port);
	__type(value, __u8);
} map_of_listening_ports SEC(".maps");

/* The only variable of .rodata and the only one of .bss: the exporter finds both at offset 0. */
const volatile struct tcp_probe_settings settings SEC(".rodata") = {
    .version = TCP_PROBE_VERSION,
    .record_bytes = sizeof(struct tcp_probe_info),
    .report_kinds = (1 << TCP_PROBE_KINDS) - 2,
    .wakeup_bytes = 1 << 19,
};
struct tcp_probe_shared shared SEC(".bss");

static __always_inline struct tcp_probe_counters *this_cpu_counters(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&map_of_counters, &first);
}

static __always_inline void add(__u64 *counter, __u64 amount)
{
	__sync_fetch_and_add(counter, amount);
}

static __always_inline void count(__u64 *counter)
{
	add(counter, 1);
}

static __always_inline void count_outcome(__u32 kind, __u32 outcome)
{
	struct tcp_probe_counters *counters = this_cpu_counters();

	if (!counters)
		return;
	count(&counters->seen[kind]);
	count(&counters->outcome[kind][outcome]);
}

#endif
