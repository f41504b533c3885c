// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Failure;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.TcpProbe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.jar.JarFile;

/**
 * Comes before the replay that an AOT cache is made of, which then also has what {@code run} needs
 * and a replay does not: as much of it as can be done without privileges and without attaching.
 */
final class Rehearsal {
  private static final String PROPERTY = "tcpotel.rehearsal";
  private static final String CLASS_OF_BPF = "io/tcpotel/bpf/.*\\.class";

  private Rehearsal() {}

  static boolean isWanted() {
    return Boolean.getBoolean(PROPERTY);
  }

  static void run() {
    linkClassesOfBpf();
    try {
      Main.rehearse("run");
      TcpProbe.rehearse(ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true));
    } catch (Failure e) {
      // No cgroup v2 here, or no libbpf: then run has more to load by itself.
    }
  }

  private static void linkClassesOfBpf() {
    try (JarFile jar = new JarFile(System.getProperty("java.class.path"))) {
      jar.stream()
          .map(entry -> entry.getName())
          .filter(name -> name.matches(CLASS_OF_BPF))
          .map(name -> name.replace('/', '.').replaceFirst("\\.class$", ""))
          .forEach(Rehearsal::link);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The JVM links a class before it tells its methods. */
  private static void link(String name) {
    try {
      Class.forName(name, false, Rehearsal.class.getClassLoader()).getDeclaredMethods();
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
