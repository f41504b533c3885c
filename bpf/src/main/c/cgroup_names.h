/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names of cgroups, so that user space finds that of one that is gone: a container that lived for 2 ms ends before the
 * reader has its first record. Cgroups of version 2 only, which those of sockets are.
 */
#ifndef CGROUP_NAMES_H
#define CGROUP_NAMES_H

#include <linux/bpf.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

#include "counters.h"
#include "kernel_types.h"
#include "maps.h"
#include "tcp_probe_info.h"

enum {
	DEFAULT_HIERARCHY = 0, /* cgroup_init() sets up that of version 2 first */
	E2BIG = 7,             /* the map is full */
};

static __always_inline void count_unnamed_cgroup(void)
{
	struct tcp_probe_counters *counters = this_cpu_counters();

	if (counters)
		count(&counters->unnamed_cgroups);
}

static __always_inline void name_cgroup(const struct cgroup *cgroup, __u64 flags)
{
	const struct cgroup_subsys_state *parent = cgroup->self.parent;
	struct tcp_probe_cgroup named;
	__u64 id = cgroup->kn->id;

	__builtin_memset(&named, 0, sizeof(named));
	if (parent) {
		named.parent_id = parent->cgroup->kn->id;
		bpf_probe_read_kernel_str(named.name, sizeof(named.name), cgroup->kn->name);
	}
	if (bpf_map_update_elem(&map_of_names, &id, &named, flags) == -E2BIG)
		count_unnamed_cgroup();
}

/* cgroup_mkdir() and cgroup_rmdir(), in the process that makes or removes the directory. */
static __always_inline void on_cgroup_made(const struct cgroup *cgroup)
{
	if (cgroup->root->hierarchy_id == DEFAULT_HIERARCHY)
		name_cgroup(cgroup, BPF_ANY);
}

/* Records of its connections may still be in the ring, so user space deletes the entry. */
static __always_inline void on_cgroup_removed(const struct cgroup *cgroup)
{
	struct tcp_probe_cgroup *named;
	__u64 id;

	if (cgroup->root->hierarchy_id != DEFAULT_HIERARCHY)
		return;
	id = cgroup->kn->id;
	named = bpf_map_lookup_elem(&map_of_names, &id);
	if (named)
		named->removed_ns = bpf_ktime_get_ns();
}

#endif
