/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The walk over the live connections of all network namespaces, started by the exporter's timer. It does not hold the
 * socket's lock: hooks may run on the socket at the same time, see claim.h.
 */
#ifndef LIVE_H
#define LIVE_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>

#include "claim.h"
#include "counters.h"
#include "kernel_types.h"
#include "listener.h"
#include "maps.h"
#include "once.h"
#include "report.h"
#include "socket_facts.h"
#include "tcp_probe_info.h"

static __always_inline int is_same_totals(const struct reported_totals *a, const struct reported_totals *b)
{
	return a->sent_bytes == b->sent_bytes && a->received_bytes == b->received_bytes && a->segs_out == b->segs_out &&
	       a->segs_in == b->segs_in && a->total_retrans == b->total_retrans && a->lost == b->lost &&
	       a->network_limited_ms == b->network_limited_ms && a->receiver_limited_ms == b->receiver_limited_ms &&
	       a->send_buffer_limited_ms == b->send_buffer_limited_ms && a->stalled_ms == b->stalled_ms &&
	       a->timeouts == b->timeouts && a->spurious_retransmits == b->spurious_retransmits &&
	       a->out_of_order_segments == b->out_of_order_segments && a->flags == b->flags;
}

/* A total that read_live_totals() read one byte behind can be smaller than the last one. */
static __always_inline void never_less(struct reported_totals *totals, const struct reported_totals *reported)
{
	if (totals->sent_bytes < reported->sent_bytes)
		totals->sent_bytes = reported->sent_bytes;
	if (totals->received_bytes < reported->received_bytes)
		totals->received_bytes = reported->received_bytes;
}

/* Without a wake-up: the exporter, which walks, reads the ring next. A claim fails if the connection has ended
 * meanwhile; the record of its end reports the difference then. */
static __always_inline void put_update(struct tcp_probe_info *info, int is_claimed)
{
	if (is_claimed) {
		bpf_ringbuf_submit(info, BPF_RB_NO_WAKEUP);
		count_outcome(TCP_PROBE_UPDATE, TCP_PROBE_PUT);
	} else {
		bpf_ringbuf_discard(info, BPF_RB_NO_WAKEUP);
	}
}

/* Returns 1 if a record, discarded or not, took room in the ring. */
static __always_inline int report_update(const struct tcp_sock *tcp, struct sock_storage_data *storage, __u64 claim,
					 __u64 now_ns)
{
	struct reported_totals totals, reported;
	struct tcp_probe_info *info;

	read_live_totals(&totals, tcp, storage);
	copy_reported(&reported, storage, claim);
	never_less(&totals, &reported);
	totals.reports = reported.reports + 1;
	read_delays(&totals, tcp, storage, &reported, now_ns - storage->connect_ns);
	if (!settings.report_unchanged && (claim & CLAIM_OPEN_REPORTED) && is_same_totals(&totals, &reported))
		return 0;
	info = reserve_report(TCP_PROBE_UPDATE);
	if (!info) {
		number_deferred_update(storage, claim, &reported);
		count_outcome(TCP_PROBE_UPDATE, TCP_PROBE_DEFERRED);
		return 0;
	}
	fill_report(info, tcp, storage, &totals, &reported, present_round_trip(tcp, storage));
	info->open_reported = !!(claim & CLAIM_OPEN_REPORTED);
	info->state = tcp->inet_conn.icsk_inet.sk.__sk_common.skc_state;
	info->duration = now_ns - storage->connect_ns;
	info->close_ns = now_ns;
	put_update(info, claim_update(storage, claim, &totals));
	return 1;
}

/* Whether a connection stalls, goes on or was accepted without another segment: a retransmission may fail before it is
 * one, and accept() is none. Cold. */
static __noinline int has_new_flags(const struct sock *sk, const struct sock_storage_data *storage, __u32 reported)
{
	const struct tcp_sock *tcp = bpf_skc_to_tcp_sock((void *)sk);

	return tcp && (read_present_flags(tcp, storage) ^ reported) & PRESENT_FLAGS;
}

/*
 * Whether a connection has nothing new, as most have. A walk spends nearly all its time waiting for the sockets' cache
 * lines, so this reads only those that every segment changes: a retransmission is a segment, and a loss is followed by
 * one. bpf_skc_to_tcp_sock() would read two lines more; only TCP sockets have a storage. A connection that has counted
 * a FIN is never idle here, and report_update() reads it in full. One without data under way that is accepted can get
 * no other flags without a segment; of all others, the line of icsk_retransmits and that of sk_socket are read too.
 */
static __always_inline int is_idle(const struct sock *sk, const struct sock_storage_data *storage, __u64 claim)
{
	const struct tcp_sock *tcp = (const struct tcp_sock *)sk;
	struct reported_totals reported;
	__u64 acked, received;
	__u32 segs_out, segs_in;

	if (!(claim & CLAIM_OPEN_REPORTED))
		return 0;
	copy_reported(&reported, storage, claim);
	if (reported.flags && has_new_flags(sk, storage, reported.flags))
		return 0;
	bpf_core_read(&segs_out, sizeof(segs_out), &tcp->segs_out);
	bpf_core_read(&segs_in, sizeof(segs_in), &tcp->segs_in);
	bpf_core_read(&received, sizeof(received), &tcp->bytes_received);
	bpf_core_read(&acked, sizeof(acked), &tcp->bytes_acked);
	return segs_out == reported.segs_out && segs_in == reported.segs_in && received == reported.received_bytes &&
	       without_syn_and_fin(acked, storage->syn_counted, 0) == reported.sent_bytes;
}

/* The hooks set the flag before the stage is OPEN, so only another program can have cleared it: the end will not be
 * seen. */
static __always_inline void note_cleared_flag(const struct tcp_sock *tcp, const struct sock_storage_data *storage)
{
	if (storage->stage == STAGE_OPEN && tcp->inet_conn.icsk_inet.sk.__sk_common.skc_state == BPF_TCP_ESTABLISHED &&
	    !(tcp->bpf_sock_ops_cb_flags & BPF_SOCK_OPS_STATE_CB_FLAG))
		WRITE_ONCE(shared.flag_cleared, 1);
}

/* Returns 1 if a record took room in the ring. The clock is read late: it costs as much as a cache line. */
static __always_inline int visit_live(const struct sock *sk, struct sock_storage_data *storage)
{
	__u64 claim = READ_ONCE(storage->claim);
	struct tcp_sock *tcp;
	__u64 now_ns;

	if (!(claim & CLAIM_LIVE))
		return visit_listener(sk, storage);
	if (!settings.report_unchanged && is_idle(sk, storage, claim))
		return 0;
	now_ns = bpf_ktime_get_ns();
	if (now_ns - storage->connect_ns < settings.report_interval_ns && !READ_ONCE(shared.report_all))
		return 0;
	tcp = bpf_skc_to_tcp_sock((void *)sk);
	if (!tcp)
		return 0;
	note_cleared_flag(tcp, storage);
	return report_update(tcp, storage, claim, now_ns);
}

#endif
