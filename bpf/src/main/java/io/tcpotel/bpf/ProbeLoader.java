// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.bpf.abi.tcp_probe_settings;
import io.tcpotel.bpf.abi.tcp_probe_shared;
import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.bpf_test_run_opts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.List;

/**
 * Gives the kernel programs their settings and loads them; where the kernel refuses a walk or the
 * names of cgroups, without it.
 */
final class ProbeLoader {
  private static final String STEP = "load kernel programs";

  /** Maps, programs, links and walks, and the files of Java's classes and libraries. */
  private static final int OPEN_FILES = 40;

  /** The programs that are left out, one attempt after the other. */
  private static final List<List<String>> LESS =
      List.of(
          List.of(),
          List.of(TcpProbe.ADOPT_OLDER),
          List.of(TcpProbe.ADOPT_OLDER, CgroupWatch.OLDER),
          List.of(TcpProbe.ADOPT_OLDER, CgroupWatch.OLDER, TcpProbe.REPORT_LIVE),
          List.of(CgroupWatch.MADE, CgroupWatch.REMOVED),
          List.of(
              TcpProbe.ADOPT_OLDER,
              CgroupWatch.OLDER,
              TcpProbe.REPORT_LIVE,
              CgroupWatch.MADE,
              CgroupWatch.REMOVED));

  private final ProbeSettings settings;
  private final byte[] image;

  ProbeLoader(ProbeSettings settings, byte[] image) {
    this.settings = settings;
    this.image = image;
  }

  TcpProbe load() {
    LibbpfLibrary.require();
    requireEnvironment();
    try {
      return loadMost();
    } catch (Failure e) {
      // The second time for libbpf's messages: the callback that collects them takes the JVM some
      // milliseconds to make, which a start that succeeds does not need.
      LibbpfLog.install();
      return loadMost();
    }
  }

  private static void requireEnvironment() {
    if (!Files.exists(TcpProbe.KERNEL_BTF)) {
      throw Failure.missing(
          STEP,
          "this kernel has no type information (" + TcpProbe.KERNEL_BTF + ")",
          "use a kernel built with CONFIG_DEBUG_INFO_BTF: 5.15 or newer of any distribution");
    }
    MonotonicClock.requireNanoTime();
    Refusal.requireOpenFiles(STEP, OPEN_FILES);
    Refusal.ofCapabilities(STEP)
        .ifPresent(
            failure -> {
              throw failure;
            });
  }

  /** Loads as many of the programs as the kernel takes; fails with the first refusal. */
  private TcpProbe loadMost() {
    Failure refusal = null;
    for (List<String> leftOut : LESS) {
      LibbpfLog.clear();
      FilterMaps filter = new FilterMaps(settings.filter());
      try (ProbeObject object = ProbeObject.open(image)) {
        configure(object, filter, leftOut);
        int error = -object.load();
        if (error == 0) {
          return loaded(object, filter, leftOut);
        }
        if (Errno.isPermission(error)) {
          throw refusal(error);
        }
        refusal = refusal == null ? refusal(error) : refusal;
      } catch (Failure e) {
        filter.close();
        throw e;
      }
      filter.close();
    }
    throw refusal;
  }

  private TcpProbe loaded(ProbeObject object, FilterMaps filter, List<String> leftOut) {
    learnOwnIdentity(object);
    long sharedOffset = object.offset(".bss", "shared", tcp_probe_shared.sizeof());
    ProbeFiles files = object.files(leftOut, sharedOffset);
    try {
      filter.fill(files);
    } catch (Failure e) {
      files.close();
      throw e;
    }
    return new TcpProbe(settings, filter, files);
  }

  private static Failure refusal(int errno) {
    return Refusal.explained(STEP, errno)
        .orElseGet(
            () ->
                Failure.missing(
                    STEP,
                    Errno.describe(errno) + LibbpfLog.lastLines(),
                    "the kernel refused the programs: please report it with the lines above and"
                        + " 'uname -r'"));
  }

  private void configure(ProbeObject object, FilterMaps filter, List<String> leftOut) {
    MemorySegment initial = object.initialValue(".rodata", "settings", tcp_probe_settings.sizeof());
    int version = tcp_probe_settings.version(initial);
    int recordBytes = tcp_probe_settings.record_bytes(initial);
    if (version != ProbeAbi.TCP_PROBE_VERSION() || recordBytes != tcp_probe_info.sizeof()) {
      throw ProbeObject.otherVersion(
          "version " + version + " with records of " + recordBytes + " bytes");
    }
    settings.write(initial);
    tcp_probe_settings.tick_us(initial, KernelTick.us());
    filter.configure(object, initial);
    object.resize(TcpProbe.RING, Math.toIntExact(settings.ringBytes()));
    leftOut.forEach(object::leaveOut);
  }

  /**
   * Only the kernel knows this process' pid as its hooks see it, whatever pid namespace the process
   * is in, and the cookie of its network namespace.
   */
  private static void learnOwnIdentity(ProbeObject object) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment options = bpf_test_run_opts.allocate(arena);
      bpf_test_run_opts.sz(options, bpf_test_run_opts.sizeof());
      int result = Libbpf.bpf_prog_test_run_opts(object.programFd("learn_own_identity"), options);
      if (result != 0) {
        throw refusal(-result);
      }
    }
  }
}
