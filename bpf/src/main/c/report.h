/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Puts records into the ring: the only place that can find it full, and sees to it that nothing is lost then. */
#ifndef REPORT_H
#define REPORT_H

#include "fold.h"

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

static __always_inline void fill_identity(struct tcp_probe_info *info, const struct sock *sock,
					  const struct sock_storage_data *storage)
{
	info->version = TCP_PROBE_VERSION;
	info->size = sizeof(*info);
	info->type = read_tuple(&info->tuple, &sock->__sk_common);
	info->protocol = sock->sk_protocol;
	info->direction = storage->direction;
	info->conn_success = storage->connect_success;
	info->generation = storage->claim >> CLAIM_GENERATION_SHIFT;
	info->socket_cookie = read_socket_cookie(&sock->__sk_common);
	info->netns_cookie = read_netns_cookie(&sock->__sk_common);
	info->cgroup_id = read_cgroup_id(sock);
	info->local_isn = storage->local_isn;
	info->peer_isn = storage->peer_isn;
	info->pid = storage->pid;
	__builtin_memcpy(info->command, storage->command, sizeof(info->command));
	info->preexisting = storage->preexisting;
}

static __always_inline void fill_totals(struct tcp_probe_info *info, const struct reported_totals *totals)
{
	info->sent_bytes = totals->sent_bytes;
	info->received_bytes = totals->received_bytes;
	info->segs_out = totals->segs_out;
	info->segs_in = totals->segs_in;
	info->total_retrans = totals->total_retrans;
	info->lost = totals->lost;
}

static __always_inline void fill_reported(struct tcp_probe_info *info, const struct reported_totals *reported)
{
	info->reported_sent_bytes = reported->sent_bytes;
	info->reported_received_bytes = reported->received_bytes;
	info->reported_segs_out = reported->segs_out;
	info->reported_segs_in = reported->segs_in;
	info->reported_total_retrans = reported->total_retrans;
	info->reported_lost = reported->lost;
}

/* What stands in the socket at this moment. */
static __always_inline void fill_present(struct tcp_probe_info *info, const struct tcp_sock *tcp,
					 const struct sock_storage_data *storage)
{
	info->fin_received = is_fin_received(&tcp->inet_conn.icsk_inet.sk);
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

/* As of now, or as of the first step out of ESTABLISHED if that has been. Both are read in any case: the compiler would
 * else make one load of two, from whichever address, and the verifier wants each load to know its kind of pointer. */
static __always_inline void fill_present_round_trip(struct tcp_probe_info *info, const struct tcp_sock *tcp,
						    const struct sock_storage_data *storage)
{
	__u32 srtt_us = tcp->srtt_us, rtt_min = tcp->rtt_min.s[0].v;

	asm volatile("" : "+r"(srtt_us), "+r"(rtt_min));
	fill_round_trip(info, storage->closed_by ? storage->srtt_us : srtt_us,
			storage->closed_by ? storage->rtt_min : rtt_min);
}

static __always_inline int is_asked_for(__u32 kind)
{
	return (settings.report_kinds >> kind) & 1;
}

/* Room for one record, zeroed, or NULL. */
static __always_inline struct tcp_probe_info *reserve_report(__u32 kind)
{
	struct tcp_probe_info *info = bpf_ringbuf_reserve(&map_of_tcp_info, sizeof(*info), 0);

	if (!info)
		return NULL;
	__builtin_memset(info, 0, sizeof(*info));
	info->kind = kind;
	return info;
}

static __always_inline void put_report(struct tcp_probe_info *info, __u32 kind)
{
	bpf_ringbuf_submit(info, submit_flags());
	count_outcome(kind, TCP_PROBE_PUT);
}

/* The walk leaves alone what is not live yet. */
static __always_inline void go_live(struct sock_storage_data *storage, __u64 open_reported)
{
	*(volatile __u64 *)&storage->claim = storage->claim | CLAIM_LIVE | open_reported;
}

/* An open that finds no room is not lost: the connection's next record says that it is the first. */
static __always_inline void report_open(const struct tcp_sock *tcp, struct sock_storage_data *storage, __u64 now_ns)
{
	struct tcp_probe_info *info = is_asked_for(TCP_PROBE_OPEN) ? reserve_report(TCP_PROBE_OPEN) : NULL;
	struct reported_totals totals;

	if (!info) {
		go_live(storage, 0);
		count_outcome(TCP_PROBE_OPEN, TCP_PROBE_DEFERRED);
		return;
	}
	fill_identity(info, &tcp->inet_conn.icsk_inet.sk, storage);
	read_totals(&totals, tcp, storage);
	fill_totals(info, &totals);
	fill_present(info, tcp, storage);
	fill_present_round_trip(info, tcp, storage);
	info->open_reported = 1;
	info->state = BPF_TCP_ESTABLISHED;
	info->previous_state = storage->direction == TCP_PROBE_OUTBOUND ? BPF_TCP_SYN_SENT : BPF_TCP_SYN_RECV;
	info->duration = now_ns - storage->connect_ns;
	info->close_ns = now_ns;
	put_report(info, TCP_PROBE_OPEN);
	go_live(storage, CLAIM_OPEN_REPORTED);
}

/* Nothing has been seen of it so far: its totals stand as reported, so that what it moved before is not counted. */
static __always_inline void report_adopted(const struct tcp_sock *tcp, struct sock_storage_data *storage)
{
	struct tcp_probe_info *info = is_asked_for(TCP_PROBE_ADOPTED) ? reserve_report(TCP_PROBE_ADOPTED) : NULL;
	const struct reported_totals *totals = &storage->reported[0];

	if (!info) {
		go_live(storage, 0);
		count_outcome(TCP_PROBE_ADOPTED, TCP_PROBE_DEFERRED);
		return;
	}
	fill_identity(info, &tcp->inet_conn.icsk_inet.sk, storage);
	fill_totals(info, totals);
	fill_reported(info, totals);
	fill_present(info, tcp, storage);
	fill_present_round_trip(info, tcp, storage);
	info->open_reported = 1;
	info->closed_by = storage->closed_by;
	info->state = tcp->inet_conn.icsk_inet.sk.__sk_common.skc_state;
	info->close_ns = storage->connect_ns;
	put_report(info, TCP_PROBE_ADOPTED);
	go_live(storage, CLAIM_OPEN_REPORTED);
}

static __always_inline void report_end(const struct tcp_sock *tcp, struct sock_storage_data *storage,
				       __u32 previous_state)
{
	__u32 kind = storage->connect_success ? TCP_PROBE_CLOSE : TCP_PROBE_FAILED;
	const struct sock *sock = &tcp->inet_conn.icsk_inet.sk;
	__u64 claim = __sync_fetch_and_and(&storage->claim, ~(__u64)CLAIM_LIVE);
	const struct reported_totals *reported = &storage->reported[claim & CLAIM_SLOT];
	__u64 now_ns = bpf_ktime_get_ns();
	struct reported_totals totals;
	struct tcp_probe_info *info;

	if (!is_asked_for(kind)) {
		count_outcome(kind, TCP_PROBE_FILTERED);
		return;
	}
	/* Before the record is asked for: the verifier of 6.1 does not see that a second test for NULL must end as the
	 * first did, and the compiler makes two where anything stands between. */
	read_totals(&totals, tcp, storage);
	info = reserve_report(kind);
	if (!info) {
		fold(tcp, storage, &totals, claim, previous_state, now_ns - storage->connect_ns);
		count_outcome(kind, TCP_PROBE_FOLDED);
		return;
	}
	fill_identity(info, sock, storage);
	fill_totals(info, &totals);
	fill_reported(info, reported);
	fill_present(info, tcp, storage);
	fill_round_trip(info, storage->srtt_us, storage->rtt_min);
	info->open_reported = !!(claim & CLAIM_OPEN_REPORTED);
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
