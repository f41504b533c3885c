/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compares the records of one connection with its sockets' own values. */
#ifndef CONNECTION_CHECK_H
#define CONNECTION_CHECK_H

#include "conversation.h"
#include "records.h"

/* The process and cgroup that a socket belongs to. */
struct owner {
	uint32_t pid; /* 0 if the programs came too late to see it */
	uint64_t cgroup_id;
	char command[TCP_PROBE_COMMAND_LENGTH + 1];
};

/* One end of a connection, with the fields that all of its records share. */
struct side {
	const char *connection;
	const char *name;
	const struct end *end;
	const struct owner *owner;
	__u8 direction;
	__u8 preexisting;
};

struct side client_side(const struct conversation *conversation, const struct owner *clients);
struct side server_side(const struct conversation *conversation, const struct owner *listeners);

/* The expected values of all other fields of one record. */
struct expected {
	__u8 kind;
	__u8 state;
	__u8 previous_state;
	__u8 conn_success;
	__u8 closed_by;
	__u8 fin_received;
	__u16 sk_err;
	__u64 earliest_ns;
	__u64 latest_ns;
	__u64 shortest_ns; /* of the duration */
	__u64 longest_ns;
	__u64 sent_bytes;
	__u64 received_bytes;
	__u32 unread_bytes;
	__u32 fewest_segs_out;
	__u32 most_segs_out;
	__u32 segs_in;
	struct tcp_facts round_trip; /* srtt, its deviation, minimum and congestion window alone */
	__u32 mss;
	struct tcp_facts facts;                /* all others, as of the record or before the end */
	__u8 sends_later;                      /* data was sent between that and the record */
	__u8 receives_later;                   /* likewise, received */
	const struct owner *closer;            /* the process that closed; NULL if none did */
	const struct tcp_probe_info *reported; /* the record that reported totals before; NULL if none did */
};

void check_record(const struct side *side, const struct tcp_probe_info *record, const struct expected *expected);

/* The first record of a connection that is seen from its beginning. */
void check_open(const struct side *side, const struct tcp_probe_info *record, const struct moments *moments);

/* The records of an end whose last one is checked, the first one first. */
struct ending_side {
	struct side side;
	const struct tcp_probe_info *first;
	const struct tcp_probe_info *reported; /* as in struct expected */
	const struct tcp_probe_info *last;
	const struct owner *closer; /* the process that closes; NULL if it did before the programs were there */
	__u8 left_unseen;           /* the first step out of ESTABLISHED was before that */
};

/* The last records of both ends; the totals are those of the plan. */
void check_ends(const struct ending_side *client, const struct ending_side *server,
		const struct conversation *conversation);

/* All records of a connection whose ends were left alone in between. */
void check_connection(const struct records *records, const struct conversation *conversation,
		      const struct owner *clients, const struct owner *listeners);
void check_refusal(const struct records *records, const struct conversation *conversation, const struct owner *clients);

#endif
