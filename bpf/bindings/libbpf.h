/* SPDX-License-Identifier: Apache-2.0 */
/* What the exporter calls: libbpf, and the few functions of the C library for which Java has no counterpart. */
#define _GNU_SOURCE /* setns() */
#define open variadic_open
#include <fcntl.h>
#undef open
int open(const char *path, int flags); /* creates no file, so it has no mode: not variadic */

#include <sched.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
