// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The hooks. Each is one line into the state machine of connection.h. */
#include <linux/bpf.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

#include "connection.h"

SEC("sockops")
int observe_connections(struct bpf_sock_ops *ctx)
{
	switch (ctx->op) {
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		on_listen(ctx);
		break;
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		on_connect(ctx);
		break;
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		on_active_established(ctx);
		break;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		on_passive_established(ctx);
		break;
	case BPF_SOCK_OPS_STATE_CB:
		on_state(ctx);
		break;
	}
	return 1; /* ctx->reply stays as other programs left it */
}

/* Run once by the exporter: only the kernel knows its pid as the other hooks will see it, in whatever pid namespace it
 * is. */
SEC("syscall")
int learn_own_pid(void *ctx)
{
	shared.own_pid = bpf_get_current_pid_tgid() >> 32;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
