// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "records.h"

#include <err.h>
#include <stdlib.h>

void keep_record(void *context, const struct tcp_probe_info *record)
{
	struct records *records = context;

	if (records->number == records->room) {
		records->room = records->room ? 2 * records->room : 64;
		records->all = realloc(records->all, records->room * sizeof(*records->all));
		if (!records->all)
			err(1, "realloc");
	}
	records->all[records->number++] = *record;
}

const struct tcp_probe_info *find_record(const struct records *records, __u64 cookie, int kind)
{
	for (int i = 0; i < records->number; i++) {
		if (records->all[i].socket_cookie == cookie && records->all[i].kind == kind)
			return &records->all[i];
	}
	return NULL;
}

int count_records(const struct records *records, __u64 cookie)
{
	int number = 0;

	for (int i = 0; i < records->number; i++)
		number += records->all[i].socket_cookie == cookie;
	return number;
}
