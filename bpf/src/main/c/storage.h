/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The state of a socket: in its storage, or, if the socket has no memory left for one, in map_of_fallback. */
#ifndef STORAGE_H
#define STORAGE_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "claim.h"
#include "maps.h"
#include "once.h"

static const volatile struct sock_storage_data empty_storage;

static __noinline struct sock_storage_data *find_fallback(struct bpf_sock_ops *ctx)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);

	return bpf_map_lookup_elem(&map_of_fallback, &cookie);
}

static __noinline struct sock_storage_data *create_fallback(__u64 cookie)
{
	struct sock_storage_data *storage;

	WRITE_ONCE(shared.fallback_used, 1);
	bpf_map_update_elem(&map_of_fallback, &cookie, (const void *)&empty_storage, BPF_NOEXIST);
	storage = bpf_map_lookup_elem(&map_of_fallback, &cookie);
	if (storage && !storage->stage)
		begin_numbered_generation(storage);
	return storage;
}

static __noinline void forget_fallback(struct bpf_sock_ops *ctx)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);

	bpf_map_delete_elem(&map_of_fallback, &cookie);
}

static __always_inline struct sock_storage_data *find_storage(struct bpf_sock_ops *ctx, struct bpf_sock *sk)
{
	struct sock_storage_data *storage = bpf_sk_storage_get(&map_of_sock_storage, sk, NULL, 0);

	return storage || !READ_ONCE(shared.fallback_used) ? storage : find_fallback(ctx);
}

/* While the exporter's memory is short: a socket that has lived keeps its storage, and the child of a listener gives
 * back the one that the kernel has made for it (BPF_F_CLONE). */
static __noinline struct sock_storage_data *create_no_storage(struct bpf_sock_ops *ctx, struct bpf_sock *sk)
{
	struct sock_storage_data *storage = find_storage(ctx, sk);

	if (storage && storage->stage >= STAGE_CONNECTING)
		return storage;
	bpf_get_socket_cookie(ctx); /* creates it, for the record */
	bpf_sk_storage_delete(&map_of_sock_storage, sk);
	return NULL;
}

static __always_inline struct sock_storage_data *create_storage(struct bpf_sock_ops *ctx, struct bpf_sock *sk)
{
	struct sock_storage_data *storage;

	if (READ_ONCE(shared.memory_short))
		return create_no_storage(ctx, sk);
	storage = bpf_sk_storage_get(&map_of_sock_storage, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	return storage ? storage : create_fallback(bpf_get_socket_cookie(ctx));
}

#endif
