// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "checks.h"
#include "record_check.h"

enum { RING_BYTES = 4096, FOLD_WORDS = sizeof(struct tcp_probe_fold) / sizeof(__u64), MOST_RECORDS = 8 };

static const struct plan stalled_plan = {"stalled, ring full", AF_INET, AF_INET, "127.0.0.1", 0, 0, 600, CLIENT_RESETS};
static const struct plan waiting_plan = {"waiting, ring full", AF_INET, AF_INET, "127.0.0.1", 0, 0, 600, CLIENT_RESETS};
static const struct plan refused_plan = {"refused, ring full", AF_INET, AF_INET, "127.0.0.1", 0, 0, 0, CLIENT_ENDS};

static struct tcp_probe_fold sum_folds(const struct probe *probe)
{
	struct tcp_probe_fold *each = calloc(libbpf_num_possible_cpus(), sizeof(*each)), sum = {};
	struct tcp_probe_fold_key key, *previous = NULL;
	int fd = map_fd(probe, "map_of_folds");

	while (!bpf_map_get_next_key(fd, previous, &key)) {
		if (!each || bpf_map_lookup_elem(fd, &key, each))
			err(1, "read a fold");
		add_up_cpus((const __u64 *)each, FOLD_WORDS, (__u64 *)&sum);
		previous = &key;
	}
	free(each);
	return sum;
}

static void fill_ring(const struct probe *probe)
{
	while (!read_counters(probe).outcome[TCP_PROBE_FAILED][TCP_PROBE_FOLDED])
		close(be_refused(&refused_plan, open_client(&refused_plan)).client_fd);
}

static int is_within(__u64 value, __u64 low, __u64 high)
{
	return value >= low && value <= high;
}

/* `update` and the fold together have what the socket had, and what came until its end. */
static void check_sums(const struct tcp_probe_fold *fold, const struct tcp_probe_info *update,
		       const struct tcp_facts *before)
{
	__u64 later_ms = (now_ns() - before->taken_ns) / 1000000 + 10;
	__u64 timeouts = update->timeouts + fold->timeouts, stalled_ms = update->stalled_ms + fold->stalled_ms;
	__u64 network_ms = update->network_limited_ms + fold->network_limited_ms;

	report_check(is_within(timeouts, before->timeouts, before->timeouts + 1) &&
			 is_within(stalled_ms, before->stalled_ms, before->stalled_ms + later_ms) &&
			 is_within(network_ms, before->network_limited_ms, before->network_limited_ms + later_ms) &&
			 !fold->receiver_limited_ms && !fold->send_buffer_limited_ms,
		     "%s: %llu timeouts, stalled for %llu ms, limited by the network for %llu ms", stalled_plan.name,
		     timeouts, stalled_ms, network_ms);
	/* Each timeout marks the one segment under way as lost. */
	report_check(fold->lost && is_within(update->lost + fold->lost, 2, 3),
		     "%s: %llu times lost after the update's %u", stalled_plan.name, fold->lost, update->lost);
	report_check(fold->network_limited_ms && !!fold->timeouts == before->has_timeouts &&
			 !!fold->stalled_ms == before->has_timeouts,
		     "%s: the fold has a part of each", stalled_plan.name);
}

void check_folded_delays(const struct place *place)
{
	const struct tcp_probe_info *list[MOST_RECORDS] = {};
	struct conversation stalled;
	struct observation seen = {};
	struct tcp_probe_fold fold;
	struct tcp_facts before;
	int waiting, number;

	observe(&seen, place, RING_BYTES, NULL);
	stalled = begin_conversation(&stalled_plan, open_client(&stalled_plan), listener_of(&seen, &stalled_plan));
	waiting = connect_only(&waiting_plan, listener_of(&seen, &waiting_plan));
	become_deaf(stalled.server_fd);
	send_bytes(stalled.client_fd, 100);
	await_timeouts(stalled.client_fd, 1);
	walk_live(&seen.probe);
	fill_ring(&seen.probe);
	await_timeouts(stalled.client_fd, 2);
	before = read_facts(stalled.client_fd);
	close_by_reset(stalled.client_fd);
	close_by_reset(waiting);
	fold = sum_folds(&seen.probe);
	number = list_records(&seen.records, stalled.client.cookie, 0, list, MOST_RECORDS);
	report_check(number == 2 && list[1]->flags & TCP_PROBE_STALLED, "%s: an open and an update: %d records",
		     stalled_plan.name, number);
	if (number == 2)
		check_sums(&fold, list[1], &before);
	report_check(fold.stalled_ended == 1 && fold.not_accepted_ended == 1,
		     "%s: %llu ended stalled, %llu without accept()", stalled_plan.name, fold.stalled_ended,
		     fold.not_accepted_ended);
	close(stalled.server_fd);
	end_observation(&seen);
}
