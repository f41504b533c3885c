/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The exporter's own connections are refused at birth. Our end is recognised by its pid. The other end, if it is on
 * this host, is born a moment later, while our SYN is under way; it is recognised by the reversed tuple that our
 * connect has left behind.
 */
#ifndef OWN_CONNECTIONS_H
#define OWN_CONNECTIONS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "kernel_types.h"
#include "maps.h"
#include "once.h"
#include "socket_facts.h"
#include "tcp_probe_info.h"
#include "tuple.h"

static __noinline void remember_own_connection(const struct sock_common *sock)
{
	__u64 slot = __sync_fetch_and_add(&shared.next_own_connection, 1) % TCP_PROBE_OWN_CONNECTIONS;
	struct tcp_probe_own_connection *own = &shared.own_connections[slot];
	struct tcp_probe_tuple tuple;

	read_tuple(&tuple, sock);
	own->netns_cookie = read_netns_cookie(sock);
	swap_ends(&own->tuple, &tuple);
	own->expires_ns = bpf_ktime_get_ns() + settings.own_wait_ns;
	/* Last, and with the exchange's full barrier: a hook that sees the flag must see the tuple. In time for the
	 * other end, which is born of the SYN that leaves after this hook. */
	__sync_lock_test_and_set(&own->waiting, 1);
}

/* Fills the fields that a connection is compared by. Returns a mask for the namespace: loopback addresses have a
 * meaning only within theirs, all others can be reached from another namespace. */
static __always_inline __u64 read_end(struct tcp_probe_own_connection *end, const struct sock_common *sock)
{
	read_tuple(&end->tuple, sock);
	end->netns_cookie = read_netns_cookie(sock);
	return is_loopback(end->tuple.local_address) ? ~0ULL : 0;
}

/* 0 if both are the same. Without branches: the verifier follows each path through the loops around this, and would
 * visit the code behind them once for each. */
static __always_inline __u64 difference(const struct tcp_probe_own_connection *own,
					const struct tcp_probe_own_connection *end, __u64 netns_mask)
{
	const __u64 *a = (const __u64 *)&own->tuple, *b = (const __u64 *)&end->tuple;
	__u64 addresses = (a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]);
	__u64 ports = (own->tuple.local_port ^ end->tuple.local_port) | (own->tuple.peer_port ^ end->tuple.peer_port);

	return addresses | ports | ((own->netns_cookie ^ end->netns_cookie) & netns_mask);
}

/* An entry serves once, and not for long: the same ports may later belong to another process. */
static __noinline int forget_own_connection(const struct sock_common *sock)
{
	struct tcp_probe_own_connection end;
	__u64 netns_mask = read_end(&end, sock);

	for (int i = 0; i < TCP_PROBE_OWN_CONNECTIONS; i++) {
		struct tcp_probe_own_connection *own = &shared.own_connections[i];

		if (READ_ONCE(own->waiting) && !difference(own, &end, netns_mask)) {
			WRITE_ONCE(own->waiting, 0);
			return bpf_ktime_get_ns() < own->expires_ns;
		}
	}
	return 0;
}

/*
 * Whether the socket is either end of a connection of ours that was refused at birth. All pointers are followed before
 * the loop: for each path that leads to a load through one, the verifier searches the names of all the kernel's types
 * (btf_nested_type_is_trusted(), kernel/bpf/btf.c), which takes a millisecond.
 */
static __noinline int was_own_connection(const struct sock_common *sock)
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
