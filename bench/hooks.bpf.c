// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The hooks of the kernel programs, each in a program of its own: the kernel's statistics are per program, and so tell
 * what each hook costs. All are called for every callback; what `nothing` takes is to be subtracted.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "connection.h"

SEC("sockops")
int nothing(struct bpf_sock_ops *ctx)
{
	return 1;
}

SEC("sockops")
int at_connect(struct bpf_sock_ops *ctx)
{
	if (ctx->op == BPF_SOCK_OPS_TCP_CONNECT_CB)
		on_connect(ctx);
	return 1;
}

SEC("sockops")
int at_active_established(struct bpf_sock_ops *ctx)
{
	if (ctx->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
		on_active_established(ctx);
	return 1;
}

SEC("sockops")
int at_passive_established(struct bpf_sock_ops *ctx)
{
	if (ctx->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		on_passive_established(ctx);
	return 1;
}

SEC("sockops")
int at_close(struct bpf_sock_ops *ctx)
{
	if (ctx->op == BPF_SOCK_OPS_STATE_CB && ctx->args[1] == BPF_TCP_CLOSE)
		on_state(ctx);
	return 1;
}

SEC("sockops")
int at_other_state(struct bpf_sock_ops *ctx)
{
	if (ctx->op == BPF_SOCK_OPS_STATE_CB && ctx->args[1] != BPF_TCP_CLOSE)
		on_state(ctx);
	return 1;
}

SEC("sockops")
int at_listen(struct bpf_sock_ops *ctx)
{
	if (ctx->op == BPF_SOCK_OPS_TCP_LISTEN_CB)
		on_listen(ctx);
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
