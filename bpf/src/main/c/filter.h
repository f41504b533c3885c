/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which connections are wanted: decided once, at birth. What is refused gets no storage and no callback. */
#ifndef FILTER_H
#define FILTER_H

#include "socket_facts.h"

/* Deeper than any cgroup that somebody would name in a filter. */
enum { MOST_CGROUP_LEVELS = 32 };

static __always_inline int is_loopback(const __u8 *address)
{
	const __u64 *words = (const __u64 *)address;

	if (is_mapped_address(address))
		return address[12] == 127;
	return !words[0] && words[1] == bpf_cpu_to_be64(1);
}

/* By what a filter's map says of something, and what it means to have no entry there. */
static __always_inline int is_refused_by(const __u32 *verdict, __u32 filter)
{
	return verdict ? *verdict == TCP_PROBE_REFUSED : filter == TCP_PROBE_ELSE_REFUSED;
}

/* The id of the cgroup's ancestor at this level; its own id at its own level. */
static __always_inline __u64 read_ancestor_id(const struct cgroup *cgroup, int level)
{
	struct cgroup *ancestor = NULL;
	__u64 id = 0;

	if (bpf_core_field_exists(struct cgroup, ancestors)) {
		bpf_core_read(&ancestor, sizeof(ancestor), &cgroup->ancestors[level]);
		return ancestor ? BPF_CORE_READ(ancestor, kn, id) : 0;
	}
	bpf_core_read(&id, sizeof(id), &((const struct cgroup___before_6_1 *)cgroup)->ancestor_ids[level]);
	return id;
}

/* The nearest ancestor with an entry decides, so that a cgroup can be taken out of a wanted one, and the other way. */
static __always_inline int is_cgroup_refused(const struct sock *sock)
{
	const struct cgroup *cgroup;
	__u32 *verdict, *nearest = NULL;

	if (!bpf_core_field_exists(struct sock_cgroup_data, cgroup))
		return 0;
	cgroup = sock->sk_cgrp_data.cgroup;
	for (int level = 0; level < MOST_CGROUP_LEVELS; level++) {
		__u64 id;

		if (level > cgroup->level)
			break;
		id = read_ancestor_id(cgroup, level);
		verdict = bpf_map_lookup_elem(&map_of_filter_cgroups, &id);
		if (verdict)
			nearest = verdict;
	}
	return is_refused_by(nearest, settings.filter_cgroups);
}

static __always_inline int is_netns_refused(const struct sock_common *sock)
{
	__u32 inode = sock->skc_net.net->ns.inum;

	return is_refused_by(bpf_map_lookup_elem(&map_of_filter_netns, &inode), settings.filter_netns);
}

/* The longest prefix decides. */
static __always_inline int is_peer_refused(const struct tcp_probe_tuple *tuple)
{
	struct tcp_probe_prefix whole = {.prefix_bits = 128};

	__builtin_memcpy(whole.address, tuple->peer_address, sizeof(whole.address));
	return is_refused_by(bpf_map_lookup_elem(&map_of_filter_prefixes, &whole), settings.filter_prefixes);
}

static __always_inline __u16 server_port(const struct tcp_probe_tuple *tuple, __u8 direction)
{
	switch (direction) {
	case TCP_PROBE_OUTBOUND:
		return tuple->peer_port;
	case TCP_PROBE_INBOUND:
		return tuple->local_port;
	}
	return 0;
}

static __always_inline int is_port_refused(const struct tcp_probe_tuple *tuple, __u8 direction)
{
	__u16 port = server_port(tuple, direction);

	return is_refused_by(bpf_map_lookup_elem(&map_of_filter_ports, &port), settings.filter_ports);
}

static __always_inline int has_address_filter(void)
{
	return settings.no_loopback || settings.filter_prefixes || settings.filter_ports;
}

static __always_inline int is_tuple_refused(const struct sock_common *sock, __u8 direction)
{
	struct tcp_probe_tuple tuple __attribute__((aligned(8)));

	read_tuple(&tuple, sock);
	if (settings.no_loopback && (is_loopback(tuple.local_address) || is_loopback(tuple.peer_address)))
		return 1;
	if (settings.filter_prefixes && is_peer_refused(&tuple))
		return 1;
	return settings.filter_ports && is_port_refused(&tuple, direction);
}

static __always_inline int is_refused(const struct tcp_sock *tcp, __u8 direction)
{
	const struct sock *sock = &tcp->inet_conn.icsk_inet.sk;

	if (settings.own_netns && read_netns_cookie(&sock->__sk_common) != shared.own_netns_cookie)
		return 1;
	if (settings.filter_netns && is_netns_refused(&sock->__sk_common))
		return 1;
	if (settings.filter_cgroups && is_cgroup_refused(sock))
		return 1;
	return has_address_filter() && is_tuple_refused(&sock->__sk_common, direction);
}

#endif
