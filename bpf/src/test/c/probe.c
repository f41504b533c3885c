// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "probe.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

/* In the order in which the exporter does without them. */
static const char *const optional_programs[] = {"adopt_older", "name_older_cgroups", "report_live"};

enum { OPTIONAL_PROGRAMS = sizeof(optional_programs) / sizeof(optional_programs[0]) };

int map_fd(const struct probe *probe, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(probe->object, name);

	if (fd < 0)
		errx(1, "the object has no map %s", name);
	return fd;
}

static struct bpf_program *find_program(const struct probe *probe, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(probe->object, name);

	if (!program)
		errx(1, "the object has no program %s", name);
	return program;
}

__u32 find_variable(const struct bpf_object *object, const char *section, const char *name, __u32 bytes)
{
	const struct btf *btf = bpf_object__btf(object);
	__s32 id = btf__find_by_name_kind(btf, section, BTF_KIND_DATASEC);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(btf, id);
	const struct btf_var_secinfo *variable = type ? btf_var_secinfos(type) : NULL;

	for (int i = 0; type && i < btf_vlen(type); i++, variable++) {
		const struct btf_type *declared = btf__type_by_id(btf, variable->type);

		if (!strcmp(btf__name_by_offset(btf, declared->name_off), name) && variable->size == bytes)
			return variable->offset;
	}
	errx(1, "the object has no %s of %u bytes in %s", name, bytes, section);
}

/* Without a generated skeleton, libbpf's own copy of .bss is not the kernel's. */
static void map_shared(struct probe *probe)
{
	__u32 offset = find_variable(probe->object, ".bss", "shared", sizeof(*probe->shared));
	size_t bytes = offset + sizeof(*probe->shared);
	void *bss = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd(probe, ".bss"), 0);

	if (bss == MAP_FAILED)
		err(1, "mmap .bss");
	probe->bss = bss;
	probe->bss_bytes = bytes;
	probe->shared = bss + offset;
}

static size_t size_of_kind(__u8 kind)
{
	if (kind == TCP_PROBE_LISTENER)
		return sizeof(struct tcp_probe_listener);
	return kind == TCP_PROBE_OPEN || kind == TCP_PROBE_UNOBSERVED ? TCP_PROBE_SHORT_BYTES
								      : sizeof(struct tcp_probe_info);
}

static int on_sample(void *context, void *data, size_t size)
{
	const struct probe *probe = context;
	const struct tcp_probe_info *record = data;
	struct tcp_probe_info whole = {0};

	if (size != size_of_kind(record->kind) || record->size != size || record->version != TCP_PROBE_VERSION)
		errx(1, "a record of %zu bytes that says size %u, version %u", size, record->size, record->version);
	if (record->kind == TCP_PROBE_LISTENER) {
		if (probe->options.listeners)
			probe->options.listeners(probe->options.context, data);
		return 0;
	}
	memcpy(&whole, record, size);
	probe->options.handler(probe->options.context, &whole);
	return 0;
}

static void resize_ring(struct probe *probe, __u32 bytes)
{
	struct bpf_map *ring = bpf_object__find_map_by_name(probe->object, "map_of_tcp_info");
	int error = ring ? bpf_map__set_max_entries(ring, bytes) : -ENOENT;

	if (error)
		errx(1, "a ring of %u bytes: %s", bytes, strerror(-error));
}

/* Of the kernel's clock, as the exporter finds it. */
static __u32 read_tick_us(void)
{
	struct timespec resolution;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &resolution))
		err(1, "clock_getres");
	return resolution.tv_sec * 1000000 + resolution.tv_nsec / 1000;
}

static void configure(struct probe *probe)
{
	struct bpf_map *map = bpf_object__find_map_by_name(probe->object, ".rodata");
	__u32 offset = find_variable(probe->object, ".rodata", "settings", sizeof(struct tcp_probe_settings));
	struct tcp_probe_settings *settings;
	const void *initial;
	void *section;
	size_t size;
	int error;

	initial = map ? bpf_map__initial_value(map, &size) : NULL;
	section = initial ? malloc(size) : NULL;
	if (!section)
		errx(1, "no initial value of .rodata");
	memcpy(section, initial, size);
	settings = section + offset;
	if (settings->version != TCP_PROBE_VERSION)
		errx(1, "%s is not of version %d", probe->options.path, TCP_PROBE_VERSION);
	settings->tick_us = read_tick_us();
	if (probe->options.configure)
		probe->options.configure(probe->object, settings);
	error = bpf_map__set_initial_value(map, section, size);
	if (error)
		errx(1, "set the settings: %s", strerror(-error));
	free(section);
}

/* Returns the kernel's error, negative, without the first `left_out` of the optional programs. */
static int try_to_load(struct probe *probe, int left_out)
{
	const struct probe_options *options = &probe->options;

	probe->object = bpf_object__open_file(options->path, NULL);
	if (!probe->object)
		err(1, "open %s", options->path);
	if (options->ring_bytes)
		resize_ring(probe, options->ring_bytes);
	configure(probe);
	for (int i = 0; i < left_out; i++)
		bpf_program__set_autoload(find_program(probe, optional_programs[i]), 0);
	return bpf_object__load(probe->object);
}

void load_probe(struct probe *probe, const struct probe_options *options)
{
	int error;

	*probe = (struct probe){.options = *options};
	error = try_to_load(probe, 0);
	for (int i = 1; error && i <= OPTIONAL_PROGRAMS; i++) {
		warnx("load %s: %s; without %s", options->path, strerror(-error), optional_programs[i - 1]);
		bpf_object__close(probe->object);
		error = try_to_load(probe, i);
	}
	if (error)
		errx(1, "load %s: %s", options->path, strerror(-error));
	map_shared(probe);
	probe->ring = ring_buffer__new(map_fd(probe, "map_of_tcp_info"), on_sample, probe, NULL);
	if (!probe->ring)
		err(1, "map the ring");
}

int has_program(const struct probe *probe, const char *name)
{
	return bpf_program__fd(find_program(probe, name)) >= 0;
}

void attach_probe(struct probe *probe, const char *cgroup)
{
	int fd = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct bpf_program *program;

	if (fd < 0)
		err(1, "open %s", cgroup);
	bpf_object__for_each_program(program, probe->object)
	{
		struct bpf_link *link;

		if (bpf_program__type(program) != BPF_PROG_TYPE_SOCK_OPS)
			continue;
		link = bpf_program__attach_cgroup(program, fd);
		if (!link)
			err(1, "attach %s to %s", bpf_program__name(program), cgroup);
		probe->links[probe->number_of_links++] = link;
	}
	close(fd);
}

void unload_probe(struct probe *probe)
{
	for (int i = 0; i < probe->number_of_links; i++)
		bpf_link__destroy(probe->links[i]);
	ring_buffer__free(probe->ring);
	munmap(probe->bss, probe->bss_bytes);
	bpf_object__close(probe->object);
}

static void walk(struct probe *probe, const char *name, const struct bpf_iter_attach_opts *options)
{
	struct bpf_link *link;
	char marks[4096];
	ssize_t bytes;
	int fd;

	if (!has_program(probe, name))
		return;
	link = bpf_program__attach_iter(find_program(probe, name), options);
	if (!link)
		err(1, "attach %s", name);
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		err(1, "run %s", name);
	do {
		bytes = read(fd, marks, sizeof(marks));
		drain(probe, 0);
	} while (bytes > 0);
	if (bytes < 0)
		err(1, "a step of %s", name);
	close(fd);
	bpf_link__destroy(link);
}

void walk_live(struct probe *probe)
{
	union bpf_iter_link_info map = {.map.map_fd = map_fd(probe, "map_of_sock_storage")};
	LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &map, .link_info_len = sizeof(map));

	walk(probe, "report_live", &options);
}

void walk_older(struct probe *probe)
{
	walk(probe, "adopt_older", NULL);
}

void learn_own_identity(struct probe *probe)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	if (bpf_prog_test_run_opts(bpf_program__fd(find_program(probe, "learn_own_identity")), &options))
		err(1, "run learn_own_identity");
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

void add_up_cpus(const __u64 *each, int number, __u64 *sum)
{
	int cpus = libbpf_num_possible_cpus();

	for (int i = 0; i < cpus * number; i++)
		sum[i % number] += each[i];
}

struct tcp_probe_counters read_counters(const struct probe *probe)
{
	struct tcp_probe_counters sum = {}, *each = calloc(libbpf_num_possible_cpus(), sizeof(*each));
	__u32 first = 0;

	if (!each || bpf_map_lookup_elem(map_fd(probe, "map_of_counters"), &first, each))
		err(1, "read the counters");
	add_up_cpus((const __u64 *)each, sizeof(sum) / sizeof(__u64), (__u64 *)&sum);
	free(each);
	return sum;
}
