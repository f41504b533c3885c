// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checks.h"
#include "record_check.h"

enum {
	FIRST_NUMBER = 1 << 23, /* of the generations that are kept nowhere */
	MOST_KEYS = 1 << 16,
};

static const struct plan uses[] = {
    {"no storage, first use", AF_INET, AF_INET, "127.0.0.1", 1500, 2600, 777, CLIENT_DISCONNECTS},
    {"no storage, reset by the server", AF_INET, AF_INET6, "127.0.0.1", 1700, 2800, 777, SERVER_RESETS_CLIENT},
    {"no storage, last use", AF_INET, AF_INET, "127.0.0.1", 1900, 3000, 777, CLIENT_ENDS},
};

static const struct plan refusal = {"no storage, refused", AF_INET, AF_INET, "127.0.0.1", 0, 0, 0, CLIENT_ENDS};
static const struct plan kept = {"no storage, an entry", AF_INET, AF_INET, "127.0.0.1", 410, 520, 777, CLIENT_ENDS};
static const struct plan unobserved = {"no storage, no entry", AF_INET6, AF_INET6, "::1", 630, 740, 777, CLIENT_ENDS};

static const struct plan lasting = {
    "memory short, began before", AF_INET, AF_INET, "127.0.0.1", 150, 260, 777, CLIENT_ENDS};
static const struct plan without_memory = {
    "memory short, began then", AF_INET6, AF_INET6, "::1", 640, 750, 777, CLIENT_ENDS};
static const struct plan with_memory = {
    "memory short no more", AF_INET, AF_INET6, "127.0.0.1", 350, 460, 777, CLIENT_ENDS};

enum { USES = sizeof(uses) / sizeof(uses[0]) };

static void one_entry(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	(void)settings;
	if (bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "map_of_fallback"), 1))
		errx(1, "make map_of_fallback smaller");
}

/* With keys for peers that do not exist, as anybody may. */
static void use_up_option_memory(int fd, int family)
{
	struct tcp_md5sig key = {.tcpm_keylen = 8};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&key.tcpm_addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&key.tcpm_addr;

	key.tcpm_addr.ss_family = family;
	for (__u32 i = 0; i < MOST_KEYS; i++) {
		__u32 peer = htonl(0x0a000000 + i);

		if (family == AF_INET)
			v4->sin_addr.s_addr = peer;
		else
			memcpy(v6->sin6_addr.s6_addr + 12, &peer, sizeof(peer));
		if (!setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof(key)))
			continue;
		if (errno == ENOMEM)
			return;
		err(1, "setsockopt TCP_MD5SIG");
	}
	errx(1, "the option memory has no end");
}

static int open_full(const struct plan *plan)
{
	int client = open_client(plan);

	use_up_option_memory(client, plan->client_family);
	return client;
}

/* Every field as with a storage; each life has a generation that no other has. */
static void check_lives(struct observation *seen)
{
	struct conversation conversation;
	int client = open_full(&uses[0]);

	for (int i = 0; i < USES; i++) {
		conversation = refuse(seen, &refusal, client, FIRST_NUMBER + 2 * i);
		check_refusal(&seen->records, &conversation, &seen->clients);
		conversation = converse(seen, &uses[i], client, FIRST_NUMBER + 2 * i + 1);
		check_connection(&seen->records, &conversation, &seen->clients, &seen->listeners);
	}
}

/* The only record of the client's end. */
static void check_unobserved(const struct observation *seen, const struct conversation *conversation)
{
	const struct end *client = &conversation->client;
	const struct tcp_probe_info *record = NULL;
	int number = list_records(&seen->records, client->cookie, client->generation, &record, 1);
	struct tcp_probe_info expected = {
	    .version = TCP_PROBE_VERSION,
	    .size = TCP_PROBE_SHORT_BYTES,
	    .kind = TCP_PROBE_UNOBSERVED,
	    .type = AF_INET6,
	    .protocol = IPPROTO_TCP,
	    .direction = TCP_PROBE_OUTBOUND,
	    .state = BPF_TCP_SYN_SENT,
	    .tuple = {.local_port = client->local_port, .peer_port = client->peer_port},
	    .generation = client->generation,
	    .socket_cookie = client->cookie,
	    .netns_cookie = client->netns_cookie,
	    .cgroup_id = seen->clients.cgroup_id,
	    .close_ns = record ? record->close_ns : 0,
	    .pid = seen->clients.pid,
	};

	memcpy(expected.tuple.local_address, client->local_address, sizeof(client->local_address));
	memcpy(expected.tuple.peer_address, client->peer_address, sizeof(client->peer_address));
	memcpy(expected.command, seen->clients.command, sizeof(expected.command));
	report_check(number == 1 && !memcmp(record, &expected, sizeof(expected)) &&
			 record->close_ns > conversation->moments.before_connect &&
			 record->close_ns < conversation->moments.after_accept,
		     "%s: reported once, with tuple, process and time: %d records", conversation->plan->name, number);
}

static void check_without_room(struct observation *seen)
{
	int first = open_full(&kept), second = open_full(&unobserved);
	struct conversation with_entry, without_entry;
	struct tcp_probe_counters counters;

	with_entry = begin_conversation(&kept, first, listener_of(seen, &kept));
	with_entry.client.generation = FIRST_NUMBER + 2 * USES;
	without_entry = begin_conversation(&unobserved, second, listener_of(seen, &unobserved));
	without_entry.client.generation = FIRST_NUMBER + 2 * USES + 1;
	exchange(&without_entry);
	end_conversation(&without_entry, NULL, NULL);
	await_end(seen, &without_entry.server);
	check_unobserved(seen, &without_entry);
	exchange(&with_entry);
	finish(seen, &with_entry);
	check_connection(&seen->records, &with_entry, &seen->clients, &seen->listeners);
	counters = read_counters(&seen->probe);
	report_check(counters.outcome[TCP_PROBE_OPEN][TCP_PROBE_NO_STORAGE] == 1 &&
			 counters.outcome[TCP_PROBE_UNOBSERVED][TCP_PROBE_PUT] == 1 && !counters.unknown,
		     "%s: counted once", unobserved.name);
}

void check_fallback(const struct place *place)
{
	struct observation seen = {};

	observe(&seen, place, 0, one_entry);
	check_lives(&seen);
	check_without_room(&seen);
	end_observation(&seen);
}

/* Neither end of a connection that begins then has a state: the server's, a listener's child, gives its copy back. One
 * that began before is reported to its end, and one that begins afterwards like any other. */
void check_memory_short(const struct place *place)
{
	struct conversation before, then, afterwards;
	struct tcp_probe_counters counters;
	struct observation seen = {};

	observe(&seen, place, 0, NULL);
	before = begin_conversation(&lasting, open_client(&lasting), listener_of(&seen, &lasting));
	seen.probe.shared->memory_short = 1;
	then = begin_conversation(&without_memory, open_client(&without_memory), listener_of(&seen, &without_memory));
	then.client.generation = FIRST_NUMBER;
	exchange(&then);
	end_conversation(&then, NULL, NULL);
	exchange(&before);
	finish(&seen, &before);
	check_connection(&seen.records, &before, &seen.clients, &seen.listeners);
	check_unobserved(&seen, &then);
	counters = read_counters(&seen.probe);
	report_check(counters.outcome[TCP_PROBE_OPEN][TCP_PROBE_NO_STORAGE] == 2 &&
			 counters.outcome[TCP_PROBE_UNOBSERVED][TCP_PROBE_PUT] == 2 && !counters.unknown,
		     "%s: both ends are counted, once", without_memory.name);
	seen.probe.shared->memory_short = 0;
	afterwards = converse(&seen, &with_memory, open_client(&with_memory), 0);
	check_connection(&seen.records, &afterwards, &seen.clients, &seen.listeners);
	end_observation(&seen);
}
