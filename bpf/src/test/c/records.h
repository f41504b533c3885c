/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The records that came, in their order. */
#ifndef RECORDS_H
#define RECORDS_H

#include "tcp_probe_info.h"

struct records {
	struct tcp_probe_info **all;
	int number;
	int room;
};

/* A record_handler; `context` is a struct records. */
void keep_record(void *context, const struct tcp_probe_info *record);
void free_records(struct records *records);

/* Those of one connection, in their order: at most `most`. Returns how many there are. */
int list_records(const struct records *records, __u64 cookie, __u32 generation, const struct tcp_probe_info **list,
		 int most);

/* Whether the last record of a connection has come. */
int has_ended(const struct records *records, __u64 cookie, __u32 generation);

#endif
