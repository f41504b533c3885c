// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <err.h>
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checks.h"
#include "record_check.h"

static const struct plan waiting_plan = {"waits for accept()", AF_INET, AF_INET, "127.0.0.1", 0, 0, 777, CLIENT_RESETS};
static const struct plan threaded_plan = {
    "opened and closed by a thread", AF_INET, AF_INET, "127.0.0.1", 135, 246, 777, CLIENT_ENDS,
};

/* The last record of the server's end of a client that is known by its port. */
static const struct tcp_probe_info *last_of_server(const struct observation *seen, __u16 client_port)
{
	for (int i = seen->records.number - 1; i >= 0; i--) {
		const struct tcp_probe_info *record = seen->records.all[i];

		if (record->direction == TCP_PROBE_INBOUND && record->tuple.peer_port == client_port)
			return record;
	}
	return NULL;
}

static void check_flags(const struct tcp_probe_info *record, __u8 kind, __u16 flags, __u16 reported_flags,
			const char *about)
{
	report_check(record && record->kind == kind && (record->flags & TCP_PROBE_NOT_ACCEPTED) == flags &&
			 record->reported_flags == reported_flags,
		     "%s: %s", waiting_plan.name, about);
}

static void check_accepted_later(struct observation *seen)
{
	int client = connect_only(&waiting_plan, seen->v4), server;
	__u16 port = local_port(client);

	drain(&seen->probe, 0);
	check_flags(last_of_server(seen, port), TCP_PROBE_OPEN, 0, 0, "its open does not say so");
	walk_live(&seen->probe);
	check_flags(last_of_server(seen, port), TCP_PROBE_UPDATE, TCP_PROBE_NOT_ACCEPTED, 0, "a walk finds it");
	server = accept(seen->v4, NULL, NULL);
	walk_live(&seen->probe);
	check_flags(last_of_server(seen, port), TCP_PROBE_UPDATE, 0, TCP_PROBE_NOT_ACCEPTED,
		    "the next walk finds it accepted");
	close(client);
	close(server);
}

static void reset_waiting(struct observation *seen)
{
	int client = connect_only(&waiting_plan, seen->v4);
	const struct tcp_probe_info *end;
	__u16 port = local_port(client);

	walk_live(&seen->probe);
	close_by_reset(client);
	drain(&seen->probe, 0);
	end = last_of_server(seen, port);
	check_flags(end, TCP_PROBE_CLOSE, TCP_PROBE_NOT_ACCEPTED, TCP_PROBE_NOT_ACCEPTED, "reset by the client");
	report_check(end && end->sk_err == ECONNRESET && !end->closer_pid, "%s: nobody here has closed it",
		     waiting_plan.name);
}

static void close_listener(struct observation *seen)
{
	int listener = open_listener(AF_INET6), client;
	const struct tcp_probe_info *end;

	start_listening(listener);
	client = connect_only(&waiting_plan, listener);
	close(listener);
	drain(&seen->probe, 0);
	end = last_of_server(seen, local_port(client));
	check_flags(end, TCP_PROBE_CLOSE, TCP_PROBE_NOT_ACCEPTED, 0, "its listener is closed");
	report_check(end && end->closer_pid == seen->clients.pid && end->closer_cgroup_id == seen->clients.cgroup_id,
		     "%s: the process that closed the listener has closed it", waiting_plan.name);
	close(client);
}

void check_not_accepted(const struct place *place)
{
	struct observation seen = {};

	observe(&seen, place, 0, NULL);
	check_accepted_later(&seen);
	reset_waiting(&seen);
	close_listener(&seen);
	end_observation(&seen);
}

/* The adoption is the first record to say it, so that a sum of differences has it. */
void check_older_not_accepted(const struct place *place)
{
	struct observation seen = {};
	int client, server;
	__u16 port;

	meet(&seen, place);
	client = connect_only(&waiting_plan, seen.v4);
	port = local_port(client);
	load(&seen, 0, NULL);
	attach(&seen);
	walk_older(&seen.probe);
	if (!read_counters(&seen.probe).adoption_refused) {
		check_flags(last_of_server(&seen, port), TCP_PROBE_ADOPTED, TCP_PROBE_NOT_ACCEPTED, 0,
			    "it is older than the programs");
		server = accept(seen.v4, NULL, NULL);
		walk_live(&seen.probe);
		check_flags(last_of_server(&seen, port), TCP_PROBE_UPDATE, 0, TCP_PROBE_NOT_ACCEPTED,
			    "accepted after the adoption");
		close(server);
	}
	close(client);
	end_observation(&seen);
}

struct threaded {
	struct observation *seen;
	struct conversation conversation;
};

static void *converse_in_thread(void *context)
{
	struct threaded *threaded = context;

	prctl(PR_SET_NAME, "another name");
	threaded->conversation = converse(threaded->seen, &threaded_plan, open_client(&threaded_plan), 0);
	return NULL;
}

/* Opener and closer are the process by its name. */
void check_threads(const struct place *place)
{
	struct observation seen = {};
	struct threaded threaded = {.seen = &seen};
	pthread_t thread;

	observe(&seen, place, 0, NULL);
	if (pthread_create(&thread, NULL, converse_in_thread, &threaded) || pthread_join(thread, NULL))
		errx(1, "no thread");
	check_connection(&seen.records, &threaded.conversation, &seen.clients, &seen.listeners);
	end_observation(&seen);
}
