/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compares one record with expected values. A byte that is compared with nothing is an error as well. */
#ifndef RECORD_CHECK_H
#define RECORD_CHECK_H

#include <stddef.h>

#include "tcp_probe_info.h"

struct record_check {
	const struct tcp_probe_info *record;
	const char *about;
	int fields;
	int wrong;
	char asked[sizeof(struct tcp_probe_info)]; /* 1 for each byte that a check has covered */
};

struct field {
	const char *name;
	size_t offset;
	size_t size;
};

#define FIELD(member)                                                                                                  \
	((struct field){#member, offsetof(struct tcp_probe_info, member), sizeof(((struct tcp_probe_info *)0)->member)})

struct record_check begin_check(const struct tcp_probe_info *record, const char *about);
void expect(struct record_check *check, struct field field, __u64 value);
void expect_within(struct record_check *check, struct field field, __u64 low, __u64 high);
void expect_bytes(struct record_check *check, struct field field, const void *bytes);
void end_check(struct record_check *check);

/* A check of something else than a record's fields. */
void report_check(int passed, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints "N passed, N failed"; returns the number that failed. */
int print_result(void);

#endif
