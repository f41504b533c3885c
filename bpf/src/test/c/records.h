/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The records that came, in their order. */
#ifndef RECORDS_H
#define RECORDS_H

#include "tcp_probe_info.h"

enum { MOST_LISTENERS = 16 };

struct records {
	struct tcp_probe_info **all;
	int number;
	int room;
	struct tcp_probe_listener listeners[MOST_LISTENERS]; /* the last record of each */
	int number_of_listeners;
};

/* A record_handler; `context` is a struct records. */
void keep_record(void *context, const struct tcp_probe_info *record);
void keep_listener(void *context, const struct tcp_probe_listener *listener);
void free_records(struct records *records);

/* Those of one connection, in their order: at most `most`. Returns how many there are. */
int list_records(const struct records *records, __u64 cookie, __u32 generation, const struct tcp_probe_info **list,
		 int most);

/* The last record of a listening socket; NULL if there is none. */
const struct tcp_probe_listener *find_listener(const struct records *records, __u64 cookie);

/* Whether the last record of a connection has come. */
int has_ended(const struct records *records, __u64 cookie, __u32 generation);

#endif
