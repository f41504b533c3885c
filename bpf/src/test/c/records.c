// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "records.h"

#include <err.h>
#include <stdlib.h>

static void *require(void *memory)
{
	if (!memory)
		err(1, "memory for records");
	return memory;
}

void keep_record(void *context, const struct tcp_probe_info *record)
{
	struct records *records = context;
	struct tcp_probe_info *copy = require(malloc(sizeof(*copy)));

	if (records->number == records->room) {
		records->room = records->room ? 2 * records->room : 64;
		records->all = require(realloc(records->all, records->room * sizeof(*records->all)));
	}
	*copy = *record;
	records->all[records->number++] = copy;
}

const struct tcp_probe_listener *find_listener(const struct records *records, __u64 cookie)
{
	for (int i = 0; i < records->number_of_listeners; i++) {
		if (records->listeners[i].socket_cookie == cookie)
			return &records->listeners[i];
	}
	return NULL;
}

void keep_listener(void *context, const struct tcp_probe_listener *listener)
{
	struct records *records = context;
	struct tcp_probe_listener *known = (void *)find_listener(records, listener->socket_cookie);

	if (!known && records->number_of_listeners == MOST_LISTENERS)
		errx(1, "more than %d listeners", MOST_LISTENERS);
	*(known ? known : &records->listeners[records->number_of_listeners++]) = *listener;
}

void free_records(struct records *records)
{
	for (int i = 0; i < records->number; i++)
		free(records->all[i]);
	free(records->all);
}

static int is_of(const struct tcp_probe_info *record, __u64 cookie, __u32 generation)
{
	return record->socket_cookie == cookie && record->generation == generation;
}

int list_records(const struct records *records, __u64 cookie, __u32 generation, const struct tcp_probe_info **list,
		 int most)
{
	int number = 0;

	for (int i = 0; i < records->number; i++) {
		if (!is_of(records->all[i], cookie, generation))
			continue;
		if (number < most)
			list[number] = records->all[i];
		number++;
	}
	return number;
}

int has_ended(const struct records *records, __u64 cookie, __u32 generation)
{
	for (int i = 0; i < records->number; i++) {
		const struct tcp_probe_info *record = records->all[i];

		if (is_of(record, cookie, generation) &&
		    (record->kind == TCP_PROBE_CLOSE || record->kind == TCP_PROBE_FAILED))
			return 1;
	}
	return 0;
}
