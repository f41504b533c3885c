/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Adoption: a walk over one network namespace, right after the hooks are attached, finds the connections that are older
 * than this program. The walk holds each socket's lock, so that no hook runs on it meanwhile, and visits all listeners
 * first.
 */
#ifndef ADOPTION_H
#define ADOPTION_H

#include <linux/bpf.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

#include "cgroup.h"
#include "counters.h"
#include "delays.h"
#include "filter.h"
#include "kernel_types.h"
#include "listener.h"
#include "maps.h"
#include "once.h"
#include "own_connections.h"
#include "report.h"
#include "socket_facts.h"
#include "storage.h"
#include "tcp_probe_info.h"

enum {
	SOL_TCP = 6,
	CALLBACK_FLAGS = 1008, /* TCP_BPF_SOCK_OPS_CB_FLAGS, since 6.12 for bpf_setsockopt() outside of sockops */
};

static __always_inline void remember_listener(const struct sock_common *sock)
{
	struct listening_port key = {.netns_cookie = read_netns_cookie(sock), .port = sock->skc_num};
	__u8 yes = 1;

	bpf_map_update_elem(&map_of_listened, &key, &yes, BPF_ANY);
}

static __always_inline int has_queued_fin(__u8 state)
{
	return state == BPF_TCP_FIN_WAIT1 || state == BPF_TCP_FIN_WAIT2 || state == BPF_TCP_CLOSING ||
	       state == BPF_TCP_LAST_ACK;
}

/* Of ours, in bytes_acked, which counts SYN, payload and FIN (tcp_snd_una_update()); bytes_sent counts payload alone,
 * with each retransmission (__tcp_transmit_skb()). 1 after an active open, 0 after a passive one; any number if
 * TCP_REPAIR has put payload into the queue. */
static __always_inline __u32 count_acked_syns(const struct tcp_sock *tcp, __u8 state)
{
	__u32 under_way = tcp->snd_nxt - tcp->snd_una;
	__u32 sent_once = (__u32)(tcp->bytes_sent - tcp->bytes_retrans);
	__u32 sent_fins = has_queued_fin(state) && tcp->snd_nxt == tcp->write_seq;

	return (__u32)tcp->bytes_acked + under_way - sent_once - sent_fins;
}

/* An end that has sent a SYN is a client's. If the counters do not tell, a listener at its port makes it a server's. */
static __always_inline __u8 find_direction(const struct tcp_sock *tcp)
{
	const struct sock_common *sock = &tcp->inet_conn.icsk_inet.sk.__sk_common;
	struct listening_port key = {.netns_cookie = read_netns_cookie(sock), .port = sock->skc_num};
	__u32 acked_syns = count_acked_syns(tcp, sock->skc_state);

	if (sock->skc_state == BPF_TCP_SYN_SENT || acked_syns == 1)
		return TCP_PROBE_OUTBOUND;
	if (!acked_syns || bpf_map_lookup_elem(&map_of_listened, &key))
		return TCP_PROBE_INBOUND;
	return TCP_PROBE_OUTBOUND;
}

static __always_inline int is_in_scope(const struct sock *sock)
{
	const struct cgroup *cgroup = cgroup_of(sock);
	__u64 id;

	if (!cgroup)
		return 0;
	for_each_ancestor (id, cgroup) {
		if (id == shared.scope_cgroup_id)
			return 1;
	}
	return 0;
}

/* Sets what the hooks would have set on the way to this state. */
static __always_inline void catch_up(struct sock_storage_data *storage, __u8 state)
{
	storage->fin_sent = has_queued_fin(state);
	if (state == BPF_TCP_CLOSE_WAIT || state == BPF_TCP_LAST_ACK)
		storage->closed_by = TCP_PROBE_CLOSED_BY_REMOTE;
	else if (storage->fin_sent)
		storage->closed_by = TCP_PROBE_CLOSED_BY_LOCAL;
}

static __always_inline int arm_older(struct tcp_sock *tcp)
{
	int flags = tcp->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG;

	return bpf_setsockopt(tcp, SOL_TCP, CALLBACK_FLAGS, &flags, sizeof(flags));
}

static __always_inline void count_refused_adoption(void)
{
	struct tcp_probe_counters *counters = this_cpu_counters();

	if (counters)
		count(&counters->adoption_refused);
}

/* A connect that is under way is no connection yet: from here on the hooks treat it like one that began after them, and
 * count it when it is established or has failed. */
static __always_inline void begin_older(struct sock_storage_data *storage, const struct tcp_sock *tcp, __u8 direction,
					__u8 state)
{
	storage->connect_ns = bpf_ktime_get_ns();
	storage->direction = direction;
	storage->syn_counted = direction == TCP_PROBE_OUTBOUND;
	remember_earlier_limits(storage, tcp);
	if (state == BPF_TCP_SYN_SENT) {
		storage->handshake_us = HANDSHAKE_UNSEEN;
		storage->stage = STAGE_CONNECTING;
		return;
	}
	storage->stage = STAGE_OPEN;
	storage->connect_success = 1;
	storage->preexisting = 1;
	storage->data_with_syn = 1;
	catch_up(storage, state);
	read_initial_sequence_numbers(storage, tcp);
	remember_earlier_timeouts(storage, tcp, storage->connect_ns);
	read_totals(&storage->reported[0], tcp, storage);
	read_delays(&storage->reported[0], tcp, storage, &storage->reported[0], 0);
	report_adopted(tcp, storage);
}

static __always_inline int has_begun(__u8 state)
{
	return state == BPF_TCP_ESTABLISHED || state == BPF_TCP_SYN_SENT || state == BPF_TCP_FIN_WAIT1 ||
	       state == BPF_TCP_FIN_WAIT2 || state == BPF_TCP_CLOSE_WAIT || state == BPF_TCP_LAST_ACK ||
	       state == BPF_TCP_CLOSING;
}

static __noinline int has_fallback(const struct sock_common *skc)
{
	__u64 cookie = read_socket_cookie(skc);

	return bpf_map_lookup_elem(&map_of_fallback, &cookie) != NULL;
}

static __always_inline struct sock_storage_data *create_older_storage(struct tcp_sock *tcp)
{
	__u64 cookie = bpf_get_socket_cookie(tcp);
	struct sock_storage_data *storage;

	if (READ_ONCE(shared.memory_short))
		return NULL;
	storage = bpf_sk_storage_get(&map_of_sock_storage, tcp, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	return storage ? storage : create_fallback(cookie);
}

static __always_inline int adopt(struct sock_common *skc, struct tcp_sock *tcp, __u8 state)
{
	__u8 direction = find_direction(tcp);
	struct sock_storage_data *storage;

	if (bpf_sk_storage_get(&map_of_sock_storage, tcp, NULL, 0) || has_fallback(skc))
		return 0; /* born after the hooks were attached */
	if (!settings.own_connections && was_own_connection(skc))
		return 0; /* likewise, and counted as filtered at birth */
	if (!is_in_scope(&tcp->inet_conn.icsk_inet.sk))
		return 0;
	if (is_refused(tcp, direction)) {
		count_outcome(TCP_PROBE_ADOPTED, TCP_PROBE_FILTERED);
		return 0;
	}
	if (!READ_ONCE(shared.memory_short) && arm_older(tcp)) {
		count_refused_adoption();
		return 0;
	}
	storage = create_older_storage(tcp);
	if (!storage) {
		count_outcome(TCP_PROBE_ADOPTED, TCP_PROBE_NO_STORAGE);
		report_unobserved(tcp, NULL, direction);
		return 1;
	}
	begin_older(storage, tcp, direction, state);
	return 1;
}

/* Its drops count from here on, and its children are known by its storage; the process that made it is not known. */
static __noinline int adopt_listener(struct tcp_sock *tcp)
{
	struct sock_storage_data *storage;

	if (!tcp || READ_ONCE(shared.memory_short) || !is_in_scope(&tcp->inet_conn.icsk_inet.sk))
		return 0;
	if (bpf_sk_storage_get(&map_of_sock_storage, tcp, NULL, 0))
		return 0;
	bpf_get_socket_cookie(tcp); /* creates it, for the record */
	storage = bpf_sk_storage_get(&map_of_sock_storage, tcp, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!storage)
		return 0;
	begin_listener(storage, &tcp->inet_conn.icsk_inet.sk);
	WRITE_ONCE(storage->stage, STAGE_LISTENING);
	return 1;
}

/* Returns 1 if a record may have taken room in the ring. */
static __always_inline int visit_older(struct sock_common *skc)
{
	__u8 state = skc->skc_state;
	struct tcp_sock *tcp;

	if (state == BPF_TCP_LISTEN) {
		remember_listener(skc);
		adopt_listener(bpf_skc_to_tcp_sock(skc));
		return 0;
	}
	if (!has_begun(state))
		return 0;
	tcp = bpf_skc_to_tcp_sock(skc);
	return tcp ? adopt(skc, tcp, state) : 0;
}

#endif
