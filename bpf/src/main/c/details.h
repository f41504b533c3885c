/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The fields of a record that opens do not have. */
#ifndef DETAILS_H
#define DETAILS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>

#include "delays.h"
#include "kernel_types.h"
#include "maps.h"
#include "tcp_probe_info.h"

/* ecn_flags: negotiated, as RFC 3168 or as AccECN has it (since 6.18; the bit is never set before). */
enum { ECN_MODES = 1 << 0 | 1 << 4 };

static __always_inline void fill_delays(struct tcp_probe_info *info, const struct reported_totals *totals)
{
	info->network_limited_ms = totals->network_limited_ms;
	info->receiver_limited_ms = totals->receiver_limited_ms;
	info->send_buffer_limited_ms = totals->send_buffer_limited_ms;
	info->stalled_ms = totals->stalled_ms;
	info->timeouts = totals->timeouts;
	info->spurious_retransmits = totals->spurious_retransmits;
	info->out_of_order_segments = totals->out_of_order_segments;
	info->flags = totals->flags & PRESENT_FLAGS;
}

static __always_inline void fill_reported_delays(struct tcp_probe_info *info, const struct reported_totals *reported)
{
	info->reported_network_limited_ms = reported->network_limited_ms;
	info->reported_receiver_limited_ms = reported->receiver_limited_ms;
	info->reported_send_buffer_limited_ms = reported->send_buffer_limited_ms;
	info->reported_stalled_ms = reported->stalled_ms;
	info->reported_timeouts = reported->timeouts;
	info->reported_spurious_retransmits = reported->spurious_retransmits;
	info->reported_out_of_order_segments = reported->out_of_order_segments;
	info->reported_flags = reported->flags & PRESENT_FLAGS;
}

static __always_inline void fill_closer(struct tcp_probe_info *info, const struct sock_storage_data *storage)
{
	info->closer_cgroup_id = storage->closer_cgroup_id;
	info->closer_pid = storage->closer_pid;
	__builtin_memcpy(info->closer_command, storage->closer_command, sizeof(info->closer_command));
}

/* Two loads, as in copy_command(). */
static __always_inline void fill_congestion(struct tcp_probe_info *info, const struct tcp_sock *tcp)
{
	const struct tcp_congestion_ops *algorithm = tcp->inet_conn.icsk_ca_ops;

	if (!algorithm)
		return;
	((__u64 *)info->congestion)[0] = *(const __u64 *)&algorithm->name[0];
	((__u64 *)info->congestion)[1] = *(const __u64 *)&algorithm->name[8];
}

/* As negotiated in the handshake, and the windows of this moment. tcp_disconnect() leaves syn_data_acked of an earlier
 * life, in which the client had sent data with its SYN. */
static __always_inline __u16 read_flags(const struct tcp_sock *tcp, const struct sock_storage_data *storage)
{
	__u16 flags = 0;

	if (BPF_CORE_READ_BITFIELD(tcp, rx_opt.tstamp_ok))
		flags |= TCP_PROBE_TIMESTAMPS;
	if (BPF_CORE_READ_BITFIELD(tcp, rx_opt.sack_ok))
		flags |= TCP_PROBE_SACK;
	if (BPF_CORE_READ_BITFIELD(tcp, rx_opt.wscale_ok))
		flags |= TCP_PROBE_WINDOW_SCALING;
	if (BPF_CORE_READ_BITFIELD(tcp, ecn_flags) & ECN_MODES)
		flags |= TCP_PROBE_ECN;
	if (BPF_CORE_READ_BITFIELD(tcp, syn_data_acked) && storage->data_with_syn)
		flags |= TCP_PROBE_FAST_OPEN;
	if (!tcp->rcv_wnd)
		flags |= TCP_PROBE_OWN_WINDOW_ZERO;
	if (!tcp->snd_wnd)
		flags |= TCP_PROBE_PEER_WINDOW_ZERO;
	return flags;
}

/* The times of the last data are set in the handshake as well, and so mean nothing without data. */
static __always_inline void fill_idle(struct tcp_probe_info *info, const struct tcp_sock *tcp,
				      const struct sock_storage_data *storage)
{
	__u32 sent_ticks = tcp->lsndtime;

	barrier_var(sent_ticks);
	if (storage->limited_stage == LIMITED_FROZEN)
		sent_ticks = storage->sent_ticks;
	if (tcp->data_segs_out) {
		info->transmit_idle_ms = ticks_in_ms(ticks_since(sent_ticks));
		info->flags |= TCP_PROBE_HAS_SENT;
	}
	if (tcp->data_segs_in) {
		info->receive_idle_ms = ticks_in_ms(ticks_since(tcp->inet_conn.icsk_ack.lrcvtime));
		info->flags |= TCP_PROBE_HAS_RECEIVED;
	}
}

static __always_inline __u8 clamp_to_byte(__u32 number)
{
	return number < 255 ? number : 255;
}

static __always_inline void fill_handshake(struct tcp_probe_info *info, const struct tcp_sock *tcp,
					   const struct sock_storage_data *storage)
{
	if (storage->connect_success) {
		info->handshake_us = storage->handshake_us;
		info->syn_retransmits = storage->syn_retransmits;
	} else {
		info->syn_retransmits = clamp_to_byte(tcp->total_retrans);
	}
}

static __always_inline void fill_details(struct tcp_probe_info *info, const struct tcp_sock *tcp,
					 const struct sock_storage_data *storage, const struct reported_totals *totals,
					 const struct reported_totals *reported)
{
	fill_delays(info, totals);
	fill_reported_delays(info, reported);
	info->sequence = reported->reports;
	fill_handshake(info, tcp, storage);
	fill_closer(info, storage);
	fill_congestion(info, tcp);
	info->timeouts_in_a_row = tcp->inet_conn.icsk_retransmits;
	info->window_probes = tcp->inet_conn.icsk_probes_out;
	info->uid = tcp->inet_conn.icsk_inet.sk.sk_uid.val;
	info->flags |= TCP_PROBE_HAS_UID | TCP_PROBE_HAS_SEQUENCE;
	if (has_timeouts())
		info->flags |= TCP_PROBE_HAS_TIMEOUTS;
	if (!storage->connect_success)
		return;
	info->flags |= read_flags(tcp, storage);
	info->reorderings = tcp->reord_seen;
	info->delivered_ce = tcp->delivered_ce;
	fill_idle(info, tcp, storage);
}

#endif
