/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The records that came, in their order. */
#ifndef RECORDS_H
#define RECORDS_H

#include "tcp_probe_info.h"

struct records {
	struct tcp_probe_info *all;
	int number;
	int room;
};

/* A record_handler; `context` is a struct records. */
void keep_record(void *context, const struct tcp_probe_info *record);

/* The first of a socket and kind; NULL if there is none. */
const struct tcp_probe_info *find_record(const struct records *records, __u64 cookie, int kind);

int count_records(const struct records *records, __u64 cookie);

#endif
