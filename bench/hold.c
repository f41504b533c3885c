// SPDX-License-Identifier: Apache-2.0
/* Holds connections over IPv4 loopback open, both ends in this process:   hold CONNECTIONS
 * Each carries 10 bytes. Prints "ready" when all are established, and ends at the end of its input.
 *
 * SIGUSR1: one connection in ten carries 10 bytes more. SIGUSR2: all do. Prints "carried" then.
 * SIGHUP: closes all, 10 a millisecond, the clients' ends first, prints "closed" and ends. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PER_DESTINATION = 20000, BACKLOG = 64, PAYLOAD_BYTES = 10 };

/* What a reader of the records follows without loss beside others. */
enum { CLOSED_AT_ONCE = 10, PAUSE_US = 1000 };

enum { SHARE = 10 }; /* one in this many */

struct connection {
	int client;
	int accepted;
};

static struct connection *held;
static int connections;

static void require(int ok, const char *step)
{
	if (ok)
		return;
	perror(step);
	exit(1);
}

static void say(const char *word)
{
	puts(word);
	fflush(stdout);
}

static struct sockaddr_in loopback(unsigned int host, in_port_t port)
{
	struct sockaddr_in address;

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_port = port;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + host);
	return address;
}

static int listen_anywhere(in_port_t *port)
{
	struct sockaddr_in address = loopback(0, 0);
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_ANY);
	require(listener >= 0, "socket");
	require(bind(listener, (struct sockaddr *)&address, length) == 0, "bind");
	require(listen(listener, BACKLOG) == 0, "listen");
	require(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
	*port = address.sin_port;
	return listener;
}

static void carry(const struct connection *connection)
{
	char payload[PAYLOAD_BYTES] = {0};

	require(write(connection->client, payload, sizeof(payload)) == sizeof(payload), "write");
	require(read(connection->accepted, payload, sizeof(payload)) > 0, "read");
}

static struct connection connect_one(int listener, in_port_t port, int number)
{
	struct sockaddr_in server = loopback(number / PER_DESTINATION, port);
	struct connection connection = {.client = socket(AF_INET, SOCK_STREAM, 0)};

	require(connection.client >= 0, "socket: raise the limit of open files");
	require(connect(connection.client, (struct sockaddr *)&server, sizeof(server)) == 0, "connect");
	connection.accepted = accept(listener, NULL, NULL);
	require(connection.accepted >= 0, "accept");
	carry(&connection);
	return connection;
}

static void carry_all(int step)
{
	for (int i = 0; i < connections; i += step)
		carry(&held[i]);
	say("carried");
}

static void close_all(void)
{
	for (int i = 0; i < connections; i++) {
		close(held[i].client);
		close(held[i].accepted);
		if (i % CLOSED_AT_ONCE == 0)
			usleep(PAUSE_US);
	}
	say("closed");
}

/* Its signals come by a file, so that none interrupts a call above. */
static int open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	sigaddset(&signals, SIGHUP);
	require(sigprocmask(SIG_BLOCK, &signals, NULL) == 0, "sigprocmask");
	return signalfd(-1, &signals, 0);
}

/* Returns 0 once all are closed. */
static int on_signal(int signals)
{
	struct signalfd_siginfo signal;

	require(read(signals, &signal, sizeof(signal)) == sizeof(signal), "signalfd");
	if (signal.ssi_signo == SIGHUP) {
		close_all();
		return 0;
	}
	carry_all(signal.ssi_signo == SIGUSR1 ? SHARE : 1);
	return 1;
}

/* Whatever comes is of no interest. */
static int is_at_end(void)
{
	char ignored[64];

	return read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0;
}

int main(int argc, char **argv)
{
	struct rlimit files;
	struct pollfd from[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.events = POLLIN}};
	in_port_t port;
	int listener;

	connections = argc == 2 ? atoi(argv[1]) : 0;
	require(connections > 0, "usage: hold CONNECTIONS");
	files.rlim_cur = files.rlim_max = 2UL * connections + 64;
	(void)setrlimit(RLIMIT_NOFILE, &files); /* socket() says it if that was not enough */
	held = calloc(connections, sizeof(*held));
	require(held != NULL, "calloc");
	from[1].fd = open_signals();
	listener = listen_anywhere(&port);
	for (int i = 0; i < connections; i++)
		held[i] = connect_one(listener, port, i);
	say("ready");
	while (poll(from, 2, -1) >= 0) {
		if (from[1].revents && !on_signal(from[1].fd))
			return 0;
		if (from[0].revents && is_at_end())
			return 0;
	}
	return 1;
}
