/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The cgroup of a socket and its ancestors. */
#ifndef CGROUP_H
#define CGROUP_H

#include <linux/bpf.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>

#include "kernel_types.h"

/* Deeper than any cgroup that a filter names. */
enum { MOST_CGROUP_LEVELS = 32 };

static __always_inline __u64 read_cgroup_id(const struct sock *sock)
{
	if (!bpf_core_field_exists(struct sock_cgroup_data, cgroup))
		return 0;
	return sock->sk_cgrp_data.cgroup->kn->id;
}

/* NULL before 5.16, where the member does not exist. */
static __always_inline const struct cgroup *cgroup_of(const struct sock *sock)
{
	if (!bpf_core_field_exists(struct sock_cgroup_data, cgroup))
		return NULL;
	return sock->sk_cgrp_data.cgroup;
}

/* The id of the cgroup's ancestor at this level: its own id at its own level, 0 below. */
static __always_inline __u64 read_ancestor_id(const struct cgroup *cgroup, int level)
{
	struct cgroup *ancestor = NULL;
	__u64 id = 0;

	if (level > cgroup->level)
		return 0;
	if (bpf_core_field_exists(struct cgroup, ancestors)) {
		bpf_core_read(&ancestor, sizeof(ancestor), &cgroup->ancestors[level]);
		return ancestor ? BPF_CORE_READ(ancestor, kn, id) : 0;
	}
	bpf_core_read(&id, sizeof(id), &((const struct cgroup___before_6_1 *)cgroup)->ancestor_ids[level]);
	return id;
}

/* From the root down to the cgroup itself. */
#define for_each_ancestor(id, cgroup)                                                                                  \
	for (int level_ = 0; level_ < MOST_CGROUP_LEVELS && ((id) = read_ancestor_id(cgroup, level_)); level_++)

#endif
