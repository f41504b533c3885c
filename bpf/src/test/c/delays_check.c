// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <err.h>
#include <errno.h>
#include <linux/bpf.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "checks.h"
#include "namespace.h"
#include "record_check.h"

static const struct plan limited_plan = {
    "a reader that does not read", AF_INET, AF_INET, "127.0.0.1", 0, 0, 777, CLIENT_DISCONNECTS,
};
static const struct plan again_plan = {
    "again, after a life that was limited", AF_INET, AF_INET, "127.0.0.1", 321, 432, 777, CLIENT_DISCONNECTS,
};
static const struct plan listened_plan = {
    "of a listener whose earlier life was limited", AF_INET, AF_INET, "127.0.0.1", 543, 654, 777, CLIENT_ENDS,
};
static const struct plan stalled_plan = {
    "stalled", AF_INET, AF_INET, "127.0.0.1", 111, 222, 777, CLIENT_ENDS,
};
static const struct plan unroutable_plan = {
    "stalled without a segment", AF_INET, AF_INET6, OTHER_ADDRESS, 333, 444, 777, CLIENT_RESETS,
};

enum { MOST_RECORDS = 16, LIMITED_MS = 100, PATIENCE_MS = 20000, MOST_BYTES = 64 << 20 };

static void pause_ms(int ms)
{
	const struct timespec pause = {.tv_nsec = ms * 1000000L};

	nanosleep(&pause, NULL);
}

/* The last record of an end; NULL, and a check that fails, if it has not as many as expected. */
static const struct tcp_probe_info *last_of(const struct observation *seen, const struct plan *plan,
					    const struct end *end, int expected)
{
	const struct tcp_probe_info *list[MOST_RECORDS] = {};
	int number = list_records(&seen->records, end->cookie, end->generation, list, MOST_RECORDS);

	report_check(number == expected, "%s: %d records: %d", plan->name, expected, number);
	return number == expected ? list[number - 1] : NULL;
}

/* Returns how many bytes wait then. */
static int fill_window(int fd)
{
	static const char payload[64 << 10];
	ssize_t sent = 0;
	int bytes = 0;

	for (; bytes < MOST_BYTES && sent >= 0; bytes += sent > 0 ? sent : 0)
		sent = send(fd, payload, sizeof(payload), MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent >= 0 || errno != EAGAIN)
		err(1, "the window has no end");
	return bytes;
}

/* So that the kernel's clock stops: one that runs when the socket is disconnected runs on in its next life. */
static void empty_window(const struct conversation *conversation, int bytes)
{
	enum { PORTION = 16 << 10 };

	for (int portion; bytes; bytes -= portion) {
		portion = bytes < PORTION ? bytes : PORTION;
		receive_bytes(conversation->server_fd, portion);
	}
	await_quiet(conversation);
}

static struct tcp_facts await_limited(int fd)
{
	struct tcp_facts facts = read_facts(fd);

	for (int i = 0; i < PATIENCE_MS && facts.receiver_limited_ms < LIMITED_MS; i++) {
		pause_ms(1);
		facts = read_facts(fd);
	}
	return facts;
}

static int is_between(__u32 low, __u32 value, __u32 high)
{
	return low <= value && value <= high;
}

static void check_full_window(struct observation *seen, const struct conversation *conversation)
{
	struct tcp_facts before = await_limited(conversation->client_fd), after;
	const struct tcp_probe_info *client, *server;
	int is_full;

	walk_live(&seen->probe);
	after = read_facts(conversation->client_fd);
	client = last_of(seen, conversation->plan, &conversation->client, 2);
	server = last_of(seen, conversation->plan, &conversation->server, 2);
	if (!client || !server)
		return;
	report_check(before.receiver_limited_ms >= LIMITED_MS &&
			 is_between(before.receiver_limited_ms, client->receiver_limited_ms, after.receiver_limited_ms),
		     "%s: limited by the receiver for %u ms, between %u and %u", conversation->plan->name,
		     client->receiver_limited_ms, before.receiver_limited_ms, after.receiver_limited_ms);
	/* Before 6.2, what is left of the window can be less than a segment, and not 0. */
	is_full = !after.peer_window;
	report_check(is_full == !!(client->flags & TCP_PROBE_PEER_WINDOW_ZERO) &&
			 is_full == !!(server->flags & TCP_PROBE_OWN_WINDOW_ZERO) &&
			 !(client->flags & TCP_PROBE_OWN_WINDOW_ZERO) && !(server->flags & TCP_PROBE_PEER_WINDOW_ZERO),
		     "%s: each end says whose window is full: %d, %x, %x", conversation->plan->name, is_full,
		     client->flags, server->flags);
}

static void check_limited_end(struct observation *seen, const struct conversation *conversation,
			      const struct tcp_facts *before)
{
	const struct tcp_probe_info *end;
	struct tcp_facts after;

	await_end(seen, &conversation->client);
	after = read_facts(conversation->client_fd);
	end = last_of(seen, conversation->plan, &conversation->client, 3);
	report_check(end &&
			 is_between(before->receiver_limited_ms, end->receiver_limited_ms, after.receiver_limited_ms) &&
			 end->receiver_limited_ms >= end->reported_receiver_limited_ms &&
			 end->reported_receiver_limited_ms >= LIMITED_MS,
		     "%s: the end adds to what its update has reported", conversation->plan->name);
}

static int listen_with(int fd)
{
	const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		err(1, "bind");
	start_listening(fd);
	return fd;
}

void check_earlier_limits(const struct place *place)
{
	struct conversation limited, again, child;
	int client = open_client(&limited_plan);
	struct observation seen = {};
	struct tcp_facts before;
	int bytes;

	observe(&seen, place, 0, NULL);
	limited = begin_conversation(&limited_plan, client, listener_of(&seen, &limited_plan));
	bytes = fill_window(client);
	check_full_window(&seen, &limited);
	empty_window(&limited, bytes);
	before = read_facts(client);
	end_conversation(&limited, NULL, NULL);
	check_limited_end(&seen, &limited, &before);
	again = converse(&seen, &again_plan, client, 1);
	report_check(again.client.at_birth.receiver_limited_ms >= LIMITED_MS, "%s: the socket shows %u ms of it",
		     again_plan.name, again.client.at_birth.receiver_limited_ms);
	check_connection(&seen.records, &again, &seen.clients, &seen.listeners);
	child = begin_conversation(&listened_plan, open_client(&listened_plan), listen_with(client));
	exchange(&child);
	finish(&seen, &child);
	report_check(child.server.at_birth.receiver_limited_ms >= LIMITED_MS, "%s: its child shows %u ms of it",
		     listened_plan.name, child.server.at_birth.receiver_limited_ms);
	check_connection(&seen.records, &child, &seen.clients, &seen.clients);
	close(client);
	end_observation(&seen);
}

/* Sums up what the records of an end have added. */
struct sums {
	__u32 stalled_ms;
	__u32 timeouts;
	__u32 network_limited_ms;
	int stalled;
};

static struct sums sum_up(const struct observation *seen, const struct end *end)
{
	const struct tcp_probe_info *list[MOST_RECORDS] = {};
	int number = list_records(&seen->records, end->cookie, end->generation, list, MOST_RECORDS);
	struct sums sums = {};

	for (int i = 0; i < number && i < MOST_RECORDS; i++) {
		const struct tcp_probe_info *record = list[i];

		sums.stalled_ms += record->stalled_ms - record->reported_stalled_ms;
		sums.timeouts += record->timeouts - record->reported_timeouts;
		sums.network_limited_ms += record->network_limited_ms - record->reported_network_limited_ms;
		sums.stalled += !!(record->flags & TCP_PROBE_STALLED) - !!(record->reported_flags & TCP_PROBE_STALLED);
	}
	return sums;
}

static void check_stall(struct observation *seen, const struct conversation *conversation)
{
	struct tcp_facts before = read_facts(conversation->client_fd), after;
	const struct tcp_probe_info *update;

	walk_live(&seen->probe);
	after = read_facts(conversation->client_fd);
	update = last_of(seen, conversation->plan, &conversation->client, 3);
	if (!update)
		return;
	report_check(update->flags & TCP_PROBE_STALLED && !update->reported_flags &&
			 is_between(before.timeouts_in_a_row, update->timeouts_in_a_row, after.timeouts_in_a_row) &&
			 is_between(before.timeouts, update->timeouts, after.timeouts) &&
			 is_between(before.stalled_ms, update->stalled_ms, after.stalled_ms) &&
			 is_between(before.network_limited_ms, update->network_limited_ms, after.network_limited_ms),
		     "%s: %u timeouts, %u in a row, stalled for %u ms, limited by the network for %u ms",
		     conversation->plan->name, update->timeouts, update->timeouts_in_a_row, update->stalled_ms,
		     update->network_limited_ms);
	report_check(is_between(before.last_sent_ms, update->transmit_idle_ms, after.last_sent_ms) &&
			 is_between(before.last_received_ms, update->receive_idle_ms, after.last_received_ms) &&
			 update->receive_idle_ms >= LIMITED_MS,
		     "%s: sent %u ms ago, received %u ms ago", conversation->plan->name, update->transmit_idle_ms,
		     update->receive_idle_ms);
	report_check(before.timeouts_in_a_row && !!update->timeouts == before.has_timeouts &&
			 !!update->stalled_ms == before.has_timeouts && update->network_limited_ms >= LIMITED_MS,
		     "%s: none of them is 0 where the kernel counts it", conversation->plan->name);
}

static void check_recovery(struct observation *seen, struct conversation *conversation)
{
	const struct tcp_probe_info *update;
	struct sums sums;

	await_quiet(conversation);
	walk_live(&seen->probe);
	update = last_of(seen, conversation->plan, &conversation->client, 4);
	report_check(update && !(update->flags & TCP_PROBE_STALLED) && update->reported_flags == TCP_PROBE_STALLED,
		     "%s: it goes on", conversation->plan->name);
	finish(seen, conversation);
	sums = sum_up(seen, &conversation->client);
	report_check(!sums.stalled && sums.timeouts == conversation->client.before_end.timeouts &&
			 sums.stalled_ms == conversation->client.before_end.stalled_ms &&
			 sums.network_limited_ms == conversation->client.before_end.network_limited_ms,
		     "%s: the records add up: %u timeouts, stalled for %u ms, limited by the network for %u ms",
		     conversation->plan->name, sums.timeouts, sums.stalled_ms, sums.network_limited_ms);
}

static struct conversation begin_quietly(struct observation *seen, const struct plan *plan)
{
	struct conversation conversation = begin_conversation(plan, open_client(plan), listener_of(seen, plan));

	exchange(&conversation);
	await_quiet(&conversation);
	walk_live(&seen->probe);
	return conversation;
}

/* The timeout sends nothing, since there is no route: no counter of segments shows it. */
static void check_without_segment(struct observation *seen)
{
	const struct tcp_probe_info *update;
	struct conversation conversation;

	set_other_address(1);
	conversation = begin_quietly(seen, &unroutable_plan);
	become_deaf(conversation.server_fd);
	send_bytes(conversation.client_fd, 100);
	pause_ms(50); /* the first timeout comes after 200 ms */
	walk_live(&seen->probe);
	set_other_address(0);
	last_of(seen, &unroutable_plan, &conversation.client, 3);
	await_timeouts(conversation.client_fd, 1);
	walk_live(&seen->probe);
	update = last_of(seen, &unroutable_plan, &conversation.client, 4);
	report_check(update && update->segs_out == update->reported_segs_out && update->flags & TCP_PROBE_STALLED &&
			 !update->reported_flags,
		     "%s: the walk sees it", unroutable_plan.name);
	walk_live(&seen->probe);
	last_of(seen, &unroutable_plan, &conversation.client, 4);
	set_other_address(1);
	hear_again(conversation.server_fd);
	end_conversation(&conversation, NULL, NULL);
	await_end(seen, &conversation.client);
	update = last_of(seen, &unroutable_plan, &conversation.client, 5);
	report_check(update && update->reported_flags == TCP_PROBE_STALLED && !(update->flags & TCP_PROBE_STALLED) &&
			 !sum_up(seen, &conversation.client).stalled,
		     "%s: its end is stalled no more", unroutable_plan.name);
}

void check_stalled(const struct place *place)
{
	struct conversation conversation;
	struct observation seen = {};

	observe(&seen, place, 0, NULL);
	conversation = begin_quietly(&seen, &stalled_plan);
	become_deaf(conversation.server_fd);
	send_bytes(conversation.client_fd, 100);
	await_timeouts(conversation.client_fd, 2);
	check_stall(&seen, &conversation);
	hear_again(conversation.server_fd);
	receive_bytes(conversation.server_fd, 100);
	check_recovery(&seen, &conversation);
	check_without_segment(&seen);
	end_observation(&seen);
}
