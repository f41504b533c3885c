/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The exporter's own connections are refused at birth. Our end is known by its pid. The other end, if it is on this
 * host, is born a moment later, while our SYN is under way, and is known by the reversed tuple that our connect left
 * behind.
 */
#ifndef OWN_CONNECTIONS_H
#define OWN_CONNECTIONS_H

#include "filter.h"

static __always_inline void swap_ends(struct tcp_probe_tuple *to, const struct tcp_probe_tuple *from)
{
	__builtin_memcpy(to->local_address, from->peer_address, sizeof(to->local_address));
	__builtin_memcpy(to->peer_address, from->local_address, sizeof(to->peer_address));
	to->local_port = from->peer_port;
	to->peer_port = from->local_port;
}

static __always_inline void remember_own_connection(const struct sock_common *sock)
{
	__u64 slot = __sync_fetch_and_add(&shared.next_own_connection, 1) % TCP_PROBE_OWN_CONNECTIONS;
	struct tcp_probe_own_connection *own = &shared.own_connections[slot];
	struct tcp_probe_tuple tuple;

	read_tuple(&tuple, sock);
	own->netns_cookie = read_netns_cookie(sock);
	swap_ends(&own->tuple, &tuple);
	/* Last, so that whoever sees it sees the tuple: the other end is born of the SYN that leaves after this hook.
	 */
	own->waiting = 1;
}

/* Fills what a connection is looked for by. Returns a mask for the namespace: loopback addresses mean something only
 * inside theirs; all others may be reached from another one. */
static __always_inline __u64 read_end(struct tcp_probe_own_connection *end, const struct sock_common *sock)
{
	read_tuple(&end->tuple, sock);
	end->netns_cookie = read_netns_cookie(sock);
	return is_loopback(end->tuple.local_address) ? ~0ULL : 0;
}

/* 0 if it is the one. Without branches: the verifier follows each way through the loops around it, and on each it would
 * have to look at what comes behind them. */
static __always_inline __u64 difference(const struct tcp_probe_own_connection *own,
					const struct tcp_probe_own_connection *end, __u64 netns_mask)
{
	const __u64 *a = (const __u64 *)&own->tuple, *b = (const __u64 *)&end->tuple;
	__u64 addresses = (a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]);
	__u64 ports = (own->tuple.local_port ^ end->tuple.local_port) | (own->tuple.peer_port ^ end->tuple.peer_port);

	return addresses | ports | ((own->netns_cookie ^ end->netns_cookie) & netns_mask);
}

/* An entry serves once: the same ports may later belong to somebody else. */
static __always_inline int forget_own_connection(const struct sock_common *sock)
{
	struct tcp_probe_own_connection end;
	__u64 netns_mask;

	if (!shared.own_pid)
		return 0;
	netns_mask = read_end(&end, sock);
	for (int i = 0; i < TCP_PROBE_OWN_CONNECTIONS; i++) {
		struct tcp_probe_own_connection *own = &shared.own_connections[i];

		if (own->waiting && !difference(own, &end, netns_mask)) {
			own->waiting = 0;
			return 1;
		}
	}
	return 0;
}

/*
 * Whether it is either end of a connection of ours that was refused at birth. All pointers are followed before the
 * loop: for each way that leads to a load of one, the verifier goes through the names of all the kernel's types
 * (btf_nested_type_is_trusted(), kernel/bpf/btf.c), a millisecond each time.
 */
static __always_inline int was_own_connection(const struct sock_common *sock)
{
	struct tcp_probe_own_connection end, other;
	__u64 netns_mask = read_end(&end, sock);

	other.netns_cookie = end.netns_cookie;
	swap_ends(&other.tuple, &end.tuple);
	for (int i = 0; i < TCP_PROBE_OWN_CONNECTIONS; i++) {
		struct tcp_probe_own_connection *own = &shared.own_connections[i];

		if (!difference(own, &end, netns_mask) || !difference(own, &other, netns_mask))
			return 1;
	}
	return 0;
}

#endif
