/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel programs and the exporter share: the record in the ring, the settings given at load, the words both
 * sides write while running, and the counters. This header is the schema: Java's layouts are generated from it, and no
 * offset is written down anywhere else.
 */
#ifndef TCP_PROBE_INFO_H
#define TCP_PROBE_INFO_H

#include <linux/types.h>

/* Raised with every change of a struct in this header; the exporter refuses an object of another version. */
enum { TCP_PROBE_VERSION = 1 };

enum { TCP_PROBE_COMMAND_LENGTH = 16 }; /* TASK_COMM_LEN */

enum tcp_probe_kind {
	TCP_PROBE_OPEN = 1,   /* handshake complete */
	TCP_PROBE_CLOSE = 2,  /* end of a connection that was established */
	TCP_PROBE_FAILED = 3, /* end of a connect that never was */
	TCP_PROBE_KINDS = 4,  /* array size; kind 0 does not exist, so that zeroed memory is no record */
};

/* What became of a report. Each one ends in exactly one of these. */
enum tcp_probe_outcome {
	TCP_PROBE_PUT = 0,        /* in the ring */
	TCP_PROBE_DEFERRED = 1,   /* an open that waits for the record of its close (open_reported is 0 there) */
	TCP_PROBE_DROPPED = 2,    /* no room in the ring */
	TCP_PROBE_FILTERED = 3,   /* refused at birth, or of a kind that was not asked for */
	TCP_PROBE_NO_STORAGE = 4, /* the kernel gave no memory for the socket's state at birth */
	TCP_PROBE_OUTCOMES = 5,
};

enum tcp_probe_direction {
	TCP_PROBE_INBOUND = 1,
	TCP_PROBE_OUTBOUND = 2,
};

enum tcp_probe_closed_by {
	TCP_PROBE_CLOSED_BY_LOCAL = 1,  /* our FIN went first */
	TCP_PROBE_CLOSED_BY_REMOTE = 2, /* the peer's FIN came first */
	TCP_PROBE_CLOSED_BY_ABORT = 3,  /* no FIN at all: reset, timeout or a local abort */
};

/*
 * Both ends as the socket sees them. One address form for all families: IPv4 as ::ffff:a.b.c.d, network byte order.
 * Ports in host byte order.
 */
struct tcp_probe_tuple {
	__u8 local_address[16];
	__u8 peer_address[16];
	__u16 local_port;
	__u16 peer_port;
};

/*
 * One report about one connection. Zeroed before it is filled; 0 stands for "absent" in every field that says so.
 * Counters are totals since the connection began, whatever was reported before; reported_* is what earlier records of
 * the same connection have said, so that a reader adds the difference and keeps no table.
 */
struct tcp_probe_info {
	__u16 version;       /* TCP_PROBE_VERSION */
	__u16 size;          /* sizeof(struct tcp_probe_info) */
	__u8 kind;           /* enum tcp_probe_kind */
	__u8 type;           /* AF_INET (also for an IPv4-mapped socket of AF_INET6) or AF_INET6 */
	__u8 protocol;       /* sk_protocol: IPPROTO_TCP, also for a subflow of MPTCP */
	__u8 direction;      /* enum tcp_probe_direction */
	__u8 state;          /* TCP state as of this record */
	__u8 previous_state; /* the state before it; for an open, SYN_SENT or SYN_RECV */
	__u8 conn_success;   /* 1 once the handshake was complete */
	__u8 open_reported;  /* 1 if the open of this connection is in the ring, this record included */
	__u8 closed_by;      /* enum tcp_probe_closed_by; 0 before the end and for a failed connect */
	__u8 fin_received;   /* SOCK_DONE: the peer's FIN has come */
	__u16 sk_err;        /* errno of the end; 0 for none, and in an open */
	struct tcp_probe_tuple tuple;
	__u32 generation; /* how often this socket had connected before; with socket_cookie it names a connection */
	__u64 socket_cookie;
	__u64 netns_cookie;
	__u64 cgroup_id;      /* cgroup v2; 0 if the kernel has no such field */
	__u64 duration;       /* ns from connect() (outbound) or the end of the handshake (inbound) to this record */
	__u64 close_ns;       /* CLOCK_MONOTONIC of this record: of the close, or of the open in an open */
	__u64 sent_bytes;     /* payload that the peer has acknowledged: no SYN, no FIN, nothing twice */
	__u64 received_bytes; /* payload received in order, read by the application or not: no FIN */
	__u64 reported_sent_bytes;
	__u64 reported_received_bytes;
	__u32 segs_out; /* with retransmissions and pure ACKs */
	__u32 segs_in;
	__u32 total_retrans; /* segments, the SYN included */
	__u32 lost;          /* segments ever marked lost: tcp_sock.lost, which only grows */
	__u32 reported_segs_out;
	__u32 reported_segs_in;
	__u32 reported_total_retrans;
	__u32 lost_out;      /* segments marked lost at this moment: a gauge, never to be subtracted or added up */
	__u32 unacked_bytes; /* payload written that the peer never acknowledged */
	__u32 unread_bytes;  /* payload received in order that the application never read */
	__u32 srtt_us;   /* smoothed round-trip time in 1/8 us, as of the first step out of ESTABLISHED; 0: no sample */
	__u32 rtt_min;   /* us, likewise; 0: no sample */
	__u32 mss_cache; /* bytes; 0 if never established */
	__u32 pid;       /* who called connect() or listen(), in the initial pid namespace; 0: unknown */
	char command[TCP_PROBE_COMMAND_LENGTH]; /* its command; empty: unknown */
};

_Static_assert(sizeof(struct tcp_probe_info) == 200, "the ring's fill is computed from this size");

/* Given at load, constant afterwards: the verifier drops the branches that they switch off. */
struct tcp_probe_settings {
	__u32 version;         /* the object's TCP_PROBE_VERSION; the exporter reads it and never writes it */
	__u32 record_bytes;    /* the object's sizeof(struct tcp_probe_info); likewise */
	__u32 report_kinds;    /* bit 1 << kind is set for each kind to report */
	__u32 wakeup_bytes;    /* fill of the ring from which on a record wakes the reader */
	__u32 own_connections; /* 1: report the exporter's own connections too */
};

/* A connection of the exporter's own, as its other end sees it if that is on this host. */
struct tcp_probe_own_connection {
	__u64 netns_cookie;
	struct tcp_probe_tuple tuple;
	__u32 waiting; /* 1 from our connect until the other end was seen */
};

enum { TCP_PROBE_OWN_CONNECTIONS = 8 };

/* Written by both sides while running. */
struct tcp_probe_shared {
	__u32 wakeup_pending; /* set by the record that wakes the reader, cleared by the reader before it drains */
	__u32 own_pid;        /* the exporter, in the initial pid namespace; 0: not known yet */
	__u64 next_own_connection;
	struct tcp_probe_own_connection own_connections[TCP_PROBE_OWN_CONNECTIONS];
};

/* One per CPU; only grows. */
struct tcp_probe_counters {
	__u64 seen[TCP_PROBE_KINDS];
	__u64 outcome[TCP_PROBE_KINDS][TCP_PROBE_OUTCOMES];
	__u64 unknown; /* closes whose birth was never seen; counted nowhere else */
};

#endif
