/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The walk over the connections that live, of all network namespaces, started by the exporter's timer. It holds no lock
 * of the socket: hooks may run on it at the same time, see CLAIM_LIVE in maps.h.
 */
#ifndef LIVE_H
#define LIVE_H

#include "report.h"

static __always_inline int is_same_totals(const struct reported_totals *a, const struct reported_totals *b)
{
	return a->sent_bytes == b->sent_bytes && a->received_bytes == b->received_bytes && a->segs_out == b->segs_out &&
	       a->segs_in == b->segs_in && a->total_retrans == b->total_retrans && a->lost == b->lost;
}

/* A total that was read a byte behind may be smaller than the last one. */
static __always_inline void never_less(struct reported_totals *totals, const struct reported_totals *reported)
{
	if (totals->sent_bytes < reported->sent_bytes)
		totals->sent_bytes = reported->sent_bytes;
	if (totals->received_bytes < reported->received_bytes)
		totals->received_bytes = reported->received_bytes;
}

/* Both branches are kept apart: the walk's value is memory that the verifier wants to be read at constant offsets. */
static __always_inline void copy_reported(struct reported_totals *to, const struct sock_storage_data *storage,
					  __u64 claim)
{
	if (claim & CLAIM_SLOT) {
		*to = storage->reported[1];
		asm volatile("" ::: "memory");
	} else {
		*to = storage->reported[0];
	}
}

static __always_inline void write_reported(struct sock_storage_data *storage, const struct reported_totals *totals,
					   __u64 claim)
{
	if (claim & CLAIM_SLOT) {
		storage->reported[0] = *totals;
		asm volatile("" ::: "memory");
	} else {
		storage->reported[1] = *totals;
	}
}

/* Wakes nobody: the exporter that walks reads the ring next. */
static __always_inline void put_update(struct tcp_probe_info *info)
{
	bpf_ringbuf_submit(info, BPF_RB_NO_WAKEUP);
	count_outcome(TCP_PROBE_UPDATE, TCP_PROBE_PUT);
}

/* The record is discarded if the connection has ended meanwhile: the record of its end says it all then. It has taken
 * its room in the ring in any case. */
static __always_inline int put_claimed(struct tcp_probe_info *info, struct sock_storage_data *storage, __u64 claim,
				       const struct reported_totals *totals)
{
	write_reported(storage, totals, claim);
	if (__sync_val_compare_and_swap(&storage->claim, claim, (claim ^ CLAIM_SLOT) | CLAIM_OPEN_REPORTED) == claim)
		put_update(info);
	else
		bpf_ringbuf_discard(info, BPF_RB_NO_WAKEUP);
	return 1;
}

static __always_inline int report_update(const struct tcp_sock *tcp, struct sock_storage_data *storage, __u64 claim,
					 __u64 now_ns)
{
	const struct sock *sock = &tcp->inet_conn.icsk_inet.sk;
	struct reported_totals totals, reported;
	struct tcp_probe_info *info;

	read_live_totals(&totals, tcp, storage);
	copy_reported(&reported, storage, claim);
	never_less(&totals, &reported);
	if (!settings.report_unchanged && (claim & CLAIM_OPEN_REPORTED) && is_same_totals(&totals, &reported))
		return 0;
	info = reserve_report(TCP_PROBE_UPDATE);
	if (!info) {
		count_outcome(TCP_PROBE_UPDATE, TCP_PROBE_DEFERRED);
		return 0;
	}
	fill_identity(info, sock, storage);
	fill_totals(info, &totals);
	fill_reported(info, &reported);
	fill_present(info, tcp, storage);
	fill_present_round_trip(info, tcp, storage);
	info->open_reported = !!(claim & CLAIM_OPEN_REPORTED);
	info->closed_by = storage->closed_by;
	info->state = sock->__sk_common.skc_state;
	info->duration = now_ns - storage->connect_ns;
	info->close_ns = now_ns;
	return put_claimed(info, storage, claim, &totals);
}

/*
 * Whether a connection has nothing new, which most have. Nearly all of a walk's time is waiting for cache lines of the
 * sockets, so this looks at as few as it can: at those that any segment would change. A retransmission is one, and a
 * loss is followed by one. bpf_skc_to_tcp_sock() would look at two lines more; only TCP sockets have a storage. One
 * that has counted a FIN never looks idle here, and is looked at closely.
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
	bpf_core_read(&segs_out, sizeof(segs_out), &tcp->segs_out);
	bpf_core_read(&segs_in, sizeof(segs_in), &tcp->segs_in);
	bpf_core_read(&received, sizeof(received), &tcp->bytes_received);
	bpf_core_read(&acked, sizeof(acked), &tcp->bytes_acked);
	return segs_out == reported.segs_out && segs_in == reported.segs_in && received == reported.received_bytes &&
	       without_syn_and_fin(acked, storage->direction, 0) == reported.sent_bytes;
}

/* Returns 1 if a record took room in the ring. The clock comes late: it costs as much as a cache line. */
static __always_inline int visit_live(const struct sock *sk, struct sock_storage_data *storage)
{
	__u64 claim = *(volatile __u64 *)&storage->claim;
	struct tcp_sock *tcp;
	__u64 now_ns;

	if (!(claim & CLAIM_LIVE))
		return 0;
	if (!settings.report_unchanged && is_idle(sk, storage, claim))
		return 0;
	now_ns = bpf_ktime_get_ns();
	if (now_ns - storage->connect_ns < settings.report_interval_ns && !shared.report_all)
		return 0;
	tcp = bpf_skc_to_tcp_sock((void *)sk);
	return tcp ? report_update(tcp, storage, claim, now_ns) : 0;
}

#endif
