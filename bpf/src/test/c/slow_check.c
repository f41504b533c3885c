// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <err.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "checks.h"
#include "namespace.h"
#include "path.h"
#include "record_check.h"

enum cause { NETWORK, RECEIVER, SEND_BUFFER, APPLICATION, CAUSES };

enum traffic {
	TURNS,       /* small requests and answers */
	WRITES,      /* small, with pauses */
	BULK,        /* ended when all is acknowledged */
	BULK_ENDED,  /* ended at once */
	BULK_WAITS,  /* the reader waits before it reads */
	BULK_BROKEN, /* the path is down until two timeouts have come: no more than the send buffer takes */
	MESSAGES,    /* BULK in messages of several sizes, which the kernel does not join */
};

enum { SMALL_BYTES = 100, LARGE_BYTES = 5000, MESSAGE_BYTES = 2 * SMALL_BYTES + LARGE_BYTES };

struct slowness {
	const char *name;
	struct path_plan path;
	enum traffic traffic;
	int bytes; /* of BULK */
	enum cause cause;
	int send_buffer_bytes; /* 0: the usual */
	int receive_buffer_bytes;
};

static const struct slowness slownesses[] = {
    {"plain exchange", {}, TURNS, 0, APPLICATION, 0, 0},
    {"a reader that waits", {}, BULK_WAITS, 60000, RECEIVER, 0, 8192},
    {"loss", {.delay_ms = 60, .lost = 33}, BULK, 300000, NETWORK, 0, 0},
    {"writes with pauses", {.delay_ms = 5}, WRITES, 0, APPLICATION, 0, 0},
    {"written and ended at once", {.delay_ms = 60}, BULK_ENDED, 300000, NETWORK, 0, 200000},
    {"black hole", {.delay_ms = 10}, BULK_BROKEN, 20000, NETWORK, 0, 0},
    {"small send buffer", {.delay_ms = 50}, MESSAGES, 15 * MESSAGE_BYTES, SEND_BUFFER, 4096, 8192},
    {"lost SYN", {.delay_ms = 20, .lost_syns = 1}, WRITES, 0, APPLICATION, 0, 0},
    {"lost SYN-ACK", {.delay_ms = 20, .lost_syn_acks = 1}, WRITES, 0, APPLICATION, 0, 0},
    {"congestion marks", {.delay_ms = 100, .marked = 10}, BULK, 120000, NETWORK, 0, 0},
    {"repeated segments", {.delay_ms = 150, .repeated = 10}, BULK, 120000, NETWORK, 0, 0},
    {"reordered segments", {.delay_ms = 150, .reordered = 15}, BULK, 120000, NETWORK, 0, 0},
};

enum {
	SLOWNESSES = sizeof(slownesses) / sizeof(slownesses[0]),
	RUNS = 2 * SLOWNESSES, /* in both families */
	TIMES = 10,
	PAUSE_MS = 50,
	PAUSE_OF_WRITES_MS = 300,
	PAUSE_OF_READER_MS = 900,
	PAUSE_OF_FIN_MS = 100, /* longer than an acknowledgement is delayed */
	PORTION = 16 << 10,
	RETRY_US = 1000000, /* until a SYN is sent again */
};

struct run {
	const struct slowness *slowness;
	struct path path;
	pthread_t thread;
	struct conversation conversation;
	struct tcp_facts after; /* of the server, before it ends */
};

static void pause_ms(int ms)
{
	const struct timespec pause = {.tv_nsec = ms * 1000000L};

	nanosleep(&pause, NULL);
}

static int set_buffer(int fd, int option, int bytes)
{
	return bytes && setsockopt(fd, SOL_SOCKET, option, &bytes, sizeof(bytes));
}

static void connect_over(struct run *run)
{
	const struct slowness *slowness = run->slowness;
	struct conversation *conversation = &run->conversation;
	int listener = socket(run->path.family, SOCK_STREAM, 0), client = socket(run->path.family, SOCK_STREAM, 0);
	struct sockaddr_in6 address;
	socklen_t length;

	if (set_buffer(listener, SO_RCVBUF, slowness->receive_buffer_bytes) ||
	    set_buffer(client, SO_SNDBUF, slowness->send_buffer_bytes))
		err(1, "setsockopt of a buffer");
	address = path_address(&run->path, 0, &length);
	if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1))
		err(1, "listen on a path");
	address = path_address(&run->path, 1, &length);
	conversation->moments.before_connect = now_ns();
	if (connect(client, (struct sockaddr *)&address, length))
		err(1, "%s: connect", slowness->name);
	conversation->client.longest_handshake_us = (now_ns() - conversation->moments.before_connect) / 1000;
	conversation->client_fd = client;
	conversation->server_fd = accept(listener, NULL, NULL);
	conversation->server.longest_handshake_us = (now_ns() - conversation->moments.before_connect) / 1000;
	conversation->client.at_open = read_facts(client);
	conversation->client.cookie = socket_cookie(client);
	conversation->server.cookie = socket_cookie(conversation->server_fd);
	close(listener);
}

static void *read_all(void *context)
{
	const struct run *run = context;
	int bytes = run->slowness->bytes;

	if (run->slowness->traffic == BULK_WAITS)
		pause_ms(PAUSE_OF_READER_MS);
	for (int portion; bytes; bytes -= portion) {
		portion = bytes < PORTION ? bytes : PORTION;
		receive_bytes(run->conversation.server_fd, portion);
	}
	return NULL;
}

static void write_all(struct run *run)
{
	int client = run->conversation.client_fd, bytes = run->slowness->bytes;

	for (int portion; bytes; bytes -= portion) {
		portion = bytes < PORTION ? bytes : PORTION;
		send_bytes(client, portion);
		if (run->slowness->traffic == BULK_BROKEN && bytes == run->slowness->bytes)
			run->path.is_down = 1;
	}
}

static void send_message(int fd, int bytes)
{
	static const char payload[LARGE_BYTES];

	if (send(fd, payload, bytes, MSG_EOR) != bytes)
		err(1, "send a message");
}

/* The second small one waits for the acknowledgement of the first, and the large one behind it is pushed only when the
 * buffer is full: there the kernel notices that the buffer is why no more is on its way. */
static void write_messages(const struct run *run)
{
	int client = run->conversation.client_fd;

	for (int i = 0; i < run->slowness->bytes / MESSAGE_BYTES; i++) {
		send_message(client, SMALL_BYTES);
		send_message(client, SMALL_BYTES);
		send_message(client, LARGE_BYTES);
	}
}

static void pass_bulk(struct run *run)
{
	struct conversation *conversation = &run->conversation;
	pthread_t reader;

	if (pthread_create(&reader, NULL, read_all, run))
		errx(1, "no thread");
	if (run->slowness->traffic == MESSAGES)
		write_messages(run);
	else
		write_all(run);
	if (run->slowness->traffic == BULK_BROKEN) {
		await_timeouts(conversation->client_fd, 2);
		run->path.is_down = 0;
	}
	if (run->slowness->traffic == BULK_ENDED)
		shutdown(conversation->client_fd, SHUT_WR);
	pthread_join(reader, NULL);
}

static void pass(struct run *run)
{
	int client = run->conversation.client_fd, server = run->conversation.server_fd;

	if (run->slowness->bytes) {
		pass_bulk(run);
		return;
	}
	for (int i = 0; i < TIMES; i++) {
		pass_bytes(client, server, 200);
		if (run->slowness->traffic == TURNS)
			pass_bytes(server, client, 1000);
		pause_ms(run->slowness->traffic == TURNS ? PAUSE_MS : PAUSE_OF_WRITES_MS);
	}
}

/* The server's end is last, so that the client's FIN is acknowledged late. */
static void end(struct run *run)
{
	struct conversation *conversation = &run->conversation;
	int client = conversation->client_fd, server = conversation->server_fd;

	if (run->slowness->traffic != BULK_ENDED) {
		await_quiet(conversation);
		conversation->client.before_end = read_facts(client);
		shutdown(client, SHUT_WR);
	}
	expect_end_of_stream(server);
	pause_ms(PAUSE_OF_FIN_MS);
	conversation->server.before_end = read_facts(server);
	close(server);
	expect_end_of_stream(client);
	conversation->client.after_end = read_facts(client);
	if (run->slowness->traffic == BULK_ENDED)
		conversation->client.before_end = conversation->client.after_end;
	close(client);
}

static void *go(void *context)
{
	struct run *run = context;

	connect_over(run);
	pass(run);
	end(run);
	return NULL;
}

static const struct tcp_probe_info *end_of(const struct observation *seen, const struct end *end)
{
	const struct tcp_probe_info *list[2] = {};

	return list_records(&seen->records, end->cookie, 0, list, 2) == 2 ? list[1] : NULL;
}

static const char *family_of(const struct run *run)
{
	return run->path.family == AF_INET ? "v4" : "v6";
}

static void check_cause(const struct run *run, const struct tcp_probe_info *client)
{
	static const char *const names[] = {"network", "receiver", "send buffer", "application"};
	__u32 limited_ms[CAUSES] = {client->network_limited_ms, client->receiver_limited_ms,
				    client->send_buffer_limited_ms,
				    (client->duration / 1000 - client->handshake_us) / 1000};
	int largest = NETWORK;

	for (int i = 0; i < APPLICATION; i++)
		limited_ms[APPLICATION] -= limited_ms[i];
	for (int i = 0; i < CAUSES; i++)
		largest = limited_ms[i] > limited_ms[largest] ? i : largest;
	report_check(largest == (int)run->slowness->cause,
		     "slow, %s, %s: limited by the %s: network %u, receiver %u, send buffer %u, application %u ms",
		     run->slowness->name, family_of(run), names[largest], limited_ms[0], limited_ms[1], limited_ms[2],
		     limited_ms[3]);
}

/* Times as of the last step before the FIN, which TCP_INFO adds to, and counters as of the end. */
static void check_by_tcp_info(const struct run *run, const struct tcp_probe_info *client,
			      const struct tcp_probe_info *server)
{
	const struct tcp_facts *before = &run->conversation.client.before_end,
			       *after = &run->conversation.client.after_end,
			       *opened = &run->conversation.client.at_open, *far = &run->conversation.server.before_end;

	report_check(client->network_limited_ms == before->network_limited_ms &&
			 client->receiver_limited_ms == before->receiver_limited_ms &&
			 client->send_buffer_limited_ms == before->send_buffer_limited_ms,
		     "slow, %s, %s: limits by TCP_INFO: %u, %u, %u ms, and %u of the network with the FIN",
		     run->slowness->name, family_of(run), before->network_limited_ms, before->receiver_limited_ms,
		     before->send_buffer_limited_ms, after->network_limited_ms);
	report_check(client->timeouts == after->timeouts - opened->timeouts &&
			 client->stalled_ms == after->stalled_ms - opened->stalled_ms &&
			 !!(client->flags & TCP_PROBE_HAS_TIMEOUTS) == after->has_timeouts,
		     "slow, %s, %s: %u timeouts, stalled for %u ms by TCP_INFO", run->slowness->name, family_of(run),
		     client->timeouts, client->stalled_ms);
	report_check(client->spurious_retransmits == after->spurious_retransmits &&
			 client->reorderings == after->reorderings && client->delivered_ce == after->delivered_ce &&
			 server->out_of_order_segments == far->out_of_order_segments,
		     "slow, %s, %s: %u spurious, %u reorderings, %u marks, %u out of order there by TCP_INFO",
		     run->slowness->name, family_of(run), client->spurious_retransmits, client->reorderings,
		     client->delivered_ce, server->out_of_order_segments);
}

/* Before 6.7 the kernel does not know it if a SYN-ACK was lost. */
static int is_handshake_of_server(const struct run *run, const struct tcp_probe_info *server)
{
	const struct path_plan *plan = &run->slowness->path;

	if (plan->lost_syn_acks && !(server->flags & TCP_PROBE_HAS_TIMEOUTS))
		return !server->handshake_us;
	return server->handshake_us + 1000 >= 2000U * plan->delay_ms + plan->lost_syn_acks * RETRY_US;
}

/* The repeated SYN-ACK can come before the client sends its SYN again. */
static int are_resent(const struct path_plan *plan, int syns, int syn_acks)
{
	if (plan->lost_syn_acks)
		return syns <= plan->lost_syn_acks && syn_acks == plan->lost_syn_acks;
	return syns == plan->lost_syns && !syn_acks;
}

/* A time is never shorter than the path is long, except for the fraction of a millisecond in a timestamp. */
static void check_handshake(const struct run *run, const struct tcp_probe_info *client,
			    const struct tcp_probe_info *server)
{
	const struct path_plan *plan = &run->slowness->path;
	__u32 round_trip_us = 2000 * plan->delay_ms, resent = plan->lost_syns + plan->lost_syn_acks;

	report_check(client->handshake_us >= round_trip_us + resent * RETRY_US &&
			 client->handshake_us <= run->conversation.client.longest_handshake_us &&
			 is_handshake_of_server(run, server) &&
			 server->handshake_us <= run->conversation.server.longest_handshake_us,
		     "slow, %s, %s: handshakes of %u and %u us", run->slowness->name, family_of(run),
		     client->handshake_us, server->handshake_us);
	report_check(are_resent(plan, client->syn_retransmits, server->syn_retransmits) &&
			 client->rtt_min + 1000 >= round_trip_us && client->rtt_min < round_trip_us + RETRY_US / 2,
		     "slow, %s, %s: %u SYNs and %u SYN-ACKs again, minimum %u us, smoothed %u us", run->slowness->name,
		     family_of(run), client->syn_retransmits, server->syn_retransmits, client->rtt_min,
		     client->srtt_us / 8);
}

/* What the path does to segments is seen, and nothing of it elsewhere. */
static void check_symptoms(const struct run *run, const struct tcp_probe_info *client,
			   const struct tcp_probe_info *server)
{
	const struct slowness *slowness = run->slowness;
	int is_broken = slowness->traffic == BULK_BROKEN;

	report_check(!slowness->path.marked ? !client->delivered_ce
					    : client->delivered_ce && run->path.marks && client->flags & TCP_PROBE_ECN,
		     "slow, %s, %s: %u marks, %u of them made by the path", slowness->name, family_of(run),
		     client->delivered_ce, run->path.marks);
	report_check((!slowness->path.repeated || client->spurious_retransmits) &&
			 (!slowness->path.reordered || (client->reorderings && server->out_of_order_segments)) &&
			 (!slowness->path.lost || (client->total_retrans && server->out_of_order_segments)) &&
			 (!slowness->send_buffer_bytes || client->send_buffer_limited_ms) &&
			 (!is_broken || !run->conversation.client.after_end.has_timeouts ||
			  (client->timeouts >= 2 && client->stalled_ms >= 200)),
		     "slow, %s, %s: its symptoms are in the record", slowness->name, family_of(run));
	if (slowness->traffic == TURNS)
		report_check(run->conversation.client.after_end.network_limited_ms >
				 client->network_limited_ms + PAUSE_OF_FIN_MS / 4,
			     "slow, %s, %s: the FIN is not in it", slowness->name, family_of(run));
}

static void check_run(struct observation *seen, const struct run *run)
{
	const struct tcp_probe_info *client, *server;

	await_end(seen, &run->conversation.client);
	await_end(seen, &run->conversation.server);
	client = end_of(seen, &run->conversation.client);
	server = end_of(seen, &run->conversation.server);
	report_check(client && server, "slow, %s, %s: both ends have records", run->slowness->name, family_of(run));
	if (!client || !server)
		return;
	check_cause(run, client);
	check_by_tcp_info(run, client, server);
	check_handshake(run, client, server);
	check_symptoms(run, client, server);
}

static int open_paths(struct run *runs)
{
	for (int i = 0; i < RUNS; i++) {
		runs[i].slowness = &slownesses[i % SLOWNESSES];
		runs[i].path.plan = &runs[i].slowness->path;
		runs[i].path.family = i < SLOWNESSES ? AF_INET : AF_INET6;
		runs[i].path.number = i;
		if (!open_path(&runs[i].path))
			return 0;
	}
	return 1;
}

void check_slow_paths(const struct place *place)
{
	struct run *runs = calloc(RUNS, sizeof(*runs));
	struct observation seen = {};

	if (!runs || !open_paths(runs)) {
		report_check(0, "slow: this kernel has no TUN devices");
		return;
	}
	observe(&seen, place, 0, NULL);
	set_ipv4("tcp_ecn", "1");
	for (int i = 0; i < RUNS; i++)
		if (pthread_create(&runs[i].thread, NULL, go, &runs[i]))
			errx(1, "no thread");
	for (int i = 0; i < RUNS; i++)
		pthread_join(runs[i].thread, NULL);
	set_ipv4("tcp_ecn", "2");
	for (int i = 0; i < RUNS; i++) {
		check_run(&seen, &runs[i]);
		close_path(&runs[i].path);
	}
	end_observation(&seen);
	free(runs);
}
