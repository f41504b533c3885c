// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/bpf.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checks.h"
#include "record_check.h"

enum { BACKLOG = 2, CLIENTS = 7 };

/* TcpExt's ListenOverflows and ListenDrops of this network namespace. */
static void read_overflows(unsigned long *overflows, unsigned long *drops)
{
	char names[8192], values[8192], *name, *value, *next_name, *next_value;
	FILE *file = fopen("/proc/self/net/netstat", "r");

	if (!file || !fgets(names, sizeof(names), file) || !fgets(values, sizeof(values), file))
		err(1, "/proc/self/net/netstat");
	fclose(file);
	name = strtok_r(names, " \n", &next_name);
	value = strtok_r(values, " \n", &next_value);
	for (; name && value; name = strtok_r(NULL, " \n", &next_name), value = strtok_r(NULL, " \n", &next_value)) {
		if (!strcmp(name, "ListenOverflows"))
			sscanf(value, "%lu", overflows);
		else if (!strcmp(name, "ListenDrops"))
			sscanf(value, "%lu", drops);
	}
}

static __u64 read_cookie(int fd, int option)
{
	socklen_t length = sizeof(__u64);
	__u64 cookie;

	if (getsockopt(fd, SOL_SOCKET, option, &cookie, &length))
		err(1, "a cookie");
	return cookie;
}

/* What it listens on; of IPv4 the members of sockaddr_in alone. */
static struct sockaddr_in6 name_of(int listener, socklen_t *length)
{
	struct sockaddr_in6 address = {0};

	*length = sizeof(address);
	if (getsockname(listener, (struct sockaddr *)&address, length))
		err(1, "getsockname");
	return address;
}

/* Connects without waiting; more than the queue takes are never answered. */
static void knock(int listener, int *clients)
{
	socklen_t length;
	struct sockaddr_in6 address = name_of(listener, &length);

	if (address.sin6_family == AF_INET6)
		address.sin6_addr = in6addr_loopback;
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = socket(address.sin6_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (clients[i] < 0 ||
		    (connect(clients[i], (struct sockaddr *)&address, length) && errno != EINPROGRESS))
			err(1, "connect");
	}
}

static void check_addresses(const struct tcp_probe_listener *record, int listener, const char *what)
{
	socklen_t length;
	struct sockaddr_in6 address = name_of(listener, &length);
	__u8 expected[16] = {[10] = 0xff, [11] = 0xff};

	report_check(record->port == ntohs(address.sin6_port), "%s: port %u", what, record->port);
	if (address.sin6_family == AF_INET6)
		memcpy(expected, &address.sin6_addr, sizeof(expected));
	else
		memcpy(&expected[12], &((struct sockaddr_in *)&address)->sin_addr, sizeof(struct in_addr));
	report_check(record->type == address.sin6_family && !memcmp(record->address, expected, sizeof(expected)),
		     "%s: its address", what);
	report_check(record->netns_cookie == read_cookie(listener, SO_NETNS_COOKIE), "%s: its namespace", what);
}

/* `drops` of nstat; TCP_INFO of a listener has the queue and its limit, as ss shows them. */
static void check_queue(const struct tcp_probe_listener *record, int listener, unsigned long drops, const char *what)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);

	if (getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &length))
		err(1, "TCP_INFO");
	report_check(record->backlog == info.tcpi_unacked, "%s: backlog %u of %u", what, record->backlog,
		     info.tcpi_unacked);
	report_check(record->limit == info.tcpi_sacked, "%s: limit %u of %u", what, record->limit, info.tcpi_sacked);
	report_check(record->drops == drops, "%s: drops %u of %lu", what, record->drops, drops);
}

static const struct tcp_probe_listener *walk_listener(struct observation *seen, int listener, const char *what)
{
	const struct tcp_probe_listener *record;

	walk_live(&seen->probe);
	record = find_listener(&seen->records, read_cookie(listener, SO_COOKIE));
	report_check(record != NULL, "%s: has a record", what);
	return record;
}

static void check_overflow(struct observation *seen, int listener, const struct owner *owner, const char *what)
{
	unsigned long overflows[2] = {0}, drops[2] = {0};
	const struct tcp_probe_listener *record;
	int clients[CLIENTS];
	__u32 before;

	if (listen(listener, BACKLOG))
		err(1, "listen");
	record = walk_listener(seen, listener, what);
	if (!record)
		return;
	check_addresses(record, listener, what);
	check_queue(record, listener, 0, what);
	report_check(record->pid == owner->pid && !strcmp(record->command, owner->command), "%s: process %u %s", what,
		     record->pid, record->command);
	report_check(record->cgroup_id == seen->listeners.cgroup_id, "%s: its cgroup", what);
	read_overflows(&overflows[0], &drops[0]);
	knock(listener, clients);
	record = walk_listener(seen, listener, what);
	read_overflows(&overflows[1], &drops[1]);
	report_check(overflows[1] - overflows[0] == CLIENTS - (BACKLOG + 1) &&
			 drops[1] - drops[0] == overflows[1] - overflows[0],
		     "%s: %lu overflows by nstat", what, overflows[1] - overflows[0]);
	check_queue(record, listener, drops[1] - drops[0], what);
	report_check(record->reported_drops == 0, "%s: none reported before", what);
	before = record->drops;
	record = walk_listener(seen, listener, what);
	report_check(record->reported_drops == before, "%s: %u reported before", what, record->reported_drops);
	for (int i = 0; i < CLIENTS; i++)
		close(clients[i]);
}

/* A walk after the end of a listener has no record of it. */
static void check_gone(struct observation *seen, const char *what)
{
	__u64 cookie = read_cookie(seen->v6, SO_COOKIE);

	walk_live(&seen->probe);
	report_check(find_listener(&seen->records, cookie) != NULL, "%s: has a record", what);
	seen->records.number_of_listeners = 0;
	close(seen->v6);
	walk_live(&seen->probe);
	report_check(!find_listener(&seen->records, cookie), "%s: has none when it is closed", what);
	seen->v6 = open_listener(AF_INET6);
	start_listening(seen->v6);
}

void check_listeners(const struct place *place)
{
	static const struct owner unknown;
	struct observation seen = {0}, older = {0};

	observe(&seen, place, 0, NULL);
	check_overflow(&seen, seen.v4, &seen.listeners, "listener");
	check_overflow(&seen, seen.v6, &seen.listeners, "listener, v6");
	check_gone(&seen, "listener");
	end_observation(&seen);

	meet(&older, place);
	load(&older, 0, NULL);
	attach(&older);
	walk_older(&older.probe);
	if (has_program(&older.probe, "adopt_older")) {
		check_overflow(&older, older.v4, &unknown, "older listener");
		check_overflow(&older, older.v6, &unknown, "older listener, v6");
	}
	end_observation(&older);
}
