// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "connection_check.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "details_check.h"
#include "record_check.h"

/* The way a connection ended for one of its ends. */
struct farewell {
	__u8 previous_state;
	__u8 closed_by;
	__u8 fin_received;
	__u16 sk_err;
	__u8 closed_here; /* by a FIN or a reset of our own */
	int segs_in_more; /* received when the other end's record was written already; less than 0: sent by then, but
			     late */
};

static const struct farewell first = {BPF_TCP_FIN_WAIT2, TCP_PROBE_CLOSED_BY_LOCAL, 1, 0, 1, 0};
static const struct farewell last = {BPF_TCP_LAST_ACK, TCP_PROBE_CLOSED_BY_REMOTE, 1, 0, 1, 0};
static const struct farewell resetting = {BPF_TCP_ESTABLISHED, TCP_PROBE_CLOSED_BY_ABORT, 0, 0, 1, 0};
/* The RST itself is sent after the state has changed. */
static const struct farewell was_reset = {BPF_TCP_ESTABLISHED, TCP_PROBE_CLOSED_BY_ABORT, 0, ECONNRESET, 0, 1};
/* The kernel frees a socket without owner in FIN_WAIT2; a TIME_WAIT socket takes its place and answers the other FIN.
 */
static const struct farewell gone = {BPF_TCP_FIN_WAIT2, TCP_PROBE_CLOSED_BY_LOCAL, 0, 0, 1, -1};
static const struct farewell left_alone = {BPF_TCP_LAST_ACK, TCP_PROBE_CLOSED_BY_REMOTE, 1, 0, 1, 1};
static const struct farewell reset_after_fin = {BPF_TCP_FIN_WAIT2, TCP_PROBE_CLOSED_BY_LOCAL, 0, ECONNRESET, 1, 1};
static const struct farewell resetting_after_fin = {BPF_TCP_CLOSE_WAIT, TCP_PROBE_CLOSED_BY_REMOTE, 1, 0, 1, 0};
/* The peer's FIN was received before the reset: EPIPE (tcp_reset()). */
static const struct farewell reset_behind_fin = {BPF_TCP_CLOSE_WAIT, TCP_PROBE_CLOSED_BY_REMOTE, 1, EPIPE, 0, 1};
static const struct farewell resetting_behind_fin = {BPF_TCP_FIN_WAIT2, TCP_PROBE_CLOSED_BY_LOCAL, 0, 0, 1, 0};

static const struct {
	const struct farewell *client;
	const struct farewell *server;
} farewells[] = {
    [CLIENT_ENDS] = {&first, &last},
    [SERVER_ENDS] = {&last, &first},
    [CLIENT_ENDS_SERVER_WAITS] = {&first, &last},
    [CLIENT_LEAVES] = {&gone, &left_alone},
    [SERVER_LEAVES] = {&left_alone, &gone},
    [CLIENT_RESETS] = {&resetting, &was_reset},
    [SERVER_RESETS] = {&was_reset, &resetting},
    [SERVER_RESETS_CLIENT] = {&was_reset, &resetting},
    [CLIENT_DISCARDS] = {&resetting, &was_reset},
    [SERVER_DISCARDS] = {&was_reset, &resetting},
    [SERVER_DISCARDS_LATER] = {&reset_after_fin, &resetting_after_fin},
    [SERVER_RESETS_LATER] = {&reset_after_fin, &resetting_after_fin},
    [SERVER_ENDS_AND_RESETS] = {&reset_behind_fin, &resetting_behind_fin},
    [CLIENT_DISCONNECTS] = {&resetting, &was_reset},
    [HALF_CLOSE] = {&first, &last},
};

struct side client_side(const struct conversation *conversation, const struct owner *clients)
{
	return (struct side){
	    .connection = conversation->plan->name,
	    .name = "client",
	    .end = &conversation->client,
	    .owner = clients,
	    .direction = TCP_PROBE_OUTBOUND,
	};
}

struct side server_side(const struct conversation *conversation, const struct owner *listeners)
{
	return (struct side){
	    .connection = conversation->plan->name,
	    .name = "server",
	    .end = &conversation->server,
	    .owner = listeners,
	    .direction = TCP_PROBE_INBOUND,
	};
}

static int is_mapped(const struct end *end)
{
	static const __u8 prefix[12] = {[10] = 0xff, [11] = 0xff};

	return !memcmp(end->peer_address, prefix, sizeof(prefix));
}

static void expect_identity(struct record_check *check, const struct side *side)
{
	const struct owner *owner = side->owner;
	const struct end *end = side->end;

	expect(check, FIELD(version), TCP_PROBE_VERSION);
	expect(check, FIELD(size),
	       check->record->kind == TCP_PROBE_OPEN ? TCP_PROBE_SHORT_BYTES : sizeof(struct tcp_probe_info));
	expect(check, FIELD(type), is_mapped(end) ? AF_INET : AF_INET6);
	expect(check, FIELD(protocol), IPPROTO_TCP);
	expect(check, FIELD(direction), side->direction);
	expect_bytes(check, FIELD(tuple.local_address), end->local_address);
	expect_bytes(check, FIELD(tuple.peer_address), end->peer_address);
	expect(check, FIELD(tuple.local_port), end->local_port);
	expect(check, FIELD(tuple.peer_port), end->peer_port);
	expect(check, FIELD(generation), end->generation);
	expect(check, FIELD(socket_cookie), end->cookie);
	expect(check, FIELD(netns_cookie), end->netns_cookie);
	expect(check, FIELD(cgroup_id), owner->cgroup_id);
	expect(check, FIELD(local_isn), end->local_isn);
	expect(check, FIELD(peer_isn), end->peer_isn);
	expect(check, FIELD(pid), owner->pid);
	expect_bytes(check, FIELD(command), owner->command);
	expect(check, FIELD(preexisting), side->preexisting);
}

static void expect_totals(struct record_check *check, const struct side *side, const struct expected *expected)
{
	expect(check, FIELD(sent_bytes), expected->sent_bytes);
	expect(check, FIELD(received_bytes), expected->received_bytes);
	expect_within(check, FIELD(segs_out), expected->fewest_segs_out, expected->most_segs_out);
	expect(check, FIELD(segs_in), expected->segs_in);
	expect(check, FIELD(total_retrans), side->end->syn_retransmits); /* nothing else is lost on loopback */
	expect(check, FIELD(lost), side->end->syn_retransmits);
}

static void expect_reported(struct record_check *check, const struct tcp_probe_info *reported)
{
	static const struct tcp_probe_info nothing;
	const struct tcp_probe_info *totals = reported ? reported : &nothing;

	expect(check, FIELD(open_reported), check->record->kind != TCP_PROBE_FAILED);
	expect(check, FIELD(reported_sent_bytes), totals->sent_bytes);
	expect(check, FIELD(reported_received_bytes), totals->received_bytes);
	expect(check, FIELD(reported_segs_out), totals->segs_out);
	expect(check, FIELD(reported_segs_in), totals->segs_in);
	expect(check, FIELD(reported_total_retrans), totals->total_retrans);
	expect(check, FIELD(reported_lost), totals->lost);
}

/* The socket shows an earlier life's minimum until there is a lower one; one that is the same may be of this life. */
static void expect_rtt_min(struct record_check *check, const struct end *end, __u32 min_rtt_us)
{
	__u32 earlier_us = end->earlier_min_rtt_us;

	if (!earlier_us || min_rtt_us < earlier_us)
		expect(check, FIELD(rtt_min), min_rtt_us);
	else
		expect(check, FIELD(rtt_min), check->record->rtt_min ? earlier_us : 0);
}

static void expect_present(struct record_check *check, const struct side *side, const struct expected *expected)
{
	__u32 srtt_us = expected->round_trip.srtt_us;

	expect(check, FIELD(lost_out), 0);
	expect(check, FIELD(unacked_bytes), 0);
	expect(check, FIELD(unread_bytes), expected->unread_bytes);
	/* The record keeps the eighths of a microsecond that TCP_INFO cuts off; 0 is no sample. */
	expect_within(check, FIELD(srtt_us), 8ULL * srtt_us, srtt_us ? 8ULL * srtt_us + 7 : 0);
	expect_rtt_min(check, side->end, expected->round_trip.min_rtt_us);
	expect(check, FIELD(mss_cache), expected->mss);
}

void check_record(const struct side *side, const struct tcp_probe_info *record, const struct expected *expected)
{
	static const char *const kinds[] = {"", "open", "end", "failure", "update", "adoption"};
	struct record_check check;
	char about[128];

	snprintf(about, sizeof(about), "%s: %s of the %s", side->connection, kinds[expected->kind], side->name);
	check = begin_check(record, about);
	expect_identity(&check, side);
	expect(&check, FIELD(kind), expected->kind);
	expect(&check, FIELD(state), expected->state);
	expect(&check, FIELD(previous_state), expected->previous_state);
	expect(&check, FIELD(conn_success), expected->conn_success);
	expect(&check, FIELD(closed_by), expected->closed_by);
	expect(&check, FIELD(fin_received), expected->fin_received);
	expect(&check, FIELD(sk_err), expected->sk_err);
	expect_within(&check, FIELD(close_ns), expected->earliest_ns, expected->latest_ns);
	expect_within(&check, FIELD(duration), expected->shortest_ns, expected->longest_ns);
	expect_totals(&check, side, expected);
	expect_reported(&check, expected->reported);
	expect_present(&check, side, expected);
	if (expected->kind == TCP_PROBE_OPEN)
		expect_no_details(&check);
	else
		expect_details(&check, side, expected);
	end_check(&check);
}

void check_open(const struct side *side, const struct tcp_probe_info *record, const struct moments *moments)
{
	int is_client = side->direction == TCP_PROBE_OUTBOUND;
	const struct tcp_facts *facts = &side->end->at_open;

	/* A client has counted its SYN and the SYN-ACK; a child of a listener not the SYN-ACK as sent, but the SYN and
	 * the ACK as received. */
	check_record(side, record,
		     &(struct expected){
			 .kind = TCP_PROBE_OPEN,
			 .state = BPF_TCP_ESTABLISHED,
			 .previous_state = is_client ? BPF_TCP_SYN_SENT : BPF_TCP_SYN_RECV,
			 .conn_success = 1,
			 .earliest_ns = moments->before_connect,
			 .latest_ns = moments->after_accept,
			 .longest_ns = is_client ? moments->after_accept - moments->before_connect : 0,
			 .fewest_segs_out = is_client + side->end->syn_retransmits,
			 .most_segs_out = is_client + side->end->syn_retransmits,
			 .segs_in = is_client ? 1 : 2,
			 .round_trip = *facts,
			 .mss = facts->mss,
		     });
}

/* The first record says when the connection began. */
static __u64 duration_at(const struct tcp_probe_info *record, const struct tcp_probe_info *first)
{
	return record->close_ns - first->close_ns + first->duration;
}

static void check_end(const struct ending_side *ending, const struct ending_side *other,
		      const struct farewell *farewell, struct expected expected)
{
	const struct side *side = &ending->side;
	__u64 duration_ns = duration_at(ending->last, ending->first);

	expected.kind = TCP_PROBE_CLOSE;
	expected.state = BPF_TCP_CLOSE;
	expected.previous_state = farewell->previous_state;
	expected.conn_success = 1;
	expected.closed_by = farewell->closed_by;
	expected.fin_received = farewell->fin_received;
	expected.sk_err = farewell->sk_err;
	expected.shortest_ns = duration_ns;
	expected.longest_ns = duration_ns;
	expected.fewest_segs_out = side->end->before_end.segs_out;
	expected.most_segs_out = ~0U;
	/* A child of a listener does not count the SYN-ACK as sent, but the SYN as received. */
	expected.segs_in = other->last->segs_out + (side->direction == TCP_PROBE_OUTBOUND) + farewell->segs_in_more -
			   other->side.end->syn_retransmits;
	if (!ending->left_unseen)
		expected.round_trip = side->end->before_end;
	expected.facts = side->end->before_end;
	expected.closer = farewell->closed_here ? ending->closer : NULL;
	expected.mss = side->end->before_end.mss;
	expected.reported = ending->reported;
	check_record(side, ending->last, &expected);
}

void check_ends(const struct ending_side *client, const struct ending_side *server,
		const struct conversation *conversation)
{
	const struct moments *moments = &conversation->moments;
	const struct plan *plan = conversation->plan;
	int server_discards = plan->ending == SERVER_DISCARDS || plan->ending == SERVER_DISCARDS_LATER;

	check_end(client, server, farewells[plan->ending].client,
		  (struct expected){
		      .earliest_ns = moments->before_end,
		      .latest_ns = moments->after_end,
		      .sent_bytes = plan->up,
		      .received_bytes = plan->down,
		      .unread_bytes = plan->ending == CLIENT_DISCARDS ? plan->down : 0,
		      .receives_later = plan->ending == HALF_CLOSE,
		  });
	check_end(server, client, farewells[plan->ending].server,
		  (struct expected){
		      .earliest_ns = moments->before_end,
		      .latest_ns = moments->after_end,
		      .sent_bytes = plan->down,
		      .received_bytes = plan->up,
		      .unread_bytes = server_discards ? plan->up : 0,
		      .sends_later = plan->ending == HALF_CLOSE,
		  });
}

static int find_both(const struct records *records, struct ending_side *ending)
{
	const struct tcp_probe_info *list[2] = {};
	const struct side *side = &ending->side;
	int number = list_records(records, side->end->cookie, side->end->generation, list, 2);
	int found = number == 2 && list[0]->kind == TCP_PROBE_OPEN && list[1]->kind == TCP_PROBE_CLOSE;

	ending->first = list[0];
	ending->last = list[1];
	report_check(found, "%s: an open and an end of the %s: %d records", side->connection, side->name, number);
	return found;
}

void check_connection(const struct records *records, const struct conversation *conversation,
		      const struct owner *clients, const struct owner *listeners)
{
	struct ending_side client = {.side = client_side(conversation, clients), .closer = clients};
	struct ending_side server = {.side = server_side(conversation, listeners), .closer = clients};

	report_check(conversation->client.local_isn == conversation->server.peer_isn &&
			 conversation->client.peer_isn == conversation->server.local_isn,
		     "%s: the sequence numbers of both ends fit", conversation->plan->name);
	if (!find_both(records, &client) + !find_both(records, &server))
		return;
	check_open(&client.side, client.first, &conversation->moments);
	check_open(&server.side, server.first, &conversation->moments);
	check_ends(&client, &server, conversation);
}

void check_refusal(const struct records *records, const struct conversation *conversation, const struct owner *clients)
{
	const struct moments *moments = &conversation->moments;
	struct side side = client_side(conversation, clients);
	const struct tcp_probe_info *record = NULL;
	int number = list_records(records, side.end->cookie, side.end->generation, &record, 1);

	report_check(number == 1, "%s: one record of the failure: %d records", side.connection, number);
	if (!record)
		return;
	check_record(&side, record,
		     &(struct expected){
			 .kind = TCP_PROBE_FAILED,
			 .state = BPF_TCP_CLOSE,
			 .previous_state = BPF_TCP_SYN_SENT,
			 .sk_err = ECONNREFUSED,
			 .earliest_ns = moments->before_connect,
			 .latest_ns = moments->after_end,
			 .shortest_ns = 1,
			 .longest_ns = moments->after_end - moments->before_connect,
			 .fewest_segs_out = 1,
			 .most_segs_out = 1,
			 .segs_in = 1, /* the RST */
			 .facts.has_timeouts = conversation->client.before_end.has_timeouts,
		     });
}
