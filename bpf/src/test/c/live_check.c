// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checks.h"
#include "record_check.h"

static const struct plan plans[] = {
    {"alive, v4", AF_INET, AF_INET, "127.0.0.1", 1201, 3407, 650, HALF_CLOSE},
    {"alive, v6", AF_INET6, AF_INET6, "::1", 5603, 7809, 860, HALF_CLOSE},
};

static const struct plan idle_plan = {
    "reported if new", AF_INET6, AF_INET, "::ffff:127.0.0.1", 415, 2617, 540, CLIENT_DISCONNECTS,
};
static const struct plan again_plan = {
    "the same socket again", AF_INET6, AF_INET, "::ffff:127.0.0.1", 36, 47, 540, CLIENT_ENDS,
};

enum {
	WATCHED = sizeof(plans) / sizeof(plans[0]),
	MOST_RECORDS = 8,
	NEVER_S = 3600,
};

/* A connection that is reported again and again. */
struct watched {
	struct conversation conversation;
	struct ending_side client;
	struct ending_side server;
	int number; /* of each end's records so far */
};

/* The expected state of an end at a walk; all other values are read from its socket. */
struct stand {
	__u8 state;
	__u8 closed_by;
	__u8 fin_received;
	__u64 sent_bytes;
	__u64 received_bytes;
	__u32 unread_bytes;
};

static void report_all_always(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	(void)object;
	settings->report_unchanged = 1;
}

static void report_none_yet(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	(void)object;
	settings->report_interval_ns = NEVER_S * 1000000000ULL;
}

static void begin_watch(struct watched *watched, const struct observation *seen, const struct plan *plan)
{
	struct conversation *conversation = &watched->conversation;

	*conversation = begin_conversation(plan, open_client(plan), listener_of(seen, plan));
	watched->client =
	    (struct ending_side){.side = client_side(conversation, &seen->clients), .closer = &seen->clients};
	watched->server =
	    (struct ending_side){.side = server_side(conversation, &seen->listeners), .closer = &seen->clients};
	watched->number = 1;
	exchange(conversation);
}

/* Finds the records of an end; returns whether there are as many as expected. */
static int has_all(const struct observation *seen, struct ending_side *ending, int expected)
{
	const struct tcp_probe_info *list[MOST_RECORDS];
	const struct side *side = &ending->side;
	int number = list_records(&seen->records, side->end->cookie, side->end->generation, list, MOST_RECORDS);

	report_check(number == expected, "%s: %d records of the %s: %d", side->connection, expected, side->name,
		     number);
	if (number != expected)
		return 0;
	ending->first = list[0];
	ending->last = list[number - 1];
	return 1;
}

/* Our FIN counts as data in TCP_INFO. */
static struct tcp_facts without_fin(struct tcp_facts now, const struct tcp_facts *before_end)
{
	now.network_limited_ms = before_end->network_limited_ms;
	return now;
}

static void check_update(struct ending_side *ending, int fd, const struct stand *stand, __u64 before_walk_ns)
{
	const struct tcp_probe_info *update = ending->last;
	__u64 duration_ns = update->close_ns - ending->first->close_ns + ending->first->duration;
	const struct tcp_facts *before_end = &ending->side.end->before_end;
	int is_left = stand->closed_by == TCP_PROBE_CLOSED_BY_LOCAL;
	struct tcp_facts now = read_facts(fd);

	check_record(&ending->side, update,
		     &(struct expected){
			 .kind = TCP_PROBE_UPDATE,
			 .state = stand->state,
			 .conn_success = 1,
			 .closed_by = stand->closed_by,
			 .fin_received = stand->fin_received,
			 .earliest_ns = before_walk_ns,
			 .latest_ns = now_ns(),
			 .shortest_ns = duration_ns,
			 .longest_ns = duration_ns,
			 .sent_bytes = stand->sent_bytes,
			 .received_bytes = stand->received_bytes,
			 .unread_bytes = stand->unread_bytes,
			 .fewest_segs_out = now.segs_out,
			 .most_segs_out = now.segs_out,
			 .segs_in = now.segs_in,
			 .round_trip = stand->closed_by ? *before_end : now,
			 .mss = now.mss,
			 .facts = is_left ? without_fin(now, before_end) : now,
			 .closer = is_left ? ending->closer : NULL,
			 .reported = ending->reported,
		     });
	ending->reported = update;
}

static void check_updates(const struct observation *seen, struct watched *watched, const struct stand *client,
			  const struct stand *server, __u64 before_walk_ns)
{
	watched->number++;
	if (has_all(seen, &watched->client, watched->number))
		check_update(&watched->client, watched->conversation.client_fd, client, before_walk_ns);
	if (has_all(seen, &watched->server, watched->number))
		check_update(&watched->server, watched->conversation.server_fd, server, before_walk_ns);
}

static void check_last(struct observation *seen, struct watched *watched)
{
	watched->number++;
	if (has_all(seen, &watched->client, watched->number) & has_all(seen, &watched->server, watched->number))
		check_ends(&watched->client, &watched->server, &watched->conversation);
}

/* A walk over all, whose ends stand as they do if all of `up` was sent and `down` bytes are yet to be read. */
static void walk_established(struct observation *seen, struct watched *all, int has_answer)
{
	__u64 before_walk_ns;

	for (int i = 0; i < WATCHED; i++)
		await_quiet(&all[i].conversation);
	before_walk_ns = now_ns();
	walk_live(&seen->probe);
	for (int i = 0; i < WATCHED; i++) {
		__u32 up = plans[i].up, down = has_answer ? plans[i].down : 0;
		struct stand client = {BPF_TCP_ESTABLISHED, 0, 0, up, down, down};
		struct stand server = {BPF_TCP_ESTABLISHED, 0, 0, down, up, 0};

		check_updates(seen, &all[i], &client, &server, before_walk_ns);
	}
}

static void walk_half_closed(struct observation *seen, struct watched *all)
{
	__u64 before_walk_ns;

	for (int i = 0; i < WATCHED; i++)
		await_quiet(&all[i].conversation);
	before_walk_ns = now_ns();
	walk_live(&seen->probe);
	for (int i = 0; i < WATCHED; i++) {
		__u32 up = plans[i].up, down = plans[i].down;
		struct stand client = {BPF_TCP_FIN_WAIT2, TCP_PROBE_CLOSED_BY_LOCAL, 0, up, down, 0};
		struct stand server = {BPF_TCP_CLOSE_WAIT, TCP_PROBE_CLOSED_BY_REMOTE, 1, down, up, 0};

		check_updates(seen, &all[i], &client, &server, before_walk_ns);
	}
}

static void half_close(struct conversation *conversation)
{
	receive_bytes(conversation->client_fd, conversation->plan->down);
	note_end(conversation);
	shutdown(conversation->client_fd, SHUT_WR);
	expect_end_of_stream(conversation->server_fd);
}

static void close_both(struct observation *seen, struct conversation *conversation)
{
	close(conversation->server_fd);
	expect_end_of_stream(conversation->client_fd);
	close(conversation->client_fd);
	await_end(seen, &conversation->client);
	await_end(seen, &conversation->server);
	conversation->moments.after_end = now_ns();
}

static void check_all_always(const struct place *place)
{
	struct watched all[WATCHED];
	struct observation seen = {};

	observe(&seen, place, 0, report_all_always);
	for (int i = 0; i < WATCHED; i++)
		begin_watch(&all[i], &seen, &plans[i]);
	walk_established(&seen, all, 0);
	walk_established(&seen, all, 0); /* nothing new */
	for (int i = 0; i < WATCHED; i++)
		send_bytes(all[i].conversation.server_fd, plans[i].down);
	walk_established(&seen, all, 1);
	for (int i = 0; i < WATCHED; i++)
		half_close(&all[i].conversation);
	walk_half_closed(&seen, all);
	for (int i = 0; i < WATCHED; i++) {
		close_both(&seen, &all[i].conversation);
		check_last(&seen, &all[i]);
	}
	walk_live(&seen.probe); /* sees none of them any more */
	for (int i = 0; i < WATCHED; i++)
		has_all(&seen, &all[i].client, all[i].number);
	end_observation(&seen);
}

static void check_none(struct observation *seen, struct watched *watched)
{
	walk_live(&seen->probe);
	has_all(seen, &watched->client, watched->number);
	has_all(seen, &watched->server, watched->number);
}

static void check_new_only(const struct place *place)
{
	struct stand client = {BPF_TCP_ESTABLISHED, 0, 0, idle_plan.up, idle_plan.down, 0};
	struct stand server = {BPF_TCP_ESTABLISHED, 0, 0, idle_plan.down, idle_plan.up, 0};
	struct conversation again;
	struct observation seen = {};
	struct watched watched;
	__u64 before_walk_ns;

	observe(&seen, place, 0, report_none_yet);
	begin_watch(&watched, &seen, &idle_plan);
	await_quiet(&watched.conversation);
	check_none(&seen, &watched); /* not old enough */
	seen.probe.shared->report_all = 1;
	before_walk_ns = now_ns();
	walk_live(&seen.probe);
	check_updates(&seen, &watched, &client, &server, before_walk_ns);
	check_none(&seen, &watched); /* idle */
	finish(&seen, &watched.conversation);
	check_last(&seen, &watched);
	check_none(&seen, &watched); /* ended, while the client's socket is still there */
	again = converse(&seen, &again_plan, watched.conversation.client_fd, 1);
	check_connection(&seen.records, &again, &seen.clients, &seen.listeners);
	end_observation(&seen);
}

void check_alive(const struct place *place)
{
	check_all_always(place);
	check_new_only(place);
}
