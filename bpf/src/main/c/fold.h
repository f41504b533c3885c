/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Folding: an end that finds the ring full is added up in a map, so that its numbers are in every sum. Cold. */
#ifndef FOLD_H
#define FOLD_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "cgroup.h"
#include "claim.h"
#include "counters.h"
#include "delays.h"
#include "kernel_types.h"
#include "maps.h"
#include "once.h"
#include "socket_facts.h"
#include "tcp_probe_info.h"
#include "tuple.h"

/* srtt_us counts eighths of a microsecond. */
enum { SRTT_UNIT_NS = 125 };

static const volatile struct tcp_probe_fold empty_fold;

/* Of the entries of map_of_folds: so many at most are of ports where connects failed, and of ports with connections,
 * since anybody can make either on as many ports as there are. Half of these may be of one cgroup each: cgroups come
 * and go, and ports stay. The others share entries without a port, for which the rest of the map has room. */
enum { MOST_FAILED_FOLDS = 256, MOST_ESTABLISHED_FOLDS = 512 };

static __always_inline int has_room_for_port(const struct tcp_probe_fold_key *key)
{
	__u32 share = key->cgroup_id ? 2 : 1;

	if (key->conn_success)
		return READ_ONCE(shared.established_folds) < MOST_ESTABLISHED_FOLDS / share;
	return READ_ONCE(shared.failed_folds) < MOST_FAILED_FOLDS / share;
}

static __always_inline struct tcp_probe_fold *create_fold(const struct tcp_probe_fold_key *key)
{
	if (!bpf_map_update_elem(&map_of_folds, key, (const void *)&empty_fold, BPF_NOEXIST) && !key->overflow)
		__sync_fetch_and_add(key->conn_success ? &shared.established_folds : &shared.failed_folds, 1);
	return bpf_map_lookup_elem(&map_of_folds, key); /* or another CPU's, if that was first */
}

static __always_inline struct tcp_probe_fold *find_fold(struct tcp_probe_fold_key *key)
{
	struct tcp_probe_fold *fold = bpf_map_lookup_elem(&map_of_folds, key);
	__u32 direction = key->direction;

	if (fold)
		return fold;
	if (!has_room_for_port(key)) {
		key->cgroup_id = 0;
		fold = bpf_map_lookup_elem(&map_of_folds, key);
	}
	if (!fold && !has_room_for_port(key)) {
		key->server_port = 0;
		key->overflow = TCP_PROBE_SHARED_BY_PORTS;
		fold = bpf_map_lookup_elem(&map_of_folds, key);
	}
	if (!fold)
		fold = create_fold(key);
	return fold ? fold : bpf_map_lookup_elem(&map_of_rest, &direction);
}

static __always_inline void fill_fold_key(struct tcp_probe_fold_key *key, const struct tcp_sock *tcp,
					  const struct sock_storage_data *storage, __u32 previous_state)
{
	const struct sock *sock = &tcp->inet_conn.icsk_inet.sk;
	struct tcp_probe_tuple tuple __attribute__((aligned(8)));

	read_tuple(&tuple, &sock->__sk_common);
	key->cgroup_id = read_cgroup_id(sock);
	key->server_port = server_port(&tuple, storage->direction);
	key->sk_err = sock->sk_err;
	key->direction = storage->direction;
	key->previous_state = previous_state;
	key->conn_success = storage->connect_success;
	key->fin_received = is_fin_received(sock);
	if (!storage->connect_success)
		return;
	key->has_unacked_bytes = read_unacked_bytes(tcp, storage) != 0;
	key->has_unread_bytes = read_unread_bytes(tcp, key->fin_received) != 0;
}

static __always_inline void fold_totals(struct tcp_probe_fold *fold, const struct reported_totals *totals,
					const struct reported_totals *reported)
{
	add(&fold->sent_bytes, totals->sent_bytes - reported->sent_bytes);
	add(&fold->received_bytes, totals->received_bytes - reported->received_bytes);
	add(&fold->segs_out, (__u32)(totals->segs_out - reported->segs_out));
	add(&fold->segs_in, (__u32)(totals->segs_in - reported->segs_in));
	add(&fold->total_retrans, (__u32)(totals->total_retrans - reported->total_retrans));
	add(&fold->lost, (__u32)(totals->lost - reported->lost));
}

static __always_inline void fold_delays(struct tcp_probe_fold *fold, const struct reported_totals *totals,
					const struct reported_totals *reported)
{
	add(&fold->network_limited_ms, totals->network_limited_ms - reported->network_limited_ms);
	add(&fold->receiver_limited_ms, totals->receiver_limited_ms - reported->receiver_limited_ms);
	add(&fold->send_buffer_limited_ms, totals->send_buffer_limited_ms - reported->send_buffer_limited_ms);
	add(&fold->stalled_ms, totals->stalled_ms - reported->stalled_ms);
	add(&fold->timeouts, (__u16)(totals->timeouts - reported->timeouts));
	add(&fold->spurious_retransmits, (__u32)(totals->spurious_retransmits - reported->spurious_retransmits));
	add(&fold->out_of_order_segments, (__u32)(totals->out_of_order_segments - reported->out_of_order_segments));
	if (reported->flags & TCP_PROBE_STALLED)
		count(&fold->stalled_ended);
	if (reported->flags & TCP_PROBE_NOT_ACCEPTED)
		count(&fold->not_accepted_ended);
}

/* Not inlined: the verifier would go through the buckets of each histogram for every bucket of those before it. */
static __noinline void fold_duration(struct tcp_probe_fold *fold, __u64 duration_ns)
{
	__u32 bucket = 0;

	while (bucket < TCP_PROBE_DURATION_BOUNDS && duration_ns > settings.duration_bounds_ns[bucket])
		bucket++;
	add(&fold->duration_sum_ns[bucket], duration_ns);
	count(&fold->duration_count[bucket]);
}

static __always_inline __u32 rtt_bucket(__u64 rtt_ns)
{
	__u32 bucket = 0;

	while (bucket < TCP_PROBE_RTT_BOUNDS && rtt_ns > settings.rtt_bounds_ns[bucket])
		bucket++;
	return bucket;
}

static __noinline void fold_rtt(struct tcp_probe_fold *fold, __u64 rtt_ns)
{
	__u32 bucket = rtt_bucket(rtt_ns);

	add(&fold->rtt_sum_ns[bucket], rtt_ns);
	count(&fold->rtt_count[bucket]);
}

static __noinline void fold_min_rtt(struct tcp_probe_fold *fold, __u64 rtt_ns)
{
	__u32 bucket = rtt_bucket(rtt_ns);

	add(&fold->min_rtt_sum_ns[bucket], rtt_ns);
	count(&fold->min_rtt_count[bucket]);
}

static __noinline void fold_handshake(struct tcp_probe_fold *fold, __u64 handshake_ns)
{
	__u32 bucket = 0;

	while (bucket < TCP_PROBE_HANDSHAKE_BOUNDS && handshake_ns > settings.handshake_bounds_ns[bucket])
		bucket++;
	add(&fold->handshake_sum_ns[bucket], handshake_ns);
	count(&fold->handshake_count[bucket]);
}

/* The kernel's first sample after a lost SYN-ACK is the time since the first one (tcp_synack_rtt_meas()), and after a
 * lost SYN that of a timestamp, in whole ms. */
static __always_inline void fold_round_trip(struct tcp_probe_fold *fold, const struct sock_storage_data *storage)
{
	if (storage->syn_retransmits)
		return;
	if (storage->srtt_us)
		fold_rtt(fold, (__u64)storage->srtt_us * SRTT_UNIT_NS);
	if (storage->rtt_min)
		fold_min_rtt(fold, (__u64)storage->rtt_min * NS_PER_US);
}

/* The handshake counts with the first report of totals, as in the records. */
static __always_inline int is_first_report(const struct reported_totals *reported)
{
	return !(reported->segs_out | reported->segs_in);
}

static __always_inline void fold_end(struct tcp_probe_fold *fold, const struct sock_storage_data *storage, __u64 claim,
				     __u64 duration_ns)
{
	if (!storage->connect_success) {
		count(&fold->failed);
		fold_handshake(fold, duration_ns);
		return;
	}
	if (!(claim & CLAIM_OPEN_REPORTED))
		count(storage->preexisting ? &fold->adopted : &fold->opened);
	if (storage->preexisting) {
		count(&fold->adopted_closed);
	} else {
		count(&fold->closed);
		fold_duration(fold, duration_ns);
	}
	if (storage->direction == TCP_PROBE_OUTBOUND && storage->handshake_us &&
	    is_first_report(&storage->reported[claim & CLAIM_SLOT]))
		fold_handshake(fold, (__u64)storage->handshake_us * NS_PER_US);
	fold_round_trip(fold, storage);
}

static __noinline void fold(const struct tcp_sock *tcp, const struct sock_storage_data *storage, __u64 claim,
			    __u32 previous_state, __u64 duration_ns)
{
	struct tcp_probe_fold_key key = {};
	const struct reported_totals *reported = &storage->reported[claim & CLAIM_SLOT];
	struct reported_totals totals;
	struct tcp_probe_fold *fold;

	fill_fold_key(&key, tcp, storage, previous_state);
	fold = find_fold(&key);
	if (!fold)
		return; /* for the verifier: the entries of map_of_rest always exist */
	fold_end(fold, storage, claim, duration_ns);
	read_totals(&totals, tcp, storage);
	never_backwards(&totals, reported);
	read_delays(&totals, tcp, storage, reported, duration_ns);
	fold_totals(fold, &totals, reported);
	fold_delays(fold, &totals, reported);
	if (!READ_ONCE(shared.fold_pending))
		WRITE_ONCE(shared.fold_pending, 1);
}

#endif
