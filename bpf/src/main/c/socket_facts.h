/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is read off a socket, and what has to be known to read it right. */
#ifndef SOCKET_FACTS_H
#define SOCKET_FACTS_H

#include "kernel_types.h"
#include "maps.h"

enum { AF_INET = 2, AF_INET6 = 10 };

/* minmax_reset() starts the filter with this value: no sample yet (net/ipv4/tcp.c, tcp_init_sock). */
#define NO_RTT_SAMPLE (~0U)

static __always_inline void write_mapped_address(__u8 *to, __be32 address)
{
	__be32 *words = (__be32 *)to;

	words[0] = 0;
	words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = address;
}

static __always_inline void copy_address(__u8 *to, const struct in6_addr *from)
{
	__be32 *words = (__be32 *)to;

	words[0] = from->in6_u.u6_addr32[0];
	words[1] = from->in6_u.u6_addr32[1];
	words[2] = from->in6_u.u6_addr32[2];
	words[3] = from->in6_u.u6_addr32[3];
}

static __always_inline int is_mapped_address(const __u8 *address)
{
	const __be32 *words = (const __be32 *)address;

	return !words[0] && !words[1] && words[2] == bpf_htonl(0xffff);
}

/* Fills the tuple, which must be aligned to 4 bytes; returns the record's type. */
static __always_inline __u8 read_tuple(struct tcp_probe_tuple *tuple, const struct sock_common *sock)
{
	tuple->local_port = sock->skc_num;
	tuple->peer_port = bpf_ntohs(sock->skc_dport);
	if (sock->skc_family == AF_INET6) {
		copy_address(tuple->local_address, &sock->skc_v6_rcv_saddr);
		copy_address(tuple->peer_address, &sock->skc_v6_daddr);
		return is_mapped_address(tuple->peer_address) ? AF_INET : AF_INET6;
	}
	write_mapped_address(tuple->local_address, sock->skc_rcv_saddr);
	write_mapped_address(tuple->peer_address, sock->skc_daddr);
	return AF_INET;
}

static __always_inline __u64 read_netns_cookie(const struct sock_common *sock)
{
	return sock->skc_net.net->net_cookie;
}

/* The cookie was made at the birth, by bpf_get_socket_cookie(). */
static __always_inline __u64 read_socket_cookie(const struct sock_common *sock)
{
	return sock->skc_cookie.counter;
}

static __always_inline __u64 read_cgroup_id(const struct sock *sock)
{
	if (!bpf_core_field_exists(struct sock_cgroup_data, cgroup))
		return 0;
	return sock->sk_cgrp_data.cgroup->kn->id;
}

/* Set by tcp_fin() after the FIN was counted in bytes_received, cleared by tcp_disconnect(). The states cannot tell:
 * FIN_WAIT2 -> CLOSE happens with the peer's FIN and without it. */
static __always_inline int is_fin_received(const struct sock *sock)
{
	return (sock->__sk_common.skc_flags >> bpf_core_enum_value(enum sock_flags, SOCK_DONE)) & 1;
}

/* Our FIN takes the last sequence number before write_seq; it is acknowledged when nothing is left before it. */
static __always_inline int is_fin_acked(const struct tcp_sock *tcp, const struct sock_storage_data *storage)
{
	return storage->fin_sent && tcp->snd_una == tcp->write_seq;
}

/* tcp_snd_una_update() counts every sequence number acknowledged: the SYN of an active open (a passive open starts
 * after its SYN, tcp_create_openreq_child), the payload, our FIN. */
static __always_inline __u64 without_syn_and_fin(__u64 acked, __u8 direction, __u8 fin_acked)
{
	__u64 other = fin_acked;

	if (direction == TCP_PROBE_OUTBOUND)
		other++;
	return acked > other ? acked - other : 0;
}

static __always_inline __u64 without_fin(__u64 received, __u8 fin_received)
{
	return received > fin_received ? received - fin_received : 0;
}

static __always_inline void read_segments(struct reported_totals *totals, const struct tcp_sock *tcp,
					  const struct sock_storage_data *storage)
{
	totals->segs_out = tcp->segs_out;
	totals->segs_in = tcp->segs_in;
	totals->total_retrans = tcp->total_retrans;
	totals->lost = tcp->lost - storage->earlier_lost;
}

/* In a hook, and in the walk over a namespace's sockets: nothing changes meanwhile. */
static __always_inline void read_totals(struct reported_totals *totals, const struct tcp_sock *tcp,
					const struct sock_storage_data *storage)
{
	totals->sent_bytes = without_syn_and_fin(tcp->bytes_acked, storage->direction, is_fin_acked(tcp, storage));
	totals->received_bytes = without_fin(tcp->bytes_received, is_fin_received(&tcp->inet_conn.icsk_inet.sk));
	read_segments(totals, tcp, storage);
}

/* Whether a segment of the peer came within this tick or the last (tcp_ack()). */
static __always_inline int is_in_motion(const struct tcp_sock *tcp)
{
	return (__u32)bpf_jiffies64() - tcp->rcv_tstamp <= 1;
}

/*
 * In the walk over the storages, which holds no lock: softirqs change the socket meanwhile. A FIN is counted in
 * bytes_received a moment before SOCK_DONE says so, and in bytes_acked a moment before snd_una has passed it. The
 * counters are read first, and where a FIN may be on its way the last byte is taken for it: so a total may be a byte
 * behind for as long as segments come, and is never ahead. The next record makes up for it.
 */
static __always_inline void read_live_totals(struct reported_totals *totals, const struct tcp_sock *tcp,
					     const struct sock_storage_data *storage)
{
	__u64 acked = tcp->bytes_acked;
	__u64 received = tcp->bytes_received;
	__u8 in_motion;

	asm volatile("" ::: "memory");
	in_motion = is_in_motion(tcp);
	totals->sent_bytes = without_syn_and_fin(acked, storage->direction,
						 (storage->fin_sent && in_motion) || is_fin_acked(tcp, storage));
	totals->received_bytes = without_fin(received, in_motion || is_fin_received(&tcp->inet_conn.icsk_inet.sk));
	read_segments(totals, tcp, storage);
}

static __always_inline __u32 read_unacked_bytes(const struct tcp_sock *tcp, const struct sock_storage_data *storage)
{
	__u32 unacked = tcp->write_seq - tcp->snd_una;

	return unacked && storage->fin_sent ? unacked - 1 : unacked;
}

/* copied_seq stands behind the peer's FIN only once the application has read to the end. */
static __always_inline __u32 read_unread_bytes(const struct tcp_sock *tcp, __u8 fin_received)
{
	__u32 unread = tcp->rcv_nxt - tcp->copied_seq;

	return unread && fin_received ? unread - 1 : unread;
}

/* snd_una and bytes_acked, rcv_nxt and bytes_received move together, so they give the initial sequence numbers at any
 * time; where bytes_acked begins depends on who sent the first SYN. */
static __always_inline void read_initial_sequence_numbers(struct sock_storage_data *storage, const struct tcp_sock *tcp)
{
	storage->local_isn = tcp->snd_una - (__u32)tcp->bytes_acked - (storage->direction == TCP_PROBE_INBOUND);
	if (storage->connect_success)
		storage->peer_isn = tcp->rcv_nxt - (__u32)tcp->bytes_received - 1;
}

#endif
