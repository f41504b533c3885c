/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Puts records into the ring: the only place that can lose one, and counts it. */
#ifndef REPORT_H
#define REPORT_H

#include "socket_facts.h"

/*
 * Only the record that crosses the level wakes the reader: a forced wake-up costs microseconds, and a rule "above the
 * level, wake" would pay that for every record exactly under overload. The reader clears the word before it drains, so
 * a record that comes later than its last look wakes it again.
 */
static __always_inline __u64 submit_flags(void)
{
	if (bpf_ringbuf_query(&map_of_tcp_info, BPF_RB_AVAIL_DATA) < settings.wakeup_bytes)
		return BPF_RB_NO_WAKEUP;
	if (shared.wakeup_pending || __sync_lock_test_and_set(&shared.wakeup_pending, 1))
		return BPF_RB_NO_WAKEUP;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline void fill_identity(struct tcp_probe_info *info, struct bpf_sock_ops *ctx,
					  const struct sock *sock, const struct sock_storage_data *storage)
{
	info->version = TCP_PROBE_VERSION;
	info->size = sizeof(*info);
	info->type = read_tuple(&info->tuple, &sock->__sk_common);
	info->protocol = sock->sk_protocol;
	info->direction = storage->direction;
	info->conn_success = storage->connect_success;
	info->generation = storage->generation;
	info->socket_cookie = bpf_get_socket_cookie(ctx);
	info->netns_cookie = sock->__sk_common.skc_net.net->net_cookie;
	info->cgroup_id = read_cgroup_id(sock);
	info->pid = storage->pid;
	__builtin_memcpy(info->command, storage->command, sizeof(info->command));
}

static __always_inline void fill_totals(struct tcp_probe_info *info, const struct tcp_sock *tcp,
					const struct sock_storage_data *storage)
{
	info->fin_received = is_fin_received(&tcp->inet_conn.icsk_inet.sk);
	info->sent_bytes = read_sent_bytes(tcp, storage);
	info->received_bytes = read_received_bytes(tcp, info->fin_received);
	info->segs_out = tcp->segs_out;
	info->segs_in = tcp->segs_in;
	info->total_retrans = tcp->total_retrans;
	info->lost = tcp->lost - storage->earlier_lost;
	info->lost_out = tcp->lost_out;
	if (!storage->connect_success)
		return;
	info->mss_cache = tcp->mss_cache;
	info->unacked_bytes = read_unacked_bytes(tcp, storage);
	info->unread_bytes = read_unread_bytes(tcp, info->fin_received);
}

static __always_inline void fill_round_trip(struct tcp_probe_info *info, __u32 srtt_us, __u32 rtt_min)
{
	info->srtt_us = srtt_us;
	info->rtt_min = rtt_min == NO_RTT_SAMPLE ? 0 : rtt_min;
}

/* Takes room for one record, zeroed, or counts why there is none: returns NULL then. */
static __always_inline struct tcp_probe_info *reserve_report(__u32 kind, __u32 outcome_if_full)
{
	struct tcp_probe_info *info;

	if (!(settings.report_kinds & (1U << kind))) {
		count_outcome(kind, kind == TCP_PROBE_OPEN ? TCP_PROBE_DEFERRED : TCP_PROBE_FILTERED);
		return NULL;
	}
	info = bpf_ringbuf_reserve(&map_of_tcp_info, sizeof(*info), 0);
	if (!info) {
		count_outcome(kind, outcome_if_full);
		return NULL;
	}
	__builtin_memset(info, 0, sizeof(*info));
	info->kind = kind;
	return info;
}

static __always_inline void put_report(struct tcp_probe_info *info, __u32 kind)
{
	bpf_ringbuf_submit(info, submit_flags());
	count_outcome(kind, TCP_PROBE_PUT);
}

/* An open that finds no room is not lost: the close says that it was never reported. */
static __always_inline void report_open(struct bpf_sock_ops *ctx, const struct tcp_sock *tcp,
					struct sock_storage_data *storage, __u64 now_ns)
{
	const struct sock *sock = &tcp->inet_conn.icsk_inet.sk;
	struct tcp_probe_info *info = reserve_report(TCP_PROBE_OPEN, TCP_PROBE_DEFERRED);

	if (!info)
		return;
	storage->open_reported = 1;
	fill_identity(info, ctx, sock, storage);
	fill_totals(info, tcp, storage);
	fill_round_trip(info, tcp->srtt_us, tcp->rtt_min.s[0].v);
	info->open_reported = 1;
	info->state = BPF_TCP_ESTABLISHED;
	info->previous_state = storage->direction == TCP_PROBE_OUTBOUND ? BPF_TCP_SYN_SENT : BPF_TCP_SYN_RECV;
	info->duration = now_ns - storage->connect_ns;
	info->close_ns = now_ns;
	put_report(info, TCP_PROBE_OPEN);
}

static __always_inline void report_end(struct bpf_sock_ops *ctx, const struct tcp_sock *tcp,
				       const struct sock_storage_data *storage, __u32 previous_state)
{
	const struct sock *sock = &tcp->inet_conn.icsk_inet.sk;
	__u32 kind = storage->connect_success ? TCP_PROBE_CLOSE : TCP_PROBE_FAILED;
	struct tcp_probe_info *info = reserve_report(kind, TCP_PROBE_DROPPED);
	__u64 now_ns = bpf_ktime_get_ns();

	if (!info)
		return;
	fill_identity(info, ctx, sock, storage);
	fill_totals(info, tcp, storage);
	fill_round_trip(info, storage->srtt_us, storage->rtt_min);
	info->open_reported = storage->open_reported;
	info->closed_by = storage->closed_by;
	info->state = BPF_TCP_CLOSE;
	info->previous_state = previous_state;
	/* Of this connection: what an earlier one left on the socket is cleared by tcp_connect_init(), after our hook
	 * and before the SYN. */
	info->sk_err = sock->sk_err;
	info->duration = now_ns - storage->connect_ns;
	info->close_ns = now_ns;
	put_report(info, kind);
}

/*
 * Puts the record into the object's BTF, where the layout test finds it: a ring has no value type, and what is inlined
 * leaves no types behind. Nothing calls it, so that libbpf never loads it.
 */
__attribute__((used, noinline)) static void record_type(const struct tcp_probe_info *info)
{
}

#endif
