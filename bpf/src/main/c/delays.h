/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What held a connection up: the time in which the sender could not go on, timeouts, signs of loss. */
#ifndef DELAYS_H
#define DELAYS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>

#include "kernel_types.h"
#include "maps.h"
#include "once.h"
#include "tcp_probe_info.h"

enum { NS_PER_US = 1000, US_PER_MS = 1000, NS_PER_MS = 1000000 };

/* The bits of flags that change while a connection lives, and are reported like totals. */
enum { PRESENT_FLAGS = TCP_PROBE_STALLED | TCP_PROBE_NOT_ACCEPTED };

static __always_inline __u32 ticks_since(__u32 ticks)
{
	__s32 since;

	barrier(); /* the clock last: while the walk reads, a socket may be given a newer time */
	since = (__u32)bpf_jiffies64() - ticks;
	return since > 0 ? since : 0;
}

static __always_inline __u64 ticks_in_ms(__u32 ticks)
{
	return (__u64)ticks * settings.tick_us / US_PER_MS;
}

/*
 * As TCP_INFO shows them, except that its busy time is the sum of the three. The kernel adds to the sum of the old
 * type, then sets the start, then the type (tcp_chrono_set()). The sums are read first: a change meanwhile makes the
 * walk read too little.
 */
static __always_inline struct limited_ticks read_limited_ticks(const struct tcp_sock *tcp)
{
	struct limited_ticks ticks = {tcp->chrono_stat[0], tcp->chrono_stat[1], tcp->chrono_stat[2]};
	__u32 running;
	__u8 type;

	barrier();
	running = ticks_since(tcp->chrono_start);
	type = BPF_CORE_READ_BITFIELD(tcp, chrono_type);
	if (type == 1)
		ticks.network += running;
	else if (type == 2)
		ticks.receiver += running;
	else if (type == 3)
		ticks.send_buffer += running;
	return ticks;
}

static __always_inline struct limited_ticks without(struct limited_ticks ticks, const struct limited_ticks *base)
{
	ticks.network -= base->network;
	ticks.receiver -= base->receiver;
	ticks.send_buffer -= base->send_buffer;
	return ticks;
}

/* tcp_disconnect() leaves the sums of an earlier life, of a listener's too, and its children begin with them. If data
 * was left unsent then, the time runs on, and into the next life until its first acknowledgement. */
static __always_inline void remember_earlier_limits(struct sock_storage_data *storage, const struct tcp_sock *tcp)
{
	storage->limited_stage = LIMITED_BASE;
	storage->limited = read_limited_ticks(tcp);
}

/* Our FIN is data to the kernel, and would count as time on the network until its delayed acknowledgement. Where data
 * is under way as well, the kernel does not tell them apart. */
static __always_inline void freeze_limits(struct sock_storage_data *storage, const struct tcp_sock *tcp)
{
	struct limited_ticks ticks;

	if (tcp->snd_una != tcp->write_seq)
		return;
	ticks = without(read_limited_ticks(tcp), &storage->limited);
	WRITE_ONCE(storage->limited_stage, LIMITED_CHANGING);
	barrier();
	storage->limited = ticks;
	storage->sent_ticks = tcp->lsndtime;
	barrier();
	WRITE_ONCE(storage->limited_stage, LIMITED_FROZEN);
}

/* All 0, which adds nothing to what was reported, if the hook is about to freeze them. */
static __always_inline struct limited_ticks own_limited_ticks(const struct tcp_sock *tcp,
							      const struct sock_storage_data *storage)
{
	struct limited_ticks ticks = read_limited_ticks(tcp), kept;
	__u8 stage = READ_ONCE(storage->limited_stage);

	barrier();
	kept = storage->limited;
	barrier_var(kept.network);
	barrier_var(kept.receiver);
	barrier_var(kept.send_buffer);
	if (stage == LIMITED_CHANGING || READ_ONCE(storage->limited_stage) != stage)
		return (struct limited_ticks){};
	return stage == LIMITED_FROZEN ? kept : without(ticks, &kept);
}

/* Never less than was reported, and at most `room_ms` more. */
static __always_inline __u32 grow(__u32 reported_ms, __u32 ticks, __s64 *room_ms)
{
	__s64 more_ms = (__s64)ticks_in_ms(ticks) - reported_ms;

	if (more_ms > *room_ms)
		more_ms = *room_ms;
	if (more_ms <= 0)
		return reported_ms;
	*room_ms -= more_ms;
	return reported_ms + more_ms;
}

/*
 * Only one of the three runs at a time, so that together they take no longer than the connection, and the tick in which
 * it began. A walk that reads between two of the kernel's writes could see a time twice, and the next record would be
 * below it: the bounds keep each sum of differences exact.
 */
static __always_inline void read_limits(struct reported_totals *totals, const struct tcp_sock *tcp,
					const struct sock_storage_data *storage, const struct reported_totals *reported,
					__u64 duration_ns)
{
	struct limited_ticks ticks = own_limited_ticks(tcp, storage);
	__s64 room_ms = (duration_ns + (__u64)settings.tick_us * NS_PER_US) / NS_PER_MS;

	room_ms -=
	    (__u64)reported->network_limited_ms + reported->receiver_limited_ms + reported->send_buffer_limited_ms;
	totals->network_limited_ms = grow(reported->network_limited_ms, ticks.network, &room_ms);
	totals->receiver_limited_ms = grow(reported->receiver_limited_ms, ticks.receiver, &room_ms);
	totals->send_buffer_limited_ms = grow(reported->send_buffer_limited_ms, ticks.send_buffer, &room_ms);
}

static __always_inline int has_timeouts(void)
{
	return bpf_core_field_exists(struct tcp_sock, total_rto);
}

/* As TCP_INFO shows it: since the first timeout of a row, until its recovery. */
static __always_inline __u32 read_rto_time_ms(const struct tcp_sock *tcp, __u64 now_ns)
{
	__u32 time_ms = tcp->total_rto_time, stamp_ms;
	__s32 running_ms;

	barrier(); /* as in read_limited_ticks() */
	stamp_ms = tcp->rto_stamp;
	running_ms = (__u32)(now_ns / NS_PER_MS) - stamp_ms;
	return stamp_ms && running_ms > 0 ? time_ms + running_ms : time_ms;
}

/* The kernel counts timeouts of the handshake with the others. */
static __always_inline void remember_earlier_timeouts(struct sock_storage_data *storage, const struct tcp_sock *tcp,
						      __u64 now_ns)
{
	if (!has_timeouts())
		return;
	storage->handshake_stalled_ms = read_rto_time_ms(tcp, now_ns);
	storage->handshake_timeouts = tcp->total_rto;
}

static __always_inline void read_timeouts(struct reported_totals *totals, const struct tcp_sock *tcp,
					  const struct sock_storage_data *storage,
					  const struct reported_totals *reported, __u64 now_ns)
{
	totals->stalled_ms = reported->stalled_ms;
	totals->timeouts = reported->timeouts;
	if (!has_timeouts())
		return;
	totals->timeouts = tcp->total_rto - storage->handshake_timeouts;
	totals->stalled_ms = read_rto_time_ms(tcp, now_ns) - storage->handshake_stalled_ms;
	/* tcp_mstamp, which ends a stall, can be older than the walk's clock. */
	if ((__s32)(totals->stalled_ms - reported->stalled_ms) < 0)
		totals->stalled_ms = reported->stalled_ms;
}

/* tcp_accept() gives a socket to the connection; SOCK_DEAD says that it was closed since. */
static __always_inline int is_accepted(const struct sock *sock)
{
	return sock->sk_socket || (sock->__sk_common.skc_flags >> bpf_core_enum_value(enum sock_flags, SOCK_DEAD)) & 1;
}

/* Probes of keepalive have no data behind them. */
static __always_inline __u16 read_present_flags(const struct tcp_sock *tcp, const struct sock_storage_data *storage)
{
	int is_waiting = tcp->snd_una != tcp->write_seq;
	__u16 flags = is_waiting ? TOTALS_DATA_WAITING : 0;

	if (tcp->inet_conn.icsk_retransmits || (tcp->inet_conn.icsk_probes_out && is_waiting))
		flags |= TCP_PROBE_STALLED;
	if (storage->direction == TCP_PROBE_INBOUND && !is_accepted(&tcp->inet_conn.icsk_inet.sk))
		flags |= TCP_PROBE_NOT_ACCEPTED;
	return flags;
}

/* All 0 for a connection that was never established: its timeouts are those of the handshake. */
static __always_inline void read_delays(struct reported_totals *totals, const struct tcp_sock *tcp,
					const struct sock_storage_data *storage, const struct reported_totals *reported,
					__u64 duration_ns)
{
	if (!storage->connect_success) {
		totals->network_limited_ms = totals->receiver_limited_ms = totals->send_buffer_limited_ms = 0;
		totals->stalled_ms = totals->spurious_retransmits = totals->out_of_order_segments = 0;
		totals->timeouts = totals->flags = 0;
		return;
	}
	read_limits(totals, tcp, storage, reported, duration_ns);
	read_timeouts(totals, tcp, storage, reported, storage->connect_ns + duration_ns);
	totals->spurious_retransmits = tcp->dsack_dups;
	totals->out_of_order_segments = tcp->rcv_ooopack;
	totals->flags = read_present_flags(tcp, storage);
}

#endif
