// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.NativeCall;
import io.tcpotel.bpf.libbpf.bpf_object_open_opts;
import io.tcpotel.bpf.libbpf.btf_type;
import io.tcpotel.bpf.libbpf.btf_var_secinfo;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The ELF object of the kernel programs as libbpf has opened it: programs, maps and variables by
 * their names in C.
 */
final class ProbeObject implements AutoCloseable {
  private static final String FILE = "tcp_probe.bpf.o";
  private static final String STEP = "open kernel programs";

  private final MemorySegment object;

  private ProbeObject(MemorySegment object) {
    this.object = object;
  }

  /** The object that was built with this program. */
  static byte[] builtIn() {
    try (InputStream in = ProbeObject.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw Failure.missing(STEP, FILE + " is not in the jar", "build again");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ProbeObject open(byte[] image) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment options = bpf_object_open_opts.allocate(arena);
      bpf_object_open_opts.sz(options, bpf_object_open_opts.sizeof());
      bpf_object_open_opts.object_name(options, arena.allocateFrom("tcpotel"));
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, image);
      MemorySegment object = Libbpf.bpf_object__open_mem(bytes, bytes.byteSize(), options);
      if (object.address() == 0) {
        throw Failure.missing(
            STEP,
            Errno.describe(NativeCall.errno()) + LibbpfLog.lastLines(),
            "the object is damaged or made for another libbpf: build again");
      }
      return new ProbeObject(object);
    }
  }

  /** Loads the programs and maps into the kernel; 0, or -errno. */
  int load() {
    return Libbpf.bpf_object__load(object);
  }

  /**
   * Files of their own for what {@link #load} has loaded, which stay open when this is closed.
   *
   * @param leftOut the programs that it has not loaded
   */
  ProbeFiles files(List<String> leftOut, long sharedOffset) {
    Map<String, Integer> fds = new HashMap<>();
    for (String program : ProbeFiles.PROGRAMS) {
      if (!leftOut.contains(program)) {
        fds.put(program, ProbeFiles.inheritable(programFd(program)));
      }
    }
    ProbeFiles.MAPS.forEach(
        map -> fds.put(map, ProbeFiles.inheritable(Libbpf.bpf_map__fd(map(map)))));
    return new ProbeFiles(Map.copyOf(fds), sharedOffset);
  }

  private MemorySegment program(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment program =
          Libbpf.bpf_object__find_program_by_name(object, arena.allocateFrom(name));
      return require(program, "program " + name);
    }
  }

  int programFd(String name) {
    return Libbpf.bpf_program__fd(program(name));
  }

  /** Has {@link #load} leave this program out. */
  void leaveOut(String program) {
    Libbpf.bpf_program__set_autoload(program(program), false);
  }

  private MemorySegment map(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment map = Libbpf.bpf_object__find_map_by_name(object, arena.allocateFrom(name));
      return require(map, "map " + name);
    }
  }

  /** The number of entries that a map gets at {@link #load}; of a ring, bytes. */
  void resize(String map, int entries) {
    Libbpf.bpf_map__set_max_entries(map(map), entries);
  }

  /** The value that a variable of {@code section} will have at {@link #load}, to be changed. */
  MemorySegment initialValue(String section, String variable, long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
      MemorySegment values = Libbpf.bpf_map__initial_value(map(section), size);
      require(values, "values of " + section);
      return values
          .reinterpret(size.get(ValueLayout.JAVA_LONG, 0))
          .asSlice(offset(section, variable, bytes), bytes);
    }
  }

  /** Where a variable of {@code bytes} stands in its section, by the object's BTF. */
  long offset(String section, String variable, long bytes) {
    MemorySegment btf = require(Libbpf.bpf_object__btf(object), "BTF");
    try (Arena arena = Arena.ofConfined()) {
      int id =
          Libbpf.btf__find_by_name_kind(
              btf, arena.allocateFrom(section), Libbpf.BTF_KIND_DATASEC());
      MemorySegment type = require(Libbpf.btf__type_by_id(btf, id), "BTF of " + section);
      int variables = btf_type.info(type) & 0xffff; // BTF_INFO_VLEN
      for (int i = 0; i < variables; i++) {
        MemorySegment entry =
            type.asSlice(
                btf_type.sizeof() + i * btf_var_secinfo.sizeof(), btf_var_secinfo.layout());
        MemorySegment declared = Libbpf.btf__type_by_id(btf, btf_var_secinfo.type(entry));
        String name = Libbpf.btf__name_by_offset(btf, btf_type.name_off(declared)).getString(0);
        if (name.equals(variable)) {
          requireSize(section + "'s " + variable, btf_var_secinfo.size(entry), bytes);
          return btf_var_secinfo.offset(entry);
        }
      }
    }
    throw otherVersion("no " + variable + " in " + section);
  }

  private static void requireSize(String what, int found, long bytes) {
    if (found != bytes) {
      throw otherVersion(what + " of " + found + " instead of " + bytes + " bytes");
    }
  }

  private static MemorySegment require(MemorySegment found, String what) {
    if (found.address() == 0) {
      throw otherVersion("no " + what);
    }
    return found;
  }

  static Failure otherVersion(String found) {
    return Failure.missing(
        STEP,
        "the object has %s, this program reads version %d with records of %d bytes"
            .formatted(found, ProbeAbi.TCP_PROBE_VERSION(), tcp_probe_info.sizeof()),
        "build object and program from the same sources");
  }

  @Override
  public void close() {
    Libbpf.bpf_object__close(object);
  }
}
