/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counting, atomically although per CPU: a softirq can interrupt a hook that runs in process context. */
#ifndef COUNTERS_H
#define COUNTERS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "tcp_probe_info.h"

static __always_inline struct tcp_probe_counters *this_cpu_counters(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&map_of_counters, &first);
}

static __always_inline void add(__u64 *counter, __u64 amount)
{
	__sync_fetch_and_add(counter, amount);
}

static __always_inline void count(__u64 *counter)
{
	add(counter, 1);
}

static __always_inline void count_outcome(__u32 kind, __u32 outcome)
{
	struct tcp_probe_counters *counters = this_cpu_counters();

	if (!counters)
		return;
	count(&counters->seen[kind]);
	count(&counters->outcome[kind][outcome]);
}

#endif
