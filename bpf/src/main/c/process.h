/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The processes that open and close a connection. */
#ifndef PROCESS_H
#define PROCESS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "kernel_types.h"
#include "maps.h"
#include "tcp_probe_info.h"

/* The name of the process is that of its first thread; workers of io_uring are threads of the process that they work
 * for. bpf_get_current_comm() has the name of the thread, and does not exist for sockops before 6.10. Two loads, since
 * a call that reads memory costs ten times as much; the kernel fills a name up with zeros (__set_task_comm()). */
static __always_inline void copy_command(char *to, const struct task_struct *task)
{
	const struct task_struct *leader = task->group_leader;

	((__u64 *)to)[0] = *(const __u64 *)&leader->comm[0];
	((__u64 *)to)[1] = *(const __u64 *)&leader->comm[8];
}

/* Called only in connect() and listen(), where the current process owns the socket. A kernel thread does not own it:
 * one connects the further subflows of MPTCP, for a process that it does not know. */
static __always_inline void read_process(struct sock_storage_data *storage, const struct task_struct *task)
{
	if (task->flags & PF_KTHREAD) {
		storage->pid = 0;
		__builtin_memset(storage->command, 0, sizeof(storage->command));
		return;
	}
	storage->pid = task->tgid;
	copy_command(storage->command, task);
}

/* A FIN is queued by the process that closes or shuts down. A connection without a FIN of ours ends in the process that
 * aborts it, or, with an error, in the process that the segment or the timer has interrupted. */
static __always_inline int is_closing(const struct tcp_sock *tcp, const struct sock_storage_data *storage,
				      __u32 new_state)
{
	if (storage->fin_sent)
		return 0;
	if (new_state == BPF_TCP_CLOSE)
		return !tcp->inet_conn.icsk_inet.sk.sk_err;
	return new_state == BPF_TCP_FIN_WAIT1 || new_state == BPF_TCP_LAST_ACK;
}

/* Before fin_sent is set. */
static __always_inline void note_closer(struct sock_storage_data *storage, const struct tcp_sock *tcp, __u32 new_state)
{
	const struct task_struct *task;

	if (!is_closing(tcp, storage, new_state))
		return;
	task = bpf_get_current_task_btf();
	if (task->flags & PF_KTHREAD)
		return;
	storage->closer_pid = task->tgid;
	storage->closer_cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	copy_command(storage->closer_command, task);
}

#endif
