/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel programs at work with their records kept, and clients and listeners in processes and cgroups of their own.
 */
#ifndef OBSERVATION_H
#define OBSERVATION_H

#include "connection_check.h"
#include "conversation.h"
#include "probe.h"
#include "records.h"

/* The place of the checks: the object, the cgroup that it is attached to, and one below or the same with two in it:
 * `clients` and `listeners`. This process is in a network namespace of its own. */
struct place {
	const char *object;
	const char *scope;
	const char *below;
};

struct observation {
	const struct place *place;
	struct probe probe;
	struct records records;
	struct owner clients;
	struct owner listeners;
	int v4; /* listeners */
	int v6; /* dual */
};

uint64_t cgroup_id(const char *path);

/* Joins a cgroup and takes the name of a command; returns this process as the owner of sockets. */
struct owner become(const struct place *place, const char *cgroup, const char *command);

/* In this order the listeners are older than the programs. */
void meet(struct observation *observation, const struct place *place);
void load(struct observation *observation, __u32 ring_bytes, configure_object configure);
void attach(struct observation *observation);

/* The usual order, with the listeners last. */
void observe(struct observation *observation, const struct place *place, __u32 ring_bytes, configure_object configure);
void end_observation(struct observation *observation);

int listener_of(const struct observation *observation, const struct plan *plan);

/* Drains until the last record of an end is there. */
void await_end(struct observation *observation, const struct end *end);

/* The end of a conversation, and its last records. */
void finish(struct observation *observation, struct conversation *conversation);

/* A conversation from its beginning to its end, with a client used before or a new one. */
struct conversation converse(struct observation *observation, const struct plan *plan, int client, __u32 generation);
struct conversation refuse(struct observation *observation, const struct plan *plan, int client, __u32 generation);

#endif
