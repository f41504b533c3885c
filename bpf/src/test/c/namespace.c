// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define _GNU_SOURCE
#include "namespace.h"

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char path[] = "/proc/self/ns/net";

void enter_new_namespace(void)
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

void set_other_address(int is_there)
{
	const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(OTHER_ADDRESS)};
	struct ifreq other = {.ifr_name = "lo:1"};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (is_there)
		memcpy(&other.ifr_addr, &address, sizeof(address));
	if (fd < 0 || ioctl(fd, is_there ? SIOCSIFADDR : SIOCSIFFLAGS, &other))
		err(1, OTHER_ADDRESS);
	close(fd);
}

int open_namespace(void)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		err(1, "%s", path);
	return file;
}

void return_to_namespace(int file)
{
	if (setns(file, CLONE_NEWNET))
		err(1, "setns");
	close(file);
}

void set_ipv4(const char *setting, const char *value)
{
	char name[128];
	FILE *file;

	snprintf(name, sizeof(name), "/proc/sys/net/ipv4/%s", setting);
	file = fopen(name, "w");
	if (!file || fputs(value, file) < 0 || fclose(file))
		err(1, "%s", name);
}

uint32_t namespace_inode(void)
{
	struct stat status;

	if (stat(path, &status))
		err(1, "%s", path);
	return status.st_ino;
}
