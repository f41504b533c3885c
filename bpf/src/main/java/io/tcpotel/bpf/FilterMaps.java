// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.Setting;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_prefix;
import io.tcpotel.bpf.abi.tcp_probe_settings;
import io.tcpotel.bpf.libbpf.Libbpf;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A {@link ConnectionFilter} in the kernel's terms: ids instead of paths, and entries of maps.
 * Holds the files of the namespaces open: the kernel may reuse a namespace's inode once nothing
 * refers to the namespace.
 */
final class FilterMaps implements AutoCloseable {
  static final String CGROUPS = "map_of_cgroups";
  static final String NETNS = "map_of_netns";
  static final String PREFIXES = "map_of_prefixes";
  static final String PORTS = "map_of_ports";

  private final ConnectionFilter filter;
  private final Map<Path, Long> cgroupIds = new LinkedHashMap<>();
  private final Map<Path, OpenFile> namespaces = new LinkedHashMap<>();
  private final Map<Path, Long> namespaceInodes = new LinkedHashMap<>();

  /** Looks the filter's paths up; throws a {@link Failure} that names one that is not there. */
  FilterMaps(ConnectionFilter filter) {
    this.filter = filter;
    filter.cgroups().keySet().forEach(path -> cgroupIds.put(path, cgroupId(path)));
    try {
      filter.netns().keySet().forEach(this::openNetns);
    } catch (Failure e) {
      close();
      throw e;
    }
  }

  /** Of the same filter, whose maps another process has filled. */
  FilterMaps(ConnectionFilter filter, List<Long> cgroups, List<Integer> netns) {
    this.filter = filter;
    Iterator<Long> ids = cgroups.iterator();
    filter.cgroups().keySet().forEach(path -> cgroupIds.put(path, ids.next()));
    Iterator<Integer> files = netns.iterator();
    filter.netns().keySet().forEach(path -> keep(path, new OpenFile(files.next())));
  }

  /** The ids in the map, in the order of the filter. */
  List<Long> cgroups() {
    return List.copyOf(cgroupIds.values());
  }

  /** The files of the namespaces in the map, in the order of the filter. */
  List<Integer> netns() {
    return namespaces.values().stream().map(OpenFile::fd).toList();
  }

  /** The id of a cgroup v2 directory is its inode. */
  private static long cgroupId(Path path) {
    try (OpenFile directory = new OpenFile(path)) {
      return directory.inode();
    } catch (IOException e) {
      throw Failure.usage(
          Setting.FILTER_CGROUP, path + ": " + e.getMessage(), "name a cgroup v2 directory");
    }
  }

  private void openNetns(Path path) {
    try {
      keep(path, new OpenFile(path));
    } catch (IOException e) {
      throw Failure.usage(
          Setting.FILTER_NETNS,
          path + ": " + e.getMessage(),
          "name a namespace's file, /run/netns/NAME or /proc/PID/ns/net, that this process may open");
    }
  }

  private void keep(Path path, OpenFile namespace) {
    namespaces.put(path, namespace);
    namespaceInodes.put(path, namespace.inode());
  }

  /** Before the object is loaded: says which filters there are, and how large their maps are. */
  void configure(ProbeObject object, MemorySegment rodata) {
    tcp_probe_settings.own_netns(rodata, filter.ownNetns() ? 1 : 0);
    tcp_probe_settings.no_loopback(rodata, filter.noLoopback() ? 1 : 0);
    tcp_probe_settings.filter_cgroups(rodata, kind(filter.cgroups().values()));
    tcp_probe_settings.filter_netns(rodata, kind(filter.netns().values()));
    tcp_probe_settings.filter_prefixes(rodata, kind(filter.prefixes().values()));
    tcp_probe_settings.filter_ports(rodata, kind(filter.ports().values()));
    size(object, CGROUPS, filter.cgroups());
    size(object, NETNS, filter.netns());
    size(object, PREFIXES, filter.prefixes());
    size(object, PORTS, filter.ports());
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

  private static void size(ProbeObject object, String map, Map<?, Boolean> entries) {
    object.resize(map, Math.max(1, entries.size()));
  }

  /** After the object is loaded: writes the entries of the maps. */
  void fill(ProbeFiles files) {
    cgroupIds.forEach((path, id) -> put(files, CGROUPS, id, filter.cgroups().get(path)));
    namespaceInodes.forEach((path, inode) -> put(files, NETNS, inode, filter.netns().get(path)));
    try (Arena arena = Arena.ofConfined()) {
      filter
          .prefixes()
          .forEach((prefix, wanted) -> put(files, PREFIXES, key(prefix, arena), wanted));
      filter.ports().forEach((port, wanted) -> put(files, PORTS, port, wanted));
    }
  }

  /**
   * Writes the ids of what the names stand for by now; returns whether one has changed. The
   * namespace of a process stays what it was: its pid may be another process's by now.
   */
  boolean follow(ProbeFiles files) {
    boolean changed = false;
    for (Path path : List.copyOf(cgroupIds.keySet())) {
      long id = OpenFile.inodeAt(path);
      if (id != 0 && id != cgroupIds.get(path)) {
        remove(files, CGROUPS, cgroupIds.put(path, id));
        put(files, CGROUPS, id, filter.cgroups().get(path));
        changed = true;
      }
    }
    for (Path path : List.copyOf(namespaceInodes.keySet())) {
      long inode = OpenFile.inodeAt(path);
      boolean ofProcess = path.startsWith("/proc");
      if (!ofProcess && inode != 0 && inode != namespaceInodes.get(path)) {
        changed |= followNamespace(files, path);
      }
    }
    return changed;
  }

  /**
   * The old namespace is let go last, so that its inode cannot come back while it is in the map.
   */
  private boolean followNamespace(ProbeFiles files, Path path) {
    OpenFile old = namespaces.get(path);
    long oldInode = namespaceInodes.get(path);
    try {
      openNetns(path);
    } catch (Failure e) {
      return false; // gone again, or `ip netns add` has not mounted it yet: the next call looks
    }
    remove(files, NETNS, oldInode);
    put(files, NETNS, namespaceInodes.get(path), filter.netns().get(path));
    old.close();
    return true;
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

  /** As a key: the kernel reads as many bytes as the map has it, the lowest ones first. */
  private static MemorySegment key(long number, Arena arena) {
    return arena.allocateFrom(ValueLayout.JAVA_LONG, number);
  }

  private static void remove(ProbeFiles files, String map, long key) {
    try (Arena arena = Arena.ofConfined()) {
      Libbpf.bpf_map_delete_elem(files.fd(map), key(key, arena));
    }
  }

  private static void put(ProbeFiles files, String map, long key, boolean wanted) {
    try (Arena arena = Arena.ofConfined()) {
      put(files, map, key(key, arena), wanted);
    }
  }

  private static void put(ProbeFiles files, String map, MemorySegment key, boolean wanted) {
    try (Arena arena = Arena.ofConfined()) {
      int verdict = wanted ? ProbeAbi.TCP_PROBE_WANTED() : ProbeAbi.TCP_PROBE_REFUSED();
      MemorySegment value = arena.allocateFrom(ValueLayout.JAVA_INT, verdict);
      int result = Libbpf.bpf_map_update_elem(files.fd(map), key, value, Libbpf.BPF_ANY());
      if (result != 0) {
        throw Failure.missing(
            "write the filters", Errno.describe(-result), "name fewer of them, or report this");
      }
    }
  }

  @Override
  public void close() {
    namespaces.values().forEach(OpenFile::close);
    namespaces.clear();
  }
}
