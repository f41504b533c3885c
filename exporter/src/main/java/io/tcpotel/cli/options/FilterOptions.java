// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.Failure;
import io.tcpotel.bpf.AddressPrefix;
import io.tcpotel.bpf.ConnectionFilter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.Option;

/**
 * The filter of connections. Each option can be given several times, or as a list with commas; a
 * value with an exclamation mark in front excludes, any other includes.
 */
public final class FilterOptions {
  private static final String CGROUP = "--filter-cgroup";
  private static final String NETNS = "--filter-netns";
  private static final String PREFIX = "--filter-prefix";
  private static final String PORT = "--filter-port";
  private static final int HIGHEST_PORT = 65535;

  @Option(
      names = CGROUP,
      split = ",",
      paramLabel = "[!]PATH",
      description = "Only sockets in this cgroup v2 directory or below; with !, none of them.")
  private List<String> cgroups = List.of();

  @Option(
      names = NETNS,
      split = ",",
      paramLabel = "[!]NETNS",
      description =
          "Only sockets in this network namespace, given by name, by file, or by the pid of a process"
              + " in it; with !, none of them.")
  private List<String> netns = List.of();

  @Option(
      names = PREFIX,
      split = ",",
      paramLabel = "[!]PREFIX",
      description =
          "Only connections with a peer in this prefix, as 10.0.0.0/8 or 2001:db8::/32; with !, none"
              + " of them. The longest prefix decides.")
  private List<String> prefixes = List.of();

  @Option(
      names = PORT,
      split = ",",
      paramLabel = "[!]PORT",
      description = "Only connections with this server port; with !, none of them.")
  private List<String> ports = List.of();

  @Option(names = "--no-loopback", description = "No connections of 127.0.0.0/8 and ::1.")
  private boolean noLoopback;

  /** The filter; throws a {@link Failure} that names all wrong values. */
  public ConnectionFilter filter(ScopeOption scope) {
    Problems problems = new Problems(false);
    ConnectionFilter filter =
        new ConnectionFilter(
            scope.isPod(),
            noLoopback,
            entries(problems, cgroups, path -> scope.directory(CGROUP, path)),
            entries(problems, netns, FilterOptions::namespaceFile),
            entries(problems, prefixes, FilterOptions::prefix),
            entries(problems, ports, FilterOptions::port));
    problems.requireNone();
    return filter;
  }

  /** The values of all options that are given, in one order; empty without any. */
  @Override
  public String toString() {
    List<List<String>> all = List.of(cgroups, netns, prefixes, ports);
    String values =
        all.stream().allMatch(List::isEmpty)
            ? ""
            : all.stream().map(list -> list.stream().sorted().toList()).toList().toString();
    return noLoopback ? values + " without loopback" : values;
  }

  private static <T> Map<T, Boolean> entries(
      Problems problems, List<String> values, Function<String, T> reader) {
    Map<T, Boolean> entries = new LinkedHashMap<>();
    for (String value : values) {
      boolean wanted = !value.startsWith("!");
      T entry = problems.read(() -> reader.apply(wanted ? value : value.substring(1)));
      if (entry != null) {
        entries.put(entry, wanted);
      }
    }
    return entries;
  }

  private static Path namespaceFile(String text) {
    Path file =
        text.matches("\\d+")
            ? Path.of("/proc", text, "ns/net")
            : text.contains("/") ? Path.of(text) : Path.of("/run/netns", text);
    if (text.isEmpty() || !Files.exists(file)) {
      throw Failure.usage(
          NETNS,
          "no network namespace at " + file,
          "name one ('ip netns' lists them), its file, or the pid of a process in it");
    }
    return file;
  }

  private static AddressPrefix prefix(String text) {
    try {
      return AddressPrefix.parse(text);
    } catch (IllegalArgumentException e) {
      throw Failure.usage(PREFIX, e.getMessage(), "write 10.0.0.0/8, 2001:db8::/32 or an address");
    }
  }

  private static Integer port(String text) {
    int port = text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
    if (port == 0 || port > HIGHEST_PORT) {
      throw Failure.usage(PORT, "'" + text + "' is not a port", "write a number from 1 to 65535");
    }
    return port;
  }
}
