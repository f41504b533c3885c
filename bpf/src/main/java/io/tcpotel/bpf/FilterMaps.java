// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_prefix;
import io.tcpotel.bpf.abi.tcp_probe_settings;
import io.tcpotel.bpf.libbpf.Libbpf;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A {@link ConnectionFilter} in the kernel's terms: ids instead of paths, entries of maps. Holds
 * the namespaces' files open, since a namespace's number may be given away once nobody has it.
 */
final class FilterMaps implements AutoCloseable {
  private static final String CGROUPS = "map_of_cgroups";
  private static final String NETNS = "map_of_netns";
  private static final String PREFIXES = "map_of_prefixes";
  private static final String PORTS = "map_of_ports";

  private final ConnectionFilter filter;
  private final Map<Long, Boolean> cgroupIds = new LinkedHashMap<>();
  private final Map<Integer, Boolean> netnsInodes = new LinkedHashMap<>();
  private final List<Integer> openFiles = new ArrayList<>();

  /**
   * Resolves the filter's paths; throws a {@link Failure} that names the option of one that is not
   * there.
   */
  FilterMaps(ConnectionFilter filter) {
    this.filter = filter;
    filter
        .cgroups()
        .forEach((path, wanted) -> cgroupIds.put(cgroupId("--filter-cgroup", path), wanted));
    try {
      filter.netns().forEach((path, wanted) -> netnsInodes.put(openNetns(path), wanted));
    } catch (Failure e) {
      close();
      throw e;
    }
  }

  /** The id of a cgroup v2 directory, its inode; {@code step} names it in the error. */
  static long cgroupId(String step, Path directory) {
    try {
      return (long) Files.getAttribute(directory, "unix:ino");
    } catch (IOException e) {
      throw Failure.usage(step, directory + " cannot be read", "name a cgroup v2 directory");
    }
  }

  private int openNetns(Path file) {
    int fd = LibbpfCalls.open(file);
    if (fd < 0) {
      throw Failure.usage(
          "--filter-netns",
          file + ": " + Errno.describe(LibbpfCalls.errno()),
          "name a namespace's file, /run/netns/NAME or /proc/PID/ns/net, that this process may open");
    }
    openFiles.add(fd);
    try {
      return (int) (long) Files.getAttribute(Path.of("/proc/self/fd/" + fd), "unix:ino");
    } catch (IOException e) {
      throw Failure.missing("--filter-netns", file + ": no inode", "mount proc at /proc");
    }
  }

  /** Before the load: which filters there are, and how large their maps. */
  void configure(TcpProbe probe, MemorySegment rodata) {
    tcp_probe_settings.own_netns(rodata, filter.ownNetns() ? 1 : 0);
    tcp_probe_settings.no_loopback(rodata, filter.noLoopback() ? 1 : 0);
    tcp_probe_settings.filter_cgroups(rodata, kind(cgroupIds.values()));
    tcp_probe_settings.filter_netns(rodata, kind(netnsInodes.values()));
    tcp_probe_settings.filter_prefixes(rodata, kind(filter.prefixes().values()));
    tcp_probe_settings.filter_ports(rodata, kind(filter.ports().values()));
    size(probe, CGROUPS, cgroupIds);
    size(probe, NETNS, netnsInodes);
    size(probe, PREFIXES, filter.prefixes());
    size(probe, PORTS, filter.ports());
  }

  /** One of {@code enum tcp_probe_filter}. */
  private static int kind(Collection<Boolean> entries) {
    if (entries.isEmpty()) {
      return ProbeAbi.TCP_PROBE_NO_FILTER();
    }
    return entries.contains(true)
        ? ProbeAbi.TCP_PROBE_ELSE_REFUSED()
        : ProbeAbi.TCP_PROBE_ELSE_WANTED();
  }

  private static void size(TcpProbe probe, String map, Map<?, Boolean> entries) {
    LibbpfCalls.bpf_map__set_max_entries(probe.map(map), Math.max(1, entries.size()));
  }

  /** After the load. */
  void fill(TcpProbe probe) {
    try (Arena arena = Arena.ofConfined()) {
      cgroupIds.forEach(
          (id, wanted) ->
              put(probe, CGROUPS, arena.allocateFrom(ValueLayout.JAVA_LONG, id), wanted));
      netnsInodes.forEach(
          (inode, wanted) ->
              put(probe, NETNS, arena.allocateFrom(ValueLayout.JAVA_INT, inode), wanted));
      filter
          .prefixes()
          .forEach((prefix, wanted) -> put(probe, PREFIXES, key(prefix, arena), wanted));
      filter
          .ports()
          .forEach(
              (port, wanted) ->
                  put(
                      probe,
                      PORTS,
                      arena.allocateFrom(ValueLayout.JAVA_SHORT, port.shortValue()),
                      wanted));
    }
  }

  private static MemorySegment key(AddressPrefix prefix, Arena arena) {
    MemorySegment key = tcp_probe_prefix.allocate(arena);
    tcp_probe_prefix.prefix_bits(key, prefix.bits());
    MemorySegment.copy(
        MemorySegment.ofArray(prefix.address()),
        0,
        tcp_probe_prefix.address(key),
        0,
        prefix.address().length);
    return key;
  }

  private static void put(TcpProbe probe, String map, MemorySegment key, boolean wanted) {
    try (Arena arena = Arena.ofConfined()) {
      int verdict = wanted ? ProbeAbi.TCP_PROBE_WANTED() : ProbeAbi.TCP_PROBE_REFUSED();
      MemorySegment value = arena.allocateFrom(ValueLayout.JAVA_INT, verdict);
      int fd = LibbpfCalls.bpf_map__fd(probe.map(map));
      int result = LibbpfCalls.bpf_map_update_elem(fd, key, value, Libbpf.BPF_ANY());
      if (result != 0) {
        throw Failure.missing(
            "write the filters", Errno.describe(-result), "name fewer of them, or report this");
      }
    }
  }

  @Override
  public void close() {
    openFiles.forEach(Libbpf::close);
    openFiles.clear();
  }
}
