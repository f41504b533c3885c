// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "conversation.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Two ticks of the slowest clock that a kernel can have, and a bit. */
enum { PATIENCE_MS = 20000, QUIET_MS = 25 };

static int check(int result, const char *call)
{
	if (result < 0)
		err(1, "%s", call);
	return result;
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* Loopback of a family, or the address that the text names. */
static struct sockaddr_in6 address_of(int family, const char *text, uint16_t port, socklen_t *length)
{
	union {
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address = {};

	*length = family == AF_INET ? sizeof(address.v4) : sizeof(address.v6);
	address.v4.sin_family = family;
	address.v4.sin_port = htons(port); /* at the same place in both */
	if (inet_pton(family, text, family == AF_INET ? (void *)&address.v4.sin_addr : &address.v6.sin6_addr) != 1)
		errx(1, "no address: %s", text);
	return address.v6;
}

static void bind_to(int fd, int family, const char *text, uint16_t port)
{
	socklen_t length;
	struct sockaddr_in6 address = address_of(family, text, port, &length);

	check(bind(fd, (struct sockaddr *)&address, length), "bind");
}

int open_listener(int family)
{
	int fd = check(socket(family, SOCK_STREAM, 0), "socket");
	int yes = 1;

	check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), "setsockopt SO_REUSEADDR");
	if (family == AF_INET)
		bind_to(fd, family, "127.0.0.1", LISTENER_PORT);
	else
		bind_to(fd, family, "::", 0);
	return fd;
}

void start_listening(int listener)
{
	check(listen(listener, 16), "listen");
}

static void write_address(uint8_t *to, uint16_t *port, const struct sockaddr_in6 *address)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	*port = ntohs(v4->sin_port);
	if (address->sin6_family == AF_INET6) {
		memcpy(to, &address->sin6_addr, 16);
		return;
	}
	memcpy(to, mapped, sizeof(mapped));
	memcpy(to + sizeof(mapped), &v4->sin_addr, sizeof(v4->sin_addr));
}

static uint64_t read_option(int fd, int option)
{
	uint64_t value;
	socklen_t length = sizeof(value);

	check(getsockopt(fd, SOL_SOCKET, option, &value, &length), "getsockopt");
	return value;
}

static struct tcp_info read_tcp_info(int fd)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);

	check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length), "getsockopt TCP_INFO");
	return info;
}

/* The members behind tcpi_snd_wnd, which older headers do not have. */
struct newer_tcp_info {
	uint32_t rcv_wnd;
	uint32_t rehash;
	uint16_t total_rto;
	uint16_t total_rto_recoveries;
	uint32_t total_rto_time;
};

static void read_timeouts(struct tcp_facts *facts, int fd)
{
	enum { OFFSET = offsetof(struct tcp_info, tcpi_snd_wnd) + sizeof(uint32_t) };
	char info[OFFSET + sizeof(struct newer_tcp_info)] = {};
	socklen_t length = sizeof(info);
	struct newer_tcp_info newer;

	check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &length), "getsockopt TCP_INFO");
	memcpy(&newer, info + OFFSET, sizeof(newer));
	facts->has_timeouts = length == sizeof(info);
	facts->timeouts = newer.total_rto;
	facts->stalled_ms = newer.total_rto_time;
}

struct tcp_facts read_facts(int fd)
{
	struct tcp_info info = read_tcp_info(fd);
	uint64_t network_us = info.tcpi_busy_time - info.tcpi_rwnd_limited - info.tcpi_sndbuf_limited;
	struct tcp_facts facts = {
	    .taken_ns = now_ns(),
	    .srtt_us = info.tcpi_rtt,
	    .rttvar_us = info.tcpi_rttvar,
	    .min_rtt_us = info.tcpi_min_rtt,
	    .mss = info.tcpi_snd_mss,
	    .snd_cwnd = info.tcpi_snd_cwnd,
	    .segs_out = info.tcpi_segs_out,
	    .segs_in = info.tcpi_segs_in,
	    .data_segs_out = info.tcpi_data_segs_out,
	    .data_segs_in = info.tcpi_data_segs_in,
	    .last_sent_ms = info.tcpi_last_data_sent,
	    .last_received_ms = info.tcpi_last_data_recv,
	    .network_limited_ms = network_us / 1000,
	    .receiver_limited_ms = info.tcpi_rwnd_limited / 1000,
	    .send_buffer_limited_ms = info.tcpi_sndbuf_limited / 1000,
	    .spurious_retransmits = info.tcpi_dsack_dups,
	    .out_of_order_segments = info.tcpi_rcv_ooopack,
	    .reorderings = info.tcpi_reord_seen,
	    .delivered_ce = info.tcpi_delivered_ce,
	    .peer_window = info.tcpi_snd_wnd,
	    .timeouts_in_a_row = info.tcpi_retransmits,
	    .window_probes = info.tcpi_probes,
	    .options = info.tcpi_options,
	};

	read_timeouts(&facts, fd);
	return facts;
}

static void read_local(struct end *end, int fd)
{
	struct sockaddr_in6 address;
	socklen_t length = sizeof(address);

	check(getsockname(fd, (struct sockaddr *)&address, &length), "getsockname");
	write_address(end->local_address, &end->local_port, &address);
	end->cookie = read_option(fd, SO_COOKIE);
	end->netns_cookie = read_option(fd, SO_NETNS_COOKIE);
	length = sizeof(end->congestion);
	check(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, end->congestion, &length), "getsockopt TCP_CONGESTION");
}

static void set_tcp_option(int fd, int option, int value)
{
	check(setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value)), "setsockopt");
}

static uint32_t read_sequence_number(int fd, int queue)
{
	uint32_t value;
	socklen_t length = sizeof(value);

	set_tcp_option(fd, TCP_REPAIR_QUEUE, queue);
	check(getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, &value, &length), "getsockopt TCP_QUEUE_SEQ");
	return value;
}

/* While nothing but SYNs has been sent, or nothing at all by the peer. */
static void read_initial_sequence_numbers(struct end *end, int fd)
{
	uint32_t peer;

	set_tcp_option(fd, TCP_REPAIR, TCP_REPAIR_ON);
	end->local_isn = read_sequence_number(fd, TCP_SEND_QUEUE) - 1;
	peer = read_sequence_number(fd, TCP_RECV_QUEUE);
	end->peer_isn = peer ? peer - 1 : 0;
	set_tcp_option(fd, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP);
}

static struct end read_end(int fd, uint32_t uid)
{
	struct sockaddr_in6 address;
	socklen_t length = sizeof(address);
	struct end end = {.uid = uid};

	check(fchown(fd, uid, -1), "fchown");
	read_local(&end, fd);
	check(getpeername(fd, (struct sockaddr *)&address, &length), "getpeername");
	write_address(end.peer_address, &end.peer_port, &address);
	read_initial_sequence_numbers(&end, fd);
	end.at_open = read_facts(fd);
	return end;
}

uint64_t socket_cookie(int fd)
{
	return read_option(fd, SO_COOKIE);
}

uint16_t local_port(int fd)
{
	struct end end = {};

	read_local(&end, fd);
	return end.local_port;
}

void send_bytes(int fd, unsigned int bytes)
{
	static const char payload[64 << 10];

	if (bytes && send(fd, payload, bytes, MSG_NOSIGNAL) != bytes)
		err(1, "send");
}

void receive_bytes(int fd, unsigned int bytes)
{
	static char buffer[64 << 10];

	if (bytes && recv(fd, buffer, bytes, MSG_WAITALL) != bytes)
		err(1, "recv");
}

void pass_bytes(int from, int to, unsigned int bytes)
{
	enum { PORTION = 16 << 10 };

	for (unsigned int portion; bytes; bytes -= portion) {
		portion = bytes < PORTION ? bytes : PORTION;
		send_bytes(from, portion);
		receive_bytes(to, portion);
	}
}

void expect_end_of_stream(int fd)
{
	char byte;

	if (check(recv(fd, &byte, 1, 0), "recv"))
		errx(1, "there is more to read than was sent");
}

static void expect_reset(int fd)
{
	char byte;

	if (recv(fd, &byte, 1, 0) != -1 || errno != ECONNRESET)
		errx(1, "the reset did not arrive");
}

static void await_info(int fd, int (*is_there)(const struct tcp_info *info), const char *what)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	for (int i = 0; i < PATIENCE_MS; i++) {
		struct tcp_info info = read_tcp_info(fd);

		if (is_there(&info))
			return;
		nanosleep(&pause, NULL);
	}
	errx(1, "waited in vain until %s", what);
}

static int is_acknowledged(const struct tcp_info *info)
{
	return !info->tcpi_unacked;
}

static int is_quiet(const struct tcp_info *info)
{
	return info->tcpi_last_ack_recv >= QUIET_MS;
}

/* Data under way could still bring a sample of the round trip, or be lost with a reset. */
static void await_acknowledged(int fd)
{
	await_info(fd, is_acknowledged, "everything was acknowledged");
}

void await_quiet(const struct conversation *conversation)
{
	const int fds[] = {conversation->client_fd, conversation->server_fd};

	for (int i = 0; i < 2; i++)
		await_acknowledged(fds[i]);
	for (int i = 0; i < 2; i++)
		await_info(fds[i], is_quiet, "nothing came any more");
}

static void end_first(int fd, int other)
{
	shutdown(fd, SHUT_WR);
	expect_end_of_stream(other);
	close(other);
	expect_end_of_stream(fd);
	close(fd);
}

/* First acknowledged, then closed: an acknowledgement that meets close() can leave the socket in FIN_WAIT2 for a minute
 * (tcp_rcv_state_process, sock_owned_by_user). */
static void leave(int fd, int other, await_record await, void *context, const struct end *end)
{
	shutdown(fd, SHUT_WR);
	expect_end_of_stream(other);
	await_acknowledged(fd);
	close(fd);
	await(context, end);
	close(other);
}

void close_by_reset(int fd)
{
	const struct linger linger = {.l_onoff = 1};

	check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), "setsockopt SO_LINGER");
	close(fd);
}

static void reset(int fd, int other)
{
	close_by_reset(fd);
	expect_reset(other);
	close(other);
}

static void discard(int fd, int other)
{
	close(fd);
	expect_reset(other);
	close(other);
}

void disconnect(int fd)
{
	const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

	check(connect(fd, &nobody, sizeof(nobody)), "connect to AF_UNSPEC");
}

static void end_late(struct conversation *conversation)
{
	const struct timespec wait = {.tv_nsec = WAIT_MS * 1000000};

	shutdown(conversation->client_fd, SHUT_WR);
	nanosleep(&wait, NULL);
	close(conversation->server_fd);
	expect_end_of_stream(conversation->client_fd);
	conversation->client.after_end = read_facts(conversation->client_fd);
	close(conversation->client_fd);
}

void note_end(struct conversation *conversation)
{
	conversation->client.before_end = read_facts(conversation->client_fd);
	conversation->server.before_end = read_facts(conversation->server_fd);
	conversation->moments.before_end = now_ns();
}

void end_conversation(struct conversation *conversation, await_record await, void *context)
{
	int client = conversation->client_fd, server = conversation->server_fd;
	const struct plan *plan = conversation->plan;

	note_end(conversation);
	switch (plan->ending) {
	case CLIENT_ENDS:
		end_first(client, server);
		break;
	case SERVER_ENDS:
		end_first(server, client);
		break;
	case CLIENT_ENDS_SERVER_WAITS:
		end_late(conversation);
		break;
	case CLIENT_LEAVES:
		leave(client, server, await, context, &conversation->client);
		break;
	case SERVER_LEAVES:
		leave(server, client, await, context, &conversation->server);
		break;
	case CLIENT_RESETS:
		reset(client, server);
		break;
	case SERVER_RESETS:
		reset(server, client);
		break;
	case SERVER_RESETS_CLIENT:
		close_by_reset(server);
		expect_reset(client);
		disconnect(client);
		break;
	case CLIENT_DISCARDS:
		discard(client, server);
		break;
	case SERVER_DISCARDS:
		discard(server, client);
		break;
	case SERVER_DISCARDS_LATER:
		shutdown(client, SHUT_WR);
		await_acknowledged(client);
		discard(server, client);
		break;
	case SERVER_RESETS_LATER:
		shutdown(client, SHUT_WR);
		expect_end_of_stream(server);
		await_acknowledged(client);
		reset(server, client);
		break;
	case SERVER_ENDS_AND_RESETS:
		shutdown(server, SHUT_WR);
		expect_end_of_stream(client);
		await_acknowledged(server);
		close_by_reset(server);
		close(client);
		break;
	case CLIENT_DISCONNECTS:
		disconnect(client);
		expect_reset(server);
		close(server);
		break;
	case HALF_CLOSE:
		shutdown(client, SHUT_WR);
		expect_end_of_stream(server);
		pass_bytes(server, client, plan->down);
		close(server);
		expect_end_of_stream(client);
		close(client);
		break;
	}
}

void exchange(const struct conversation *conversation)
{
	int client = conversation->client_fd, server = conversation->server_fd;
	const struct plan *plan = conversation->plan;

	if (plan->ending == SERVER_DISCARDS || plan->ending == SERVER_DISCARDS_LATER)
		send_bytes(client, plan->up);
	else
		pass_bytes(client, server, plan->up);
	if (plan->ending == CLIENT_DISCARDS)
		send_bytes(server, plan->down);
	else if (plan->ending != HALF_CLOSE)
		pass_bytes(server, client, plan->down);
	await_acknowledged(client);
	await_acknowledged(server);
}

int open_client(const struct plan *plan)
{
	int client = check(socket(plan->client_family, SOCK_STREAM, 0), "socket");

	if (plan->mss)
		set_tcp_option(client, TCP_MAXSEG, plan->mss);
	check(setsockopt(client, IPPROTO_TCP, TCP_CONGESTION, "reno", strlen("reno")), "setsockopt TCP_CONGESTION");
	return client;
}

static uint32_t read_min_rtt(int fd)
{
	uint32_t min_rtt_us = read_facts(fd).min_rtt_us;

	return min_rtt_us == ~0U ? 0 : min_rtt_us;
}

struct conversation begin_conversation(const struct plan *plan, int client, int listener)
{
	uint32_t earlier_min_rtt_us = read_min_rtt(client);
	struct tcp_facts at_birth = read_facts(client);
	socklen_t length;
	struct sockaddr_in6 address = address_of(plan->client_family, plan->address, local_port(listener), &length);
	struct conversation conversation = {
	    .plan = plan,
	    .client_fd = client,
	    .moments.before_connect = now_ns(),
	};

	check(connect(client, (struct sockaddr *)&address, length), "connect");
	conversation.server_fd = check(accept(listener, NULL, NULL), "accept");
	conversation.moments.after_accept = now_ns();
	conversation.client = read_end(client, CLIENT_UID);
	conversation.client.earlier_min_rtt_us = earlier_min_rtt_us;
	conversation.client.at_birth = at_birth;
	conversation.client.longest_handshake_us =
	    (conversation.moments.after_accept - conversation.moments.before_connect) / 1000;
	conversation.server = read_end(conversation.server_fd, SERVER_UID);
	/* The child of a listener that was connected before begins with the sums of that life. */
	conversation.server.at_birth = conversation.server.at_open;
	return conversation;
}

void become_deaf(int fd)
{
	struct sock_filter none = {.code = BPF_RET | BPF_K};
	const struct sock_fprog filter = {.len = 1, .filter = &none};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)))
		err(1, "setsockopt SO_ATTACH_FILTER");
}

void hear_again(int fd)
{
	int nothing = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &nothing, sizeof(nothing)))
		err(1, "setsockopt SO_DETACH_FILTER");
}

void await_timeouts(int fd, int in_a_row)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	for (int i = 0; read_facts(fd).timeouts_in_a_row < in_a_row; i++) {
		if (i == PATIENCE_MS)
			errx(1, "no timeout came");
		nanosleep(&pause, NULL);
	}
}

int connect_only(const struct plan *plan, int listener)
{
	socklen_t length;
	struct sockaddr_in6 address = address_of(plan->client_family, plan->address, local_port(listener), &length);
	int client = open_client(plan);

	check(connect(client, (struct sockaddr *)&address, length), "connect");
	return client;
}

/* Without blocking: a connect() that fails while it blocks resets the sequence number. */
static void connect_in_vain(struct end *end, int client, const struct sockaddr_in6 *address, socklen_t length)
{
	struct pollfd event = {.fd = client};
	int flags = check(fcntl(client, F_GETFL), "fcntl");

	check(fcntl(client, F_SETFL, flags | O_NONBLOCK), "fcntl");
	if (connect(client, (const struct sockaddr *)address, length) != -1 || errno != EINPROGRESS)
		errx(1, "the connect was not left waiting");
	if (poll(&event, 1, PATIENCE_MS) != 1) /* for the error alone */
		errx(1, "the connect did not end");
	read_initial_sequence_numbers(end, client);
	if (connect(client, (const struct sockaddr *)address, length) != -1 || errno != ECONNREFUSED)
		errx(1, "nobody refused the connect");
	check(fcntl(client, F_SETFL, flags), "fcntl");
}

struct conversation be_refused(const struct plan *plan, int client)
{
	int nobody = check(socket(plan->server_family, SOCK_STREAM, 0), "socket");
	struct conversation conversation = {.plan = plan, .client_fd = client};
	struct sockaddr_in6 address;
	socklen_t length;

	bind_to(nobody, plan->server_family, plan->address, 0); /* so that nobody else takes the port */
	bind_to(client, plan->client_family, plan->address, 0);
	address = address_of(plan->client_family, plan->address, local_port(nobody), &length);
	read_local(&conversation.client, client);
	conversation.client.uid = CLIENT_UID;
	check(fchown(client, CLIENT_UID, -1), "fchown");
	write_address(conversation.client.peer_address, &conversation.client.peer_port, &address);
	conversation.moments.before_connect = now_ns();
	connect_in_vain(&conversation.client, client, &address, length);
	conversation.moments.after_end = now_ns();
	conversation.client.before_end = read_facts(client);
	close(nobody);
	return conversation;
}
