// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.libbpf_print_fn_t;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Keeps libbpf's messages instead of printing them: libbpf calls back on the thread that called it,
 * and the last lines become part of an exception's text.
 */
final class LibbpfLog {
  /** The order of magnitude of the verifier's log of a large program; vsnprintf cuts the rest. */
  private static final long MESSAGE_BYTES = 1 << 20;

  private static final int KEPT_LINES = 6;

  private static final ThreadLocal<Deque<String>> LINES = ThreadLocal.withInitial(ArrayDeque::new);

  private LibbpfLog() {}

  /** Has libbpf print nothing. */
  static void silence() {
    Libbpf.libbpf_set_print(MemorySegment.NULL);
  }

  /** Collects libbpf's messages from now on, on all threads. */
  static void install() {
    // The callback lives as long as the process: libbpf may call it at any time.
    Libbpf.libbpf_set_print(libbpf_print_fn_t.allocate(LibbpfLog::onMessage, Arena.global()));
  }

  /** Drops the messages of this thread. */
  static void clear() {
    LINES.get().clear();
  }

  /** The last messages on this thread, oldest first, each on an indented line of its own. */
  static String lastLines() {
    List<String> lines = new ArrayList<>(LINES.get());
    int omitted = Math.max(0, lines.size() - KEPT_LINES);
    lines.subList(0, omitted).clear();
    if (omitted > 0) {
      lines.add("(" + omitted + " lines omitted)");
    }
    return lines.stream()
        .map(line -> System.lineSeparator() + "    " + line)
        .collect(Collectors.joining());
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
      Libbpf.vsnprintf(text, MESSAGE_BYTES, format, arguments);
      text.getString(0)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .forEach(LINES.get()::add);
    }
  }
}
