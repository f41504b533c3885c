// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "checks.h"
#include "record_check.h"

enum older_connection {
	OLDER_TALKING,
	OLDER_HALF_CLOSED,
	OLDER_SILENT,
	OLDER_UNLISTENED, /* the listener is gone */
	OLDER_CONNECTIONS,
};

static const struct plan plans[OLDER_CONNECTIONS] = {
    {"older, v4", AF_INET, AF_INET, "127.0.0.1", 1311, 2411, 610, CLIENT_ENDS},
    {"older, v6, half closed", AF_INET6, AF_INET6, "::1", 3511, 4611, 730, HALF_CLOSE},
    {"older, nothing sent", AF_INET, AF_INET6, "127.0.0.1", 0, 0, 850, SERVER_ENDS},
    {"older, the listener gone", AF_INET6, AF_INET6, "::1", 517, 633, 790, CLIENT_ENDS},
};

/* The first one at its end, after it has passed its payload twice. */
static const struct plan talked_more = {
    "older, v4", AF_INET, AF_INET, "127.0.0.1", 2 * 1311, 2 * 2411, 610, CLIENT_DISCONNECTS,
};

/* Another connection of its client's socket. */
static const struct plan again = {
    "again, on an adopted socket", AF_INET, AF_INET, "127.0.0.1", 127, 238, 610, CLIENT_ENDS,
};

static const struct plan later = {
    "younger, of an older listener", AF_INET6, AF_INET6, "::1", 970, 1080, 910, CLIENT_ENDS,
};

enum { ENDS = 2 * OLDER_CONNECTIONS, OPENS_OF_LATER = 2 };

/* bpf_setsockopt(TCP_BPF_SOCK_OPS_CB_FLAGS) outside of sockops came with 6.12. */
static int can_arm_older(void)
{
	struct utsname kernel;
	int major = 0, minor = 0;

	uname(&kernel);
	sscanf(kernel.release, "%d.%d", &major, &minor);
	return major > 6 || (major == 6 && minor >= 12);
}

static struct conversation begin_unlistened(const struct plan *plan)
{
	int listener = open_listener(plan->server_family);
	struct conversation conversation;

	start_listening(listener);
	conversation = begin_conversation(plan, open_client(plan), listener);
	close(listener);
	return conversation;
}

static void begin_older(const struct observation *seen, struct conversation *conversations)
{
	for (int i = 0; i < OLDER_CONNECTIONS; i++) {
		const struct plan *plan = &plans[i];

		conversations[i] = i == OLDER_UNLISTENED
				       ? begin_unlistened(plan)
				       : begin_conversation(plan, open_client(plan), listener_of(seen, plan));
		exchange(&conversations[i]);
	}
	shutdown(conversations[OLDER_HALF_CLOSED].client_fd, SHUT_WR);
	expect_end_of_stream(conversations[OLDER_HALF_CLOSED].server_fd);
	for (int i = 0; i < OLDER_CONNECTIONS; i++)
		await_quiet(&conversations[i]);
}

static int find_adopted(const struct observation *seen, struct ending_side *ending)
{
	const struct tcp_probe_info *record = NULL;
	const struct side *side = &ending->side;
	int number = list_records(&seen->records, side->end->cookie, side->end->generation, &record, 1);

	report_check(number == 1, "%s: one record of the %s: %d", side->connection, side->name, number);
	ending->first = record;
	ending->reported = record;
	return number == 1;
}

/* `about` has the end's state and bytes. */
static void check_adopted(const struct observation *seen, struct ending_side *ending, int fd, struct expected about,
			  const struct moments *walk)
{
	struct tcp_facts now = read_facts(fd);

	if (!find_adopted(seen, ending))
		return;
	about.kind = TCP_PROBE_ADOPTED;
	about.conn_success = 1;
	about.earliest_ns = walk->before_connect;
	about.latest_ns = walk->after_accept;
	about.fewest_segs_out = now.segs_out;
	about.most_segs_out = now.segs_out;
	about.segs_in = now.segs_in;
	about.mss = now.mss;
	/* As of the first step out of ESTABLISHED; if that has been, the programs have not seen it. */
	if (!about.closed_by)
		about.round_trip = now;
	about.facts = now;
	about.reported = ending->first; /* its own totals are where the counting begins */
	check_record(&ending->side, ending->first, &about);
}

static void check_all_adopted(const struct observation *seen, const struct conversation *conversations,
			      struct ending_side *clients, struct ending_side *servers, const struct moments *walk)
{
	for (int i = 0; i < OLDER_CONNECTIONS; i++) {
		int is_half_closed = i == OLDER_HALF_CLOSED;
		__u32 up = plans[i].up, down = is_half_closed ? 0 : plans[i].down;

		check_adopted(seen, &clients[i], conversations[i].client_fd,
			      (struct expected){
				  .state = is_half_closed ? BPF_TCP_FIN_WAIT2 : BPF_TCP_ESTABLISHED,
				  .closed_by = is_half_closed ? TCP_PROBE_CLOSED_BY_LOCAL : 0,
				  .sent_bytes = up,
				  .received_bytes = down,
			      },
			      walk);
		check_adopted(seen, &servers[i], conversations[i].server_fd,
			      (struct expected){
				  .state = is_half_closed ? BPF_TCP_CLOSE_WAIT : BPF_TCP_ESTABLISHED,
				  .closed_by = is_half_closed ? TCP_PROBE_CLOSED_BY_REMOTE : 0,
				  .fin_received = is_half_closed,
				  .sent_bytes = down,
				  .received_bytes = up,
			      },
			      walk);
	}
}

static const struct tcp_probe_info *last_record(const struct observation *seen, const struct side *side)
{
	const struct tcp_probe_info *list[2] = {};
	int number = list_records(&seen->records, side->end->cookie, side->end->generation, list, 2);

	report_check(number == 2, "%s: an adoption and an end of the %s: %d records", side->connection, side->name,
		     number);
	return list[1];
}

static void check_adopted_ends(struct observation *seen, struct conversation *conversations,
			       struct ending_side *clients, struct ending_side *servers)
{
	exchange(&conversations[OLDER_TALKING]);
	conversations[OLDER_TALKING].plan = &talked_more;
	for (int i = 0; i < OLDER_CONNECTIONS; i++) {
		finish(seen, &conversations[i]);
		clients[i].last = last_record(seen, &clients[i].side);
		servers[i].last = last_record(seen, &servers[i].side);
		if (clients[i].last && servers[i].last && clients[i].first && servers[i].first)
			check_ends(&clients[i], &servers[i], &conversations[i]);
	}
}

/* Its delays count from the adoption. */
static struct ending_side adopted(struct side side, struct end *end, int fd, const struct owner *closer)
{
	side.preexisting = 1;
	end->at_birth = end->at_open = read_facts(fd);
	return (struct ending_side){.side = side, .closer = closer};
}

static void check_adoption_works(struct observation *seen, struct conversation *conversations,
				 const struct moments *walk)
{
	struct owner client = {.cgroup_id = seen->clients.cgroup_id};
	struct owner server = {.cgroup_id = seen->listeners.cgroup_id};
	struct ending_side clients[OLDER_CONNECTIONS], servers[OLDER_CONNECTIONS];
	struct tcp_probe_counters counters;

	for (int i = 0; i < OLDER_CONNECTIONS; i++) {
		struct conversation *one = &conversations[i];
		const struct owner *listener = i == OLDER_UNLISTENED ? &client : &server;

		/* The listener that is gone was this process's, in the cgroup of the clients. */
		clients[i] = adopted(client_side(one, &client), &one->client, one->client_fd,
				     i == OLDER_HALF_CLOSED ? NULL : &seen->clients);
		servers[i] = adopted(server_side(one, listener), &one->server, one->server_fd, &seen->clients);
		clients[i].left_unseen = servers[i].left_unseen = i == OLDER_HALF_CLOSED;
	}
	check_all_adopted(seen, conversations, clients, servers, walk);
	walk_older(&seen->probe);
	counters = read_counters(&seen->probe);
	report_check(counters.outcome[TCP_PROBE_ADOPTED][TCP_PROBE_PUT] == ENDS,
		     "a second search adopts none again, and none is adopted that is younger");
	check_adopted_ends(seen, conversations, clients, servers);
	counters = read_counters(&seen->probe);
	report_check(counters.adopted_closed == ENDS && counters.seen[TCP_PROBE_CLOSE] == ENDS,
		     "closes of adopted connections: %llu, of all: %llu", counters.adopted_closed,
		     counters.seen[TCP_PROBE_CLOSE]);
	report_check(!counters.adoption_refused, "no adoption was refused: %llu", counters.adoption_refused);
}

static void check_adoption_is_refused(struct observation *seen, struct conversation *conversations)
{
	struct tcp_probe_counters counters = read_counters(&seen->probe);

	report_check(counters.adoption_refused == ENDS, "%d refused adoptions on this kernel: %llu", ENDS,
		     counters.adoption_refused);
	for (int i = 0; i < OLDER_CONNECTIONS; i++)
		end_conversation(&conversations[i], NULL, NULL);
	drain(&seen->probe, 0);
	report_check(seen->records.number == OPENS_OF_LATER, "no record of them: %d, with the younger connection's",
		     seen->records.number);
}

void check_older(const struct place *place)
{
	struct conversation conversations[OLDER_CONNECTIONS], younger, reused;
	struct observation seen = {};
	struct moments walk = {};
	struct owner nobody;

	meet(&seen, place);
	begin_older(&seen, conversations);
	load(&seen, 0, NULL);
	attach(&seen);
	younger = begin_conversation(&later, open_client(&later), listener_of(&seen, &later));
	exchange(&younger);
	walk.before_connect = now_ns();
	walk_older(&seen.probe);
	walk.after_accept = now_ns();
	nobody = (struct owner){.cgroup_id = seen.listeners.cgroup_id};
	if (can_arm_older()) {
		check_adoption_works(&seen, conversations, &walk);
		reused = converse(&seen, &again, conversations[OLDER_TALKING].client_fd, 1);
		check_connection(&seen.records, &reused, &seen.clients, &nobody);
	} else {
		check_adoption_is_refused(&seen, conversations);
	}
	finish(&seen, &younger);
	check_connection(&seen.records, &younger, &seen.clients, &nobody);
	end_observation(&seen);
}
