// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <err.h>
#include <linux/filter.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"
#include "record_check.h"

static const struct plan plans[] = {
    {"v4, the client ends first", AF_INET, AF_INET, "127.0.0.1", 200, 1000, 700, CLIENT_ENDS},
    {"v6, the client ends first", AF_INET6, AF_INET6, "::1", 301, 2002, 770, CLIENT_ENDS},
    {"mapped client, v4 listener", AF_INET6, AF_INET, "::ffff:127.0.0.1", 402, 3003, 840, CLIENT_ENDS},
    {"v4 client, dual listener", AF_INET, AF_INET6, "127.0.0.1", 503, 4004, 910, SERVER_ENDS},
    {"v6, the server ends first", AF_INET6, AF_INET6, "::1", 604, 5005, 980, SERVER_ENDS},
    {"v4, megabytes", AF_INET, AF_INET, "127.0.0.1", 5000000, 7000000, 9000, CLIENT_ENDS},
    {"v4, nothing sent", AF_INET, AF_INET, "127.0.0.1", 0, 0, 860, CLIENT_ENDS},
    {"v6, nothing sent, the server ends first", AF_INET6, AF_INET6, "::1", 0, 0, 930, SERVER_ENDS},
    {"v4, nothing sent, the client is gone", AF_INET, AF_INET, "127.0.0.1", 0, 0, 1050, CLIENT_LEAVES},
    {"v6, the server is gone", AF_INET6, AF_INET6, "::1", 710, 6010, 1080, SERVER_LEAVES},
    {"v4, the client resets", AF_INET, AF_INET, "127.0.0.1", 705, 6006, 1120, CLIENT_RESETS},
    {"v6, the server resets", AF_INET6, AF_INET6, "::1", 806, 7007, 1190, SERVER_RESETS},
    {"v4, the answer is not read", AF_INET, AF_INET, "127.0.0.1", 907, 8008, 1260, CLIENT_DISCARDS},
    {"mapped, the request is not read", AF_INET6, AF_INET6, "::ffff:127.0.0.1", 918, 8019, 1270, SERVER_DISCARDS},
    {"v4, the request is not read, with a FIN behind it", AF_INET, AF_INET, "127.0.0.1", 929, 8020, 1280,
     SERVER_DISCARDS_LATER},
    {"v6, a reset answers the FIN", AF_INET6, AF_INET6, "::1", 930, 8031, 1290, SERVER_RESETS_LATER},
    {"v4, a reset follows the FIN", AF_INET, AF_INET, "127.0.0.1", 941, 8042, 1300, SERVER_ENDS_AND_RESETS},
    {"v6, half close", AF_INET6, AF_INET6, "::1", 3000, 100000, 1330, HALF_CLOSE},
};

static const struct plan refused_plans[] = {
    {"v4, refused", AF_INET, AF_INET, "127.0.0.1", 0, 0, 0, CLIENT_ENDS},
    {"v6, refused", AF_INET6, AF_INET6, "::1", 0, 0, 0, CLIENT_ENDS},
    {"mapped, refused", AF_INET6, AF_INET6, "::ffff:127.0.0.1", 0, 0, 0, CLIENT_ENDS},
};

/* One socket, connected again and again. Each use leaves something on the socket that must not be in the next record.
 */
static const struct plan uses[] = {
    {"first use", AF_INET, AF_INET, "127.0.0.1", 110, 2120, 777, CLIENT_DISCONNECTS},
    {"second use, nothing sent", AF_INET, AF_INET6, "127.0.0.1", 0, 0, 777, CLIENT_DISCONNECTS},
    {"third use, refused", AF_INET, AF_INET, "127.0.0.1", 0, 0, 0, CLIENT_ENDS},
    {"fourth use, refused", AF_INET, AF_INET, "127.0.0.1", 0, 0, 0, CLIENT_ENDS},
    {"fifth use, reset by the server", AF_INET, AF_INET, "127.0.0.1", 220, 330, 777, SERVER_RESETS_CLIENT},
    {"sixth use", AF_INET, AF_INET, "127.0.0.1", 231, 342, 777, CLIENT_DISCONNECTS},
    {"last use", AF_INET, AF_INET6, "127.0.0.1", 330, 440, 777, SERVER_ENDS},
};

static const struct plan short_way = {"short way", AF_INET, AF_INET, "127.0.0.1", 4000, 4000, 777, CLIENT_DISCONNECTS};
static const struct plan long_way = {"long way", AF_INET, AF_INET, "127.0.0.1", 0, 0, 777, CLIENT_DISCONNECTS};

static const struct plan late_plan = {"the server's FIN is late", AF_INET, AF_INET, "127.0.0.1", 2000, 4000, 777,
				      CLIENT_ENDS_SERVER_WAITS};

enum {
	CONVERSATIONS = sizeof(plans) / sizeof(plans[0]),
	REFUSALS = sizeof(refused_plans) / sizeof(refused_plans[0]),
	USES = sizeof(uses) / sizeof(uses[0]),
	/* Room for the records of four connections, and so of others where a record begins. */
	SMALL_RING_BYTES = 4096,
};

void check_whole_life(const struct place *place)
{
	struct observation seen = {};
	struct conversation conversation;

	observe(&seen, place, SMALL_RING_BYTES, NULL);
	for (int i = 0; i < CONVERSATIONS; i++) {
		conversation = converse(&seen, &plans[i], open_client(&plans[i]), 0);
		check_connection(&seen.records, &conversation, &seen.clients, &seen.listeners);
	}
	for (int i = 0; i < REFUSALS; i++) {
		conversation = refuse(&seen, &refused_plans[i], open_client(&refused_plans[i]), 0);
		check_refusal(&seen.records, &conversation, &seen.clients);
		close(conversation.client_fd);
	}
	end_observation(&seen);
}

void check_used_again(const struct place *place)
{
	struct observation seen = {};
	struct conversation conversation;
	int client = open_client(&uses[0]);

	observe(&seen, place, 0, NULL);
	for (int i = 0; i < USES; i++) {
		if (uses[i].mss) {
			conversation = converse(&seen, &uses[i], client, i);
			check_connection(&seen.records, &conversation, &seen.clients, &seen.listeners);
		} else {
			conversation = refuse(&seen, &uses[i], client, i);
			check_refusal(&seen.records, &conversation, &seen.clients);
		}
	}
	end_observation(&seen);
}

/* Loses the first SYN: the kernel sends it again after a second, and the round trip of a segment that was sent twice is
 * that of its timestamp, which counts milliseconds. */
static struct conversation begin_late(const struct plan *plan, int client, int listener)
{
	struct sock_filter none = {.code = BPF_RET | BPF_K};
	const struct sock_fprog filter = {.len = 1, .filter = &none};
	struct conversation conversation;
	pid_t opener;
	int status;

	if (setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)))
		err(1, "setsockopt SO_ATTACH_FILTER");
	opener = fork();
	if (opener < 0)
		err(1, "fork");
	if (!opener) {
		usleep(300000);
		_exit(setsockopt(listener, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none)) != 0);
	}
	conversation = begin_conversation(plan, client, listener);
	if (waitpid(opener, &status, 0) != opener || status)
		errx(1, "the listener's filter stays");
	return conversation;
}

void check_earlier_minimum(const struct place *place)
{
	const struct tcp_probe_info *list[2] = {};
	struct observation seen = {};
	struct conversation first, second;
	int client = open_client(&short_way), number;

	observe(&seen, place, 0, NULL);
	first = converse(&seen, &short_way, client, 0);
	check_connection(&seen.records, &first, &seen.clients, &seen.listeners);
	second = begin_late(&long_way, client, listener_of(&seen, &long_way));
	second.client.generation = 1;
	second.client.syn_retransmits = 1;
	finish(&seen, &second);
	check_connection(&seen.records, &second, &seen.clients, &seen.listeners);
	report_check(second.client.before_end.srtt_us > first.client.before_end.min_rtt_us &&
			 second.client.before_end.min_rtt_us == first.client.before_end.min_rtt_us,
		     "%s: the socket shows %u us, the minimum of its earlier life", long_way.name,
		     second.client.before_end.min_rtt_us);
	number = list_records(&seen.records, second.client.cookie, 1, list, 2);
	report_check(number == 2 && !list[0]->rtt_min && !list[1]->rtt_min, "%s: neither open nor end has a minimum",
		     long_way.name);
	end_observation(&seen);
}

/* The acknowledgement of our FIN comes late, with the peer's FIN: for the kernel a sample of the round trip, which
 * TCP_INFO shows. The record has the round trip from before. */
void check_late_fin(const struct place *place)
{
	enum { TURNS = 20 };
	struct observation seen = {};
	struct conversation conversation;

	observe(&seen, place, 0, NULL);
	conversation = begin_conversation(&late_plan, open_client(&late_plan), listener_of(&seen, &late_plan));
	/* After some turns the kernel delays acknowledgements. */
	for (int i = 0; i < TURNS; i++) {
		pass_bytes(conversation.client_fd, conversation.server_fd, late_plan.up / TURNS);
		pass_bytes(conversation.server_fd, conversation.client_fd, late_plan.down / TURNS);
	}
	await_quiet(&conversation);
	finish(&seen, &conversation);
	report_check(conversation.client.after_end.srtt_us > conversation.client.before_end.srtt_us + 1000,
		     "%s: the socket's round trip grows from %u us to %u us", late_plan.name,
		     conversation.client.before_end.srtt_us, conversation.client.after_end.srtt_us);
	check_connection(&seen.records, &conversation, &seen.clients, &seen.listeners);
	end_observation(&seen);
}
