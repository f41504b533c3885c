// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.libbpf_print_fn_t;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What libbpf says, kept instead of printed: libbpf calls back on the thread that called it, and
 * the last lines become the text of an exception.
 */
final class LibbpfLog {
  /** A verifier log of a large program has this order of magnitude; more is cut by vsnprintf. */
  private static final long MESSAGE_BYTES = 1 << 20;

  private static final int KEPT_LINES = 6;

  private static final ThreadLocal<Deque<String>> LINES = ThreadLocal.withInitial(ArrayDeque::new);

  private LibbpfLog() {}

  /** Has libbpf say nothing. */
  static void silence() {
    LibbpfCalls.libbpf_set_print(MemorySegment.NULL);
  }

  /**
   * Takes libbpf's messages of the whole process from now on. Only for who needs them: to make a
   * function that C can call takes the JVM some milliseconds.
   */
  static void install() {
    // Lives as long as the process: libbpf may call it at any time.
    LibbpfCalls.libbpf_set_print(libbpf_print_fn_t.allocate(LibbpfLog::onMessage, Arena.global()));
  }

  /** Forgets what this thread has collected. */
  static void clear() {
    LINES.get().clear();
  }

  /** The last lines that libbpf said on this thread, oldest first. */
  static String lastLines() {
    List<String> lines = List.copyOf(LINES.get());
    int omitted = Math.max(0, lines.size() - KEPT_LINES);
    String text =
        lines.stream().skip(omitted).collect(Collectors.joining(System.lineSeparator() + "    "));
    return omitted == 0
        ? text
        : text + System.lineSeparator() + "    (" + omitted + " lines omitted)";
  }

  private static int onMessage(int level, MemorySegment format, MemorySegment arguments) {
    try {
      if (level != Libbpf.LIBBPF_DEBUG()) {
        collect(format, arguments);
      }
    } catch (Throwable e) {
      LINES.get().add("a message of libbpf could not be read: " + e);
    }
    return 0; // an exception that left an upcall would end the JVM
  }

  private static void collect(MemorySegment format, MemorySegment arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(MESSAGE_BYTES);
      LibbpfCalls.vsnprintf(text, MESSAGE_BYTES, format, arguments);
      text.getString(0)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .forEach(LINES.get()::add);
    }
  }
}
