// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.abi.tcp_probe_shared;
import io.tcpotel.bpf.libbpf.Libbpf;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * The kernel programs, loaded: attached to a cgroup here, and their maps and walks handed out. All
 * of it ends with this process. Not for use by several threads.
 */
public final class TcpProbe implements AutoCloseable {
  /** The kernel's type information, to which the programs are fitted when they are loaded. */
  public static final Path KERNEL_BTF = Path.of("/sys/kernel/btf/vmlinux");

  /** The program of all hooks. */
  public static final String HOOKS = "observe_connections";

  static final String RING = "map_of_tcp_info";
  static final String ADOPT_OLDER = "adopt_older";
  static final String REPORT_LIVE = "report_live";

  private final ProbeSettings settings;
  private final List<String> leftOut;
  private final FilterMaps filter;
  private final ProbeObject object;
  private MemorySegment mapped;
  private SharedWords shared;
  private Path cgroup;
  private volatile CgroupLink link;

  /** For {@link ProbeLoader}: opened, not loaded yet. */
  TcpProbe(ProbeSettings settings, List<String> leftOut, byte[] image) {
    this.settings = settings;
    this.leftOut = leftOut;
    this.filter = new FilterMaps(settings.filter());
    try {
      this.object = ProbeObject.open(image);
    } catch (Failure e) {
      filter.close();
      throw e;
    }
  }

  /** Loads the object that was built with this program. */
  public static TcpProbe load(ProbeSettings settings) {
    return load(settings, ProbeObject.builtIn());
  }

  /** Loads {@code image}, an ELF object; refuses one of another record version. */
  static TcpProbe load(ProbeSettings settings, byte[] image) {
    return new ProbeLoader(settings, image).load();
  }

  ProbeObject object() {
    return object;
  }

  FilterMaps filter() {
    return filter;
  }

  /** The programs that this kernel refused. */
  List<String> leftOut() {
    return leftOut;
  }

  public ProbeSettings settings() {
    return settings;
  }

  /**
   * Begins to observe the sockets of {@code cgroup}, a cgroup v2 directory, and of all below it.
   */
  public void attach(Path cgroup) {
    this.cgroup = cgroup;
    link = new CgroupLink(object.program(HOOKS), cgroup, shared());
  }

  /** Ends observing; records in the ring and sockets' storages stay readable. */
  public void detach() {
    if (link != null) {
      link.close();
      link = null;
    }
  }

  /** Whether sockets are observed; from any thread. */
  public boolean isAttached() {
    return link != null;
  }

  /**
   * Follows the names of scope and filters: a service that restarts gets a new cgroup directory,
   * and a namespace that is made again another inode. What began meanwhile is found by {@link
   * #adoption}. Throws a {@link Failure} if the directory that is there now cannot be attached to;
   * the next call tries again.
   */
  public ScopeChange follow() {
    boolean filterChanged = filter.follow(object);
    long inode = OpenFile.inodeAt(cgroup);
    boolean wasAttached = isAttached();
    if (wasAttached && inode == link.inode() || !wasAttached && inode == 0) {
      return filterChanged ? ScopeChange.FOLLOWED : ScopeChange.NONE;
    }
    detach();
    if (inode == 0) {
      return ScopeChange.GONE;
    }
    attach(cgroup);
    return ScopeChange.FOLLOWED;
  }

  /** Maps the ring for reading; to be closed before this. */
  public RingMapping mapRing() {
    long bytes = Integer.toUnsignedLong(Libbpf.bpf_map__max_entries(object.map(RING)));
    return RingMapping.of(object.mapFd(RING), bytes);
  }

  /** The words that both sides write, mapped until {@link #close}. */
  public SharedWords shared() {
    if (shared == null) {
      long bytes = tcp_probe_shared.sizeof();
      long offset = object.offset(".bss", "shared", bytes);
      mapped = RingMapping.map(object.mapFd(".bss"), offset + bytes, true, 0);
      shared = new SharedWords(mapped.asSlice(offset, bytes));
    }
    return shared;
  }

  public KernelCounters counters() {
    return new KernelCounters(object.mapFd("map_of_counters"));
  }

  /** The ends that the kernel has folded; to be read before {@link #close}. */
  public Folds folds() {
    return new Folds(
        object.mapFd("map_of_folds"), object.mapFd("map_of_rest"), shared(), settings.buckets());
  }

  /** Whether this kernel takes the program that reports connections while they live. */
  public boolean canReportLive() {
    return !leftOut.contains(REPORT_LIVE);
  }

  /**
   * Whether this kernel takes the program that finds older connections; it may still refuse each.
   */
  public boolean canAdopt() {
    return !leftOut.contains(ADOPT_OLDER);
  }

  /** The walk that reports connections while they live; {@link #canReportLive} comes before. */
  public LiveWalks liveWalks() {
    SocketIterator iterator =
        new SocketIterator(object.program(REPORT_LIVE), object.mapFd("map_of_sock_storage"));
    return new LiveWalks(iterator, shared(), settings.ringBytes());
  }

  /** The search for older connections; {@link #canAdopt} and {@link #attach} come before. */
  public Adoption adoption() {
    SocketIterator iterator = new SocketIterator(object.program(ADOPT_OLDER), 0);
    return new Adoption(iterator, settings.ringBytes(), settings.filter().ownNetns());
  }

  @Override
  public void close() {
    detach();
    if (mapped != null) {
      Libbpf.munmap(mapped, mapped.byteSize());
    }
    filter.close();
    object.close();
  }
}
