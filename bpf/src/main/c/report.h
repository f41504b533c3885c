/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The records of opens, adoptions and ends. A report that finds the ring full is deferred or folded, never lost. */
#ifndef REPORT_H
#define REPORT_H

#include <linux/bpf.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

#include "cgroup.h"
#include "claim.h"
#include "counters.h"
#include "delays.h"
#include "details.h"
#include "fold.h"
#include "kernel_types.h"
#include "maps.h"
#include "once.h"
#include "process.h"
#include "socket_facts.h"
#include "tcp_probe_info.h"
#include "tuple.h"

/*
 * Only the record that crosses the level wakes the reader. A forced wake-up costs microseconds; to wake at every record
 * above the level would cost most under overload. The reader clears the word before it drains, so a record that it
 * misses wakes it again.
 */
static __always_inline __u64 submit_flags(void)
{
	if (bpf_ringbuf_query(&map_of_tcp_info, BPF_RB_AVAIL_DATA) < settings.wakeup_bytes)
		return BPF_RB_NO_WAKEUP;
	if (READ_ONCE(shared.wakeup_pending) || __sync_lock_test_and_set(&shared.wakeup_pending, 1))
		return BPF_RB_NO_WAKEUP;
	return BPF_RB_FORCE_WAKEUP;
}

/* The fields that need no state. */
static __always_inline void fill_socket(struct tcp_probe_info *info, const struct sock *sock)
{
	info->version = TCP_PROBE_VERSION;
	info->type = read_tuple(&info->tuple, &sock->__sk_common);
	info->protocol = sock->sk_protocol;
	info->socket_cookie = read_socket_cookie(&sock->__sk_common);
	info->netns_cookie = read_netns_cookie(&sock->__sk_common);
	info->cgroup_id = read_cgroup_id(sock);
}

static __always_inline void fill_identity(struct tcp_probe_info *info, const struct sock *sock,
					  const struct sock_storage_data *storage)
{
	fill_socket(info, sock);
	info->direction = storage->direction;
	info->conn_success = storage->connect_success;
	info->generation = generation_of(storage->claim);
	info->local_isn = storage->local_isn;
	info->peer_isn = storage->peer_isn;
	info->pid = storage->pid;
	__builtin_memcpy(info->command, storage->command, sizeof(info->command));
	info->preexisting = storage->preexisting;
	info->closed_by = storage->closed_by;
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

/* The socket's values at this moment. */
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

struct round_trip {
	__u32 srtt_us;
	__u32 rtt_min;
	__u32 mdev_us;
	__u32 snd_cwnd;
};

/* As of the first step out of ESTABLISHED. */
static __always_inline struct round_trip last_round_trip(const struct sock_storage_data *storage)
{
	return (struct round_trip){
	    .srtt_us = storage->srtt_us,
	    .rtt_min = storage->rtt_min,
	    .mdev_us = storage->mdev_us,
	    .snd_cwnd = storage->snd_cwnd,
	};
}

/* As of now, or as of the first step out of ESTABLISHED if that has been. The barriers force both loads: the compiler
 * would otherwise make one load of a pointer to either, and the verifier demands one kind of pointer at each load. */
static __always_inline struct round_trip present_round_trip(const struct tcp_sock *tcp,
							    const struct sock_storage_data *storage)
{
	struct round_trip now = {
	    .srtt_us = tcp->srtt_us,
	    .rtt_min = read_rtt_min(tcp, storage),
	    .mdev_us = tcp->mdev_us,
	    .snd_cwnd = tcp->snd_cwnd,
	};

	barrier_var(now.srtt_us);
	barrier_var(now.rtt_min);
	barrier_var(now.mdev_us);
	barrier_var(now.snd_cwnd);
	if (storage->closed_by)
		return last_round_trip(storage);
	now.mdev_us = now.srtt_us ? now.mdev_us : 0; /* the kernel begins with a second */
	return now;
}

/* All that an open has, and all other records too. */
static __always_inline void fill_short_report(struct tcp_probe_info *info, const struct tcp_sock *tcp,
					      const struct sock_storage_data *storage,
					      const struct reported_totals *totals, struct round_trip round_trip)
{
	fill_identity(info, &tcp->inet_conn.icsk_inet.sk, storage);
	fill_totals(info, totals);
	fill_present(info, tcp, storage);
	info->srtt_us = round_trip.srtt_us;
	info->rtt_min = round_trip.rtt_min;
}

static __always_inline void fill_report(struct tcp_probe_info *info, const struct tcp_sock *tcp,
					const struct sock_storage_data *storage, const struct reported_totals *totals,
					const struct reported_totals *reported, struct round_trip round_trip)
{
	fill_short_report(info, tcp, storage, totals, round_trip);
	fill_reported(info, reported);
	fill_details(info, tcp, storage, totals, reported);
	info->mdev_us = round_trip.mdev_us;
	info->snd_cwnd = round_trip.snd_cwnd;
}

static __always_inline int is_asked_for(__u32 kind)
{
	return (settings.report_kinds >> kind) & 1;
}

/* Room for one record that ends before network_limited_ms, zeroed, or NULL. Bytes cost: an open has no more. */
static __always_inline struct tcp_probe_info *reserve_short_report(__u32 kind)
{
	struct tcp_probe_info *info = bpf_ringbuf_reserve(&map_of_tcp_info, TCP_PROBE_SHORT_BYTES, 0);

	if (!info)
		return NULL;
	__builtin_memset(info, 0, TCP_PROBE_SHORT_BYTES);
	info->size = TCP_PROBE_SHORT_BYTES;
	info->kind = kind;
	return info;
}

/* Room for one record with all fields, zeroed, or NULL. */
static __always_inline struct tcp_probe_info *reserve_report(__u32 kind)
{
	struct tcp_probe_info *info = bpf_ringbuf_reserve(&map_of_tcp_info, sizeof(*info), 0);

	if (!info)
		return NULL;
	__builtin_memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->kind = kind;
	return info;
}

static __always_inline void put_report(struct tcp_probe_info *info, __u32 kind)
{
	bpf_ringbuf_submit(info, submit_flags());
	count_outcome(kind, TCP_PROBE_PUT);
}

/* An open without room in the ring is deferred: the connection's next record says that none came before. */
static __always_inline void report_open(const struct tcp_sock *tcp, struct sock_storage_data *storage, __u64 now_ns)
{
	struct tcp_probe_info *info = is_asked_for(TCP_PROBE_OPEN) ? reserve_short_report(TCP_PROBE_OPEN) : NULL;
	struct reported_totals totals;

	if (!info) {
		go_live(storage, 0);
		count_outcome(TCP_PROBE_OPEN, TCP_PROBE_DEFERRED);
		return;
	}
	read_totals(&totals, tcp, storage);
	fill_short_report(info, tcp, storage, &totals, present_round_trip(tcp, storage));
	info->open_reported = 1;
	info->state = BPF_TCP_ESTABLISHED;
	info->previous_state = storage->direction == TCP_PROBE_OUTBOUND ? BPF_TCP_SYN_SENT : BPF_TCP_SYN_RECV;
	info->duration = now_ns - storage->connect_ns;
	info->close_ns = now_ns;
	put_report(info, TCP_PROBE_OPEN);
	go_live(storage, CLAIM_OPEN_REPORTED);
}

/* The totals stand as reported already, so that no sum counts bytes from before the adoption. The flags do not: this
 * record is the first to count the connection as stalled or not accepted. */
static __always_inline void report_adopted(const struct tcp_sock *tcp, struct sock_storage_data *storage)
{
	struct reported_totals *reported = &storage->reported[0];
	struct reported_totals totals = *reported;
	struct tcp_probe_info *info;

	reported->flags = 0;
	info = is_asked_for(TCP_PROBE_ADOPTED) ? reserve_report(TCP_PROBE_ADOPTED) : NULL;
	if (!info) {
		go_live(storage, 0);
		count_outcome(TCP_PROBE_ADOPTED, TCP_PROBE_DEFERRED);
		return;
	}
	fill_report(info, tcp, storage, &totals, reported, present_round_trip(tcp, storage));
	reported->flags = totals.flags;
	info->open_reported = 1;
	info->state = tcp->inet_conn.icsk_inet.sk.__sk_common.skc_state;
	info->close_ns = storage->connect_ns;
	put_report(info, TCP_PROBE_ADOPTED);
	go_live(storage, CLAIM_OPEN_REPORTED);
}

/* A connection that has ended is not stalled any more. That it was never accepted stays true: its last record says it,
 * and counts as accepted where connections that wait for accept() are counted. */
static __always_inline void report_end(const struct tcp_sock *tcp, struct sock_storage_data *storage,
				       __u32 previous_state)
{
	__u32 kind = storage->connect_success ? TCP_PROBE_CLOSE : TCP_PROBE_FAILED;
	__u64 claim = claim_end(storage);
	const struct reported_totals *reported = &storage->reported[claim & CLAIM_SLOT];
	__u64 now_ns = bpf_ktime_get_ns();
	struct reported_totals totals;
	struct tcp_probe_info *info;

	if (!is_asked_for(kind)) {
		count_outcome(kind, TCP_PROBE_FILTERED);
		return;
	}
	info = reserve_report(kind);
	if (!info) {
		fold(tcp, storage, claim, previous_state, now_ns - storage->connect_ns);
		count_outcome(kind, TCP_PROBE_FOLDED);
		return;
	}
	read_totals(&totals, tcp, storage);
	never_backwards(&totals, reported);
	read_delays(&totals, tcp, storage, reported, now_ns - storage->connect_ns);
	totals.flags &= TCP_PROBE_NOT_ACCEPTED;
	fill_report(info, tcp, storage, &totals, reported, last_round_trip(storage));
	info->open_reported = !!(claim & CLAIM_OPEN_REPORTED);
	info->state = BPF_TCP_CLOSE;
	info->previous_state = previous_state;
	/* The error is this connection's: tcp_connect_init(), after our hook and before the SYN, clears an earlier one.
	 */
	info->sk_err = tcp->inet_conn.icsk_inet.sk.sk_err;
	info->duration = now_ns - storage->connect_ns;
	info->close_ns = now_ns;
	put_report(info, kind);
}

/*
 * The only record of a connection for whose state there is no memory at all. `process` called connect(); NULL if it is
 * not known. Its generation is a number of its own, so that its id is. Cold.
 */
static __noinline void report_unobserved(const struct tcp_sock *tcp, const struct task_struct *process, __u32 direction)
{
	struct tcp_probe_info *info =
	    is_asked_for(TCP_PROBE_UNOBSERVED) ? reserve_short_report(TCP_PROBE_UNOBSERVED) : NULL;

	if (!info) {
		count_outcome(TCP_PROBE_UNOBSERVED, TCP_PROBE_NO_STORAGE);
		return;
	}
	fill_socket(info, &tcp->inet_conn.icsk_inet.sk);
	info->direction = direction;
	info->generation = next_numbered_generation();
	info->state = tcp->inet_conn.icsk_inet.sk.__sk_common.skc_state;
	info->close_ns = bpf_ktime_get_ns();
	if (process && !(process->flags & PF_KTHREAD)) {
		info->pid = process->tgid;
		copy_command(info->command, process);
	}
	put_report(info, TCP_PROBE_UNOBSERVED);
}

/* Brings the record's type into the object's BTF, for the layout test: a ring has no value type, and inlined functions
 * leave no types behind. Nothing calls it, so that libbpf never loads it. */
__attribute__((used)) static __noinline void record_type(const struct tcp_probe_info *info)
{
}

#endif
