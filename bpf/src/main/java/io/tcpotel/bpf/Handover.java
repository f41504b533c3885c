// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The open files that this process leaves to the program that replaces it, in an environment
 * variable: words {@code name=value,value}.
 *
 * @param probe programs and maps
 * @param link attaches the hooks
 * @param cgroups notes the names of cgroups
 * @param live for the walks over live connections; null if there are none
 * @param older for the walks over older connections; null if there are none
 * @param walks over the older connections of each network namespace, none stepped yet
 * @param notEntered the network namespaces that have no walk
 * @param filterCgroups the ids in the filter's map, in the order of the filter
 * @param filterNetns the files of the filter's namespaces, in the order of the filter
 */
record Handover(
    ProbeFiles probe,
    CgroupLink link,
    CgroupWatch cgroups,
    SocketIterator live,
    SocketIterator older,
    List<Integer> walks,
    int notEntered,
    List<Long> filterCgroups,
    List<Integer> filterNetns) {
  /** The process id in its value keeps children from taking it for theirs. */
  static final String VARIABLE = "TCPOTEL_HANDOVER";

  private static final int NONE = -1;

  /** The value of the variable; each descriptor in it is one that an execve leaves open. */
  String text(long pid) {
    Map<String, Object> words = new LinkedHashMap<>();
    words.put("pid", pid);
    probe.fds().forEach((name, fd) -> words.put(name, fd));
    words.put("sharedOffset", probe.sharedOffset());
    words.put("link", ProbeFiles.inheritable(link.fd()));
    words.put("cgroup", link.inode());
    words.put("cgroups", joined(cgroups.links().stream().map(ProbeFiles::inheritable).toList()));
    words.put("seesNew", cgroups.seesNew());
    words.put("seesOlder", cgroups.seesOlder());
    words.put("live", live == null ? NONE : ProbeFiles.inheritable(live.fd()));
    words.put("older", older == null ? NONE : ProbeFiles.inheritable(older.fd()));
    words.put("walks", joined(walks.stream().map(ProbeFiles::inheritable).toList()));
    words.put("notEntered", notEntered);
    words.put("filterCgroups", joined(filterCgroups));
    words.put("filterNetns", joined(filterNetns.stream().map(ProbeFiles::inheritable).toList()));
    return words.entrySet().stream().map(Object::toString).collect(Collectors.joining(" "));
  }

  private static String joined(List<?> values) {
    return values.stream().map(Object::toString).collect(Collectors.joining(","));
  }

  /** Empty if there is none for the process {@code pid}. */
  static Optional<Handover> of(Map<String, String> environment, long pid) {
    String text = environment.get(VARIABLE);
    if (text == null) {
      return Optional.empty();
    }
    try {
      Map<String, String> words =
          Arrays.stream(text.split(" "))
              .map(word -> word.split("=", 2))
              .collect(Collectors.toMap(word -> word[0], word -> word[1]));
      return Long.parseLong(words.get("pid")) == pid ? Optional.of(of(words)) : Optional.empty();
    } catch (RuntimeException e) {
      throw Failure.usage(VARIABLE, "is not understood", "unset it: tcpotel sets it for itself");
    }
  }

  private static Handover of(Map<String, String> words) {
    Map<String, Integer> fds = new LinkedHashMap<>();
    ProbeFiles.MAPS.forEach(name -> fds.put(name, Integer.valueOf(words.get(name))));
    ProbeFiles.PROGRAMS.stream()
        .filter(words::containsKey)
        .forEach(name -> fds.put(name, Integer.valueOf(words.get(name))));
    return new Handover(
        new ProbeFiles(Map.copyOf(fds), Long.parseLong(words.get("sharedOffset"))),
        new CgroupLink(Integer.parseInt(words.get("link")), Long.parseLong(words.get("cgroup"))),
        new CgroupWatch(
            list(words.get("cgroups"), Integer::valueOf),
            Boolean.parseBoolean(words.get("seesNew")),
            Boolean.parseBoolean(words.get("seesOlder"))),
        iterator(words.get("live")),
        iterator(words.get("older")),
        list(words.get("walks"), Integer::valueOf),
        Integer.parseInt(words.get("notEntered")),
        list(words.get("filterCgroups"), Long::valueOf),
        list(words.get("filterNetns"), Integer::valueOf));
  }

  private static SocketIterator iterator(String word) {
    int fd = Integer.parseInt(word);
    return fd == NONE ? null : new SocketIterator(fd);
  }

  private static <T> List<T> list(String text, Function<String, T> value) {
    return text.isEmpty() ? List.of() : Arrays.stream(text.split(",")).map(value).toList();
  }
}
