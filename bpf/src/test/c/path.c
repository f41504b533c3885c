// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define _GNU_SOURCE /* ppoll() */
#include "path.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "conversation.h"

enum { MOST_BYTES = 2048, WAKE_MS = 20, NS_PER_MS = 1000000 };

struct packet {
	struct packet *next;
	uint64_t due_ns;
	int bytes;
	union {
		struct ip v4;
		struct ip6_hdr v6;
		char data[MOST_BYTES];
	};
};

struct sockaddr_in6 path_address(const struct path *path, int is_far, socklen_t *length)
{
	union {
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address = {};
	int host = is_far ? 2 : 1;

	*length = path->family == AF_INET ? sizeof(address.v4) : sizeof(address.v6);
	address.v4.sin_family = path->family;
	address.v4.sin_port = htons(PATH_PORT);
	if (path->family == AF_INET) {
		address.v4.sin_addr.s_addr = htonl(10 << 24 | 77 << 16 | path->number << 8 | host);
	} else {
		address.v6.sin6_addr.s6_addr[0] = 0xfd;
		address.v6.sin6_addr.s6_addr[7] = path->number;
		address.v6.sin6_addr.s6_addr[15] = host;
	}
	return address.v6;
}

static void set_up(const struct path *path, struct ifreq *device)
{
	socklen_t length;
	struct sockaddr_in6 near = path_address(path, 0, &length);
	struct sockaddr_in mask = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xffffff00)};
	int fd = socket(path->family, SOCK_DGRAM, 0);
	struct in6_ifreq v6 = {.ifr6_prefixlen = 64};

	if (fd < 0)
		err(1, "socket");
	if (path->family == AF_INET) {
		memcpy(&device->ifr_addr, &near, sizeof(device->ifr_addr));
		if (ioctl(fd, SIOCSIFADDR, device))
			err(1, "the address of a path");
		memcpy(&device->ifr_netmask, &mask, sizeof(mask));
		if (ioctl(fd, SIOCSIFNETMASK, device))
			err(1, "the mask of a path");
	}
	device->ifr_flags = IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, device))
		err(1, "set a path up");
	v6.ifr6_addr = near.sin6_addr;
	v6.ifr6_ifindex = if_nametoindex(device->ifr_name);
	if (path->family == AF_INET6 && ioctl(fd, SIOCSIFADDR, &v6))
		err(1, "the address of a path");
	close(fd);
}

/* NULL for other packets than TCP's, which the kernel sends to look for neighbours. */
static const struct tcphdr *tcp_of(const struct packet *packet)
{
	if (packet->v4.ip_v == 4 && packet->v4.ip_p == IPPROTO_TCP)
		return (const struct tcphdr *)(packet->data + packet->v4.ip_hl * 4);
	if (packet->v4.ip_v == 6 && packet->v6.ip6_nxt == IPPROTO_TCP)
		return (const struct tcphdr *)(packet->data + sizeof(packet->v6));
	return NULL;
}

static void exchange_addresses(struct packet *packet)
{
	struct in6_addr v6 = packet->v6.ip6_src;
	struct in_addr v4 = packet->v4.ip_src;

	if (packet->v4.ip_v == 6) {
		packet->v6.ip6_src = packet->v6.ip6_dst;
		packet->v6.ip6_dst = v6;
	} else {
		packet->v4.ip_src = packet->v4.ip_dst;
		packet->v4.ip_dst = v4;
	}
}

static void write_checksum(struct ip *header)
{
	const uint16_t *words = (const uint16_t *)header;
	uint32_t sum = 0;

	header->ip_sum = 0;
	for (int i = 0; i < header->ip_hl * 2; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	header->ip_sum = ~((sum & 0xffff) + (sum >> 16));
}

/* Returns whether the sender takes marks. */
static int mark(struct packet *packet)
{
	enum { V6_ECN = 0x30, V4_ECN = 3 }; /* in the second byte of either */

	if (!(packet->data[1] & (packet->v4.ip_v == 6 ? V6_ECN : V4_ECN)))
		return 0;
	packet->data[1] |= packet->v4.ip_v == 6 ? V6_ECN : V4_ECN;
	if (packet->v4.ip_v == 4)
		write_checksum(&packet->v4);
	return 1;
}

static void put(struct path *path, struct packet *packet)
{
	struct packet **at = &path->first;

	while (*at && (*at)->due_ns <= packet->due_ns)
		at = &(*at)->next;
	packet->next = *at;
	*at = packet;
}

static void put_again(struct path *path, const struct packet *packet)
{
	struct packet *copy = malloc(sizeof(*copy));

	if (!copy)
		err(1, "malloc");
	*copy = *packet;
	put(path, copy);
}

static int is_nth(int number, int each)
{
	return each && number % each == 0;
}

/* Returns whether the packet goes on. */
static int treat_payload(struct path *path, struct packet *packet)
{
	const struct path_plan *plan = path->plan;
	int number = ++path->payloads;

	if (is_nth(number, plan->lost))
		return 0;
	if (is_nth(number, plan->reordered))
		packet->due_ns += (uint64_t)REORDERED_MS * NS_PER_MS;
	if (is_nth(number, plan->marked))
		path->marks += mark(packet);
	if (is_nth(number, plan->repeated))
		put_again(path, packet);
	return 1;
}

static int treat_syn(struct path *path)
{
	int number = path->syns++;

	return number >= path->plan->lost_syns && !(number && path->plan->lost_syn_acks);
}

static int treat(struct path *path, struct packet *packet)
{
	const struct tcphdr *tcp = tcp_of(packet);
	int is_to_server = tcp && ntohs(tcp->th_dport) == PATH_PORT;

	if (!tcp || path->is_down)
		return 0;
	exchange_addresses(packet);
	if (tcp->th_flags & TH_SYN)
		return is_to_server ? treat_syn(path) : path->syn_acks++ >= path->plan->lost_syn_acks;
	if (is_to_server && (const char *)tcp + tcp->th_off * 4 < packet->data + packet->bytes)
		return treat_payload(path, packet);
	return 1;
}

/* Returns 0 if there is no packet now. */
static int take(struct path *path)
{
	struct packet *packet = malloc(sizeof(*packet));

	if (!packet)
		err(1, "malloc");
	packet->bytes = read(path->tun, packet->data, sizeof(packet->data));
	if (packet->bytes < 0) {
		free(packet);
		return 0;
	}
	packet->due_ns = now_ns() + (uint64_t)path->plan->delay_ms * NS_PER_MS;
	if (treat(path, packet))
		put(path, packet);
	else
		free(packet);
	return 1;
}

static void forward_due(struct path *path)
{
	while (path->first && path->first->due_ns <= now_ns()) {
		struct packet *packet = path->first;

		path->first = packet->next;
		if (write(path->tun, packet->data, packet->bytes) != packet->bytes)
			err(1, "write to a path");
		free(packet);
	}
}

static void *relay(void *context)
{
	struct path *path = context;
	struct pollfd event = {.fd = path->tun, .events = POLLIN};

	while (!path->is_over) {
		uint64_t now = now_ns();
		uint64_t wait_ns = (uint64_t)WAKE_MS * NS_PER_MS;
		struct timespec wait = {};

		if (path->first)
			wait_ns = path->first->due_ns > now ? path->first->due_ns - now : 0;
		wait.tv_nsec = wait_ns % 1000000000;
		wait.tv_sec = wait_ns / 1000000000;
		ppoll(&event, 1, &wait, NULL);
		while (take(path))
			;
		forward_due(path);
	}
	return NULL;
}

int open_path(struct path *path)
{
	struct ifreq device = {.ifr_flags = IFF_TUN | IFF_NO_PI};

	path->tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (path->tun < 0)
		return 0;
	snprintf(device.ifr_name, sizeof(device.ifr_name), "path%d", path->number);
	if (ioctl(path->tun, TUNSETIFF, &device))
		err(1, "TUNSETIFF");
	set_up(path, &device);
	if (pthread_create(&path->relay, NULL, relay, path))
		errx(1, "no thread");
	return 1;
}

void close_path(struct path *path)
{
	path->is_over = 1;
	pthread_join(path->relay, NULL);
	while (path->first) {
		struct packet *packet = path->first;

		path->first = packet->next;
		free(packet);
	}
	close(path->tun);
}
