/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The filters, applied once, at birth: a refused connection gets no storage and no callback. Each filter is a function
 * of its own, so that programs without filters pay nothing for them.
 */
#ifndef FILTER_H
#define FILTER_H

#include <linux/bpf.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

#include "cgroup.h"
#include "kernel_types.h"
#include "maps.h"
#include "socket_facts.h"
#include "tcp_probe_info.h"
#include "tuple.h"

/* `verdict` is the entry in the filter's map, or NULL. */
static __always_inline int is_refused_by(const __u32 *verdict, __u32 filter)
{
	return verdict ? *verdict == TCP_PROBE_REFUSED : filter == TCP_PROBE_ELSE_REFUSED;
}

/* The nearest ancestor with an entry decides: a cgroup can be refused inside a wanted one, and the reverse. */
static __noinline int is_cgroup_refused(const struct sock *sock)
{
	const struct cgroup *cgroup = cgroup_of(sock);
	__u32 *verdict, *nearest = NULL;
	__u64 id;

	if (!cgroup)
		return 0;
	for_each_ancestor (id, cgroup) {
		verdict = bpf_map_lookup_elem(&map_of_cgroups, &id);
		if (verdict)
			nearest = verdict;
	}
	return is_refused_by(nearest, settings.filter_cgroups);
}

static __noinline int is_netns_refused(const struct sock_common *sock)
{
	__u32 inode = sock->skc_net.net->ns.inum;

	return is_refused_by(bpf_map_lookup_elem(&map_of_netns, &inode), settings.filter_netns);
}

/* The longest prefix decides. */
static __always_inline int is_peer_refused(const struct tcp_probe_tuple *tuple)
{
	struct tcp_probe_prefix whole = {.prefix_bits = 128};

	__builtin_memcpy(whole.address, tuple->peer_address, sizeof(whole.address));
	return is_refused_by(bpf_map_lookup_elem(&map_of_prefixes, &whole), settings.filter_prefixes);
}

static __always_inline int is_port_refused(const struct tcp_probe_tuple *tuple, __u8 direction)
{
	__u16 port = server_port(tuple, direction);

	return is_refused_by(bpf_map_lookup_elem(&map_of_ports, &port), settings.filter_ports);
}

static __always_inline int has_tuple_filter(void)
{
	return settings.no_loopback || settings.filter_prefixes || settings.filter_ports;
}

static __noinline int is_tuple_refused(const struct sock_common *sock, __u8 direction)
{
	struct tcp_probe_tuple tuple __attribute__((aligned(8)));

	read_tuple(&tuple, sock);
	if (settings.no_loopback && (is_loopback(tuple.local_address) || is_loopback(tuple.peer_address)))
		return 1;
	if (settings.filter_prefixes && is_peer_refused(&tuple))
		return 1;
	return settings.filter_ports && is_port_refused(&tuple, direction);
}

/* By its namespace or its cgroup. */
static __always_inline int is_place_refused(const struct sock *sock)
{
	if (settings.own_netns && read_netns_cookie(&sock->__sk_common) != shared.own_netns_cookie)
		return 1;
	if (settings.filter_netns && is_netns_refused(&sock->__sk_common))
		return 1;
	return settings.filter_cgroups && is_cgroup_refused(sock);
}

static __always_inline int is_refused(const struct tcp_sock *tcp, __u8 direction)
{
	const struct sock *sock = &tcp->inet_conn.icsk_inet.sk;

	if (is_place_refused(sock))
		return 1;
	return has_tuple_filter() && is_tuple_refused(&sock->__sk_common, direction);
}

#endif
