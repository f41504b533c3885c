// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The programs: the hooks, which call the state machine of connection.h, and the walks that the exporter starts. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "adoption.h"
#include "cgroup_names.h"
#include "connection.h"
#include "kernel_types.h"
#include "live.h"
#include "maps.h"

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
	return 1; /* ctx->reply keeps the value that other programs have set */
}

/*
 * The size of the exporter's read bounds each step of a walk: one byte for each record, so that a step does not fill
 * the ring, and one for each eighth socket, so that a step does not take long. Few long reads are better than many
 * short ones: each begins by skipping the sockets that earlier ones have visited.
 */
static __always_inline void mark(struct bpf_iter_meta *meta, int has_record)
{
	__u8 byte = 0;

	if (has_record || meta->seq_num % 8 == 0)
		bpf_seq_write(meta->seq, &byte, sizeof(byte));
}

/* The exporter runs it at each report interval, read by read. */
SEC("iter/bpf_sk_storage_map")
int report_live(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct sock_storage_data *storage = ctx->value;
	struct sock *sk = ctx->sk;

	if (sk && storage)
		mark(ctx->meta, visit_live(sk, storage));
	return 0;
}

/* The exporter runs it once for each network namespace, right after it has attached the hooks. */
SEC("iter/tcp")
int adopt_older(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;

	if (skc)
		mark(ctx->meta, visit_older(skc));
	return 0;
}

/* A tracepoint's program gets its arguments as an array of words; BTF gives them their types. */
SEC("tp_btf/cgroup_mkdir")
int name_new_cgroup(__u64 *arguments)
{
	on_cgroup_made((const struct cgroup *)arguments[0]);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int note_removed_cgroup(__u64 *arguments)
{
	on_cgroup_removed((const struct cgroup *)arguments[0]);
	return 0;
}

/* The exporter runs it at start, after the program above is attached. */
SEC("iter/cgroup")
int name_older_cgroups(struct bpf_iter__cgroup *ctx)
{
	const struct cgroup *cgroup = ctx->cgroup;

	if (cgroup)
		name_cgroup(cgroup, BPF_NOEXIST); /* one that is removed meanwhile keeps its mark */
	return 0;
}

/* The exporter runs it once, to learn its pid as the hooks see it: inside a pid namespace only the kernel knows that.
 */
SEC("syscall")
int learn_own_identity(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	shared.own_pid = task->tgid;
	shared.own_netns_cookie = task->nsproxy->net_ns->net_cookie;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
