/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Connections over loopback, both ends held by this process, and what the sockets themselves say of them. */
#ifndef CONVERSATION_H
#define CONVERSATION_H

#include <stdint.h>
#include <netinet/in.h>

enum ending {
	CLIENT_ENDS,     /* both sides by FIN, the client first */
	SERVER_ENDS,     /* likewise, the server first */
	CLIENT_LEAVES,   /* the client is gone before the server's FIN comes */
	CLIENT_RESETS,   /* linger 0 */
	SERVER_RESETS,   /* likewise */
	CLIENT_DISCARDS, /* closes with the answer unread, which resets */
	HALF_CLOSE,      /* the client ends first, and is answered after that */
};

struct plan {
	const char *name;
	int client_family;   /* of the client's socket */
	int server_family;   /* of the listener's */
	const char *address; /* that the client connects to, in the form of its family */
	unsigned int up;     /* bytes */
	unsigned int down;
	int mss; /* so small that no window changes it */
	enum ending ending;
};

/* One end, in the words of its socket. Addresses in the record's form. */
struct end {
	uint64_t cookie;
	uint64_t netns_cookie;
	uint8_t local_address[16];
	uint8_t peer_address[16];
	uint16_t local_port;
	uint16_t peer_port;
	struct tcp_facts {
		uint32_t srtt_us; /* without the fraction */
		uint32_t min_rtt_us;
		uint32_t mss;
		uint32_t segs_out;
		uint32_t segs_in;
	} at_open, before_end;
};

/* CLOCK_MONOTONIC, ns, around what the hooks see. */
struct moments {
	uint64_t before_connect;
	uint64_t after_accept;
	uint64_t before_end;
	uint64_t after_end;
};

struct conversation {
	const struct plan *plan;
	struct end client;
	struct end server;
	struct moments moments;
};

int open_listener(int family);
void start_listening(int listener);

/* Called whenever the end of a connection is awaited, with its cookie: returns once its last record has come. */
typedef void (*await_end)(uint64_t cookie);

struct conversation converse(const struct plan *plan, int listener, await_end await);

/* A connect to a port where nobody listens; its end alone is a connection. */
struct conversation be_refused(const struct plan *plan);

#endif
