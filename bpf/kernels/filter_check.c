// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "checks.h"
#include "namespace.h"
#include "record_check.h"

enum {
	MOST_ENTRIES = 2,
	MAPPED_BITS = 96, /* of the address form, before an IPv4 address */
};

/* One filter, and what it lets through of a connection. */
struct filter_case {
	struct plan plan; /* its name is that of the case */
	configure_object configure;
	void (*fill)(struct observation *seen);
	int is_client_seen;
	int is_server_seen;
	int is_elsewhere; /* in another network namespace than ours */
};

static void make_room(struct bpf_object *object, const char *map)
{
	int error = bpf_map__set_max_entries(bpf_object__find_map_by_name(object, map), MOST_ENTRIES);

	if (error)
		errx(1, "make room in %s: %s", map, strerror(-error));
}

static void say_of(const struct observation *seen, const char *map, const void *key, __u32 verdict)
{
	if (bpf_map_update_elem(map_fd(&seen->probe, map), key, &verdict, BPF_ANY))
		err(1, "write %s", map);
}

static void some_ports_refused(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	(void)object;
	settings->filter_ports = TCP_PROBE_ELSE_WANTED;
}

static void some_ports_wanted(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	(void)object;
	settings->filter_ports = TCP_PROBE_ELSE_REFUSED;
}

static void refuse_port(struct observation *seen)
{
	__u16 port = local_port(seen->v6);

	say_of(seen, "map_of_filter_ports", &port, TCP_PROBE_REFUSED);
}

static void want_port(struct observation *seen)
{
	__u16 port = local_port(seen->v6);

	say_of(seen, "map_of_filter_ports", &port, TCP_PROBE_WANTED);
}

static void some_prefixes_refused(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	make_room(object, "map_of_filter_prefixes");
	settings->filter_prefixes = TCP_PROBE_ELSE_WANTED;
}

/* 127.0.0.8/29, but not 127.0.0.10. */
static void refuse_prefix(struct observation *seen)
{
	struct tcp_probe_prefix refused = {MAPPED_BITS + 29, {[10] = 0xff, 0xff, 127, 0, 0, 8}};
	struct tcp_probe_prefix wanted = {MAPPED_BITS + 32, {[10] = 0xff, 0xff, 127, 0, 0, 10}};

	say_of(seen, "map_of_filter_prefixes", &refused, TCP_PROBE_REFUSED);
	say_of(seen, "map_of_filter_prefixes", &wanted, TCP_PROBE_WANTED);
}

static void some_cgroups_refused(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	make_room(object, "map_of_filter_cgroups");
	settings->filter_cgroups = TCP_PROBE_ELSE_WANTED;
}

/* Both are ancestors of the listeners, who belong to the nearer one; the clients have the farther one alone. */
static void refuse_cgroup(struct observation *seen)
{
	__u64 refused = cgroup_id(seen->place->below), wanted = seen->listeners.cgroup_id;

	say_of(seen, "map_of_filter_cgroups", &refused, TCP_PROBE_REFUSED);
	say_of(seen, "map_of_filter_cgroups", &wanted, TCP_PROBE_WANTED);
}

static void some_netns_wanted(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	(void)object;
	settings->filter_netns = TCP_PROBE_ELSE_REFUSED;
}

static void want_netns(struct observation *seen)
{
	__u32 inode = namespace_inode();

	say_of(seen, "map_of_filter_netns", &inode, TCP_PROBE_WANTED);
}

static void own_netns_alone(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	(void)object;
	settings->own_netns = 1;
	settings->own_connections = 1;
}

static void no_loopback(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	(void)object;
	settings->no_loopback = 1;
}

static void introduce(struct observation *seen)
{
	learn_own_identity(&seen->probe);
}

static void say_nothing(struct observation *seen)
{
	(void)seen;
}

#define PLAN(name, address, up)                                                                                        \
	{                                                                                                              \
		name, AF_INET, AF_INET6, address, up, 2 * (up), 900, CLIENT_ENDS                                       \
	}

static const struct filter_case cases[] = {
    {PLAN("a refused port", "127.0.0.1", 11), some_ports_refused, refuse_port, 0, 0, 0},
    {PLAN("a wanted port", "127.0.0.1", 12), some_ports_wanted, want_port, 1, 1, 0},
    {PLAN("a port that nobody wants", "127.0.0.1", 13), some_ports_wanted, say_nothing, 0, 0, 0},
    {PLAN("a peer in a refused prefix", "127.0.0.9", 14), some_prefixes_refused, refuse_prefix, 0, 1, 0},
    {PLAN("a peer in a wanted one within it", "127.0.0.10", 15), some_prefixes_refused, refuse_prefix, 1, 1, 0},
    {PLAN("a cgroup's ancestor", "127.0.0.1", 16), some_cgroups_refused, refuse_cgroup, 0, 1, 0},
    {PLAN("a wanted network namespace", "127.0.0.1", 17), some_netns_wanted, want_netns, 1, 1, 0},
    {PLAN("another network namespace", "127.0.0.1", 18), some_netns_wanted, want_netns, 0, 0, 1},
    {PLAN("the own network namespace", "127.0.0.1", 19), own_netns_alone, introduce, 1, 1, 0},
    {PLAN("not the own network namespace", "127.0.0.1", 20), own_netns_alone, introduce, 0, 0, 1},
    {PLAN("loopback", "127.0.0.1", 21), no_loopback, say_nothing, 0, 0, 0},
    {PLAN("own connections", "127.0.0.1", 22), NULL, introduce, 0, 0, 0},
};

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static struct conversation talk(const struct plan *plan, int listener)
{
	struct conversation conversation = begin_conversation(plan, open_client(plan), listener);

	exchange(&conversation);
	end_conversation(&conversation, NULL, NULL);
	return conversation;
}

static struct conversation talk_elsewhere(const struct plan *plan)
{
	int here = open_namespace(), listener;
	struct conversation conversation;

	enter_new_namespace();
	listener = open_listener(plan->server_family);
	start_listening(listener);
	conversation = talk(plan, listener);
	close(listener);
	return_to_namespace(here);
	return conversation;
}

static void check_seen(struct observation *seen, const struct end *end, int is_seen, const char *name, const char *side)
{
	const struct tcp_probe_info *list[2];
	int number;

	if (is_seen)
		await_end(seen, end);
	number = list_records(&seen->records, end->cookie, 0, list, 2);
	report_check(number == (is_seen ? 2 : 0), "%s: the %s is %s: %d records", name, side,
		     is_seen ? "seen" : "filtered", number);
}

static void check_filter(const struct place *place, const struct filter_case *filter)
{
	int filtered = !filter->is_client_seen + !filter->is_server_seen;
	struct conversation conversation;
	struct tcp_probe_counters counters;
	struct observation seen = {};
	__u64 *opens;

	observe(&seen, place, 0, filter->configure);
	filter->fill(&seen);
	conversation = filter->is_elsewhere ? talk_elsewhere(&filter->plan) : talk(&filter->plan, seen.v6);
	check_seen(&seen, &conversation.client, filter->is_client_seen, filter->plan.name, "client");
	check_seen(&seen, &conversation.server, filter->is_server_seen, filter->plan.name, "server");
	counters = read_counters(&seen.probe);
	opens = counters.outcome[TCP_PROBE_OPEN];
	report_check(opens[TCP_PROBE_FILTERED] == (__u64)filtered && opens[TCP_PROBE_PUT] == (__u64)(2 - filtered),
		     "%s: %d opens counted as filtered: %llu", filter->plan.name, filtered, opens[TCP_PROBE_FILTERED]);
	end_observation(&seen);
}

void check_filters(const struct place *place)
{
	for (int i = 0; i < CASES; i++)
		check_filter(place, &cases[i]);
}
