// SPDX-License-Identifier: Apache-2.0
/* Holds connections over IPv4 loopback open, both ends in this process:   hold CONNECTIONS
 * Each carries 10 bytes. Prints "ready" when all are established, and ends at the end of its input. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PER_DESTINATION = 20000, BACKLOG = 64, PAYLOAD_BYTES = 10 };

static void require(int ok, const char *step)
{
	if (ok)
		return;
	perror(step);
	exit(1);
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

static void connect_one(int listener, in_port_t port, int number)
{
	struct sockaddr_in server = loopback(number / PER_DESTINATION, port);
	char payload[PAYLOAD_BYTES] = {0};
	int client = socket(AF_INET, SOCK_STREAM, 0);
	int accepted;

	require(client >= 0, "socket: raise the limit of open files");
	require(connect(client, (struct sockaddr *)&server, sizeof(server)) == 0, "connect");
	accepted = accept(listener, NULL, NULL);
	require(accepted >= 0, "accept");
	require(write(client, payload, sizeof(payload)) == sizeof(payload), "write");
	require(read(accepted, payload, sizeof(payload)) > 0, "read");
}

int main(int argc, char **argv)
{
	int connections = argc == 2 ? atoi(argv[1]) : 0;
	struct rlimit files = {2UL * connections + 64, 2UL * connections + 64};
	in_port_t port;
	int listener;

	require(connections > 0, "usage: hold CONNECTIONS");
	(void)setrlimit(RLIMIT_NOFILE, &files); /* socket() says it if that was not enough */
	listener = listen_anywhere(&port);
	for (int i = 0; i < connections; i++)
		connect_one(listener, port, i);
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
