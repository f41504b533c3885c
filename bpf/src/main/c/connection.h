/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The life of a connection:
 *
 *   connect()   -> CONNECTING --handshake--> OPEN --CLOSE--> CLOSED      report_open, report_end (close)
 *                       '------CLOSE-------> CLOSED                      report_end (failed)
 *   listen()    -> LISTENING --child's handshake--> OPEN --> CLOSED
 *
 * A socket that connects again starts over at CONNECTING with the next generation.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "own_connections.h"
#include "report.h"

/* Flags that another program set stay set: bpf_sock_ops_cb_flags_set() replaces them all. */
static __always_inline void arm_state_callback(struct bpf_sock_ops *ctx)
{
	bpf_sock_ops_cb_flags_set(ctx, ctx->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG);
}

/* Only where the caller is the process in question: connect() and listen(). bpf_get_current_comm() does not exist for
 * sockops before 6.10. */
static __always_inline void read_process(struct sock_storage_data *storage, struct task_struct *task)
{
	storage->pid = task->tgid;
	bpf_probe_read_kernel_str(storage->command, sizeof(storage->command), task->comm);
}

static __always_inline struct sock_storage_data *create_storage(struct bpf_sock *sk)
{
	return bpf_sk_storage_get(&map_of_sock_storage, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
}

/* Everything but who owns the socket and how often it has connected. */
static __always_inline void begin(struct sock_storage_data *storage, __u8 stage, __u8 direction)
{
	storage->connect_ns = bpf_ktime_get_ns();
	storage->srtt_us = 0;
	storage->rtt_min = 0;
	storage->earlier_lost = 0;
	storage->stage = stage;
	storage->direction = direction;
	storage->connect_success = 0;
	storage->open_reported = 0;
	storage->closed_by = 0;
	storage->fin_sent = 0;
}

/* BPF_SOCK_OPS_TCP_LISTEN_CB: inet_listen(), in the listening process. */
static __always_inline void on_listen(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct sock_storage_data *storage;

	if (!sk)
		return;
	storage = create_storage(sk);
	if (!storage)
		return; /* its children are reported without an owner */
	begin(storage, STAGE_LISTENING, 0);
	read_process(storage, bpf_get_current_task_btf());
}

/* BPF_SOCK_OPS_TCP_CONNECT_CB: tcp_connect(), in the connecting process, with both addresses known and the SYN not yet
 * sent. Armed here, so that a connect that fails is seen too. */
static __always_inline void on_connect(struct bpf_sock_ops *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bpf_sock *sk = ctx->sk;
	struct sock_storage_data *storage;
	struct tcp_sock *tcp;

	if (!sk)
		return;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return;
	if (!settings.own_connections && shared.own_pid && (__u32)task->tgid == shared.own_pid) {
		remember_own_connection(&tcp->inet_conn.icsk_inet.sk.__sk_common);
		count_outcome(TCP_PROBE_OPEN, TCP_PROBE_FILTERED);
		return;
	}
	storage = create_storage(sk);
	if (!storage) {
		count_outcome(TCP_PROBE_OPEN, TCP_PROBE_NO_STORAGE);
		return;
	}
	if (storage->stage >= STAGE_CONNECTING)
		storage->generation++;
	begin(storage, STAGE_CONNECTING, TCP_PROBE_OUTBOUND);
	storage->earlier_lost = tcp->lost;
	read_process(storage, task);
	arm_state_callback(ctx);
}

static __always_inline void open_connection(struct bpf_sock_ops *ctx, const struct tcp_sock *tcp,
					    struct sock_storage_data *storage, __u64 now_ns)
{
	storage->stage = STAGE_OPEN;
	storage->connect_success = 1;
	report_open(ctx, tcp, storage, now_ns);
}

/* BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB: tcp_finish_connect(). */
static __always_inline void on_active_established(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct sock_storage_data *storage;
	struct tcp_sock *tcp;

	if (!sk)
		return;
	storage = bpf_sk_storage_get(&map_of_sock_storage, sk, NULL, 0);
	if (!storage || storage->stage != STAGE_CONNECTING)
		return; /* refused at birth, or older than this program */
	tcp = bpf_skc_to_tcp_sock(sk);
	if (tcp)
		open_connection(ctx, tcp, storage, bpf_ktime_get_ns());
}

/* BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB: the child of a listener, in softirq, so nothing here may ask who is running. A
 * socket that connected to itself comes here as well: it stays outbound. */
static __always_inline void on_passive_established(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct sock_storage_data *storage;
	struct tcp_sock *tcp;

	if (!sk)
		return;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return;
	if (!settings.own_connections && forget_own_connection(&tcp->inet_conn.icsk_inet.sk.__sk_common)) {
		count_outcome(TCP_PROBE_OPEN, TCP_PROBE_FILTERED);
		return;
	}
	storage = create_storage(sk);
	if (!storage) {
		count_outcome(TCP_PROBE_OPEN, TCP_PROBE_NO_STORAGE);
		return;
	}
	if (storage->stage == STAGE_CONNECTING) {
		open_connection(ctx, tcp, storage, bpf_ktime_get_ns());
		return;
	}
	begin(storage, STAGE_OPEN, TCP_PROBE_INBOUND);
	storage->generation = 0;
	arm_state_callback(ctx);
	open_connection(ctx, tcp, storage, storage->connect_ns);
}

/* The first step out of ESTABLISHED: who closed first, and the round trip before the delayed ACK of our own FIN becomes
 * a sample of it. */
static __always_inline void leave_established(struct sock_storage_data *storage, const struct tcp_sock *tcp,
					      __u32 new_state)
{
	storage->srtt_us = tcp->srtt_us;
	storage->rtt_min = tcp->rtt_min.s[0].v;
	if (new_state == BPF_TCP_FIN_WAIT1)
		storage->closed_by = TCP_PROBE_CLOSED_BY_LOCAL;
	else if (new_state == BPF_TCP_CLOSE_WAIT)
		storage->closed_by = TCP_PROBE_CLOSED_BY_REMOTE;
	else
		storage->closed_by = TCP_PROBE_CLOSED_BY_ABORT;
}

static __always_inline void on_unknown(struct sock_storage_data *storage, __u32 new_state)
{
	struct tcp_probe_counters *counters;

	if (storage || new_state != BPF_TCP_CLOSE)
		return; /* a listener, or the end was reported already */
	counters = this_cpu_counters();
	if (counters)
		count(&counters->unknown);
}

/* BPF_SOCK_OPS_STATE_CB: tcp_set_state(), before the state changes and before the port is given back. */
static __always_inline void on_state(struct bpf_sock_ops *ctx)
{
	__u32 old_state = ctx->args[0], new_state = ctx->args[1];
	struct bpf_sock *sk = ctx->sk;
	struct sock_storage_data *storage;
	struct tcp_sock *tcp;

	if (!sk || new_state == BPF_TCP_ESTABLISHED)
		return;
	storage = bpf_sk_storage_get(&map_of_sock_storage, sk, NULL, 0);
	if (!storage || (storage->stage != STAGE_CONNECTING && storage->stage != STAGE_OPEN)) {
		on_unknown(storage, new_state);
		return;
	}
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return;
	if (storage->stage == STAGE_OPEN && !storage->closed_by)
		leave_established(storage, tcp, new_state);
	if (new_state == BPF_TCP_FIN_WAIT1 || new_state == BPF_TCP_LAST_ACK)
		storage->fin_sent = 1;
	if (new_state == BPF_TCP_CLOSE) {
		report_end(ctx, tcp, storage, old_state);
		storage->stage = STAGE_CLOSED;
	}
}

#endif
