// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Whether the object does its work on the running kernel: loads it, attaches it to the root of cgroup v2, makes
 * connections in a network namespace of its own and compares every field of every record with what the sockets say.
 *
 *   kernel_check OBJECT ROOT CLIENTS LISTENERS
 *
 * CLIENTS and LISTENERS are cgroups below ROOT, for the sockets of either kind. Ends with 1 if a check failed.
 */
#define _GNU_SOURCE
#include <err.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "connection_check.h"
#include "conversation.h"
#include "probe.h"
#include "record_check.h"
#include "records.h"

static const struct plan plans[] = {
    {"v4, the client ends first", AF_INET, AF_INET, "127.0.0.1", 200, 1000, 700, CLIENT_ENDS},
    {"v6, the client ends first", AF_INET6, AF_INET6, "::1", 301, 2002, 770, CLIENT_ENDS},
    {"mapped client, v4 listener", AF_INET6, AF_INET, "::ffff:127.0.0.1", 402, 3003, 840, CLIENT_ENDS},
    {"v4 client, dual listener", AF_INET, AF_INET6, "127.0.0.1", 503, 4004, 910, SERVER_ENDS},
    {"v6, the server ends first", AF_INET6, AF_INET6, "::1", 604, 5005, 980, SERVER_ENDS},
    {"v4, nothing sent, the client is gone", AF_INET, AF_INET, "127.0.0.1", 0, 0, 1050, CLIENT_LEAVES},
    {"v4, the client resets", AF_INET, AF_INET, "127.0.0.1", 705, 6006, 1120, CLIENT_RESETS},
    {"v6, the server resets", AF_INET6, AF_INET6, "::1", 806, 7007, 1190, SERVER_RESETS},
    {"v4, the answer is not read", AF_INET, AF_INET, "127.0.0.1", 907, 8008, 1260, CLIENT_DISCARDS},
    {"v6, half close", AF_INET6, AF_INET6, "::1", 1008, 9009, 1330, HALF_CLOSE},
};

static const struct plan refused_plans[] = {
    {"v4, refused", AF_INET, AF_INET, "127.0.0.1", 0, 0, 0, CLIENT_ENDS},
    {"v6, refused", AF_INET6, AF_INET6, "::1", 0, 0, 0, CLIENT_ENDS},
};

enum { CONVERSATIONS = sizeof(plans) / sizeof(plans[0]), REFUSALS = sizeof(refused_plans) / sizeof(refused_plans[0]) };

static struct probe probe;
static struct records records;

static void enter_own_namespace(void)
{
	struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd;

	if (unshare(CLONE_NEWNET))
		err(1, "unshare the network namespace");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &loopback))
		err(1, "set lo up");
	close(fd);
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

/* Joins a cgroup and a command's name; returns who we are now. */
static struct owner become(const char *cgroup, const char *command)
{
	struct owner owner = {.pid = getpid()};
	struct stat status;
	FILE *comm;

	write_own_pid(cgroup);
	if (stat(cgroup, &status))
		err(1, "%s", cgroup);
	owner.cgroup_id = status.st_ino; /* kernfs gives its id as the inode's number */
	prctl(PR_SET_NAME, command);
	comm = fopen("/proc/self/comm", "r");
	if (!comm || !fgets(owner.command, sizeof(owner.command), comm))
		err(1, "/proc/self/comm");
	fclose(comm);
	owner.command[strcspn(owner.command, "\n")] = 0;
	return owner;
}

/* A process that listens and does nothing more, so that clients and listeners have owners of their own. */
static struct owner listen_elsewhere(const char *cgroup, int *v4, int *v6)
{
	struct owner owner;
	int status, report[2];
	pid_t listener;

	if (pipe(report))
		err(1, "pipe");
	/* A socket's cgroup is that of its creator; its owner in the records is who calls listen(). */
	become(cgroup, "creator");
	*v4 = open_listener(AF_INET);
	*v6 = open_listener(AF_INET6);
	listener = fork();
	if (listener < 0)
		err(1, "fork");
	if (!listener) {
		owner = become(cgroup, "kernel-listener");
		start_listening(*v4);
		start_listening(*v6);
		_exit(write(report[1], &owner, sizeof(owner)) != sizeof(owner));
	}
	if (read(report[0], &owner, sizeof(owner)) != sizeof(owner))
		errx(1, "the listening process failed");
	if (waitpid(listener, &status, 0) != listener || status)
		errx(1, "the listening process ended with %d", status);
	return owner;
}

/* Drains until the last record of a socket is there. */
static void await_last_record(uint64_t cookie)
{
	enum { WAIT_MS = 10, PATIENCE = 2000 };

	for (int i = 0; i < PATIENCE; i++) {
		drain(&probe, i ? WAIT_MS : 0);
		if (find_record(&records, cookie, TCP_PROBE_CLOSE) || find_record(&records, cookie, TCP_PROBE_FAILED))
			return;
	}
	report_check(0, "no record of the end of socket %llu", (unsigned long long)cookie);
}

static void check_counters(void)
{
	struct tcp_probe_counters counters = read_counters(&probe);

	for (int kind = TCP_PROBE_OPEN; kind < TCP_PROBE_KINDS; kind++) {
		__u64 outcomes = 0;

		for (int outcome = 0; outcome < TCP_PROBE_OUTCOMES; outcome++)
			outcomes += counters.outcome[kind][outcome];
		report_check(counters.seen[kind] == outcomes, "counters of kind %d: seen %llu, outcomes %llu", kind,
			     counters.seen[kind], outcomes);
	}
}

int main(int argc, char **argv)
{
	struct owner clients, listeners;
	int v4, v6;

	if (argc != 5)
		errx(2, "usage: kernel_check OBJECT ROOT CLIENTS LISTENERS");
	setvbuf(stdout, NULL, _IOLBF, 0);
	enter_own_namespace();
	load_probe(&probe, argv[1], 0, keep_record, &records);
	attach_probe(&probe, argv[2]);
	report_check(1, "loaded and attached");
	listeners = listen_elsewhere(argv[4], &v4, &v6);
	clients = become(argv[3], "kernel-client");
	for (int i = 0; i < CONVERSATIONS; i++) {
		struct conversation conversation =
		    converse(&plans[i], plans[i].server_family == AF_INET ? v4 : v6, await_last_record);

		check_connection(&records, &conversation, &clients, &listeners);
	}
	for (int i = 0; i < REFUSALS; i++) {
		struct conversation conversation = be_refused(&refused_plans[i]);

		await_last_record(conversation.client.cookie);
		check_refusal(&records, &conversation, &clients);
	}
	check_counters();
	return print_result() != 0;
}
