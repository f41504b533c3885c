/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Connections over loopback with both ends in this process, and the sockets' own values. */
#ifndef CONVERSATION_H
#define CONVERSATION_H

#include <stdint.h>
#include <netinet/in.h>

enum ending {
	CLIENT_ENDS,              /* both sides by FIN, the client first */
	SERVER_ENDS,              /* likewise, the server first */
	CLIENT_ENDS_SERVER_WAITS, /* the server's FIN comes WAIT_MS after the client's */
	CLIENT_LEAVES,            /* the client's socket is gone before the server's FIN comes */
	SERVER_LEAVES,            /* likewise, the other way round */
	CLIENT_RESETS,            /* linger 0 */
	SERVER_RESETS,            /* likewise */
	SERVER_RESETS_CLIENT,     /* likewise; the client's socket stays, to be used again */
	CLIENT_DISCARDS,          /* closes with the answer unread, which resets */
	SERVER_DISCARDS,          /* closes with the request unread */
	SERVER_DISCARDS_LATER,    /* likewise, after the client's FIN */
	SERVER_RESETS_LATER,      /* after the client's FIN, with everything read */
	SERVER_ENDS_AND_RESETS,   /* a FIN, and a reset while the client could still write */
	CLIENT_DISCONNECTS,       /* connect() to AF_UNSPEC, which resets; the socket stays, to be used again */
	HALF_CLOSE,               /* the client ends first, and is answered after that */
};

enum { WAIT_MS = 20 };

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

/* By TCP_INFO. */
struct tcp_facts {
	uint64_t taken_ns; /* CLOCK_MONOTONIC */
	uint32_t srtt_us;  /* without the fraction */
	uint32_t rttvar_us;
	uint32_t min_rtt_us;
	uint32_t mss;
	uint32_t snd_cwnd;
	uint32_t segs_out;
	uint32_t segs_in;
	uint32_t data_segs_out;
	uint32_t data_segs_in;
	uint32_t last_sent_ms; /* since */
	uint32_t last_received_ms;
	uint32_t network_limited_ms;
	uint32_t receiver_limited_ms;
	uint32_t send_buffer_limited_ms;
	uint32_t spurious_retransmits;
	uint32_t out_of_order_segments;
	uint32_t reorderings;
	uint32_t delivered_ce;
	uint32_t peer_window; /* bytes */
	uint32_t stalled_ms;  /* this and timeouts: 0 if the kernel does not count them */
	uint16_t timeouts;
	uint8_t has_timeouts;
	uint8_t timeouts_in_a_row;
	uint8_t window_probes;
	uint8_t options; /* TCPI_OPT_* */
};

/* One end, by its socket's own values. Addresses have the record's form. */
struct end {
	uint64_t cookie;
	uint64_t netns_cookie;
	uint8_t local_address[16];
	uint8_t peer_address[16];
	uint16_t local_port;
	uint16_t peer_port;
	uint32_t local_isn;
	uint32_t peer_isn;
	uint32_t generation;         /* how often the socket had connected before */
	uint32_t earlier_min_rtt_us; /* that the socket had before it connected; 0: none */
	uint32_t uid;                /* of the socket */
	uint32_t syn_retransmits;    /* SYNs or SYN-ACKs of this end that were lost */
	uint32_t longest_handshake_us;
	char congestion[16];
	struct tcp_facts at_birth; /* before it connected, when it was accepted, or as of its adoption */
	struct tcp_facts at_open;
	struct tcp_facts before_end;
	struct tcp_facts after_end; /* of the client, if the server waits */
};

/* CLOCK_MONOTONIC, ns, before and after the hooks run. */
struct moments {
	uint64_t before_connect;
	uint64_t after_accept;
	uint64_t before_end;
	uint64_t after_end;
};

struct conversation {
	const struct plan *plan;
	int client_fd;
	int server_fd;
	struct end client;
	struct end server;
	struct moments moments;
};

/* The owners of the sockets, which is nobody's own. */
enum { CLIENT_UID = 40001, SERVER_UID = 50002 };

enum { LISTENER_PORT = 8080 };

uint64_t now_ns(void);

/* On a port that is a server's if it is of IPv4, on any that is free otherwise. */
int open_listener(int family);
void start_listening(int listener);
uint16_t local_port(int fd);

int open_client(const struct plan *plan);
struct conversation begin_conversation(const struct plan *plan, int client, int listener);

/* Passes the payload of the plan, up to the first step of the end. */
void exchange(const struct conversation *conversation);

void send_bytes(int fd, unsigned int bytes);
void receive_bytes(int fd, unsigned int bytes);
/* In portions that fit into every buffer. */
void pass_bytes(int from, int to, unsigned int bytes);
void expect_end_of_stream(int fd);
struct tcp_facts read_facts(int fd);
uint64_t socket_cookie(int fd);

/* Waits until everything is acknowledged and no segment has arrived for longer than the error of the kernel's clock. */
void await_quiet(const struct conversation *conversation);

/* Before the first step to the end. */
void note_end(struct conversation *conversation);

/* `await` is called with `context` where the record of one end has to come before the other end's last step. */
typedef void (*await_record)(void *context, const struct end *end);
void end_conversation(struct conversation *conversation, await_record await, void *context);

/* From here on the socket hears nothing. */
void become_deaf(int fd);
void hear_again(int fd);
void await_timeouts(int fd, int in_a_row);

/* A connection that nobody accepts; returns the client. */
int connect_only(const struct plan *plan, int listener);
void close_by_reset(int fd);
/* The socket forgets its peer and stays. */
void disconnect(int fd);

/* A connect to a port where nobody listens; the client can be used again. */
struct conversation be_refused(const struct plan *plan, int client);

#endif
