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

/* The state of one socket. pid and command outlive the listener's socket in its children; the rest does not. */
struct sock_storage_data {
	__u64 connect_ns; /* connect() if outbound, end of the handshake if inbound */
	__u32 generation;
	__u32 pid;
	__u32 srtt_us; /* this and rtt_min: as of the first step out of ESTABLISHED */
	__u32 rtt_min;
	__u32 earlier_lost; /* tcp_sock.lost at connect(): tcp_disconnect() clears the other totals, not this one */
	__u8 stage;         /* enum connection_stage */
	__u8 direction;     /* enum tcp_probe_direction */
	__u8 connect_success;
	__u8 open_reported;
	__u8 closed_by; /* enum tcp_probe_closed_by; 0 until the first step out of ESTABLISHED */
	__u8 fin_sent;  /* a state was entered in which our FIN is queued */
	char command[TCP_PROBE_COMMAND_LENGTH];
	__u8 padding[6];
};

/* Created at connect, listen and, for children of listeners older than this program, at passive established; updated at
 * each hook; freed by the kernel with the socket. */
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

/* The only variable of .rodata and the only one of .bss: the exporter finds both at offset 0. */
const volatile struct tcp_probe_settings settings SEC(".rodata") = {
    .version = TCP_PROBE_VERSION,
    .record_bytes = sizeof(struct tcp_probe_info),
    .report_kinds = 1 << TCP_PROBE_OPEN | 1 << TCP_PROBE_CLOSE | 1 << TCP_PROBE_FAILED,
    .wakeup_bytes = 1 << 19,
};
struct tcp_probe_shared shared SEC(".bss");

static __always_inline struct tcp_probe_counters *this_cpu_counters(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&map_of_counters, &first);
}

static __always_inline void count(__u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
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
