// SPDX-License-Identifier: Apache-2.0
/*
 * Connections over loopback, both ends in processes of their own: 200 bytes up, 1,000 down, the client closes.
 *
 *   load CONNECTIONS [UNDER_WAY] [PER_SECOND]
 *
 * Prints how many, how long (ms), and the CPU time (us) of client and server. PER_SECOND 0: as many as go.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_BYTES = 200, ANSWER_BYTES = 1000, EVENTS = 64 };

/* Addresses to go to: each has ephemeral ports of its own, which stay taken for a minute. */
enum { ADDRESSES = 128 };

static char payload[ANSWER_BYTES];

static int check(int result, const char *call)
{
	if (result < 0)
		err(1, "%s", call);
	return result;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void watch(int epoll, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

/* Returns the bytes read, 0 at the end, -1 for nothing yet. */
static ssize_t read_some(int fd)
{
	char buffer[4096];
	ssize_t bytes = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);

	if (bytes < 0 && errno != EAGAIN)
		err(1, "recv");
	return bytes;
}

static void write_all(int fd, size_t bytes)
{
	if (send(fd, payload, bytes, MSG_NOSIGNAL) != (ssize_t)bytes)
		err(1, "send");
}

static int listen_anywhere(uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof(address);
	int fd = check(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");

	check(bind(fd, (struct sockaddr *)&address, length), "bind");
	check(listen(fd, 4096), "listen");
	check(getsockname(fd, (struct sockaddr *)&address, &length), "getsockname");
	*port = address.sin_port;
	return fd;
}

static void accept_all(int epoll, int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		watch(epoll, fd, EPOLLIN);
	if (errno != EAGAIN)
		err(1, "accept4");
}

/* A request comes in one piece: it is smaller than a segment. */
static void serve(int listener, long connections)
{
	struct epoll_event events[EVENTS];
	int epoll = check(epoll_create1(0), "epoll_create1");

	watch(epoll, listener, EPOLLIN);
	while (connections) {
		int ready = check(epoll_wait(epoll, events, EVENTS, -1), "epoll_wait");

		for (int i = 0; i < ready; i++) {
			int fd = events[i].data.fd;
			ssize_t bytes;

			if (fd == listener) {
				accept_all(epoll, listener);
				continue;
			}
			bytes = read_some(fd);
			if (bytes > 0)
				write_all(fd, ANSWER_BYTES);
			if (!bytes) {
				close(fd);
				connections--;
			}
		}
	}
}

static void start_connection(int epoll, uint16_t port, long number)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = port,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 256 + number % ADDRESSES),
	};
	int fd = check(socket(AF_INET, SOCK_STREAM, 0), "socket");

	check(connect(fd, (struct sockaddr *)&address, sizeof(address)), "connect");
	write_all(fd, REQUEST_BYTES);
	watch(epoll, fd, EPOLLIN);
}

/* How many may have been started by now. */
static long allowed(long connections, long per_second, uint64_t began_ns)
{
	long due;

	if (!per_second)
		return connections;
	due = (now_ns() - began_ns) * per_second / 1000000000 + 1;
	return due < connections ? due : connections;
}

static void request(uint16_t port, long connections, long under_way, long per_second)
{
	static int received[1 << 16];
	struct epoll_event events[EVENTS];
	int epoll = check(epoll_create1(0), "epoll_create1");
	uint64_t began_ns = now_ns();
	long started = 0, ended = 0;

	while (ended < connections) {
		long limit = allowed(connections, per_second, began_ns);
		int ready;

		while (started < limit && started - ended < under_way)
			start_connection(epoll, port, started++);
		ready = check(epoll_wait(epoll, events, EVENTS, per_second ? 1 : -1), "epoll_wait");
		for (int i = 0; i < ready; i++) {
			int fd = events[i].data.fd;
			ssize_t bytes = read_some(fd);

			if (!bytes)
				errx(1, "the server closed first");
			received[fd] += bytes > 0 ? bytes : 0;
			if (received[fd] < ANSWER_BYTES)
				continue;
			received[fd] = 0;
			close(fd);
			ended++;
		}
	}
}

static long cpu_us(const struct rusage *usage)
{
	return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 + usage->ru_utime.tv_usec +
	       usage->ru_stime.tv_usec;
}

/* Waits for one child; returns its CPU time. */
static long reap(pid_t pid)
{
	struct rusage usage;
	int status;

	check(wait4(pid, &status, 0, &usage), "wait4");
	if (status)
		errx(1, "a child failed");
	return cpu_us(&usage);
}

/* A process that ends with this one. */
static pid_t fork_child(void)
{
	pid_t pid = check(fork(), "fork");

	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

int main(int argc, char **argv)
{
	long connections = argc > 1 ? atol(argv[1]) : 0;
	long under_way = argc > 2 ? atol(argv[2]) : 32;
	long per_second = argc > 3 ? atol(argv[3]) : 0;
	long server_us, client_us;
	pid_t server, client;
	uint64_t began_ns;
	uint16_t port;
	int listener;

	if (connections <= 0 || under_way <= 0 || under_way > 10000)
		errx(2, "usage: load CONNECTIONS [UNDER_WAY] [PER_SECOND]");
	listener = listen_anywhere(&port);
	server = fork_child();
	if (!server) {
		serve(listener, connections);
		return 0;
	}
	began_ns = now_ns();
	client = fork_child();
	if (!client) {
		request(port, connections, under_way, per_second);
		return 0;
	}
	client_us = reap(client);
	server_us = reap(server);
	printf("%ld %.1f %ld %ld\n", connections, (now_ns() - began_ns) / 1e6, client_us, server_us);
	return 0;
}
