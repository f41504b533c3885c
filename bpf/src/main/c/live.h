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

/* The record is discarded if the connection has ended meanwhile: the record of its end says it all then. */
static __always_inline void put_claimed(struct tcp_probe_info *info, struct sock_storage_data *storage, __u64 claim,
					const struct reported_totals *totals)
{
	storage->reported[~claim & CLAIM_SLOT] = *totals;
	if (__sync_val_compare_and_swap(&storage->claim, claim, (claim ^ CLAIM_SLOT) | CLAIM_OPEN_REPORTED) == claim)
		put_report(info, TCP_PROBE_UPDATE);
	else
		bpf_ringbuf_discard(info, BPF_RB_NO_WAKEUP);
}

static __always_inline void report_update(const struct tcp_sock *tcp, struct sock_storage_data *storage, __u64 claim,
					  __u64 now_ns)
{
	const struct reported_totals *reported = &storage->reported[claim & CLAIM_SLOT];
	const struct sock *sock = &tcp->inet_conn.icsk_inet.sk;
	struct reported_totals totals;
	struct tcp_probe_info *info;

	read_live_totals(&totals, tcp, storage);
	never_less(&totals, reported);
	if (!settings.report_unchanged && (claim & CLAIM_OPEN_REPORTED) && is_same_totals(&totals, reported))
		return;
	info = reserve_report(TCP_PROBE_UPDATE);
	if (!info) {
		count_outcome(TCP_PROBE_UPDATE, TCP_PROBE_DEFERRED);
		return;
	}
	fill_identity(info, sock, storage);
	fill_totals(info, &totals);
	fill_reported(info, reported);
	fill_present(info, tcp, storage);
	fill_present_round_trip(info, tcp, storage);
	info->open_reported = !!(claim & CLAIM_OPEN_REPORTED);
	info->closed_by = storage->closed_by;
	info->state = sock->__sk_common.skc_state;
	info->duration = now_ns - storage->connect_ns;
	info->close_ns = now_ns;
	put_claimed(info, storage, claim, &totals);
}

static __always_inline void visit_live(const struct sock *sk)
{
	struct sock_storage_data *storage = bpf_sk_storage_get(&map_of_sock_storage, (void *)sk, NULL, 0);
	struct tcp_sock *tcp;
	__u64 claim, now_ns;

	if (!storage)
		return;
	claim = *(volatile __u64 *)&storage->claim;
	if (!(claim & CLAIM_LIVE))
		return;
	now_ns = bpf_ktime_get_ns();
	if (now_ns - storage->connect_ns < settings.report_interval_ns && !shared.report_all)
		return;
	tcp = bpf_skc_to_tcp_sock((void *)sk);
	if (tcp)
		report_update(tcp, storage, claim, now_ns);
}

#endif
