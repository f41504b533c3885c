/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The lives of a socket. Each event that begins a life sets every field (begin()), whatever the stage was before:
 *
 *   stage before   connect()        listen()         handshake of a child   CLOSE            adoption
 *   none           CONNECTING       LISTENING        OPEN                   unknown          OPEN, CONNECTING
 *   LISTENING      CONNECTING       LISTENING        OPEN (the child's)     -                -
 *   CONNECTING     CONNECTING, +1   LISTENING, +1    OPEN (itself)          CLOSED, failed   -
 *   OPEN           CONNECTING, +1   LISTENING, +1    -                      CLOSED, close    -
 *   CLOSED         CONNECTING, +1   LISTENING, +1    -                      -                -
 *
 *   none   no storage, or the empty one of the child of a listener that is older than this program
 *   +1     the next generation: a life lies behind this socket, and the next one must not have its claim or its id
 *   -      nothing changes
 *
 * The child of a listener begins with a copy of the listener's storage, of which it keeps pid and command alone: its
 * generation is 0. A handshake of the socket itself (CONNECTING -> OPEN) is that of connect(), or of two SYNs that
 * cross. OPEN and CONNECTING meet connect() or listen() only if their CLOSE was not seen, because another program has
 * cleared the callback's flag.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <linux/bpf.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

#include "claim.h"
#include "counters.h"
#include "delays.h"
#include "details.h"
#include "filter.h"
#include "kernel_types.h"
#include "listener.h"
#include "maps.h"
#include "own_connections.h"
#include "process.h"
#include "report.h"
#include "socket_facts.h"
#include "storage.h"
#include "tcp_probe_info.h"

/* bpf_sock_ops_cb_flags_set() replaces all flags: those that another program has set are kept. */
static __always_inline void arm_state_callback(struct bpf_sock_ops *ctx)
{
	bpf_sock_ops_cb_flags_set(ctx, ctx->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG);
}

/* Returns NULL, and counts the connection, if it is not wanted or if there is no memory. `process` called connect(). */
static __always_inline struct sock_storage_data *storage_of_birth(struct bpf_sock_ops *ctx, struct bpf_sock *sk,
								  const struct tcp_sock *tcp,
								  const struct task_struct *process, __u8 direction)
{
	struct sock_storage_data *storage;

	if (is_refused(tcp, direction)) {
		count_outcome(TCP_PROBE_OPEN, TCP_PROBE_FILTERED);
		return NULL;
	}
	storage = create_storage(ctx, sk);
	if (!storage) {
		count_outcome(TCP_PROBE_OPEN, TCP_PROBE_NO_STORAGE);
		report_unobserved(tcp, process, direction);
	}
	return storage;
}

/* A life lies behind this socket: the next one gets a claim and an id of its own. */
static __always_inline void leave_life_behind(struct sock_storage_data *storage)
{
	if (storage->stage >= STAGE_CONNECTING)
		begin_next_generation(storage);
}

/* Resets everything but the owner and the claim. */
static __always_inline void begin(struct sock_storage_data *storage, __u8 stage, __u8 direction)
{
	storage->connect_ns = bpf_ktime_get_ns();
	storage->closer_cgroup_id = 0;
	storage->closer_pid = 0;
	__builtin_memset(storage->closer_command, 0, sizeof(storage->closer_command));
	storage->srtt_us = 0;
	storage->rtt_min = 0;
	storage->mdev_us = 0;
	storage->snd_cwnd = 0;
	storage->limited = (struct limited_ticks){};
	storage->limited_stage = LIMITED_BASE;
	storage->sent_ticks = 0;
	storage->handshake_us = 0;
	storage->handshake_stalled_ms = 0;
	storage->handshake_timeouts = 0;
	storage->syn_retransmits = 0;
	storage->data_with_syn = 0;
	storage->earlier_lost = 0;
	storage->earlier_rtt_min = 0;
	storage->earlier_rtt_ticks = 0;
	storage->local_isn = 0;
	storage->peer_isn = 0;
	storage->stage = stage;
	storage->direction = direction;
	storage->connect_success = 0;
	storage->closed_by = 0;
	storage->fin_sent = 0;
	storage->preexisting = 0;
	storage->syn_counted = direction == TCP_PROBE_OUTBOUND;
}

/* BPF_SOCK_OPS_TCP_LISTEN_CB: inet_listen(), in the listening process. */
static __always_inline void on_listen(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct sock_storage_data *storage;
	struct tcp_sock *tcp;

	if (!sk)
		return;
	/* Not in map_of_fallback: nothing tells that a listener is gone. */
	storage = bpf_sk_storage_get(&map_of_sock_storage, sk, NULL,
				     READ_ONCE(shared.memory_short) ? 0 : BPF_SK_STORAGE_GET_F_CREATE);
	if (!storage)
		return; /* its children are reported without pid and command */
	leave_life_behind(storage);
	begin(storage, STAGE_LISTENING, 0);
	tcp = bpf_skc_to_tcp_sock(sk);
	if (tcp)
		begin_listener(storage, &tcp->inet_conn.icsk_inet.sk);
	bpf_get_socket_cookie(ctx); /* creates it, for the record */
	read_process(storage, bpf_get_current_task_btf());
}

/* BPF_SOCK_OPS_TCP_CONNECT_CB: tcp_connect(), in the connecting process. Both addresses are known, the SYN is not sent
 * yet. The state callback is armed here, so that it also sees a connect that fails. */
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
	storage = storage_of_birth(ctx, sk, tcp, task, TCP_PROBE_OUTBOUND);
	if (!storage)
		return;
	leave_life_behind(storage);
	begin(storage, STAGE_CONNECTING, TCP_PROBE_OUTBOUND);
	remember_earlier_life(storage, tcp);
	remember_earlier_limits(storage, tcp);
	read_process(storage, task);
	bpf_get_socket_cookie(ctx);
	arm_state_callback(ctx);
}

/* In us; 0: unknown. Of a client, from connect() to here. Of a server, from SYN-ACK to ACK, which is the first sample
 * of the round trip, or, if a SYN-ACK was sent again, the time that the kernel has counted since the first one. */
static __always_inline __u32 read_handshake_us(const struct tcp_sock *tcp, const struct sock_storage_data *storage,
					       __u64 now_ns)
{
	if (storage->handshake_us == HANDSHAKE_UNSEEN)
		return 0;
	if (storage->direction == TCP_PROBE_OUTBOUND)
		return (now_ns - storage->connect_ns) / NS_PER_US;
	if (!tcp->total_retrans)
		return tcp->srtt_us >> 3;
	return has_timeouts() ? tcp->total_rto_time * US_PER_MS : 0;
}

static __always_inline void open_connection(const struct tcp_sock *tcp, struct sock_storage_data *storage, __u64 now_ns)
{
	storage->stage = STAGE_OPEN;
	storage->connect_success = 1;
	storage->handshake_us = read_handshake_us(tcp, storage, now_ns);
	storage->syn_retransmits = clamp_to_byte(tcp->total_retrans);
	storage->data_with_syn = storage->direction == TCP_PROBE_INBOUND || tcp->data_segs_out;
	remember_earlier_timeouts(storage, tcp, now_ns);
	read_initial_sequence_numbers(storage, tcp);
	report_open(tcp, storage, now_ns);
}

/* BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB: tcp_finish_connect(). */
static __always_inline void on_active_established(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct sock_storage_data *storage;
	struct tcp_sock *tcp;

	if (!sk)
		return;
	storage = find_storage(ctx, sk);
	if (!storage || storage->stage != STAGE_CONNECTING)
		return; /* refused at birth, or older than this program */
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return;
	/* tcp_ack() has counted our SYN by now, but a connection that TCP_REPAIR restores has sent none
	 * (tcp_connect()). */
	if (!tcp->bytes_acked)
		storage->syn_counted = 0;
	open_connection(tcp, storage, bpf_ktime_get_ns());
}

/* BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB: the child of a listener, in softirq, so the current process means nothing here.
 * A socket that connects to itself gets this callback as well, and stays outbound. */
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
	if (!settings.own_connections && shared.own_pid &&
	    forget_own_connection(&tcp->inet_conn.icsk_inet.sk.__sk_common)) {
		count_outcome(TCP_PROBE_OPEN, TCP_PROBE_FILTERED);
		return;
	}
	storage = storage_of_birth(ctx, sk, tcp, NULL, TCP_PROBE_INBOUND);
	if (!storage)
		return;
	if (storage->stage == STAGE_CONNECTING) {
		open_connection(tcp, storage, bpf_ktime_get_ns());
		return;
	}
	if (storage->stage) /* a copy of the listener's */
		begin_first_generation(storage);
	begin(storage, STAGE_OPEN, TCP_PROBE_INBOUND);
	remember_earlier_limits(storage, tcp);
	bpf_get_socket_cookie(ctx);
	arm_state_callback(ctx);
	open_connection(tcp, storage, storage->connect_ns);
}

/* The first step out of ESTABLISHED tells which side closed first. The round trip is kept here, before the delayed ACK
 * of our own FIN becomes a sample of it. */
static __always_inline void leave_established(struct sock_storage_data *storage, const struct tcp_sock *tcp,
					      __u32 new_state)
{
	storage->srtt_us = tcp->srtt_us;
	storage->rtt_min = read_rtt_min(tcp, storage);
	storage->mdev_us = tcp->srtt_us ? tcp->mdev_us : 0; /* the kernel begins with a second */
	storage->snd_cwnd = tcp->snd_cwnd;
	if (new_state == BPF_TCP_FIN_WAIT1)
		storage->closed_by = TCP_PROBE_CLOSED_BY_LOCAL;
	else if (new_state == BPF_TCP_CLOSE_WAIT)
		storage->closed_by = TCP_PROBE_CLOSED_BY_REMOTE;
	else
		storage->closed_by = TCP_PROBE_CLOSED_BY_ABORT;
}

/* Another program may have armed the state callback of a connection that was refused here. */
static __always_inline int was_refused(const struct tcp_sock *tcp)
{
	const struct sock_common *sock = &tcp->inet_conn.icsk_inet.sk.__sk_common;

	if (!settings.own_connections && was_own_connection(sock))
		return 1;
	return is_refused(tcp, TCP_PROBE_OUTBOUND) || is_refused(tcp, TCP_PROBE_INBOUND);
}

static __noinline void on_unknown_close(struct bpf_sock *sk)
{
	struct tcp_probe_counters *counters = this_cpu_counters();
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);

	if (counters && tcp && !was_refused(tcp))
		count(&counters->unknown);
}

static __always_inline void on_close(const struct tcp_sock *tcp, struct sock_storage_data *storage, __u32 old_state)
{
	struct tcp_probe_counters *counters = this_cpu_counters();

	if (storage->preexisting && counters)
		count(&counters->adopted_closed);
	if (!storage->connect_success)
		read_initial_sequence_numbers(storage, tcp);
	report_end(tcp, storage, old_state);
	storage->stage = STAGE_CLOSED;
}

/* No other state changes anything here. */
static __always_inline int is_of_interest(__u32 new_state)
{
	return new_state == BPF_TCP_CLOSE || new_state == BPF_TCP_FIN_WAIT1 || new_state == BPF_TCP_CLOSE_WAIT ||
	       new_state == BPF_TCP_LAST_ACK;
}

/* BPF_SOCK_OPS_STATE_CB: tcp_set_state(), before the state changes and before the port is given back. */
static __always_inline void on_state(struct bpf_sock_ops *ctx)
{
	__u32 old_state = ctx->args[0], new_state = ctx->args[1];
	struct bpf_sock *sk = ctx->sk;
	struct sock_storage_data *storage;
	struct tcp_sock *tcp;

	if (!sk || !is_of_interest(new_state))
		return;
	storage = find_storage(ctx, sk);
	if (!storage) {
		if (new_state == BPF_TCP_CLOSE)
			on_unknown_close(sk);
		return;
	}
	if (storage->stage != STAGE_CONNECTING && storage->stage != STAGE_OPEN)
		return; /* a listener, or the end was reported already */
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return;
	if (storage->stage == STAGE_OPEN && !storage->closed_by)
		leave_established(storage, tcp, new_state);
	note_closer(storage, tcp, new_state);
	if (new_state == BPF_TCP_FIN_WAIT1 || new_state == BPF_TCP_LAST_ACK) {
		freeze_limits(storage, tcp);
		storage->fin_sent = 1;
	}
	if (new_state != BPF_TCP_CLOSE)
		return;
	on_close(tcp, storage, old_state);
	if (READ_ONCE(shared.fallback_used))
		forget_fallback(ctx);
}

#endif
