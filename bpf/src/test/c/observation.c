// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "observation.h"

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record_check.h"

uint64_t cgroup_id(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		err(1, "%s", path);
	return status.st_ino; /* kernfs gives its id as the inode's number */
}

static void write_own_pid(const char *cgroup)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	file = fopen(path, "w");
	if (!file || fprintf(file, "%d\n", getpid()) < 0 || fclose(file))
		err(1, "%s", path);
}

struct owner become(const struct place *place, const char *cgroup, const char *command)
{
	struct owner owner = {.pid = getpid()};
	char path[2048];
	FILE *comm;

	snprintf(path, sizeof(path), "%s/%s", place->below, cgroup);
	write_own_pid(path);
	owner.cgroup_id = cgroup_id(path);
	prctl(PR_SET_NAME, command);
	comm = fopen("/proc/self/comm", "r");
	if (!comm || !fgets(owner.command, sizeof(owner.command), comm))
		err(1, "/proc/self/comm");
	fclose(comm);
	owner.command[strcspn(owner.command, "\n")] = 0;
	return owner;
}

/* A process that listens and does nothing more, so that clients and listeners have owners of their own. */
static void listen_elsewhere(struct observation *observation)
{
	struct owner *owner = &observation->listeners;
	int status, report[2];
	pid_t listener;

	if (pipe(report))
		err(1, "pipe");
	/* A socket's cgroup is that of its creator; its owner in the records is the caller of listen(). */
	become(observation->place, "listeners", "creator");
	observation->v4 = open_listener(AF_INET);
	observation->v6 = open_listener(AF_INET6);
	listener = fork();
	if (listener < 0)
		err(1, "fork");
	if (!listener) {
		*owner = become(observation->place, "listeners", "kernel-listener");
		start_listening(observation->v4);
		start_listening(observation->v6);
		_exit(write(report[1], owner, sizeof(*owner)) != sizeof(*owner));
	}
	if (read(report[0], owner, sizeof(*owner)) != sizeof(*owner))
		errx(1, "the listening process failed");
	if (waitpid(listener, &status, 0) != listener || status)
		errx(1, "the listening process ended with %d", status);
	close(report[0]);
	close(report[1]);
}

void meet(struct observation *observation, const struct place *place)
{
	observation->place = place;
	listen_elsewhere(observation);
	observation->clients = become(place, "clients", "kernel-client");
}

void load(struct observation *observation, __u32 ring_bytes, configure_object configure)
{
	const struct probe_options options = {
	    .path = observation->place->object,
	    .ring_bytes = ring_bytes,
	    .configure = configure,
	    .handler = keep_record,
	    .listeners = keep_listener,
	    .context = &observation->records,
	};

	load_probe(&observation->probe, &options);
	report_check(has_program(&observation->probe, "report_live") && has_program(&observation->probe, "adopt_older"),
		     "this kernel takes all programs with these settings");
}

void attach(struct observation *observation)
{
	observation->probe.shared->scope_cgroup_id = cgroup_id(observation->place->scope);
	attach_probe(&observation->probe, observation->place->scope);
}

void observe(struct observation *observation, const struct place *place, __u32 ring_bytes, configure_object configure)
{
	observation->place = place;
	load(observation, ring_bytes, configure);
	attach(observation);
	meet(observation, place);
}

static void check_counters(const struct probe *probe)
{
	struct tcp_probe_counters counters = read_counters(probe);
	int closed = 1;

	for (int kind = TCP_PROBE_OPEN; kind < TCP_PROBE_KINDS; kind++) {
		__u64 outcomes = 0;

		for (int outcome = 0; outcome < TCP_PROBE_OUTCOMES; outcome++)
			outcomes += counters.outcome[kind][outcome];
		closed &= counters.seen[kind] == outcomes;
	}
	report_check(closed, "of each kind, as many records have an outcome as were seen");
}

void end_observation(struct observation *observation)
{
	drain(&observation->probe, 0);
	check_counters(&observation->probe);
	unload_probe(&observation->probe);
	close(observation->v4);
	close(observation->v6);
	free_records(&observation->records);
}

int listener_of(const struct observation *observation, const struct plan *plan)
{
	return plan->server_family == AF_INET ? observation->v4 : observation->v6;
}

void await_end(struct observation *observation, const struct end *end)
{
	enum { WAIT_MS = 10, PATIENCE = 2000 };

	for (int i = 0; i < PATIENCE; i++) {
		drain(&observation->probe, i ? WAIT_MS : 0);
		if (has_ended(&observation->records, end->cookie, end->generation))
			return;
	}
	report_check(0, "no record of the end of socket %llu", (unsigned long long)end->cookie);
}

static void await_end_of(void *context, const struct end *end)
{
	await_end(context, end);
}

void finish(struct observation *observation, struct conversation *conversation)
{
	end_conversation(conversation, await_end_of, observation);
	await_end(observation, &conversation->client);
	await_end(observation, &conversation->server);
	conversation->moments.after_end = now_ns();
}

struct conversation converse(struct observation *observation, const struct plan *plan, int client, __u32 generation)
{
	struct conversation conversation = begin_conversation(plan, client, listener_of(observation, plan));

	conversation.client.generation = generation;
	exchange(&conversation);
	finish(observation, &conversation);
	return conversation;
}

struct conversation refuse(struct observation *observation, const struct plan *plan, int client, __u32 generation)
{
	struct conversation conversation = be_refused(plan, client);

	conversation.client.generation = generation;
	await_end(observation, &conversation.client);
	return conversation;
}
