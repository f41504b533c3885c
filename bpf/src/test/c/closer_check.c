// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"
#include "record_check.h"
#include "uring.h"

/* How a child of the process that has accepted ends the server's side. */
enum way {
	CLOSES,
	EXITS,
	IS_KILLED,
	SHUTS_DOWN, /* and the parent closes */
	THREAD_CLOSES,
	WORKER_CLOSES, /* of io_uring */
	ACCEPTS_AND_CLOSES,
	IS_RESET, /* by the client */
};

static const struct closer {
	const char *name;
	enum way way;
	const char *cgroup; /* of the child; the listener's creator is in `listeners` */
} closers[] = {
    {"a child closes", CLOSES, "listeners"},
    {"a child of another cgroup closes", CLOSES, "clients"},
    {"a child exits without close()", EXITS, "clients"},
    {"a child is killed", IS_KILLED, "clients"},
    {"a child shuts down, its parent closes", SHUTS_DOWN, "clients"},
    {"a thread of a child closes", THREAD_CLOSES, "clients"},
    {"a worker of io_uring closes", WORKER_CLOSES, "clients"},
    {"a child accepts from a listener of another cgroup", ACCEPTS_AND_CLOSES, "clients"},
    {"reset by the peer", IS_RESET, "clients"},
};

static const struct plan plans[] = {
    {"v4", AF_INET, AF_INET, "127.0.0.1", 0, 0, 0, CLIENT_ENDS},
    {"v6", AF_INET6, AF_INET6, "::1", 0, 0, 0, CLIENT_ENDS},
};

static void *close_in_thread(void *context)
{
	prctl(PR_SET_NAME, "of the thread");
	close(*(int *)context);
	return NULL;
}

static void act(enum way way, int fd)
{
	pthread_t thread;

	switch (way) {
	case CLOSES:
	case ACCEPTS_AND_CLOSES:
		close(fd);
		break;
	case SHUTS_DOWN:
		shutdown(fd, SHUT_WR);
		break;
	case THREAD_CLOSES:
		if (pthread_create(&thread, NULL, close_in_thread, &fd) || pthread_join(thread, NULL))
			errx(1, "no thread");
		break;
	case WORKER_CLOSES:
		close_in_worker(fd);
		break;
	case IS_KILLED:
		raise(SIGKILL);
		break;
	case EXITS:
	case IS_RESET:
		break;
	}
}

/* Returns the child, which has ended, as the closer. */
static struct owner run_child(const struct observation *seen, const struct closer *closer, int listener, int fd)
{
	struct owner owner;
	int report[2], alone[2]; /* the child acts when it alone has the socket */
	pid_t child;
	char byte;

	if (pipe(report) || pipe(alone))
		err(1, "pipe");
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child) {
		owner = become(seen->place, closer->cgroup, "kernel-closer");
		if (closer->way == ACCEPTS_AND_CLOSES)
			fd = accept(listener, NULL, NULL);
		if (write(report[1], &owner, sizeof(owner)) != sizeof(owner) || read(alone[0], &byte, 1) != 1)
			_exit(1);
		act(closer->way, fd);
		_exit(0);
	}
	if (closer->way != SHUTS_DOWN && closer->way != IS_RESET)
		close(fd);
	if (write(alone[1], "", 1) != 1)
		err(1, "write");
	if (read(report[0], &owner, sizeof(owner)) != sizeof(owner) || waitpid(child, NULL, 0) != child)
		errx(1, "the child failed");
	close(report[0]);
	close(report[1]);
	close(alone[0]);
	close(alone[1]);
	return owner;
}

/* The client's port tells the connection, since the server's socket can be in the child alone. */
static const struct tcp_probe_info *await_server(struct observation *seen, __u16 client_port)
{
	enum { PATIENCE = 2000, WAIT_MS = 10 };

	for (int i = 0; i < PATIENCE; i++) {
		drain(&seen->probe, i ? WAIT_MS : 0);
		for (int j = seen->records.number - 1; j >= 0; j--) {
			const struct tcp_probe_info *record = seen->records.all[j];

			if (record->kind == TCP_PROBE_CLOSE && record->direction == TCP_PROBE_INBOUND &&
			    record->tuple.peer_port == client_port)
				return record;
		}
	}
	return NULL;
}

static void end_client(enum way way, int client, int server)
{
	if (way == IS_RESET)
		close_by_reset(client);
	else
		expect_end_of_stream(client);
	if (way == SHUTS_DOWN || way == IS_RESET)
		close(server);
	if (way != IS_RESET)
		close(client);
}

static int is_by(const struct tcp_probe_info *record, const struct owner *owner)
{
	return record->closer_pid == owner->pid && record->closer_cgroup_id == owner->cgroup_id &&
	       !memcmp(record->closer_command, owner->command, sizeof(record->closer_command));
}

static void check_closer(struct observation *seen, const struct plan *plan, const struct closer *closer)
{
	static const struct owner nobody;
	int listener = listener_of(seen, plan);
	int client = connect_only(plan, listener), server = -1;
	__u16 port = local_port(client);
	const struct tcp_probe_info *end;
	struct owner child;

	if (closer->way != ACCEPTS_AND_CLOSES)
		server = accept(listener, NULL, NULL);
	child = run_child(seen, closer, listener, server);
	end_client(closer->way, client, server);
	end = await_server(seen, port);
	report_check(end && end->type == plan->server_family && end->cgroup_id == seen->listeners.cgroup_id &&
			 end->pid == seen->listeners.pid && is_by(end, closer->way == IS_RESET ? &nobody : &child) &&
			 end->sk_err == (closer->way == IS_RESET ? ECONNRESET : 0),
		     "closer, %s, %s: process %u of cgroup %llu", plan->name, closer->name, end ? end->closer_pid : 0,
		     end ? end->closer_cgroup_id : 0);
}

void check_closers(const struct place *place)
{
	struct observation seen = {};

	observe(&seen, place, 0, NULL);
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		for (size_t j = 0; j < sizeof(closers) / sizeof(closers[0]); j++)
			if (closers[j].way != WORKER_CLOSES || has_uring())
				check_closer(&seen, &plans[i], &closers[j]);
	end_observation(&seen);
}
