/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Listening sockets. Each walk over the storages reports all of them, so that the exporter knows those that are gone.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <linux/bpf.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

#include "cgroup.h"
#include "counters.h"
#include "filter.h"
#include "kernel_types.h"
#include "maps.h"
#include "report.h"
#include "socket_facts.h"
#include "storage.h"
#include "tcp_probe_info.h"
#include "tuple.h"

static __always_inline __u32 read_drops(const struct sock *sock)
{
	return sock->sk_drops.counter;
}

/* sk_drops counts over all lives of the socket. */
static __always_inline void begin_listener(struct sock_storage_data *storage, const struct sock *sock)
{
	storage->earlier_drops = read_drops(sock);
	storage->reported_drops = 0;
}

/* By all filters but that of peers: a listener has none yet. */
static __noinline int is_listener_refused(const struct sock *sock)
{
	struct tcp_probe_tuple tuple __attribute__((aligned(8)));

	if (is_place_refused(sock))
		return 1;
	read_tuple(&tuple, &sock->__sk_common);
	if (settings.no_loopback && is_loopback(tuple.local_address))
		return 1;
	return settings.filter_ports && is_port_refused(&tuple, TCP_PROBE_INBOUND);
}

static __always_inline void fill_listener(struct tcp_probe_listener *info, const struct tcp_sock *tcp,
					  const struct sock_storage_data *storage)
{
	const struct sock *sock = &tcp->inet_conn.icsk_inet.sk;
	struct tcp_probe_tuple tuple __attribute__((aligned(8)));

	info->version = TCP_PROBE_VERSION;
	info->size = sizeof(*info);
	info->kind = TCP_PROBE_LISTENER;
	info->type = read_tuple(&tuple, &sock->__sk_common);
	info->port = tuple.local_port;
	__builtin_memcpy(info->address, tuple.local_address, sizeof(info->address));
	info->socket_cookie = read_socket_cookie(&sock->__sk_common);
	info->netns_cookie = read_netns_cookie(&sock->__sk_common);
	info->cgroup_id = read_cgroup_id(sock);
	info->now_ns = bpf_ktime_get_ns();
	info->backlog = sock->sk_ack_backlog;
	info->limit = sock->sk_max_ack_backlog;
	info->drops = read_drops(sock) - storage->earlier_drops;
	info->reported_drops = storage->reported_drops;
	info->half_open = tcp->inet_conn.icsk_accept_queue.qlen.counter;
	info->pid = storage->pid;
	__builtin_memcpy(info->command, storage->command, sizeof(info->command));
}

/* Returns 1 if a record took room in the ring. Without room the next walk reports it, with all drops since. */
static __noinline int report_listener(const struct tcp_sock *tcp, struct sock_storage_data *storage)
{
	struct tcp_probe_listener *info;

	if (!tcp || !storage || !is_asked_for(TCP_PROBE_LISTENER) || is_listener_refused(&tcp->inet_conn.icsk_inet.sk))
		return 0;
	info = bpf_ringbuf_reserve(&map_of_tcp_info, sizeof(*info), 0);
	if (!info) {
		count_outcome(TCP_PROBE_LISTENER, TCP_PROBE_DEFERRED);
		return 0;
	}
	__builtin_memset(info, 0, sizeof(*info));
	fill_listener(info, tcp, storage);
	storage->reported_drops = info->drops;
	bpf_ringbuf_submit(info, BPF_RB_NO_WAKEUP);
	count_outcome(TCP_PROBE_LISTENER, TCP_PROBE_PUT);
	return 1;
}

/* The child of a listener has a copy of its storage until its handshake is over. */
static __always_inline int visit_listener(const struct sock *sk, struct sock_storage_data *storage)
{
	if (storage->stage != STAGE_LISTENING || sk->__sk_common.skc_state != BPF_TCP_LISTEN)
		return 0;
	return report_listener(bpf_skc_to_tcp_sock((void *)sk), storage);
}

/* Brings the record's type into the object's BTF, like record_type(). */
__attribute__((used)) static __noinline void listener_type(const struct tcp_probe_listener *info)
{
}

#endif
