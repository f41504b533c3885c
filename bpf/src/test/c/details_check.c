// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "details_check.h"

#include <linux/tcp.h>
#include <string.h>

enum {
	SLOWEST_TICK_MS = 10, /* CONFIG_HZ=100 */
	CLOCK_ERROR_MS = 200, /* an emulated machine's ticks come late, and some at once */
	SYN_TIMEOUT_US = 1000000,
};

static int is_established(const struct record_check *check)
{
	return check->record->conn_success;
}

/* Of each, the part of this connection; what was sent behind the facts took at most the whole duration. Never longer
 * than that: ticks that come late make the kernel count more. */
static void expect_limit(struct record_check *check, struct field field, __u32 earlier_ms, __u32 now_ms,
			 int sends_later)
{
	__u64 duration_ms = check->record->duration / 1000000, own_ms = now_ms - earlier_ms;
	__u64 low_ms = own_ms < duration_ms ? own_ms : duration_ms;
	__u64 high_ms = sends_later ? duration_ms + SLOWEST_TICK_MS : own_ms;

	expect_within(check, field, is_established(check) ? low_ms : 0, is_established(check) ? high_ms : 0);
}

static void expect_limits(struct record_check *check, const struct side *side, const struct expected *expected)
{
	const struct tcp_facts *earlier = &side->end->at_birth, *now = &expected->facts;

	expect_limit(check, FIELD(network_limited_ms), earlier->network_limited_ms, now->network_limited_ms,
		     expected->sends_later);
	expect_limit(check, FIELD(receiver_limited_ms), earlier->receiver_limited_ms, now->receiver_limited_ms,
		     expected->sends_later);
	expect_limit(check, FIELD(send_buffer_limited_ms), earlier->send_buffer_limited_ms, now->send_buffer_limited_ms,
		     expected->sends_later);
}

static void expect_reported_details(struct record_check *check, const struct tcp_probe_info *reported)
{
	static const struct tcp_probe_info nothing;
	const struct tcp_probe_info *last = reported ? reported : &nothing;
	int is_adoption = check->record->kind == TCP_PROBE_ADOPTED; /* which is the first to have the flags */

	expect(check, FIELD(reported_network_limited_ms), last->network_limited_ms);
	expect(check, FIELD(reported_receiver_limited_ms), last->receiver_limited_ms);
	expect(check, FIELD(reported_send_buffer_limited_ms), last->send_buffer_limited_ms);
	expect(check, FIELD(reported_stalled_ms), last->stalled_ms);
	expect(check, FIELD(reported_timeouts), last->timeouts);
	expect(check, FIELD(reported_spurious_retransmits), last->spurious_retransmits);
	expect(check, FIELD(reported_out_of_order_segments), last->out_of_order_segments);
	expect(check, FIELD(reported_flags),
	       is_adoption ? 0 : last->flags & (TCP_PROBE_STALLED | TCP_PROBE_NOT_ACCEPTED));
}

static void expect_handshake(struct record_check *check, const struct side *side)
{
	const struct end *end = side->end;
	__u32 handshake_us = end->at_open.srtt_us;

	expect(check, FIELD(syn_retransmits), end->syn_retransmits);
	if (!is_established(check) || side->preexisting)
		expect(check, FIELD(handshake_us), 0);
	else if (side->direction == TCP_PROBE_INBOUND)
		expect(check, FIELD(handshake_us), handshake_us);
	else
		expect_within(check, FIELD(handshake_us),
			      end->syn_retransmits ? SYN_TIMEOUT_US
			      : handshake_us       ? handshake_us - 1
						   : 0,
			      end->longest_handshake_us);
}

static void expect_closer(struct record_check *check, const struct owner *closer)
{
	static const struct owner nobody;
	const struct owner *process = closer ? closer : &nobody;

	expect(check, FIELD(closer_pid), process->pid);
	expect(check, FIELD(closer_cgroup_id), process->cgroup_id);
	expect_bytes(check, FIELD(closer_command), process->command);
}

/* As old at the record as the facts say, and by as much older as they are. */
static void expect_idle(struct record_check *check, struct field field, __u32 idle_ms, const struct tcp_facts *facts,
			int has_data, int later)
{
	__s64 since_ms = ((__s64)check->record->close_ns - (__s64)facts->taken_ns) / 1000000 + idle_ms;
	__u64 low = since_ms > CLOCK_ERROR_MS ? since_ms - CLOCK_ERROR_MS : 0;

	if (has_data)
		expect_within(check, field, later ? 0 : low, since_ms + CLOCK_ERROR_MS);
	else
		expect(check, field, 0);
}

static void expect_idles(struct record_check *check, const struct expected *expected)
{
	const struct tcp_facts *facts = &expected->facts;

	expect_idle(check, FIELD(transmit_idle_ms), facts->last_sent_ms, facts,
		    facts->data_segs_out || expected->sends_later, expected->sends_later);
	expect_idle(check, FIELD(receive_idle_ms), facts->last_received_ms, facts,
		    facts->data_segs_in || expected->receives_later, expected->receives_later);
}

static __u16 flags_of(const struct record_check *check, const struct expected *expected)
{
	const struct tcp_facts *facts = &expected->facts;
	__u16 flags = TCP_PROBE_HAS_UID | TCP_PROBE_HAS_SEQUENCE | (facts->has_timeouts ? TCP_PROBE_HAS_TIMEOUTS : 0);

	if (!is_established(check))
		return flags;
	flags |= facts->options & TCPI_OPT_TIMESTAMPS ? TCP_PROBE_TIMESTAMPS : 0;
	flags |= facts->options & TCPI_OPT_SACK ? TCP_PROBE_SACK : 0;
	flags |= facts->options & TCPI_OPT_WSCALE ? TCP_PROBE_WINDOW_SCALING : 0;
	flags |= facts->options & TCPI_OPT_ECN ? TCP_PROBE_ECN : 0;
	flags |= facts->options & TCPI_OPT_SYN_DATA ? TCP_PROBE_FAST_OPEN : 0;
	flags |= facts->peer_window ? 0 : TCP_PROBE_PEER_WINDOW_ZERO;
	flags |= facts->data_segs_out || expected->sends_later ? TCP_PROBE_HAS_SENT : 0;
	flags |= facts->data_segs_in || expected->receives_later ? TCP_PROBE_HAS_RECEIVED : 0;
	return flags;
}

/* Of records that all came: an open is number 0, and has no totals that the next one could name as reported. */
static __u32 sequence_of(const struct tcp_probe_info *record, const struct tcp_probe_info *reported)
{
	if (record->kind == TCP_PROBE_FAILED || record->kind == TCP_PROBE_ADOPTED)
		return 0;
	return reported ? reported->sequence + 1 : 1;
}

void expect_no_details(struct record_check *check)
{
	static const char zeros[sizeof(struct tcp_probe_info)];
	const struct field details = {"details", TCP_PROBE_SHORT_BYTES,
				      sizeof(struct tcp_probe_info) - TCP_PROBE_SHORT_BYTES};

	expect(check, FIELD(syn_retransmits), 0);
	expect(check, FIELD(timeouts_in_a_row), 0);
	expect(check, FIELD(window_probes), 0);
	expect_bytes(check, details, zeros);
}

void expect_details(struct record_check *check, const struct side *side, const struct expected *expected)
{
	const struct tcp_facts *facts = &expected->facts, *round_trip = &expected->round_trip;
	const struct end *end = side->end;

	expect_limits(check, side, expected);
	expect(check, FIELD(stalled_ms), is_established(check) ? facts->stalled_ms - end->at_open.stalled_ms : 0);
	expect(check, FIELD(timeouts), is_established(check) ? facts->timeouts - end->at_open.timeouts : 0);
	expect(check, FIELD(timeouts_in_a_row), facts->timeouts_in_a_row);
	expect(check, FIELD(window_probes), facts->window_probes);
	expect(check, FIELD(spurious_retransmits), facts->spurious_retransmits);
	expect(check, FIELD(out_of_order_segments), facts->out_of_order_segments);
	expect(check, FIELD(reorderings), facts->reorderings);
	expect(check, FIELD(delivered_ce), facts->delivered_ce);
	expect_reported_details(check, expected->reported);
	expect_handshake(check, side);
	expect_closer(check, expected->closer);
	expect_idles(check, expected);
	expect_within(check, FIELD(mdev_us), 4ULL * round_trip->rttvar_us,
		      round_trip->srtt_us ? 4ULL * round_trip->rttvar_us + 3 : 0);
	expect(check, FIELD(snd_cwnd), round_trip->snd_cwnd);
	expect(check, FIELD(uid), end->uid);
	expect_bytes(check, FIELD(congestion), end->congestion);
	expect(check, FIELD(flags), flags_of(check, expected));
	expect(check, FIELD(sequence), sequence_of(check->record, expected->reported));
	expect(check, FIELD(sampling), 0);
	expect(check, FIELD(padding), 0);
}
