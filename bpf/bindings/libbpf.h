/* SPDX-License-Identifier: Apache-2.0 */
/* What the exporter calls: libbpf, and the few functions of the C library for which Java has no counterpart. */
#define _GNU_SOURCE /* setns() */
/* Not variadic: open() creates no file here, so it has no mode, and prctl() has four words in any case. */
#define open variadic_open
#define prctl variadic_prctl
#include <fcntl.h>
#include <sys/prctl.h>
#undef open
#undef prctl
int open(const char *path, int flags);
int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);

#include <sched.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/capability.h>

int capset(struct __user_cap_header_struct *header, const struct __user_cap_data_struct *data); /* glibc declares it nowhere */

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
