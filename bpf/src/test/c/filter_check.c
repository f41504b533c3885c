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

/* A connection, and the ends of it that a filter lets through. */
struct filter_case {
	struct plan plan; /* its name is that of the case */
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

	say_of(seen, "map_of_ports", &port, TCP_PROBE_REFUSED);
}

static void want_port(struct observation *seen)
{
	__u16 port = local_port(seen->v6);

	say_of(seen, "map_of_ports", &port, TCP_PROBE_WANTED);
}

static void some_prefixes_refused(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	make_room(object, "map_of_prefixes");
	settings->filter_prefixes = TCP_PROBE_ELSE_WANTED;
}

/* 127.0.0.8/29, but not 127.0.0.10. */
static void refuse_prefix(struct observation *seen)
{
	struct tcp_probe_prefix refused = {MAPPED_BITS + 29, {[10] = 0xff, 0xff, 127, 0, 0, 8}};
	struct tcp_probe_prefix wanted = {MAPPED_BITS + 32, {[10] = 0xff, 0xff, 127, 0, 0, 10}};

	say_of(seen, "map_of_prefixes", &refused, TCP_PROBE_REFUSED);
	say_of(seen, "map_of_prefixes", &wanted, TCP_PROBE_WANTED);
}

static void some_cgroups_refused(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	make_room(object, "map_of_cgroups");
	settings->filter_cgroups = TCP_PROBE_ELSE_WANTED;
}

/* Both are ancestors of the listeners' sockets, the wanted one is nearer; the clients' sockets have the refused one
 * alone. */
static void refuse_cgroup(struct observation *seen)
{
	__u64 refused = cgroup_id(seen->place->below), wanted = seen->listeners.cgroup_id;

	say_of(seen, "map_of_cgroups", &refused, TCP_PROBE_REFUSED);
	say_of(seen, "map_of_cgroups", &wanted, TCP_PROBE_WANTED);
}

static void some_netns_wanted(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	(void)object;
	settings->filter_netns = TCP_PROBE_ELSE_REFUSED;
}

static void want_netns(struct observation *seen)
{
	__u32 inode = namespace_inode();

	say_of(seen, "map_of_netns", &inode, TCP_PROBE_WANTED);
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

static void no_own_wait(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	(void)object;
	settings->own_wait_ns = 0;
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

static const struct filter_case refused_ports[] = {
    {PLAN("a refused port", "127.0.0.1", 11), 0, 0, 0},
    {{"another port", AF_INET, AF_INET, "127.0.0.1", 12, 21, 900, CLIENT_ENDS}, 1, 1, 0},
};

static const struct filter_case wanted_ports[] = {
    {PLAN("a wanted port", "127.0.0.1", 13), 1, 1, 0},
    {{"a port that nobody wants", AF_INET, AF_INET, "127.0.0.1", 14, 41, 900, CLIENT_ENDS}, 0, 0, 0},
};

static const struct filter_case prefixes[] = {
    {PLAN("a peer in a refused prefix", "127.0.0.9", 15), 0, 1, 0},
    {PLAN("a peer in a wanted one within it", "127.0.0.10", 16), 1, 1, 0},
};

static const struct filter_case cgroups[] = {
    {PLAN("a refused cgroup with a wanted one in it", "127.0.0.1", 17), 0, 1, 0},
};

static const struct filter_case namespaces[] = {
    {PLAN("a wanted network namespace", "127.0.0.1", 18), 1, 1, 0},
    {PLAN("another network namespace", "127.0.0.1", 19), 0, 0, 1},
};

static const struct filter_case own_namespace[] = {
    {PLAN("the own network namespace", "127.0.0.1", 20), 1, 1, 0},
    {PLAN("not the own network namespace", "127.0.0.1", 21), 0, 0, 1},
};

static const struct filter_case loopback[] = {
    {PLAN("loopback", "127.0.0.1", 22), 0, 0, 0},
    {{"loopback, v6", AF_INET6, AF_INET6, "::1", 24, 42, 900, CLIENT_ENDS}, 0, 0, 0},
};

static const struct filter_case own_connections[] = {
    {PLAN("own connections", "127.0.0.1", 23), 0, 0, 0},
    {{"own connections, v6", AF_INET6, AF_INET6, "::1", 26, 44, 900, CLIENT_ENDS}, 0, 0, 0},
    {{"own connections, mapped", AF_INET6, AF_INET, "::ffff:127.0.0.1", 27, 45, 900, CLIENT_ENDS}, 0, 0, 0},
};

/* As of a stranger with the tuple of an own connection whose other end was never seen. */
static const struct filter_case long_after[] = {
    {PLAN("long after an own connection", "127.0.0.1", 25), 0, 1, 0},
};

#define FILTER(configure, fill, cases)                                                                                 \
	{                                                                                                              \
		configure, fill, cases, sizeof(cases) / sizeof((cases)[0])                                             \
	}

static const struct filter {
	configure_object configure;
	void (*fill)(struct observation *seen);
	const struct filter_case *cases;
	int number;
} filters[] = {
    FILTER(some_ports_refused, refuse_port, refused_ports),
    FILTER(some_ports_wanted, want_port, wanted_ports),
    FILTER(some_prefixes_refused, refuse_prefix, prefixes),
    FILTER(some_cgroups_refused, refuse_cgroup, cgroups),
    FILTER(some_netns_wanted, want_netns, namespaces),
    FILTER(own_netns_alone, introduce, own_namespace),
    FILTER(no_loopback, say_nothing, loopback),
    FILTER(NULL, introduce, own_connections),
    FILTER(no_own_wait, introduce, long_after),
};

enum { FILTERS = sizeof(filters) / sizeof(filters[0]) };

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

static __u64 count_filtered(const struct observation *seen)
{
	return read_counters(&seen->probe).outcome[TCP_PROBE_OPEN][TCP_PROBE_FILTERED];
}

static void check_case(struct observation *seen, const struct filter_case *filter)
{
	__u64 expected = count_filtered(seen) + !filter->is_client_seen + !filter->is_server_seen, filtered;
	const struct plan *plan = &filter->plan;
	struct conversation conversation;

	conversation = filter->is_elsewhere ? talk_elsewhere(plan) : talk(plan, listener_of(seen, plan));
	check_seen(seen, &conversation.client, filter->is_client_seen, plan->name, "client");
	check_seen(seen, &conversation.server, filter->is_server_seen, plan->name, "server");
	filtered = count_filtered(seen);
	report_check(filtered == expected, "%s: %llu opens counted as filtered so far: %llu", plan->name, expected,
		     filtered);
}

void check_filters(const struct place *place)
{
	for (int i = 0; i < FILTERS; i++) {
		const struct filter *filter = &filters[i];
		struct observation seen = {};

		observe(&seen, place, 0, filter->configure);
		filter->fill(&seen);
		for (int j = 0; j < filter->number; j++)
			check_case(&seen, &filter->cases[j]);
		end_observation(&seen);
	}
}
