// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <err.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checks.h"
#include "namespace.h"
#include "record_check.h"

/* What both ends of a connection agree on, by settings of the network namespace. */
static const struct {
	struct plan plan;
	const char *setting;
	const char *value;
	const char *usual;
} variants[] = {
    {{"with ECN", AF_INET, AF_INET, "127.0.0.1", 150, 250, 777, CLIENT_ENDS}, "tcp_ecn", "1", "2"},
    {{"without timestamps", AF_INET, AF_INET, "127.0.0.1", 160, 260, 777, CLIENT_ENDS}, "tcp_timestamps", "0", "1"},
    {{"without SACK", AF_INET6, AF_INET6, "::1", 170, 270, 777, CLIENT_ENDS}, "tcp_sack", "0", "1"},
    {{"without scaling", AF_INET, AF_INET, "127.0.0.1", 180, 280, 777, CLIENT_ENDS}, "tcp_window_scaling", "0", "1"},
};

/* A congestion algorithm is a part of the kernel, or a module that is not loaded in a check's machine. */
static const struct plan algorithms[] = {
    {"bbr", AF_INET6, AF_INET6, "::1", 190, 290, 777, CLIENT_ENDS},
    {"cubic", AF_INET, AF_INET, "127.0.0.1", 200, 300, 777, CLIENT_ENDS},
    {"reno", AF_INET6, AF_INET6, "::1", 210, 310, 777, SERVER_ENDS},
};

static const struct plan fast_plan = {"data with the SYN", AF_INET, AF_INET, "127.0.0.1", 0, 0, 777, CLIENT_ENDS};

static const struct plan usual_plan = {
    "no data with the SYN", AF_INET, AF_INET6, "127.0.0.1", 140, 240, 777, CLIENT_ENDS};

static void check_variants(struct observation *seen)
{
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		const struct plan *plan = &variants[i].plan;
		struct conversation conversation;

		set_ipv4(variants[i].setting, variants[i].value);
		conversation = converse(seen, plan, open_client(plan), 0);
		set_ipv4(variants[i].setting, variants[i].usual);
		check_connection(&seen->records, &conversation, &seen->clients, &seen->listeners);
	}
}

static const struct tcp_probe_info *end_of(const struct observation *seen, __u8 direction)
{
	for (int i = seen->records.number - 1; i >= 0; i--) {
		const struct tcp_probe_info *record = seen->records.all[i];

		if (record->kind == TCP_PROBE_CLOSE && record->direction == direction)
			return record;
	}
	return NULL;
}

/* Returns 0 if the kernel does not have it. */
static int set_algorithm(int fd, const char *name)
{
	if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, strlen(name)) && errno != ENOENT)
		err(1, "setsockopt TCP_CONGESTION");
	return errno != ENOENT;
}

/* An accepted socket has the listener's. */
static void check_algorithm(struct observation *seen, const struct plan *plan)
{
	int client = open_client(plan), listener = listener_of(seen, plan);
	struct conversation conversation;
	char usual[16] = "";
	socklen_t length = sizeof(usual);

	errno = 0;
	if (!set_algorithm(client, plan->name)) {
		printf("skipped: this kernel does not have the congestion algorithm %s\n", plan->name);
		close(client);
		return;
	}
	if (getsockopt(listener, IPPROTO_TCP, TCP_CONGESTION, usual, &length))
		err(1, "getsockopt TCP_CONGESTION");
	set_algorithm(listener, plan->name);
	conversation = converse(seen, plan, client, 0);
	set_algorithm(listener, usual);
	report_check(!strcmp(conversation.client.congestion, plan->name) &&
			 !strcmp(conversation.server.congestion, plan->name),
		     "%s: %s at the client, %s at the server", plan->name, conversation.client.congestion,
		     conversation.server.congestion);
	check_connection(&seen->records, &conversation, &seen->clients, &seen->listeners);
}

/* The server hands the data over before the handshake is complete: it cannot know how long that takes.
 * Returns the client, which is connected no more. */
static int check_fast_open(struct observation *seen)
{
	const struct tcp_probe_info *client, *server;
	int fd = open_client(&fast_plan), accepted, yes = 1;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	set_ipv4("tcp_fastopen", "1543"); /* both sides, without cookies */
	if (setsockopt(seen->v4, IPPROTO_TCP, TCP_FASTOPEN, &yes, sizeof(yes)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &yes, sizeof(yes)))
		err(1, "setsockopt TCP_FASTOPEN");
	address.sin_port = htons(local_port(seen->v4));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		err(1, "connect");
	send_bytes(fd, 100);
	accepted = accept(seen->v4, NULL, NULL);
	receive_bytes(accepted, 100);
	report_check(read_facts(fd).options & read_facts(accepted).options & TCPI_OPT_SYN_DATA,
		     "%s: both sockets say so", fast_plan.name);
	disconnect(fd);
	close(accepted);
	drain(&seen->probe, 0);
	client = end_of(seen, TCP_PROBE_OUTBOUND);
	server = end_of(seen, TCP_PROBE_INBOUND);
	report_check(client && server && client->flags & server->flags & TCP_PROBE_FAST_OPEN && client->handshake_us &&
			 !server->handshake_us && client->flags & TCP_PROBE_HAS_SENT &&
			 server->flags & TCP_PROBE_HAS_RECEIVED,
		     "%s: so do both records", fast_plan.name);
	return fd;
}

/* The socket still says so. */
static void check_usual_handshake(struct observation *seen, int fd)
{
	const struct tcp_probe_info *client;
	struct conversation conversation;
	int no = 0;

	if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &no, sizeof(no)))
		err(1, "setsockopt TCP_FASTOPEN_CONNECT");
	conversation = converse(seen, &usual_plan, fd, 1);
	client = end_of(seen, TCP_PROBE_OUTBOUND);
	report_check(conversation.client.before_end.options & TCPI_OPT_SYN_DATA && client &&
			 client->socket_cookie == conversation.client.cookie && client->generation == 1 &&
			 !(client->flags & TCP_PROBE_FAST_OPEN),
		     "%s: the socket's earlier life is not in the record", usual_plan.name);
}

void check_handshakes(const struct place *place)
{
	struct observation seen = {};

	observe(&seen, place, 0, NULL);
	check_variants(&seen);
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		check_algorithm(&seen, &algorithms[i]);
	check_usual_handshake(&seen, check_fast_open(&seen));
	end_observation(&seen);
}
