// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.bpf.abi.tcp_probe_settings;
import io.tcpotel.bpf.abi.tcp_probe_shared;
import io.tcpotel.bpf.libbpf.bpf_object_open_opts;
import io.tcpotel.bpf.libbpf.bpf_test_run_opts;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The kernel programs: opened, given their settings, loaded, attached to a cgroup. Everything goes
 * with this process: the link is a file descriptor, so that nothing stays attached after any exit.
 * Not for use by several threads.
 */
public final class TcpProbe implements AutoCloseable {
  /** The kernel's type information, which the programs are fitted to when they are loaded. */
  public static final Path KERNEL_BTF = Path.of("/sys/kernel/btf/vmlinux");

  private static final String OBJECT = "tcp_probe.bpf.o";
  private static final String CAPABILITIES =
      "run as root, or give the process CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN";

  private static final String ADOPT_OLDER = "adopt_older";
  private static final String REPORT_LIVE = "report_live";

  /** What is left out, step by step, where a kernel refuses the whole. */
  private static final List<List<String>> LESS =
      List.of(List.of(), List.of(ADOPT_OLDER), List.of(ADOPT_OLDER, REPORT_LIVE));

  private final Arena arena = Arena.ofShared();
  private final MemorySegment object;
  private final ProbeSettings settings;
  private final List<String> leftOut;
  private final FilterMaps filter;
  private MemorySegment link = MemorySegment.NULL;
  private MemorySegment shared = MemorySegment.NULL;

  private TcpProbe(MemorySegment object, ProbeSettings settings, List<String> leftOut) {
    this.object = object;
    this.settings = settings;
    this.leftOut = leftOut;
    this.filter = new FilterMaps(settings.filter());
  }

  /** Opens and loads the object that belongs to this program. */
  public static TcpProbe load(ProbeSettings settings) {
    return load(settings, readObject());
  }

  /** Opens and loads {@code image}, an ELF object; refuses one of another record version. */
  static TcpProbe load(ProbeSettings settings, byte[] image) {
    LibbpfLibrary.require();
    if (!Files.exists(KERNEL_BTF)) {
      throw Failure.missing(
          "load kernel programs",
          "this kernel has no type information (" + KERNEL_BTF + ")",
          "use a kernel built with CONFIG_DEBUG_INFO_BTF: 5.15 or newer of any distribution");
    }
    MonotonicClock.requireNanoTime();
    List<String> missing = Capabilities.missing();
    if (!missing.isEmpty()) {
      String names = String.join(", ", missing);
      throw Failure.missing("load kernel programs", "this process lacks " + names, CAPABILITIES);
    }
    try {
      return loadMost(settings, image);
    } catch (Failure e) {
      LibbpfLog.install();
      return loadMost(settings, image); // fails again, with libbpf's words
    }
  }

  private static TcpProbe loadMost(ProbeSettings settings, byte[] image) {
    Failure first = null;
    for (List<String> leftOut : LESS) {
      try {
        return load(settings, image, leftOut);
      } catch (Refusal e) {
        first = first == null ? e.failure : first;
      }
    }
    throw first;
  }

  /**
   * Opens the object and closes it again, for which nobody needs privileges, and looks at the
   * structs that come into play later.
   */
  public static void rehearse(ProbeSettings settings) {
    LibbpfLibrary.require();
    try (TcpProbe probe = open(readObject(), settings, List.of())) {
      probe.configure();
    }
    bpf_test_run_opts.layout();
    RingWaiter.rehearse();
    SocketIterator.rehearse();
  }

  private static TcpProbe load(ProbeSettings settings, byte[] image, List<String> leftOut)
      throws Refusal {
    LibbpfLog.clear();
    TcpProbe probe = open(image, settings, leftOut);
    try {
      probe.configure();
      probe.loadIntoKernel();
      probe.filter.fill(probe);
      probe.learnOwnIdentity();
      return probe;
    } catch (RuntimeException | Refusal e) {
      probe.close();
      throw e;
    }
  }

  /** The kernel took the object, but not all of its programs. */
  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1;
    private final transient Failure failure;

    private Refusal(Failure failure) {
      super(failure);
      this.failure = failure;
    }
  }

  private static byte[] readObject() {
    try (InputStream in = TcpProbe.class.getResourceAsStream(OBJECT)) {
      if (in == null) {
        throw Failure.missing("open kernel programs", OBJECT + " is not in the jar", "build again");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TcpProbe open(byte[] image, ProbeSettings settings, List<String> leftOut) {
    try (Arena opening = Arena.ofConfined()) {
      MemorySegment options = bpf_object_open_opts.allocate(opening);
      bpf_object_open_opts.sz(options, bpf_object_open_opts.sizeof());
      bpf_object_open_opts.object_name(options, opening.allocateFrom("tcpotel"));
      MemorySegment bytes = opening.allocateFrom(ValueLayout.JAVA_BYTE, image);
      MemorySegment object = LibbpfCalls.bpf_object__open_mem(bytes, bytes.byteSize(), options);
      if (object.address() == 0) {
        throw Failure.missing(
            "open kernel programs",
            Errno.describe(LibbpfCalls.errno()) + said(),
            "the object is damaged or made for another libbpf: build again");
      }
      try {
        return new TcpProbe(object, settings, leftOut);
      } catch (Failure e) {
        LibbpfCalls.bpf_object__close(object);
        throw e;
      }
    }
  }

  private void configure() {
    MemorySegment rodata = initialValue(".rodata", tcp_probe_settings.sizeof());
    int version = tcp_probe_settings.version(rodata);
    int recordBytes = tcp_probe_settings.record_bytes(rodata);
    if (version != ProbeAbi.TCP_PROBE_VERSION() || recordBytes != tcp_probe_info.sizeof()) {
      throw otherVersion("version " + version + " with records of " + recordBytes + " bytes");
    }
    settings.write(rodata);
    filter.configure(this, rodata);
    LibbpfCalls.bpf_map__set_max_entries(
        map("map_of_tcp_info"), Math.toIntExact(settings.ringBytes()));
    leftOut.forEach(name -> LibbpfCalls.bpf_program__set_autoload(program(name), false));
  }

  private static Failure otherVersion(String found) {
    return Failure.missing(
        "open kernel programs",
        "the object has "
            + found
            + ", this program reads version "
            + ProbeAbi.TCP_PROBE_VERSION()
            + " with records of "
            + tcp_probe_info.sizeof()
            + " bytes",
        "build object and program from the same sources");
  }

  private void loadIntoKernel() throws Refusal {
    int result = LibbpfCalls.bpf_object__load(object);
    if (result == 0) {
      return;
    }
    if (Errno.isPermission(-result)) {
      throw Failure.missing("load kernel programs", Errno.describe(-result), CAPABILITIES);
    }
    throw new Refusal(
        Failure.missing(
            "load kernel programs",
            Errno.describe(-result) + said(),
            "the kernel refused the programs: please report it with the lines above and 'uname -r'"));
  }

  private static String said() {
    String lines = LibbpfLog.lastLines();
    return lines.isEmpty() ? "" : System.lineSeparator() + "    " + lines;
  }

  /**
   * Only the kernel knows this process' pid as its hooks see it, whatever pid namespace the process
   * is in, and the cookie of its network namespace.
   */
  private void learnOwnIdentity() {
    int fd = LibbpfCalls.bpf_program__fd(program("learn_own_identity"));
    try (Arena running = Arena.ofConfined()) {
      MemorySegment options = bpf_test_run_opts.allocate(running);
      bpf_test_run_opts.sz(options, bpf_test_run_opts.sizeof());
      int result = LibbpfCalls.bpf_prog_test_run_opts(fd, options);
      if (result != 0) {
        throw Failure.missing(
            "learn the own pid and namespace", Errno.describe(-result), CAPABILITIES);
      }
    }
  }

  /**
   * Begins to observe the sockets of {@code cgroup}, a cgroup v2 directory, and of all below it.
   */
  public void attach(Path cgroup) {
    int fd = LibbpfCalls.open(cgroup);
    if (fd < 0) {
      throw Failure.usage(
          "open cgroup " + cgroup,
          Errno.describe(LibbpfCalls.errno()),
          "name a cgroup v2 directory");
    }
    tcp_probe_shared.scope_cgroup_id(shared(), FilterMaps.cgroupId("open cgroup", cgroup));
    MemorySegment attached =
        LibbpfCalls.bpf_program__attach_cgroup(program("observe_connections"), fd);
    int errno = LibbpfCalls.errno();
    LibbpfCalls.close(fd);
    if (attached.address() == 0) {
      throw Failure.missing(
          "attach to cgroup " + cgroup,
          Errno.describe(errno),
          Errno.isPermission(errno)
              ? CAPABILITIES
              : "name a cgroup v2 directory; another program may forbid more below it");
    }
    link = attached;
  }

  /** Ends observing; what is in the ring and in the storages stays readable. */
  public void detach() {
    if (link.address() != 0) {
      LibbpfCalls.bpf_link__destroy(link);
      link = MemorySegment.NULL;
    }
  }

  public ProbeSettings settings() {
    return settings;
  }

  /** Maps the ring for reading; to be closed before this. */
  public RingMapping mapRing() {
    MemorySegment ring = map("map_of_tcp_info");
    long bytes = Integer.toUnsignedLong(LibbpfCalls.bpf_map__max_entries(ring));
    return RingMapping.of(LibbpfCalls.bpf_map__fd(ring), bytes);
  }

  /** The words that both sides write, {@link tcp_probe_shared}, mapped until {@link #close}. */
  public MemorySegment shared() {
    if (shared.address() == 0) {
      shared =
          RingMapping.map(LibbpfCalls.bpf_map__fd(map(".bss")), tcp_probe_shared.sizeof(), true, 0);
    }
    return shared;
  }

  public KernelCounters counters() {
    return new KernelCounters(LibbpfCalls.bpf_map__fd(map("map_of_counters")));
  }

  /** What was added up where the ring was full; to be read before {@link #close}. */
  public Folds folds() {
    return new Folds(
        LibbpfCalls.bpf_map__fd(map("map_of_folds")),
        LibbpfCalls.bpf_map__fd(map("map_of_rest")),
        shared(),
        settings.buckets());
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
    int storageFd = LibbpfCalls.bpf_map__fd(map("map_of_sock_storage"));
    return new LiveWalks(
        new SocketIterator(program(REPORT_LIVE), storageFd), shared(), settings.ringBytes());
  }

  /** The search for older connections; {@link #canAdopt} and {@link #attach} come before. */
  public Adoption adoption() {
    return new Adoption(
        new SocketIterator(program(ADOPT_OLDER), 0),
        settings.ringBytes(),
        settings.filter().ownNetns());
  }

  /** A map of the object, by its name in C. */
  MemorySegment map(String name) {
    MemorySegment map = LibbpfCalls.bpf_object__find_map_by_name(object, arena.allocateFrom(name));
    if (map.address() == 0) {
      throw otherVersion("no map " + name);
    }
    return map;
  }

  private MemorySegment program(String name) {
    MemorySegment program =
        LibbpfCalls.bpf_object__find_program_by_name(object, arena.allocateFrom(name));
    if (program.address() == 0) {
      throw otherVersion("no program " + name);
    }
    return program;
  }

  /** What a section's map will hold at load. */
  private MemorySegment initialValue(String section, long bytes) {
    MemorySegment map = map(section);
    MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
    MemorySegment value = LibbpfCalls.bpf_map__initial_value(map, size);
    if (value.address() == 0 || size.get(ValueLayout.JAVA_LONG, 0) != bytes) {
      throw otherVersion(
          "a "
              + section
              + " of "
              + size.get(ValueLayout.JAVA_LONG, 0)
              + " instead of "
              + bytes
              + " bytes");
    }
    return value.reinterpret(bytes, arena, null);
  }

  @Override
  public void close() {
    detach();
    if (shared.address() != 0) {
      LibbpfCalls.munmap(shared, shared.byteSize());
    }
    filter.close();
    LibbpfCalls.bpf_object__close(object);
    arena.close();
  }
}
