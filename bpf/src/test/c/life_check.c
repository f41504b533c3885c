// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <sys/socket.h>
#include <unistd.h>

#include "checks.h"
#include "record_check.h"

static const struct plan plans[] = {
    {"v4, the client ends first", AF_INET, AF_INET, "127.0.0.1", 200, 1000, 700, CLIENT_ENDS},
    {"v6, the client ends first", AF_INET6, AF_INET6, "::1", 301, 2002, 770, CLIENT_ENDS},
    {"mapped client, v4 listener", AF_INET6, AF_INET, "::ffff:127.0.0.1", 402, 3003, 840, CLIENT_ENDS},
    {"v4 client, dual listener", AF_INET, AF_INET6, "127.0.0.1", 503, 4004, 910, SERVER_ENDS},
    {"v6, the server ends first", AF_INET6, AF_INET6, "::1", 604, 5005, 980, SERVER_ENDS},
    {"v4, nothing sent, the client is gone", AF_INET, AF_INET, "127.0.0.1", 0, 0, 1050, CLIENT_LEAVES},
    {"v4, the client resets", AF_INET, AF_INET, "127.0.0.1", 705, 6006, 1120, CLIENT_RESETS},
    {"v6, the server resets", AF_INET6, AF_INET6, "::1", 806, 7007, 1190, SERVER_RESETS},
    {"v4, the answer is not read", AF_INET, AF_INET, "127.0.0.1", 907, 8008, 1260, CLIENT_DISCARDS},
    {"v6, half close", AF_INET6, AF_INET6, "::1", 1008, 9009, 1330, HALF_CLOSE},
};

static const struct plan refused_plans[] = {
    {"v4, refused", AF_INET, AF_INET, "127.0.0.1", 0, 0, 0, CLIENT_ENDS},
    {"v6, refused", AF_INET6, AF_INET6, "::1", 0, 0, 0, CLIENT_ENDS},
};

static const struct plan first_use = {"a socket's first use", AF_INET, AF_INET, "127.0.0.1", 110, 2120, 777,
				      CLIENT_DISCONNECTS};
static const struct plan second_use = {"its second use", AF_INET, AF_INET6, "127.0.0.1", 0, 0, 777, CLIENT_DISCONNECTS};
static const struct plan third_use = {"its third use, refused", AF_INET, AF_INET, "127.0.0.1", 0, 0, 0, CLIENT_ENDS};
static const struct plan fourth_use = {"its fourth use", AF_INET, AF_INET6, "127.0.0.1", 330, 440, 777, SERVER_ENDS};

enum {
	CONVERSATIONS = sizeof(plans) / sizeof(plans[0]),
	REFUSALS = sizeof(refused_plans) / sizeof(refused_plans[0]),
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
	int client = open_client(&first_use);

	observe(&seen, place, 0, NULL);
	conversation = converse(&seen, &first_use, client, 0);
	check_connection(&seen.records, &conversation, &seen.clients, &seen.listeners);
	conversation = converse(&seen, &second_use, client, 1);
	check_connection(&seen.records, &conversation, &seen.clients, &seen.listeners);
	conversation = refuse(&seen, &third_use, client, 2);
	check_refusal(&seen.records, &conversation, &seen.clients);
	conversation = converse(&seen, &fourth_use, client, 3);
	check_connection(&seen.records, &conversation, &seen.clients, &seen.listeners);
	end_observation(&seen);
}
