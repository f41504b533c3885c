/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The exporter's own connections are refused at birth. Our end is known by its pid. The other end, if it is on this
 * host, is born a moment later, while our SYN is under way, and is known by the reversed tuple that our connect left
 * behind.
 */
#ifndef OWN_CONNECTIONS_H
#define OWN_CONNECTIONS_H

#include "filter.h"

static __always_inline void remember_own_connection(const struct sock_common *sock)
{
	__u64 slot = __sync_fetch_and_add(&shared.next_own_connection, 1) % TCP_PROBE_OWN_CONNECTIONS;
	struct tcp_probe_own_connection *own = &shared.own_connections[slot];
	struct tcp_probe_tuple tuple;

	read_tuple(&tuple, sock);
	own->netns_cookie = read_netns_cookie(sock);
	own->tuple.local_port = tuple.peer_port;
	own->tuple.peer_port = tuple.local_port;
	__builtin_memcpy(own->tuple.local_address, tuple.peer_address, sizeof(tuple.peer_address));
	__builtin_memcpy(own->tuple.peer_address, tuple.local_address, sizeof(tuple.local_address));
	/* Last, so that whoever sees it sees the tuple: the other end is born of the SYN that leaves after this hook.
	 */
	own->waiting = 1;
}

static __always_inline int is_same_address(const __u8 *a, const __u8 *b)
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;

	return x[0] == y[0] && x[1] == y[1];
}

/* Loopback addresses mean something only inside their namespace; all others may be reached from another one. */
static __always_inline int is_other_end(const struct tcp_probe_own_connection *own, const struct tcp_probe_tuple *tuple,
					const struct sock_common *sock)
{
	if (own->tuple.peer_port != tuple->peer_port || own->tuple.local_port != tuple->local_port)
		return 0;
	if (!is_same_address(own->tuple.peer_address, tuple->peer_address) ||
	    !is_same_address(own->tuple.local_address, tuple->local_address))
		return 0;
	return !is_loopback(tuple->local_address) || own->netns_cookie == read_netns_cookie(sock);
}

/* An entry serves once: the same ports may later belong to somebody else. */
static __always_inline int forget_own_connection(const struct sock_common *sock)
{
	struct tcp_probe_tuple tuple __attribute__((aligned(8)));

	if (!shared.own_pid)
		return 0;
	read_tuple(&tuple, sock);
	for (int i = 0; i < TCP_PROBE_OWN_CONNECTIONS; i++) {
		struct tcp_probe_own_connection *own = &shared.own_connections[i];

		if (own->waiting && is_other_end(own, &tuple, sock)) {
			own->waiting = 0;
			return 1;
		}
	}
	return 0;
}

static __always_inline void swap_ends(struct tcp_probe_tuple *tuple)
{
	struct tcp_probe_tuple swapped;

	__builtin_memcpy(swapped.local_address, tuple->peer_address, sizeof(swapped.local_address));
	__builtin_memcpy(swapped.peer_address, tuple->local_address, sizeof(swapped.peer_address));
	swapped.local_port = tuple->peer_port;
	swapped.peer_port = tuple->local_port;
	*tuple = swapped;
}

/* Whether it is either end of a connection of ours that was refused at birth. */
static __always_inline int was_own_connection(const struct sock_common *sock)
{
	struct tcp_probe_tuple tuple __attribute__((aligned(8)));
	struct tcp_probe_tuple swapped __attribute__((aligned(8)));

	read_tuple(&tuple, sock);
	swapped = tuple;
	swap_ends(&swapped);
	for (int i = 0; i < TCP_PROBE_OWN_CONNECTIONS; i++) {
		struct tcp_probe_own_connection *own = &shared.own_connections[i];

		if (is_other_end(own, &tuple, sock) || is_other_end(own, &swapped, sock))
			return 1;
	}
	return 0;
}

#endif
