/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps and global variables, with their writers and readers. The kernel keeps 15 characters of a map's name; the names
 * differ within these.
 */
#ifndef MAPS_H
#define MAPS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "tcp_probe_info.h"

/* The children of a listener start with a copy of the listener's state (BPF_F_CLONE). */
enum connection_stage {
	STAGE_LISTENING = 1,
	STAGE_CONNECTING = 2,
	STAGE_OPEN = 3,
	STAGE_CLOSED = 4,
};

/* A bit of reported_totals.flags that no record has: data waited for an acknowledgement or for room in the peer's
 * window. Only such a connection can stall without another segment. */
enum { TOTALS_DATA_WAITING = 1 << 15 };

/* Totals that the records of a connection have reported so far. */
struct reported_totals {
	__u64 sent_bytes;
	__u64 received_bytes;
	__u32 segs_out;
	__u32 segs_in;
	__u32 total_retrans;
	__u32 lost;
	__u32 network_limited_ms;
	__u32 receiver_limited_ms;
	__u32 send_buffer_limited_ms;
	__u32 stalled_ms;
	__u32 spurious_retransmits;
	__u32 out_of_order_segments;
	__u16 timeouts;
	__u16 flags;   /* TCP_PROBE_STALLED, TCP_PROBE_NOT_ACCEPTED, TOTALS_DATA_WAITING */
	__u32 reports; /* made or tried so far: the sequence of the next one */
};

/* The kernel's chrono_stat, in ticks. */
struct limited_ticks {
	__u32 network;
	__u32 receiver;
	__u32 send_buffer;
};

/* The meaning of sock_storage_data.limited. */
enum limited_stage {
	LIMITED_BASE = 0,     /* the kernel's values as of the beginning */
	LIMITED_CHANGING = 1, /* neither */
	LIMITED_FROZEN = 2,   /* the connection's own values as of our FIN, and sent_ticks likewise */
};

/* sock_storage_data.handshake_us until the handshake is over, if nobody has seen its beginning. */
enum { HANDSHAKE_UNSEEN = 1 };

/* The state of one socket. A listener's children keep its pid and command, and nothing else of it. */
struct sock_storage_data {
	__u64 connect_ns; /* connect() if outbound, end of the handshake if inbound, or the adoption */
	__u64 claim;      /* which record may report a difference: claim.h */
	char command[TCP_PROBE_COMMAND_LENGTH];
	__u64 closer_cgroup_id; /* this and the next two: process.h */
	char closer_command[TCP_PROBE_COMMAND_LENGTH];
	__u32 closer_pid;
	__u32 pid;
	__u32 srtt_us; /* this and the next three: as of the first step out of ESTABLISHED */
	__u32 rtt_min;
	__u32 mdev_us;
	__u32 snd_cwnd;
	struct limited_ticks limited;
	__u32 sent_ticks;           /* lsndtime as of our FIN */
	__u32 handshake_us;         /* 0: unknown */
	__u32 handshake_stalled_ms; /* this and handshake_timeouts: part of the kernel's sums */
	__u32 earlier_lost;      /* this and the next two as of connect(), since tcp_disconnect() leaves them: lost */
	__u32 earlier_rtt_min;   /* 0: no sample */
	__u32 earlier_rtt_ticks; /* when the last sample in the filter of rtt_min came */
	__u32 earlier_drops;     /* of a listener: sk_drops as of its beginning */
	__u32 reported_drops;    /* of a listener, since then */
	__u32 local_isn;
	__u32 peer_isn;
	__u16 handshake_timeouts;
	__u8 syn_retransmits;
	__u8 limited_stage; /* enum limited_stage */
	__u8 stage;         /* enum connection_stage */
	__u8 direction;     /* enum tcp_probe_direction */
	__u8 connect_success;
	__u8 closed_by; /* enum tcp_probe_closed_by; 0 until the first step out of ESTABLISHED */
	__u8 fin_sent;  /* the socket has entered a state in which our FIN is queued */
	__u8 preexisting;
	__u8 syn_counted;   /* bytes_acked has our SYN: only where we have sent one */
	__u8 data_with_syn; /* data may have gone with the SYN: details.h */
	struct reported_totals reported[2];
};

/* Entries are created at connect, listen, adoption and, for children of listeners older than this program, at passive
 * established; updated by each hook and by the walk; freed by the kernel with the socket. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct sock_storage_data);
} map_of_sock_storage SEC(".maps");

/* The states of sockets that have no memory left for a storage: the owner of a socket can use its option memory up
 * (net.core.optmem_max), with keys of TCP_MD5SIG or a large filter. By socket cookie; entries are created at a birth
 * and deleted at the close. The walk does not visit them. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct sock_storage_data);
} map_of_fallback SEC(".maps");

/* Written by report.h and live.h, read by the exporter through its own mapping. The size is set before load. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} map_of_tcp_info SEC(".maps");

/* Written by every hook, read by the exporter. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tcp_probe_counters);
} map_of_counters SEC(".maps");

/* Entries are created by the hook of an end that finds the ring full, and stay; read by the exporter. Not preallocated:
 * an entry takes 1,296 bytes per CPU, and most hosts never need one. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1024);
	__type(key, struct tcp_probe_fold_key);
	__type(value, struct tcp_probe_fold);
} map_of_folds SEC(".maps");

/* The folds of all ends whose key has no entry in map_of_folds, by direction: where the kernel has no memory for an
 * entry at this moment, which it takes from a reserve that a busy machine fills late. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TCP_PROBE_DIRECTIONS);
	__type(key, __u32);
	__type(value, struct tcp_probe_fold);
} map_of_rest SEC(".maps");

/* The filters map a key to an enum tcp_probe_verdict. Written by the exporter before it attaches, read by the hooks of
 * a birth. The sizes are set before load. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64); /* cgroup id */
	__type(value, __u32);
} map_of_cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32); /* inode of the namespace; the exporter holds it open, so that it is not reused */
	__type(value, __u32);
} map_of_netns SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct tcp_probe_prefix);
	__type(value, __u32);
} map_of_prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u16);
	__type(value, __u32);
} map_of_ports SEC(".maps");

/* Ports with a listener, by network namespace: adopt_older() writes an entry at each listener and looks it up at each
 * connection. */
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
} map_of_listened SEC(".maps");

/* Cgroups by id. Entries are made when a cgroup is made, and at start for older ones; marked when it is removed;
 * deleted by the exporter. Not preallocated: most hosts have few. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct tcp_probe_cgroup);
} map_of_names SEC(".maps");

/* Written before load, constant afterwards. */
const volatile struct tcp_probe_settings settings = {
    .version = TCP_PROBE_VERSION,
    .record_bytes = sizeof(struct tcp_probe_info),
    .report_kinds = (1 << TCP_PROBE_KINDS) - 2,
    .wakeup_bytes = 1 << 19,
    .tick_us = 4000,               /* the exporter sets it */
    .own_wait_ns = 60000000000ULL, /* longer than a connect of the exporter may take */
};

/* Written and read by both sides; the exporter maps it. */
struct tcp_probe_shared shared;

#endif
