// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <err.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "checks.h"
#include "record_check.h"

enum {
	CONNECTIONS = 24,
	REFUSALS = 3,
	ENDS = 2 * CONNECTIONS,
	RING_BYTES = 4096, /* filled by the first few records; drained after the last */
	PATIENCE_MS = 20000,
	SMALLEST_DURATION_NS = 50000,
	SMALLEST_RTT_NS = 1000,
	SMALLEST_HANDSHAKE_NS = 10000,
	FOLD_WORDS = sizeof(struct tcp_probe_fold) / sizeof(__u64),
};

static const struct plan refused_plan = {"refused, ring full", AF_INET, AF_INET, "127.0.0.1", 0, 0, 0, CLIENT_ENDS};

/* The folds of all keys added up, and the keys. */
struct folds {
	struct tcp_probe_fold sum;
	int clients; /* keys of established clients, likewise the others */
	int servers;
	int failures;
	int others;
	int with_port; /* keys with the fixed port of a listener */
	__u64 client_ends;
	__u64 rest_closed[TCP_PROBE_DIRECTIONS];
};

/* The sockets' own values of all connections, added up. */
struct truth {
	__u64 bytes;        /* of both ends together, in each direction */
	__u64 segs_out_low; /* before the end */
};

static void set_bounds(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	(void)object;
	for (int i = 0; i < TCP_PROBE_DURATION_BOUNDS; i++)
		settings->duration_bounds_ns[i] = (__u64)SMALLEST_DURATION_NS << i;
	for (int i = 0; i < TCP_PROBE_RTT_BOUNDS; i++)
		settings->rtt_bounds_ns[i] = (__u64)SMALLEST_RTT_NS << i;
	for (int i = 0; i < TCP_PROBE_HANDSHAKE_BOUNDS; i++)
		settings->handshake_bounds_ns[i] = (__u64)SMALLEST_HANDSHAKE_NS << i;
}

static void await_ends(const struct probe *probe, __u64 number)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	for (int i = 0; i < PATIENCE_MS; i++) {
		if (read_counters(probe).seen[TCP_PROBE_CLOSE] >= number)
			return;
		nanosleep(&pause, NULL);
	}
	errx(1, "no end of connection %llu", number / 2);
}

static void talk(struct observation *seen, int number, struct truth *truth)
{
	struct plan plan = {"ring full", AF_INET, AF_INET, "127.0.0.1", 100, 1000, 600, CLIENT_ENDS};
	struct conversation conversation;

	plan.server_family = number % 3 ? AF_INET : AF_INET6;
	plan.up += 7 * number;
	plan.down += 11 * number;
	conversation = begin_conversation(&plan, open_client(&plan), listener_of(seen, &plan));
	exchange(&conversation);
	end_conversation(&conversation, NULL, NULL);
	await_ends(&seen->probe, 2 * (number + 1));
	truth->bytes += plan.up + plan.down;
	truth->segs_out_low += conversation.client.before_end.segs_out + conversation.server.before_end.segs_out;
}

static void classify(struct folds *folds, const struct tcp_probe_fold_key *key, const struct observation *seen)
{
	__u64 cgroup_id = key->direction == TCP_PROBE_INBOUND ? seen->listeners.cgroup_id : seen->clients.cgroup_id;
	int is_clean = key->fin_received && !key->sk_err && !key->has_unacked_bytes && !key->has_unread_bytes;

	if (key->conn_success && is_clean && key->direction == TCP_PROBE_OUTBOUND &&
	    key->previous_state == BPF_TCP_FIN_WAIT2)
		folds->clients++;
	else if (key->conn_success && is_clean && key->direction == TCP_PROBE_INBOUND &&
		 key->previous_state == BPF_TCP_LAST_ACK)
		folds->servers++;
	else if (!key->conn_success && key->sk_err == ECONNREFUSED && key->previous_state == BPF_TCP_SYN_SENT)
		folds->failures++;
	else
		folds->others++;
	folds->others += key->cgroup_id != cgroup_id;
	folds->with_port += key->server_port == LISTENER_PORT;
	folds->others +=
	    key->conn_success && key->server_port != LISTENER_PORT && key->server_port != local_port(seen->v6);
	folds->others += !key->conn_success && key->server_port <= LISTENER_PORT; /* a free one, which is ephemeral */
}

static struct folds read_folds(const struct observation *seen)
{
	const struct probe *probe = &seen->probe;
	int fd = map_fd(probe, "map_of_folds"), rest = map_fd(probe, "map_of_rest");
	struct tcp_probe_fold *each = calloc(libbpf_num_possible_cpus(), sizeof(*each));
	struct tcp_probe_fold_key key, *previous = NULL;
	struct folds folds = {};

	for (__u32 direction = 0; direction < TCP_PROBE_DIRECTIONS; direction++) {
		__u64 closed_before = folds.sum.closed;

		if (!each || bpf_map_lookup_elem(rest, &direction, each))
			err(1, "read the rest of the folds");
		add_up_cpus((__u64 *)each, FOLD_WORDS, (__u64 *)&folds.sum);
		folds.rest_closed[direction] = folds.sum.closed - closed_before;
	}
	while (!bpf_map_get_next_key(fd, previous, &key)) {
		__u64 ends_before = folds.sum.closed + folds.sum.failed;

		if (bpf_map_lookup_elem(fd, &key, each))
			err(1, "read a fold");
		add_up_cpus((__u64 *)each, FOLD_WORDS, (__u64 *)&folds.sum);
		if (key.direction == TCP_PROBE_OUTBOUND)
			folds.client_ends += folds.sum.closed + folds.sum.failed - ends_before;
		classify(&folds, &key, seen);
		previous = &key;
	}
	free(each);
	return folds;
}

static void add_record(struct tcp_probe_fold *sum, const struct tcp_probe_info *record)
{
	sum->opened += record->kind == TCP_PROBE_OPEN || (record->kind == TCP_PROBE_CLOSE && !record->open_reported);
	if (record->kind == TCP_PROBE_OPEN)
		return;
	sum->closed += record->kind == TCP_PROBE_CLOSE;
	sum->failed += record->kind == TCP_PROBE_FAILED;
	sum->sent_bytes += record->sent_bytes - record->reported_sent_bytes;
	sum->received_bytes += record->received_bytes - record->reported_received_bytes;
	sum->segs_out += record->segs_out - record->reported_segs_out;
	sum->segs_in += record->segs_in - record->reported_segs_in;
	sum->total_retrans += record->total_retrans - record->reported_total_retrans;
}

static void check_buckets(const char *what, const __u64 *counts, const __u64 *sums_ns, int bounds, __u64 smallest_ns,
			  __u64 number)
{
	__u64 counted = 0;
	int within = 1;

	for (int i = 0; i <= bounds; i++) {
		__u64 low = i ? smallest_ns << (i - 1) : 0, high = i < bounds ? smallest_ns << i : ~0ULL;

		counted += counts[i];
		within &= !counts[i] ? !sums_ns[i] : sums_ns[i] / counts[i] >= low && sums_ns[i] / counts[i] <= high;
	}
	report_check(counted == number && within, "ring full: each folded %s in its bucket: %llu of %llu", what,
		     counted, number);
}

static void check_folds(const struct folds *folds)
{
	const struct tcp_probe_fold *sum = &folds->sum;

	check_buckets("duration", sum->duration_count, sum->duration_sum_ns, TCP_PROBE_DURATION_BOUNDS,
		      SMALLEST_DURATION_NS, sum->closed);
	check_buckets("round trip", sum->rtt_count, sum->rtt_sum_ns, TCP_PROBE_RTT_BOUNDS, SMALLEST_RTT_NS,
		      sum->closed);
	check_buckets("lowest round trip", sum->min_rtt_count, sum->min_rtt_sum_ns, TCP_PROBE_RTT_BOUNDS,
		      SMALLEST_RTT_NS, sum->closed);
	check_buckets("handshake of a client", sum->handshake_count, sum->handshake_sum_ns, TCP_PROBE_HANDSHAKE_BOUNDS,
		      SMALLEST_HANDSHAKE_NS, folds->client_ends);
	report_check(folds->clients == 2 && folds->servers == 2 && folds->failures >= 1 &&
			 folds->failures <= REFUSALS && folds->with_port == 2 && !folds->others,
		     "ring full: keys of clients %d, servers %d, failures %d, others %d; with a port %d",
		     folds->clients, folds->servers, folds->failures, folds->others, folds->with_port);
	report_check(!sum->adopted && !sum->adopted_closed, "ring full: nothing was adopted");
}

static void check_sums(const struct observation *seen, const struct tcp_probe_fold *all, const struct truth *truth)
{
	struct tcp_probe_counters counters = read_counters(&seen->probe);

	report_check(all->opened == ENDS && all->closed == ENDS && all->failed == REFUSALS,
		     "ring full: opened %llu, closed %llu, failed %llu", all->opened, all->closed, all->failed);
	report_check(all->sent_bytes == truth->bytes && all->received_bytes == truth->bytes,
		     "ring full: %llu bytes sent, %llu received of %llu", all->sent_bytes, all->received_bytes,
		     truth->bytes);
	/* Both FINs and their acknowledgements are still to come then. A child of a listener does not count the
	 * SYN-ACK as sent, while its client counts it as received. */
	report_check(all->segs_out >= truth->segs_out_low + ENDS + REFUSALS &&
			 all->segs_out <= truth->segs_out_low + 2 * ENDS + REFUSALS &&
			 all->segs_in == all->segs_out + CONNECTIONS && !all->total_retrans,
		     "ring full: %llu segments sent, %llu received, %llu again", all->segs_out, all->segs_in,
		     all->total_retrans);
	report_check(counters.outcome[TCP_PROBE_CLOSE][TCP_PROBE_FOLDED] &&
			 counters.outcome[TCP_PROBE_OPEN][TCP_PROBE_DEFERRED] &&
			 counters.outcome[TCP_PROBE_FAILED][TCP_PROBE_FOLDED] == REFUSALS,
		     "ring full: closes folded %llu, opens deferred %llu, failures folded %llu",
		     counters.outcome[TCP_PROBE_CLOSE][TCP_PROBE_FOLDED],
		     counters.outcome[TCP_PROBE_OPEN][TCP_PROBE_DEFERRED],
		     counters.outcome[TCP_PROBE_FAILED][TCP_PROBE_FOLDED]);
}

static void leave_one_entry(struct bpf_object *object, struct tcp_probe_settings *settings)
{
	set_bounds(object, settings);
	if (bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "map_of_folds"), 1))
		err(1, "size of map_of_folds");
}

/* Ends for which no entry can be made keep their role: the one entry is a client's, or a server's. */
static void check_rest(const struct place *place)
{
	struct observation seen = {};
	struct truth truth = {};
	struct folds folds;
	__u64 clients, servers;

	observe(&seen, place, RING_BYTES, leave_one_entry);
	for (int i = 0; i < CONNECTIONS; i++)
		talk(&seen, i, &truth);
	folds = read_folds(&seen);
	clients = folds.rest_closed[TCP_PROBE_OUTBOUND];
	servers = folds.rest_closed[TCP_PROBE_INBOUND];
	report_check(clients && servers && !folds.rest_closed[0] && clients + servers <= folds.sum.closed &&
			 folds.sum.closed == read_counters(&seen.probe).outcome[TCP_PROBE_CLOSE][TCP_PROBE_FOLDED],
		     "no entry: %llu ends of clients and %llu of servers, of %llu", clients, servers, folds.sum.closed);
	end_observation(&seen);
}

void check_full_ring(const struct place *place)
{
	struct observation seen = {};
	struct truth truth = {};
	struct tcp_probe_fold all;
	struct folds folds;

	observe(&seen, place, RING_BYTES, set_bounds);
	for (int i = 0; i < CONNECTIONS; i++)
		talk(&seen, i, &truth);
	for (int i = 0; i < REFUSALS; i++)
		close(be_refused(&refused_plan, open_client(&refused_plan)).client_fd);
	report_check(seen.probe.shared->fold_pending, "ring full: the reader is told that there are folds");
	folds = read_folds(&seen);
	check_folds(&folds);
	all = folds.sum;
	drain(&seen.probe, 0);
	for (int i = 0; i < seen.records.number; i++)
		add_record(&all, seen.records.all[i]);
	check_sums(&seen, &all, &truth);
	end_observation(&seen);
	check_rest(place);
}
