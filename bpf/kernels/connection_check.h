/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The records of one connection beside what its sockets said. */
#ifndef CONNECTION_CHECK_H
#define CONNECTION_CHECK_H

#include "conversation.h"
#include "records.h"

/* The process and cgroup that a socket belongs to. */
struct owner {
	uint32_t pid;
	uint64_t cgroup_id;
	char command[TCP_PROBE_COMMAND_LENGTH + 1];
};

void check_connection(const struct records *records, const struct conversation *conversation,
		      const struct owner *clients, const struct owner *listeners);
void check_refusal(const struct records *records, const struct conversation *conversation, const struct owner *clients);

#endif
