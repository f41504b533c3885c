/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The memory that the kernel programs and the exporter share: the record in the ring, the settings given at load, the
 * words that both sides write while running, and the counters. This header is the schema: Java's layouts are generated
 * from it, and no offset is written down anywhere else.
 */
#ifndef TCP_PROBE_INFO_H
#define TCP_PROBE_INFO_H

#include <linux/types.h>
#include <stddef.h>

/* Raised with every change of a struct in this header; the exporter refuses an object of another version. */
enum { TCP_PROBE_VERSION = 3 };

enum { TCP_PROBE_COMMAND_LENGTH = 16 };    /* TASK_COMM_LEN */
enum { TCP_PROBE_CONGESTION_LENGTH = 16 }; /* TCP_CA_NAME_MAX */

enum tcp_probe_kind {
	TCP_PROBE_OPEN = 1,       /* handshake complete */
	TCP_PROBE_CLOSE = 2,      /* end of a connection that was established */
	TCP_PROBE_FAILED = 3,     /* end of a connect that was never established */
	TCP_PROBE_UPDATE = 4,     /* totals of a live connection */
	TCP_PROBE_ADOPTED = 5,    /* found established at start: older than this program */
	TCP_PROBE_UNOBSERVED = 6, /* birth of a connection for whose state there is no memory: its only record */
	TCP_PROBE_LISTENER = 7,   /* a listening socket as of now: struct tcp_probe_listener */
	TCP_PROBE_KINDS = 8,      /* array size; kind 0 does not exist, so that zeroed memory is no record */
};

/* Each report has exactly one outcome. */
enum tcp_probe_outcome {
	TCP_PROBE_PUT = 0,      /* in the ring */
	TCP_PROBE_DEFERRED = 1, /* no room, or not asked for: the connection's next record includes it */
	TCP_PROBE_FOLDED = 2,   /* an end without room in the ring, added up in map_of_folds */
	TCP_PROBE_FILTERED = 3, /* refused at birth, or of a kind that was not asked for */
	TCP_PROBE_NO_STORAGE =
	    4, /* no memory for the socket's state at birth; of an unobserved: nor room in the ring */
	TCP_PROBE_OUTCOMES = 5,
};

enum tcp_probe_direction {
	TCP_PROBE_INBOUND = 1,
	TCP_PROBE_OUTBOUND = 2,
	TCP_PROBE_DIRECTIONS = 3, /* array size */
};

enum tcp_probe_closed_by {
	TCP_PROBE_CLOSED_BY_LOCAL = 1,  /* our FIN went first */
	TCP_PROBE_CLOSED_BY_REMOTE = 2, /* the peer's FIN came first */
	TCP_PROBE_CLOSED_BY_ABORT = 3,  /* no FIN at all: reset, timeout or a local abort */
};

/*
 * Both ends as the socket sees them. All families have one address form: IPv4 is ::ffff:a.b.c.d, in network byte order.
 * Ports are in host byte order.
 */
struct tcp_probe_tuple {
	__u8 local_address[16];
	__u8 peer_address[16];
	__u16 local_port;
	__u16 peer_port;
};

/* Bits of a record's flags. They are 0 in an open, which ends before them: what a HAS bit tells of is absent then. */
enum tcp_probe_flags {
	TCP_PROBE_TIMESTAMPS = 1 << 0,
	TCP_PROBE_SACK = 1 << 1,
	TCP_PROBE_WINDOW_SCALING = 1 << 2,
	TCP_PROBE_ECN = 1 << 3,
	TCP_PROBE_FAST_OPEN = 1 << 4,        /* data went with our SYN, or came with the peer's */
	TCP_PROBE_NOT_ACCEPTED = 1 << 5,     /* nobody has called accept() yet; at an end, nobody ever did */
	TCP_PROBE_OWN_WINDOW_ZERO = 1 << 6,  /* our receive buffer is full */
	TCP_PROBE_PEER_WINDOW_ZERO = 1 << 7, /* the peer's is */
	TCP_PROBE_STALLED = 1 << 8,          /* open, and its last retransmission timeout has brought no answer yet */
	TCP_PROBE_HAS_TIMEOUTS = 1 << 9,     /* the kernel counts timeouts and their time: since 6.7 */
	TCP_PROBE_HAS_SENT = 1 << 10,        /* data was sent: transmit_idle_ms is known */
	TCP_PROBE_HAS_RECEIVED = 1 << 11,    /* data was received: receive_idle_ms is known */
	TCP_PROBE_HAS_UID = 1 << 12,
	TCP_PROBE_HAS_SEQUENCE = 1 << 13, /* absent in records of version 2 */
};

/*
 * One report about one connection. Zeroed before it is filled; 0 means "absent" in every field whose comment says so.
 * Counters are totals since the connection began; reported_* are the totals of the connection's last record, so that a
 * reader adds the difference and keeps no table. A reader that adds up flags takes those of an end for 0, since nothing
 * that has ended stalls or waits. Limited times, stalls and timeouts of an adopted connection count from its adoption.
 * Records of kind open and unobserved end before network_limited_ms.
 */
struct tcp_probe_info {
	__u16 version;       /* TCP_PROBE_VERSION */
	__u16 size;          /* of this kind: TCP_PROBE_SHORT_BYTES, or sizeof(struct tcp_probe_info) */
	__u8 kind;           /* enum tcp_probe_kind */
	__u8 type;           /* AF_INET (also for an IPv4-mapped socket of AF_INET6) or AF_INET6 */
	__u8 protocol;       /* sk_protocol: IPPROTO_TCP, also for a subflow of MPTCP */
	__u8 direction;      /* enum tcp_probe_direction */
	__u8 state;          /* TCP state as of this record */
	__u8 previous_state; /* the state before it; for an open, SYN_SENT or SYN_RECV */
	__u8 conn_success;   /* 1 once the handshake was complete */
	__u8 open_reported;  /* 1 if a record of this connection was in the ring before, or this is its open or adoption
			      */
	__u8 closed_by;      /* enum tcp_probe_closed_by; 0 before the end and for a failed connect */
	__u8 fin_received;   /* SOCK_DONE: the peer's FIN has come */
	__u16 sk_err;        /* errno of the end; 0 for none, and in an open */
	struct tcp_probe_tuple tuple;
	__u32 generation; /* how often this socket had connected before, or a number from 2^23 on that is no other's;
			   * with socket_cookie it names a connection */
	__u64 socket_cookie;
	__u64 netns_cookie;
	__u64 cgroup_id;  /* cgroup v2; 0 if the kernel has no such field */
	__u64 duration;   /* ns from connect() (outbound), the end of the handshake (inbound) or the adoption to here */
	__u64 close_ns;   /* CLOCK_MONOTONIC of this record: of the close, or of the open in an open */
	__u64 sent_bytes; /* payload that the peer has acknowledged: no SYN, no FIN, nothing twice */
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
	__u32 reported_lost;
	__u32 lost_out;      /* segments marked lost at this moment: a gauge, never to be subtracted or added up */
	__u32 unacked_bytes; /* payload written that the peer never acknowledged */
	__u32 unread_bytes;  /* payload received in order that the application never read */
	__u32 srtt_us;   /* smoothed round-trip time in 1/8 us, as of the first step out of ESTABLISHED; 0: no sample */
	__u32 rtt_min;   /* us, likewise; 0: no sample */
	__u32 mss_cache; /* bytes; 0 if never established */
	__u32 local_isn; /* our initial sequence number, that of the SYN */
	__u32 peer_isn;  /* the peer's; 0 if never established */
	__u32 pid;       /* process that called connect() or listen(), in the initial pid namespace; 0: unknown */
	char command[TCP_PROBE_COMMAND_LENGTH]; /* its name, not the thread's; empty: unknown */
	__u8 preexisting;                       /* 1 if older than this program: duration counts from its adoption */
	__u8 syn_retransmits;                   /* SYNs (client) or SYN-ACKs (server) sent again; 255: or more */
	__u8 timeouts_in_a_row;                 /* icsk_retransmits: without an answer, as of this record */
	__u8 window_probes;                     /* icsk_probes_out: zero-window or keepalive probes without an answer */

	/* The time in which something held the sender up, by chrono_stat: never more than one at a time. As of our FIN,
	 * if all was acknowledged by then. In steps of a tick of the kernel, and right on average. */
	__u32 network_limited_ms;     /* data is on its way: round trip, congestion window, losses */
	__u32 receiver_limited_ms;    /* the peer's window is full */
	__u32 send_buffer_limited_ms; /* the send buffer is too small; a lower bound */
	__u32 stalled_ms;             /* total_rto_time: from a first timeout to its recovery, or to here */
	__u32 reported_network_limited_ms;
	__u32 reported_receiver_limited_ms;
	__u32 reported_send_buffer_limited_ms;
	__u32 reported_stalled_ms;
	__u32 spurious_retransmits;  /* dsack_dups: the peer had the segment already, or the path made two of it */
	__u32 out_of_order_segments; /* rcv_ooopack: the receiver's view of loss */
	__u32 reported_spurious_retransmits;
	__u32 reported_out_of_order_segments;
	__u16 timeouts; /* total_rto, without those of the handshake */
	__u16 reported_timeouts;
	__u16 flags;            /* enum tcp_probe_flags */
	__u16 reported_flags;   /* TCP_PROBE_STALLED and TCP_PROBE_NOT_ACCEPTED of the connection's last record */
	__u32 handshake_us;     /* connect() to established, or SYN-ACK to ACK; 0: unknown */
	__u32 reorderings;      /* reord_seen */
	__u32 delivered_ce;     /* segments that arrived with a congestion mark, as the peer echoes them */
	__u32 mdev_us;          /* mean deviation of the round-trip time in 1/4 us, as of srtt_us; 0: no sample */
	__u32 snd_cwnd;         /* segments, as of srtt_us */
	__u32 transmit_idle_ms; /* since data was sent last */
	__u32 receive_idle_ms;  /* since data was received last */
	__u32 uid;              /* sk_uid: the owner of the socket; of an accepted one the process that accepted it */
	__u64
	    closer_cgroup_id; /* this and the next two: the local process that closed first; 0 and empty if none did */
	__u32 closer_pid;
	char closer_command[TCP_PROBE_COMMAND_LENGTH];
	char congestion[TCP_PROBE_CONGESTION_LENGTH]; /* name of the congestion algorithm; empty: unknown */
	__u32 sequence; /* reports of this connection before this one, with those for which the ring had no room */
	__u32 sampling; /* 0: the exporter notes in its copy with which threshold it kept the record */
	__u32 padding;
};

/* The size of an open and of an unobserved. */
enum { TCP_PROBE_SHORT_BYTES = 216 };

_Static_assert(offsetof(struct tcp_probe_info, network_limited_ms) == TCP_PROBE_SHORT_BYTES, "records of two sizes");
_Static_assert(sizeof(struct tcp_probe_info) == 360, "the ring's fill is computed from this size");

/* One listening socket, reported by each walk. The first fields are those of struct tcp_probe_info. */
struct tcp_probe_listener {
	__u16 version;
	__u16 size; /* sizeof(struct tcp_probe_listener) */
	__u8 kind;  /* TCP_PROBE_LISTENER */
	__u8 type;
	__u16 port; /* host byte order */
	__u8 address[16];
	__u64 socket_cookie;
	__u64 netns_cookie;
	__u64 cgroup_id;
	__u64 now_ns;  /* CLOCK_MONOTONIC of this record */
	__u32 backlog; /* sk_ack_backlog: connections that wait for accept() */
	__u32 limit;   /* sk_max_ack_backlog */
	__u32 drops;   /* sk_drops since the first record: the queue was full */
	__u32 reported_drops;
	__u32 half_open; /* qlen: handshakes under way */
	__u32 pid;       /* process that called listen(); 0: unknown */
	char command[TCP_PROBE_COMMAND_LENGTH];
};

_Static_assert(sizeof(struct tcp_probe_listener) == 96, "the ring's fill is computed from this size");

/* A cgroup that exists or has existed: the value of map_of_names, by id. */
struct tcp_probe_cgroup {
	__u64 parent_id;  /* 0: the root */
	__u64 removed_ns; /* CLOCK_MONOTONIC; 0: it exists */
	char name[240];   /* cut off behind 239 bytes; empty: the root */
};

enum tcp_probe_overflow {
	TCP_PROBE_SHARED_BY_PORTS = 1, /* of ports without an entry of their own */
	TCP_PROBE_REST = 2,            /* of all that has no entry: the direction alone is known */
};

/*
 * An end that found no room in the ring is added to the entry of its key. The key has the fields of a record that
 * determine the workload and the attributes role, server.port and error.type.
 */
struct tcp_probe_fold_key {
	__u64 cgroup_id; /* 0: of cgroups without an entry of their own */
	__u16 server_port;
	__u16 sk_err;
	__u8 direction;
	__u8 previous_state;
	__u8 conn_success;
	__u8 fin_received;
	__u8 has_unacked_bytes;
	__u8 has_unread_bytes;
	__u8 overflow; /* enum tcp_probe_overflow */
	__u8 padding[5];
};

enum {
	TCP_PROBE_DURATION_BOUNDS = 21,
	TCP_PROBE_RTT_BOUNDS = 14, /* of the smoothed and of the lowest round-trip time */
	TCP_PROBE_HANDSHAKE_BOUNDS = 18,
	TCP_PROBE_DURATION_BUCKETS = TCP_PROBE_DURATION_BOUNDS + 1,
	TCP_PROBE_RTT_BUCKETS = TCP_PROBE_RTT_BOUNDS + 1,
	TCP_PROBE_HANDSHAKE_BUCKETS = TCP_PROBE_HANDSHAKE_BOUNDS + 1,
};

/*
 * The sums of folded ends, per CPU; they only grow. Totals are those that no record of the connections has reported. A
 * bucket's sum is added before its count, and has the higher address: a reader that reads upwards finds each counted
 * value in the sum.
 */
struct tcp_probe_fold {
	__u64 opened;         /* ends whose open no record had reported */
	__u64 closed;         /* ends of connections that were established */
	__u64 failed;         /* connects that failed */
	__u64 adopted;        /* likewise, of connections older than this program */
	__u64 adopted_closed; /* ends of the latter; not in closed and in no duration */
	__u64 sent_bytes;
	__u64 received_bytes;
	__u64 segs_out;
	__u64 segs_in;
	__u64 total_retrans;
	__u64 lost;
	__u64 network_limited_ms;
	__u64 receiver_limited_ms;
	__u64 send_buffer_limited_ms;
	__u64 stalled_ms;
	__u64 timeouts;
	__u64 spurious_retransmits;
	__u64 out_of_order_segments;
	__u64 stalled_ended;      /* ends of connections whose last record had TCP_PROBE_STALLED */
	__u64 not_accepted_ended; /* likewise, TCP_PROBE_NOT_ACCEPTED */
	__u64 duration_count[TCP_PROBE_DURATION_BUCKETS];
	__u64 duration_sum_ns[TCP_PROBE_DURATION_BUCKETS];
	__u64 rtt_count[TCP_PROBE_RTT_BUCKETS];
	__u64 rtt_sum_ns[TCP_PROBE_RTT_BUCKETS];
	__u64 min_rtt_count[TCP_PROBE_RTT_BUCKETS];
	__u64 min_rtt_sum_ns[TCP_PROBE_RTT_BUCKETS];
	__u64 handshake_count[TCP_PROBE_HANDSHAKE_BUCKETS]; /* of clients: this and the next */
	__u64 handshake_sum_ns[TCP_PROBE_HANDSHAKE_BUCKETS];
};

/* The value in a filter's map for a cgroup, namespace, prefix or port. */
enum tcp_probe_verdict {
	TCP_PROBE_WANTED = 1,
	TCP_PROBE_REFUSED = 2,
};

/* For each kind of filter: whether its map is read at all, and the verdict without a match. */
enum tcp_probe_filter {
	TCP_PROBE_NO_FILTER = 0,
	TCP_PROBE_ELSE_WANTED = 1,  /* the map has refusals only */
	TCP_PROBE_ELSE_REFUSED = 2, /* the map has something wanted */
};

/* Key of the trie of prefixes; both address families have the one address form. */
struct tcp_probe_prefix {
	__u32 prefix_bits; /* of the 128 */
	__u8 address[16];
};

/* Given at load, constant afterwards: the verifier removes the branches that they switch off. */
struct tcp_probe_settings {
	__u32 version;            /* the object's TCP_PROBE_VERSION; the exporter reads it and never writes it */
	__u32 record_bytes;       /* the object's sizeof(struct tcp_probe_info); likewise */
	__u32 report_kinds;       /* bit 1 << kind is set for each kind to report */
	__u32 wakeup_bytes;       /* fill of the ring from which on a record wakes the reader */
	__u32 own_connections;    /* 1: report the exporter's own connections too */
	__u32 own_netns;          /* 1: only connections of the exporter's network namespace */
	__u32 no_loopback;        /* 1: no connections of 127.0.0.0/8 and ::1 */
	__u32 filter_cgroups;     /* this and the following: enum tcp_probe_filter */
	__u32 filter_netns;       /* by the namespace's inode */
	__u32 filter_prefixes;    /* of the peer's address */
	__u32 filter_ports;       /* of the server's end */
	__u32 report_unchanged;   /* 1: also update connections without a change */
	__u64 own_wait_ns;        /* how long the other end of an own connection is waited for */
	__u64 report_interval_ns; /* lowest age at which a connection is updated */
	__u32 tick_us;            /* length of the kernel's tick, 1 / CONFIG_HZ */
	__u32 padding;
	__u64 duration_bounds_ns[TCP_PROBE_DURATION_BOUNDS]; /* upper bounds of the buckets, inclusive, growing */
	__u64 rtt_bounds_ns[TCP_PROBE_RTT_BOUNDS];
	__u64 handshake_bounds_ns[TCP_PROBE_HANDSHAKE_BOUNDS];
};

/* One of the exporter's own connections, as its other end sees it if that end is on this host. */
struct tcp_probe_own_connection {
	__u64 netns_cookie;
	struct tcp_probe_tuple tuple;
	__u32 waiting;    /* 1 from our connect until the other end was seen */
	__u64 expires_ns; /* CLOCK_MONOTONIC: a collector on another host is never seen from its end */
};

enum { TCP_PROBE_OWN_CONNECTIONS = 8 };

/* Written by both sides while running. */
struct tcp_probe_shared {
	__u32 wakeup_pending;    /* set by the record that wakes the reader, cleared by the reader before it drains */
	__u32 fold_pending;      /* set when something was folded, cleared by the exporter before it reads the folds */
	__u32 own_pid;           /* the exporter, in the initial pid namespace; 0: not known yet */
	__u32 report_all;        /* 1 for the last walk: connections of any age */
	__u32 fallback_used;     /* 1 once a socket had no memory for a storage */
	__u32 failed_folds;      /* entries of folds of connects that failed */
	__u32 flag_cleared;      /* 1 once another program has cleared the state callback's flag of a connection */
	__u32 numbered_lives;    /* lives whose state is in no storage */
	__u32 established_folds; /* entries of folds of connections that were established */
	__u32 memory_short;      /* 1 while the exporter's memory has no room for the states of further connections */
	__u64 own_netns_cookie;
	__u64 scope_cgroup_id; /* where the hooks are attached; 0: not known yet */
	__u64 next_own_connection;
	struct tcp_probe_own_connection own_connections[TCP_PROBE_OWN_CONNECTIONS];
};

/* One per CPU; only grows. */
struct tcp_probe_counters {
	__u64 seen[TCP_PROBE_KINDS];
	__u64 outcome[TCP_PROBE_KINDS][TCP_PROBE_OUTCOMES];
	__u64 unknown;          /* closes without a seen birth; counted nowhere else */
	__u64 adopted_closed;   /* seen closes of connections older than this program */
	__u64 adoption_refused; /* older connections that this kernel refused to arm: all before 6.12 */
	__u64 unnamed_cgroups;  /* cgroups for whose name map_of_names had no room */
	__u64 backwards;        /* ends with a total below the one reported before; their difference counts as 0 */
};

#endif
