/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values read from a socket, and the kernel facts that their reading depends on. */
#ifndef SOCKET_FACTS_H
#define SOCKET_FACTS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>

#include "kernel_types.h"
#include "maps.h"
#include "tcp_probe_info.h"

/* minmax_reset() starts the filter with this value: no sample yet (net/ipv4/tcp.c, tcp_init_sock). */
#define NO_RTT_SAMPLE (~0U)

static __always_inline __u64 read_netns_cookie(const struct sock_common *sock)
{
	return sock->skc_net.net->net_cookie;
}

/* bpf_get_socket_cookie() has created it at birth. */
static __always_inline __u64 read_socket_cookie(const struct sock_common *sock)
{
	return sock->skc_cookie.counter;
}

/* tcp_fin() sets the flag after it has counted the FIN in bytes_received; tcp_disconnect() clears it. The states do not
 * tell: FIN_WAIT2 -> CLOSE happens with the peer's FIN and without it. */
static __always_inline int is_fin_received(const struct sock *sock)
{
	return (sock->__sk_common.skc_flags >> bpf_core_enum_value(enum sock_flags, SOCK_DONE)) & 1;
}

/* Our FIN takes the last sequence number before write_seq; it is acknowledged once snd_una has reached write_seq. */
static __always_inline int is_fin_acked(const struct tcp_sock *tcp, const struct sock_storage_data *storage)
{
	return storage->fin_sent && tcp->snd_una == tcp->write_seq;
}

/* tcp_snd_una_update() counts every acknowledged sequence number: the SYN of an active open (a passive open starts
 * after its SYN, tcp_create_openreq_child), the payload and our FIN. */
static __always_inline __u64 without_syn_and_fin(__u64 acked, __u8 syn_counted, __u8 fin_acked)
{
	__u64 other = (__u64)syn_counted + fin_acked;

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

/* tcp_disconnect() resets neither of these: the next life of the socket begins with the last one's. */
static __always_inline void remember_earlier_life(struct sock_storage_data *storage, const struct tcp_sock *tcp)
{
	storage->earlier_lost = tcp->lost;
	if (tcp->rtt_min.s[0].v == NO_RTT_SAMPLE)
		return;
	storage->earlier_rtt_min = tcp->rtt_min.s[0].v;
	storage->earlier_rtt_ticks = tcp->rtt_min.s[2].t;
}

/*
 * In us; 0 if the filter shows no sample of this life. Its first sample is the minimum, the third the newest that it
 * keeps (lib/win_minmax.c). A minimum of this life therefore is later than the earlier life's third, or, within the
 * same tick, below its first. A sample of this life that is above the earlier minimum is not kept.
 */
static __always_inline __u32 read_rtt_min(const struct tcp_sock *tcp, const struct sock_storage_data *storage)
{
	__u32 rtt_min = tcp->rtt_min.s[0].v;
	__s32 ticks_later = tcp->rtt_min.s[0].t - storage->earlier_rtt_ticks;

	if (rtt_min == NO_RTT_SAMPLE)
		return 0;
	if (!storage->earlier_rtt_min || ticks_later > 0)
		return rtt_min;
	return !ticks_later && rtt_min < storage->earlier_rtt_min ? rtt_min : 0;
}

/* For the hooks and for the walk over a namespace's sockets, during which the socket does not change. */
static __always_inline void read_totals(struct reported_totals *totals, const struct tcp_sock *tcp,
					const struct sock_storage_data *storage)
{
	totals->sent_bytes = without_syn_and_fin(tcp->bytes_acked, storage->syn_counted, is_fin_acked(tcp, storage));
	totals->received_bytes = without_fin(tcp->bytes_received, is_fin_received(&tcp->inet_conn.icsk_inet.sk));
	read_segments(totals, tcp, storage);
}

/* Whether a segment of the peer came within this tick or the last (tcp_ack()). */
static __always_inline int is_in_motion(const struct tcp_sock *tcp)
{
	return (__u32)bpf_jiffies64() - tcp->rcv_tstamp <= 1;
}

/*
 * For the walk over the storages, which holds no lock: softirqs change the socket meanwhile. The kernel counts a FIN in
 * bytes_received a moment before it sets SOCK_DONE, and in bytes_acked a moment before snd_una passes it. Therefore the
 * counters are read first, and while a FIN may be under way the last byte is taken for it: a total can be one byte
 * behind as long as segments arrive, and is never ahead. The next record corrects it.
 */
static __always_inline void read_live_totals(struct reported_totals *totals, const struct tcp_sock *tcp,
					     const struct sock_storage_data *storage)
{
	__u64 acked = tcp->bytes_acked;
	__u64 received = tcp->bytes_received;
	__u8 in_motion;

	barrier();
	in_motion = is_in_motion(tcp);
	totals->sent_bytes = without_syn_and_fin(acked, storage->syn_counted,
						 (storage->fin_sent && in_motion) || is_fin_acked(tcp, storage));
	totals->received_bytes = without_fin(received, in_motion || is_fin_received(&tcp->inet_conn.icsk_inet.sk));
	read_segments(totals, tcp, storage);
}

static __always_inline __u32 read_unacked_bytes(const struct tcp_sock *tcp, const struct sock_storage_data *storage)
{
	__u32 unacked = tcp->write_seq - tcp->snd_una;

	return unacked && storage->fin_sent ? unacked - 1 : unacked;
}

/* copied_seq passes the peer's FIN only when the application has read to the end. */
static __always_inline __u32 read_unread_bytes(const struct tcp_sock *tcp, __u8 fin_received)
{
	__u32 unread = tcp->rcv_nxt - tcp->copied_seq;

	return unread && fin_received ? unread - 1 : unread;
}

/* snd_una and bytes_acked advance together, and so do rcv_nxt and bytes_received: each pair gives the initial sequence
 * number at any time. bytes_acked starts at our SYN, or behind it. */
static __always_inline void read_initial_sequence_numbers(struct sock_storage_data *storage, const struct tcp_sock *tcp)
{
	storage->local_isn = tcp->snd_una - (__u32)tcp->bytes_acked - !storage->syn_counted;
	if (storage->connect_success)
		storage->peer_isn = tcp->rcv_nxt - (__u32)tcp->bytes_received - 1;
}

#endif
