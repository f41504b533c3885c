// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kernel side alone: attaches an object to a cgroup and throws away what comes, until SIGTERM.
 *
 *   drain OBJECT CGROUP
 *
 * Prints "attached", and at the end a line per program (name, calls, ns, calls skipped) and one of the counters.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>

#include <bpf/bpf.h>

#include "probe.h"

enum { TIMER_MS = 50 }; /* within what the exporter sleeps, 20 to 100 */

/* Sixteen times the exporter's: the load leaves the reader no CPU to be in time, and a record that finds no room is
 * cheap. */
enum { RING_BYTES = 16 << 20 };

static volatile sig_atomic_t stopped;

static void on_stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void on_record(void *context, const struct tcp_probe_info *record)
{
	long *records = context;

	if (record->kind < TCP_PROBE_KINDS)
		records[record->kind]++;
}

static void print_program(const struct bpf_program *program)
{
	struct bpf_prog_info info = {};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length))
		err(1, "program %s", bpf_program__name(program));
	printf("program %s %llu %llu %llu\n", bpf_program__name(program), info.run_cnt, info.run_time_ns,
	       info.recursion_misses);
}

int main(int argc, char **argv)
{
	long records[TCP_PROBE_KINDS] = {};
	struct probe_options options = {
	    .ring_bytes = RING_BYTES,
	    .handler = on_record,
	    .context = records,
	};
	struct tcp_probe_counters counters;
	struct bpf_program *program;
	struct probe probe;

	if (argc != 3)
		errx(2, "usage: drain OBJECT CGROUP");
	options.path = argv[1];
	signal(SIGTERM, on_stop);
	signal(SIGINT, on_stop);
	load_probe(&probe, &options);
	attach_probe(&probe, argv[2]);
	puts("attached");
	fflush(stdout);
	while (!stopped)
		drain(&probe, TIMER_MS);
	drain(&probe, 0);
	bpf_object__for_each_program(program, probe.object) print_program(program);
	counters = read_counters(&probe);
	printf("seen %llu %llu %llu\n", counters.seen[TCP_PROBE_OPEN], counters.seen[TCP_PROBE_CLOSE],
	       counters.seen[TCP_PROBE_FAILED]);
	printf("read %ld %ld %ld\n", records[TCP_PROBE_OPEN], records[TCP_PROBE_CLOSE], records[TCP_PROBE_FAILED]);
	return 0;
}
