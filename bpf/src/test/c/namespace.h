/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Network namespaces with nothing but loopback in them. */
#ifndef NAMESPACE_H
#define NAMESPACE_H

#include <stdint.h>

void enter_new_namespace(void);

/* An address of loopback that can be taken away: there is no route to it then. */
#define OTHER_ADDRESS "10.9.9.9"
void set_other_address(int is_there);

/* A file of the one we are in, and the way back by it, which closes it. */
int open_namespace(void);
void return_to_namespace(int file);

/* A setting of the network namespace, by its name in /proc/sys/net/ipv4. */
void set_ipv4(const char *setting, const char *value);

uint32_t namespace_inode(void);

#endif
