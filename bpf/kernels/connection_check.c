// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "connection_check.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "record_check.h"

/* How a connection ended for one of its ends. */
struct farewell {
	__u8 previous_state;
	__u8 closed_by;
	__u8 fin_received;
	__u16 sk_err;
	int segs_in_more; /* received when the other end's record was written already; less than 0: sent by then, but
			     late */
};

static const struct farewell first = {BPF_TCP_FIN_WAIT2, TCP_PROBE_CLOSED_BY_LOCAL, 1, 0, 0};
static const struct farewell last = {BPF_TCP_LAST_ACK, TCP_PROBE_CLOSED_BY_REMOTE, 1, 0, 0};
static const struct farewell resetting = {BPF_TCP_ESTABLISHED, TCP_PROBE_CLOSED_BY_ABORT, 0, 0, 0};
/* The RST itself is sent after the state has changed. */
static const struct farewell was_reset = {BPF_TCP_ESTABLISHED, TCP_PROBE_CLOSED_BY_ABORT, 0, ECONNRESET, 1};
/* The kernel forgets a socket without owner in FIN_WAIT2: what stands in for it takes the other FIN and answers it. */
static const struct farewell gone = {BPF_TCP_FIN_WAIT2, TCP_PROBE_CLOSED_BY_LOCAL, 0, 0, -1};
static const struct farewell left_alone = {BPF_TCP_LAST_ACK, TCP_PROBE_CLOSED_BY_REMOTE, 1, 0, 1};

static const struct {
	const struct farewell *client;
	const struct farewell *server;
} farewells[] = {
    [CLIENT_ENDS] = {&first, &last},
    [SERVER_ENDS] = {&last, &first},
    [CLIENT_LEAVES] = {&gone, &left_alone},
    [CLIENT_RESETS] = {&resetting, &was_reset},
    [SERVER_RESETS] = {&was_reset, &resetting},
    [CLIENT_DISCARDS] = {&resetting, &was_reset},
    [HALF_CLOSE] = {&first, &last},
};

/* One end of a connection, with what is known of it. */
struct side {
	const char *name;
	const struct end *end;
	const struct owner *owner;
	const struct farewell *farewell;
	__u8 direction;
	__u8 handshake_state;
	__u64 sent_bytes;
	__u64 received_bytes;
	__u32 unread_bytes;
	__u32 handshake_segs_out; /* as counted by the socket, at the moment of the open */
	__u32 handshake_segs_in;
	const struct tcp_probe_info *open_record;
	const struct tcp_probe_info *end_record;
};

static int is_mapped(const struct end *end)
{
	static const __u8 prefix[12] = {[10] = 0xff, [11] = 0xff};

	return !memcmp(end->peer_address, prefix, sizeof(prefix));
}

static void expect_identity(struct record_check *check, const struct end *end, const struct owner *owner, int direction)
{
	expect(check, FIELD(version), TCP_PROBE_VERSION);
	expect(check, FIELD(size), sizeof(struct tcp_probe_info));
	expect(check, FIELD(type), is_mapped(end) ? AF_INET : AF_INET6);
	expect(check, FIELD(protocol), IPPROTO_TCP);
	expect(check, FIELD(direction), direction);
	expect_bytes(check, FIELD(tuple.local_address), end->local_address);
	expect_bytes(check, FIELD(tuple.peer_address), end->peer_address);
	expect(check, FIELD(tuple.local_port), end->local_port);
	expect(check, FIELD(tuple.peer_port), end->peer_port);
	expect(check, FIELD(generation), 0);
	expect(check, FIELD(socket_cookie), end->cookie);
	expect(check, FIELD(netns_cookie), end->netns_cookie);
	expect(check, FIELD(cgroup_id), owner->cgroup_id);
	expect(check, FIELD(pid), owner->pid);
	expect_bytes(check, FIELD(command), owner->command);
}

static void expect_nothing_lost(struct record_check *check)
{
	expect(check, FIELD(total_retrans), 0);
	expect(check, FIELD(lost), 0);
	expect(check, FIELD(lost_out), 0);
	expect(check, FIELD(unacked_bytes), 0);
}

static void expect_nothing_reported(struct record_check *check)
{
	expect(check, FIELD(reported_sent_bytes), 0);
	expect(check, FIELD(reported_received_bytes), 0);
	expect(check, FIELD(reported_segs_out), 0);
	expect(check, FIELD(reported_segs_in), 0);
	expect(check, FIELD(reported_total_retrans), 0);
}

static void expect_facts(struct record_check *check, const struct tcp_facts *facts)
{
	/* The record keeps the eighths of a microsecond that TCP_INFO cuts off. */
	expect_within(check, FIELD(srtt_us), 8ULL * facts->srtt_us, 8ULL * facts->srtt_us + 7);
	expect(check, FIELD(rtt_min), facts->min_rtt_us);
	expect(check, FIELD(mss_cache), facts->mss);
}

static void check_open(const struct side *side, const struct conversation *conversation)
{
	const struct moments *moments = &conversation->moments;
	struct record_check check;
	char about[128];

	snprintf(about, sizeof(about), "%s: open of the %s", conversation->plan->name, side->name);
	check = begin_check(side->open_record, about);
	expect_identity(&check, side->end, side->owner, side->direction);
	expect_nothing_lost(&check);
	expect_nothing_reported(&check);
	expect_facts(&check, &side->end->at_open);
	expect(&check, FIELD(kind), TCP_PROBE_OPEN);
	expect(&check, FIELD(state), BPF_TCP_ESTABLISHED);
	expect(&check, FIELD(previous_state), side->handshake_state);
	expect(&check, FIELD(conn_success), 1);
	expect(&check, FIELD(open_reported), 1);
	expect(&check, FIELD(closed_by), 0);
	expect(&check, FIELD(fin_received), 0);
	expect(&check, FIELD(sk_err), 0);
	expect_within(&check, FIELD(close_ns), moments->before_connect, moments->after_accept);
	expect_within(&check, FIELD(duration), 0,
		      side->direction == TCP_PROBE_INBOUND ? 0 : moments->after_accept - moments->before_connect);
	expect(&check, FIELD(sent_bytes), 0);
	expect(&check, FIELD(received_bytes), 0);
	expect(&check, FIELD(unread_bytes), 0);
	expect(&check, FIELD(segs_out), side->handshake_segs_out);
	expect(&check, FIELD(segs_in), side->handshake_segs_in);
	end_check(&check);
}

static void check_end(const struct side *side, const struct side *other, const struct conversation *conversation)
{
	const struct moments *moments = &conversation->moments;
	const struct farewell *farewell = side->farewell;
	struct record_check check;
	char about[128];

	snprintf(about, sizeof(about), "%s: end of the %s", conversation->plan->name, side->name);
	check = begin_check(side->end_record, about);
	expect_identity(&check, side->end, side->owner, side->direction);
	expect_nothing_lost(&check);
	expect_nothing_reported(&check);
	expect_facts(&check, &side->end->before_end);
	expect(&check, FIELD(kind), TCP_PROBE_CLOSE);
	expect(&check, FIELD(state), BPF_TCP_CLOSE);
	expect(&check, FIELD(previous_state), farewell->previous_state);
	expect(&check, FIELD(conn_success), 1);
	expect(&check, FIELD(open_reported), 1);
	expect(&check, FIELD(closed_by), farewell->closed_by);
	expect(&check, FIELD(fin_received), farewell->fin_received);
	expect(&check, FIELD(sk_err), farewell->sk_err);
	expect_within(&check, FIELD(close_ns), moments->before_end, moments->after_end);
	expect(&check, FIELD(duration),
	       side->end_record->close_ns - side->open_record->close_ns + side->open_record->duration);
	expect(&check, FIELD(sent_bytes), side->sent_bytes);
	expect(&check, FIELD(received_bytes), side->received_bytes);
	expect(&check, FIELD(unread_bytes), side->unread_bytes);
	expect_within(&check, FIELD(segs_out), side->end->before_end.segs_out, ~0U);
	/* A child of a listener does not count the SYN-ACK as sent, but the SYN as received. */
	expect(&check, FIELD(segs_in),
	       other->end_record->segs_out + (side->direction == TCP_PROBE_OUTBOUND) + farewell->segs_in_more);
	end_check(&check);
}

static int find_both(const struct records *records, struct side *side, const struct plan *plan)
{
	__u64 cookie = side->end->cookie;
	int number = count_records(records, cookie);

	side->open_record = find_record(records, cookie, TCP_PROBE_OPEN);
	side->end_record = find_record(records, cookie, TCP_PROBE_CLOSE);
	report_check(number == 2 && side->open_record && side->end_record,
		     "%s: an open and an end of the %s: %d records", plan->name, side->name, number);
	return side->open_record && side->end_record;
}

void check_connection(const struct records *records, const struct conversation *conversation,
		      const struct owner *clients, const struct owner *listeners)
{
	const struct plan *plan = conversation->plan;
	struct side client = {
	    .name = "client",
	    .end = &conversation->client,
	    .owner = clients,
	    .farewell = farewells[plan->ending].client,
	    .direction = TCP_PROBE_OUTBOUND,
	    .handshake_state = BPF_TCP_SYN_SENT,
	    .sent_bytes = plan->up,
	    .received_bytes = plan->down,
	    .unread_bytes = plan->ending == CLIENT_DISCARDS ? plan->down : 0,
	    .handshake_segs_out = 1,
	    .handshake_segs_in = 1,
	};
	struct side server = {
	    .name = "server",
	    .end = &conversation->server,
	    .owner = listeners,
	    .farewell = farewells[plan->ending].server,
	    .direction = TCP_PROBE_INBOUND,
	    .handshake_state = BPF_TCP_SYN_RECV,
	    .sent_bytes = plan->down,
	    .received_bytes = plan->up,
	    .handshake_segs_in = 2,
	};

	if (!find_both(records, &client, plan) + !find_both(records, &server, plan))
		return;
	check_open(&client, conversation);
	check_open(&server, conversation);
	check_end(&client, &server, conversation);
	check_end(&server, &client, conversation);
}

void check_refusal(const struct records *records, const struct conversation *conversation, const struct owner *clients)
{
	const struct moments *moments = &conversation->moments;
	const struct end *client = &conversation->client;
	const struct tcp_probe_info *record = find_record(records, client->cookie, TCP_PROBE_FAILED);
	int number = count_records(records, client->cookie);
	struct record_check check;

	report_check(number == 1 && record, "%s: one record of the failure: %d records", conversation->plan->name,
		     number);
	if (!record)
		return;
	check = begin_check(record, conversation->plan->name);
	expect_identity(&check, client, clients, TCP_PROBE_OUTBOUND);
	expect_nothing_lost(&check);
	expect_nothing_reported(&check);
	expect(&check, FIELD(kind), TCP_PROBE_FAILED);
	expect(&check, FIELD(state), BPF_TCP_CLOSE);
	expect(&check, FIELD(previous_state), BPF_TCP_SYN_SENT);
	expect(&check, FIELD(conn_success), 0);
	expect(&check, FIELD(open_reported), 0);
	expect(&check, FIELD(closed_by), 0);
	expect(&check, FIELD(fin_received), 0);
	expect(&check, FIELD(sk_err), ECONNREFUSED);
	expect_within(&check, FIELD(close_ns), moments->before_connect, moments->after_end);
	expect_within(&check, FIELD(duration), 1, moments->after_end - moments->before_connect);
	expect(&check, FIELD(sent_bytes), 0);
	expect(&check, FIELD(received_bytes), 0);
	expect(&check, FIELD(unread_bytes), 0);
	expect(&check, FIELD(srtt_us), 0);
	expect(&check, FIELD(rtt_min), 0);
	expect(&check, FIELD(mss_cache), 0);
	expect(&check, FIELD(segs_out), 1);
	expect(&check, FIELD(segs_in), 1); /* the RST */
	end_check(&check);
}
