// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "probe.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

static int map_fd(const struct probe *probe, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(probe->object, name);

	if (fd < 0)
		errx(1, "the object has no map %s", name);
	return fd;
}

/* Without a generated skeleton, libbpf's own copy of .bss is not the kernel's. */
static struct tcp_probe_shared *map_shared(const struct probe *probe)
{
	void *shared =
	    mmap(NULL, sizeof(struct tcp_probe_shared), PROT_READ | PROT_WRITE, MAP_SHARED, map_fd(probe, ".bss"), 0);

	if (shared == MAP_FAILED)
		err(1, "mmap .bss");
	return shared;
}

static int on_sample(void *context, void *data, size_t size)
{
	const struct probe *probe = context;
	const struct tcp_probe_info *record = data;

	if (size != sizeof(*record) || record->size != sizeof(*record) || record->version != TCP_PROBE_VERSION)
		errx(1, "a record of %zu bytes that says size %u, version %u", size, record->size, record->version);
	probe->handler(probe->context, record);
	return 0;
}

static void resize_ring(struct probe *probe, __u32 bytes)
{
	struct bpf_map *ring = bpf_object__find_map_by_name(probe->object, "map_of_tcp_info");
	int error = ring ? bpf_map__set_max_entries(ring, bytes) : -ENOENT;

	if (error)
		errx(1, "a ring of %u bytes: %s", bytes, strerror(-error));
}

void load_probe(struct probe *probe, const char *path, __u32 ring_bytes, record_handler handler, void *context)
{
	int error;

	probe->handler = handler;
	probe->context = context;
	probe->object = bpf_object__open_file(path, NULL);
	if (!probe->object)
		err(1, "open %s", path);
	if (ring_bytes)
		resize_ring(probe, ring_bytes);
	error = bpf_object__load(probe->object);
	if (error)
		errx(1, "load %s: %s", path, strerror(-error));
	probe->shared = map_shared(probe);
	probe->ring = ring_buffer__new(map_fd(probe, "map_of_tcp_info"), on_sample, probe, NULL);
	if (!probe->ring)
		err(1, "map the ring");
}

void attach_probe(struct probe *probe, const char *cgroup)
{
	int fd = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct bpf_program *program;

	if (fd < 0)
		err(1, "open %s", cgroup);
	bpf_object__for_each_program(program, probe->object)
	{
		if (bpf_program__type(program) == BPF_PROG_TYPE_SOCK_OPS && !bpf_program__attach_cgroup(program, fd))
			err(1, "attach %s to %s", bpf_program__name(program), cgroup);
	}
	close(fd);
}

void drain(struct probe *probe, int wait_ms)
{
	int records = ring_buffer__poll(probe->ring, wait_ms);

	/* Before the last look, so that a record that comes after it wakes us again. */
	__atomic_store_n(&probe->shared->wakeup_pending, 0, __ATOMIC_SEQ_CST);
	if (records >= 0)
		records = ring_buffer__consume(probe->ring);
	if (records < 0 && records != -EINTR)
		errx(1, "read the ring: %s", strerror(-records));
}

static void add(struct tcp_probe_counters *sum, const struct tcp_probe_counters *counters)
{
	__u64 *to = (__u64 *)sum;
	const __u64 *from = (const __u64 *)counters;

	for (size_t i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += from[i];
}

struct tcp_probe_counters read_counters(const struct probe *probe)
{
	int cpus = libbpf_num_possible_cpus();
	struct tcp_probe_counters sum = {}, *each = calloc(cpus, sizeof(*each));
	__u32 first = 0;

	if (!each || bpf_map_lookup_elem(map_fd(probe, "map_of_counters"), &first, each))
		err(1, "read the counters");
	for (int cpu = 0; cpu < cpus; cpu++)
		add(&sum, &each[cpu]);
	free(each);
	return sum;
}
