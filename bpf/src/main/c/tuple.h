/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses and ports of a socket. */
#ifndef TUPLE_H
#define TUPLE_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_endian.h>

#include "kernel_types.h"
#include "tcp_probe_info.h"

enum { AF_INET = 2, AF_INET6 = 10 };

static __always_inline void write_mapped_address(__u8 *to, __be32 address)
{
	__be32 *words = (__be32 *)to;

	words[0] = 0;
	words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = address;
}

static __always_inline void copy_address(__u8 *to, const struct in6_addr *from)
{
	__be32 *words = (__be32 *)to;

	words[0] = from->in6_u.u6_addr32[0];
	words[1] = from->in6_u.u6_addr32[1];
	words[2] = from->in6_u.u6_addr32[2];
	words[3] = from->in6_u.u6_addr32[3];
}

static __always_inline int is_mapped_address(const __u8 *address)
{
	const __be32 *words = (const __be32 *)address;

	return !words[0] && !words[1] && words[2] == bpf_htonl(0xffff);
}

static __always_inline int is_loopback(const __u8 *address)
{
	const __u64 *words = (const __u64 *)address;

	if (is_mapped_address(address))
		return address[12] == 127;
	return !words[0] && words[1] == bpf_cpu_to_be64(1);
}

/* Fills the tuple, which must be aligned to 4 bytes; returns the record's type. */
static __always_inline __u8 read_tuple(struct tcp_probe_tuple *tuple, const struct sock_common *sock)
{
	tuple->local_port = sock->skc_num;
	tuple->peer_port = bpf_ntohs(sock->skc_dport);
	if (sock->skc_family == AF_INET6) {
		copy_address(tuple->local_address, &sock->skc_v6_rcv_saddr);
		copy_address(tuple->peer_address, &sock->skc_v6_daddr);
		return is_mapped_address(tuple->peer_address) ? AF_INET : AF_INET6;
	}
	write_mapped_address(tuple->local_address, sock->skc_rcv_saddr);
	write_mapped_address(tuple->peer_address, sock->skc_daddr);
	return AF_INET;
}

/* The tuple as the other end sees it. */
static __always_inline void swap_ends(struct tcp_probe_tuple *to, const struct tcp_probe_tuple *from)
{
	__builtin_memcpy(to->local_address, from->peer_address, sizeof(to->local_address));
	__builtin_memcpy(to->peer_address, from->local_address, sizeof(to->peer_address));
	to->local_port = from->peer_port;
	to->peer_port = from->local_port;
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

#endif
