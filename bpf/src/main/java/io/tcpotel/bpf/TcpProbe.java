// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.abi.tcp_probe_shared;
import io.tcpotel.bpf.libbpf.Libbpf;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The kernel programs, loaded: attached to a cgroup here, and their maps and walks handed out. All
 * of it ends with this process, or is inherited by the program that replaces it. Not for use by
 * several threads.
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
  private final FilterMaps filter;
  private final ProbeFiles files;
  private MemorySegment mapped;
  private SharedWords shared;
  private volatile Path cgroup;
  private volatile CgroupLink link;
  private CgroupWatch cgroups;
  private SocketIterator live;
  private SocketIterator older;
  private Adoption begun;

  /** Of programs and maps that are loaded. */
  TcpProbe(ProbeSettings settings, FilterMaps filter, ProbeFiles files) {
    this.settings = settings;
    this.filter = filter;
    this.files = files;
  }

  /** Loads the object that was built with this program. */
  public static TcpProbe load(ProbeSettings settings) {
    return new ProbeLoader(settings, ProbeObject.builtIn()).load();
  }

  /**
   * The programs that this process attached to {@code cgroup} before it replaced itself; empty if
   * it did not.
   *
   * @param settings the same as before
   */
  public static Optional<TcpProbe> inherited(
      ProbeSettings settings, Path cgroup, Map<String, String> environment) {
    return Handover.of(environment, ProcessHandle.current().pid())
        .map(
            handover -> {
              LibbpfLibrary.require();
              return new TcpProbe(settings, cgroup, handover);
            });
  }

  private TcpProbe(ProbeSettings settings, Path cgroup, Handover handover) {
    this.settings = settings;
    this.filter =
        new FilterMaps(settings.filter(), handover.filterCgroups(), handover.filterNetns());
    this.files = handover.probe();
    this.cgroup = cgroup;
    this.link = handover.link();
    this.cgroups = handover.cgroups();
    this.live = handover.live();
    this.older = handover.older();
    this.begun = new Adoption(handover.walks(), handover.notEntered(), settings.ringBytes());
  }

  /**
   * Replaces this process by itself without capabilities, which inherits all of this ({@link
   * #inherited}); {@link #attach} comes before. Returns only if that is not possible, with the
   * reason. It names the files that the program reads and writes later.
   */
  public Obstacle replaceProcess(List<Path> read, List<Path> written) {
    begun = canAdopt() ? adoption() : null;
    Handover handover =
        new Handover(
            files,
            link,
            cgroups,
            settings.liveReports().areWanted() && canReportLive() ? liveIterator() : null,
            older,
            begun == null ? List.of() : begun.runs(),
            begun == null ? 0 : begun.notEntered(),
            filter.cgroups(),
            filter.netns());
    return new Successor(handover, read, written).begin();
  }

  public ProbeSettings settings() {
    return settings;
  }

  /**
   * Begins to observe the sockets of {@code cgroup}, a cgroup v2 directory, and of all below it.
   */
  public void attach(Path cgroup) {
    this.cgroup = cgroup;
    if (cgroups == null) {
      cgroups = CgroupWatch.attach(files);
    }
    link = CgroupLink.attach(files.fd(HOOKS), cgroup, shared());
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
    boolean filterChanged = filter.follow(files);
    long inode = OpenFile.inodeAt(cgroup);
    if (inode == (isAttached() ? link.inode() : 0)) {
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
    return RingMapping.of(files.fd(RING), settings.ringBytes());
  }

  /** The words that both sides write, mapped until {@link #close}. */
  public SharedWords shared() {
    if (shared == null) {
      long bytes = tcp_probe_shared.sizeof();
      mapped = RingMapping.map(files.fd(ProbeFiles.SHARED), files.sharedOffset() + bytes, true, 0);
      shared = new SharedWords(mapped.asSlice(files.sharedOffset(), bytes));
    }
    return shared;
  }

  public KernelCounters counters() {
    return new KernelCounters(files.fd(ProbeFiles.COUNTERS));
  }

  public boolean isScopeThere() {
    return OpenFile.inodeAt(cgroup) != 0;
  }

  /** Of the programs; from any thread. */
  public List<ProgramRuns> programRuns() {
    return ProgramRuns.of(files);
  }

  /** The ends that the kernel has folded; to be read before {@link #close}. */
  public Folds folds() {
    return new Folds(
        files.fd(ProbeFiles.FOLDS), files.fd(ProbeFiles.REST), shared(), settings.buckets());
  }

  /** The paths of cgroups; to be read before {@link #close}. */
  public CgroupNames cgroupNames() {
    return new CgroupNames(files.fd(ProbeFiles.NAMES));
  }

  /** The reasons for which cgroups have no names; {@link #attach} comes before. */
  public List<Obstacle> cgroupObstacles() {
    return cgroups.obstacles();
  }

  /** Whether this kernel takes the program that reports connections while they live. */
  public boolean canReportLive() {
    return files.has(REPORT_LIVE);
  }

  /** Whether this kernel takes the program that finds older connections; it may refuse each. */
  public boolean canAdopt() {
    return files.has(ADOPT_OLDER);
  }

  /** The walks that report connections while they live; {@link #canReportLive} comes before. */
  public LiveWalks liveWalks() {
    return new LiveWalks(liveIterator(), shared(), settings.ringBytes());
  }

  private SocketIterator liveIterator() {
    if (live == null) {
      live = SocketIterator.attach(files.fd(REPORT_LIVE), files.fd(ProbeFiles.STORAGE));
    }
    return live;
  }

  /** The search for older connections; {@link #canAdopt} and {@link #attach} come before. */
  public Adoption adoption() {
    Adoption adoption = begun;
    begun = null;
    if (adoption != null) {
      return adoption;
    } else if (older == null) {
      older = SocketIterator.attach(files.fd(ADOPT_OLDER), 0);
    }
    return Adoption.begin(older, settings.ringBytes(), settings.filter().ownNetns());
  }

  @Override
  public void close() {
    detach();
    if (cgroups != null) {
      cgroups.close();
    }
    if (begun != null) {
      begun.close();
    }
    for (SocketIterator iterator : new SocketIterator[] {live, older}) {
      if (iterator != null) {
        iterator.close();
      }
    }
    if (mapped != null) {
      Libbpf.munmap(mapped, mapped.byteSize());
    }
    filter.close();
    files.close();
  }
}
