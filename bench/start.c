// SPDX-License-Identifier: Apache-2.0
/*
 * How long a command takes to attach a sockops program to a cgroup:   start CGROUP COMMAND [ARGUMENT]...
 *
 * Ends the command once it says "watching" on stderr. Prints the milliseconds from before its exec until the kernel has
 * the program, until it is said, and the command's CPU time by then.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_EVERY_US = 200, LIMIT_MS = 60000 };

static int check(int result, const char *call)
{
	if (result < 0)
		err(1, "%s", call);
	return result;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	check(clock_gettime(clock, &now), "clock_gettime");
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static uint32_t attached_programs(int cgroup)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = cgroup;
	attr.query.attach_type = BPF_CGROUP_SOCK_OPS;
	check(syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)), "BPF_PROG_QUERY");
	return attr.query.prog_cnt;
}

static pid_t run(char **command, int messages)
{
	pid_t pid = check(fork(), "fork");

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	check(dup2(messages, STDERR_FILENO), "dup2");
	execvp(command[0], command);
	err(1, "%s", command[0]);
}

/* Whether "watching" is among what can be read by now. */
static int says_watching(int fd)
{
	static char text[1 << 16];
	static size_t length;
	ssize_t bytes = read(fd, text + length, sizeof(text) - 1 - length);

	if (!bytes)
		errx(1, "the command has ended: %s", text);
	if (bytes < 0 && errno != EAGAIN)
		err(1, "read");
	length += bytes > 0 ? bytes : 0;
	text[length] = 0;
	return strstr(text, "watching") != NULL;
}

static double ms_since(uint64_t began_ns)
{
	return (clock_ns(CLOCK_MONOTONIC) - began_ns) / 1e6;
}

int main(int argc, char **argv)
{
	double attached_ms = 0;
	uint64_t began_ns;
	clockid_t cpu;
	int messages[2];
	int cgroup;
	pid_t pid;

	if (argc < 3)
		errx(2, "usage: start CGROUP COMMAND [ARGUMENT]...");
	cgroup = check(open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC), argv[1]);
	check(pipe2(messages, O_CLOEXEC | O_NONBLOCK), "pipe2");
	began_ns = clock_ns(CLOCK_MONOTONIC);
	pid = run(argv + 2, messages[1]);
	close(messages[1]);
	while (!says_watching(messages[0])) {
		if (!attached_ms && attached_programs(cgroup))
			attached_ms = ms_since(began_ns);
		if (ms_since(began_ns) > LIMIT_MS)
			errx(1, "does not watch after %d ms", LIMIT_MS);
		usleep(LOOK_EVERY_US);
	}
	errno = clock_getcpuclockid(pid, &cpu);
	check(errno ? -1 : 0, "clock_getcpuclockid");
	printf("%.1f %.1f %.1f\n", attached_ms, ms_since(began_ns), clock_ns(cpu) / 1e6);
	kill(pid, SIGTERM);
	check(waitpid(pid, NULL, 0), "waitpid");
	return 0;
}
