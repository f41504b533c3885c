// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <sys/socket.h>
#include <unistd.h>

#include "checks.h"
#include "record_check.h"

enum { RING_BYTES = 4096, MOST_RECORDS = 8 };

static const struct plan plans[] = {
    {"a gap", AF_INET, AF_INET, "127.0.0.1", 10, 20, 600, CLIENT_RESETS},
    {"no room for the open", AF_INET, AF_INET, "127.0.0.1", 10, 20, 600, CLIENT_RESETS},
};
static const struct plan filler = {"takes what is left", AF_INET, AF_INET, "127.0.0.1", 10, 20, 600, CLIENT_RESETS};
static const struct plan refused_plan = {"refused, ring full", AF_INET, AF_INET, "127.0.0.1", 0, 0, 0, CLIENT_ENDS};

/* No room for another record of all fields; the opens of another connection take what is left for a short one. */
static struct conversation fill_ring(const struct observation *seen)
{
	while (!read_counters(&seen->probe).outcome[TCP_PROBE_FAILED][TCP_PROBE_FOLDED])
		close(be_refused(&refused_plan, open_client(&refused_plan)).client_fd);
	return begin_conversation(&filler, open_client(&filler), listener_of(seen, &filler));
}

static struct conversation begin(const struct observation *seen, const struct plan *plan)
{
	return begin_conversation(plan, open_client(plan), listener_of(seen, plan));
}

static void close_both(const struct conversation *conversation)
{
	close_by_reset(conversation->client_fd);
	close(conversation->server_fd);
}

static void check_numbers(const struct observation *seen, const struct conversation *conversation, int number,
			  const __u8 *kinds, const __u32 *sequence)
{
	const struct tcp_probe_info *list[MOST_RECORDS] = {};
	const char *name = conversation->plan->name;
	int came = list_records(&seen->records, conversation->client.cookie, 0, list, MOST_RECORDS);

	report_check(came == number, "%s: %d records of %d", name, came, number);
	for (int i = 0; i < number && came == number; i++)
		report_check(list[i]->kind == kinds[i] &&
				 (kinds[i] == TCP_PROBE_OPEN || list[i]->sequence == sequence[i]),
			     "%s: record of kind %d is number %u, expected %d and %u", name, list[i]->kind,
			     list[i]->sequence, kinds[i], sequence[i]);
}

void check_sequence(const struct place *place)
{
	static const __u8 kinds[] = {TCP_PROBE_OPEN, TCP_PROBE_UPDATE, TCP_PROBE_UPDATE, TCP_PROBE_CLOSE};
	static const __u32 numbers[] = {0, 1, 3, 4}, without_open[] = {2, 3};
	struct conversation gap, late, other;
	struct observation seen = {};

	observe(&seen, place, RING_BYTES, NULL);
	gap = begin(&seen, &plans[0]);
	exchange(&gap);
	walk_live(&seen.probe);
	other = fill_ring(&seen);
	late = begin(&seen, &plans[1]);
	exchange(&gap);
	exchange(&late);
	walk_live(&seen.probe); /* finds no room, and empties the ring behind that */
	walk_live(&seen.probe);
	close_both(&gap);
	close_both(&late);
	close_both(&other);
	await_end(&seen, &gap.client);
	await_end(&seen, &late.client);
	check_numbers(&seen, &gap, 4, kinds, numbers);
	check_numbers(&seen, &late, 2, kinds + 2, without_open);
	end_observation(&seen);
}
