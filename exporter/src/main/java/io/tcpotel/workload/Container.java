// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A container that the path of a cgroup names.
 *
 * @param id its id, or for runtimes that give none its name
 * @param runtime the name of the program that made it; null if the path does not tell
 * @param depth the number of the path's segments up to it
 */
record Container(String id, String runtime, int depth) {
  /** 64 digits, and before them nothing or the runtime: "cri-containerd-", "a.slice:docker:". */
  private static final Pattern LONG_ID =
      Pattern.compile("(?:(?:.*:)?([^:]*)[-_:])?([0-9a-f]{64})(?:\\.scope)?");

  private static final int LONG_ID_DIGITS = 64;

  /** A container's id at ECS on Fargate. */
  private static final Pattern FARGATE_ID = Pattern.compile("[0-9a-f]{32}-[0-9]+");

  private static final String KUBERNETES = "k8s.io";

  /** Names of runtimes where those in paths differ. */
  private static final Map<String, String> RUNTIMES =
      Map.of(
          "libpod", "podman",
          "libpod-payload", "podman",
          "libpod_parent", "podman",
          "cri-containerd", "containerd",
          "crio", "cri-o",
          "default", "containerd",
          "moby", "docker");

  private static final String LXC_PAYLOAD = "lxc.payload.";
  private static final String NSPAWN_SERVICE = "systemd-nspawn@";
  private static final String MACHINE = "machine-";

  /** Virtual machines of libvirt have the same scopes as containers of nspawn. */
  private static final String VIRTUAL_MACHINE = MACHINE + "qemu\\x2d";

  /** Null if there is none. One with a long id is taken before all others. */
  static Container innermost(List<String> segments) {
    for (int i = segments.size() - 1; i >= 0; i--) {
      Container found = withLongId(segments, i);
      if (found != null) {
        return found;
      }
    }
    for (int i = segments.size() - 1; i >= 0; i--) {
      Container found = withName(segments, i);
      if (found != null && found.hasUsualName()) {
        return found;
      }
    }
    return null;
  }

  private static Container withLongId(List<String> segments, int at) {
    Matcher matcher = LONG_ID.matcher(segments.get(at));
    if (!matcher.matches()) {
      return null;
    }
    String runtime = matcher.group(1);
    if (runtime == null || runtime.isEmpty()) {
      return new Container(matcher.group(2), runtimeAbove(segments, at), at + 1);
    }
    // conmon watches a container from a cgroup of its own, which bears the container's id.
    return runtime.endsWith("conmon")
        ? null
        : new Container(matcher.group(2), RUNTIMES.getOrDefault(runtime, runtime), at + 1);
  }

  private static String runtimeAbove(List<String> segments, int at) {
    String above = segment(segments, at - 1);
    if (segment(segments, at - 2).equals("ecs")) {
      return "ecs";
    }
    return switch (above) {
      case "docker", "garden", "lxc", KUBERNETES -> above;
      default -> RUNTIMES.get(above);
    };
  }

  private static Container withName(List<String> segments, int at) {
    String name = segments.get(at);
    String above = segment(segments, at - 1);
    if (segment(segments, at - 2).equals("ecs") && FARGATE_ID.matcher(name).matches()) {
      return new Container(name, "ecs", at + 1);
    }
    if (isInGarden(segments, at)) {
      return new Container(name, "garden", at + 1);
    }
    if (name.startsWith(LXC_PAYLOAD)) {
      return new Container(name.substring(LXC_PAYLOAD.length()), "lxc", at + 1);
    }
    if (above.equals("lxc.payload") || above.equals("lxc")) {
      return new Container(name, "lxc", at + 1);
    }
    // nspawn itself is in "supervisor", the container in "payload".
    return segment(segments, at + 1).equals("supervisor") ? null : machine(name, at);
  }

  /** Containers of garden are in {@code garden}, or in its {@code good} and {@code bad}. */
  private static boolean isInGarden(List<String> segments, int at) {
    String above = segment(segments, at - 1);
    boolean isSort = above.equals("good") || above.equals("bad");
    String name = segments.get(at);
    return segment(segments, isSort ? at - 2 : at - 1).equals("garden")
        && !name.equals("good")
        && !name.equals("bad");
  }

  private static Container machine(String name, int at) {
    if (name.startsWith(NSPAWN_SERVICE) && name.endsWith(".service")) {
      return new Container(between(name, NSPAWN_SERVICE, ".service"), "nspawn", at + 1);
    }
    if (name.startsWith(MACHINE) && name.endsWith(".scope") && !name.startsWith(VIRTUAL_MACHINE)) {
      return new Container(between(name, MACHINE, ".scope"), "nspawn", at + 1);
    }
    return null;
  }

  private static String between(String name, String start, String end) {
    return SystemdUnit.unescape(name.substring(start.length(), name.length() - end.length()));
  }

  private static String segment(List<String> segments, int index) {
    return index < 0 || index >= segments.size() ? "" : segments.get(index);
  }

  /** Runtimes give none that is longer: a host's name has at most 64 bytes. */
  private boolean hasUsualName() {
    int bytes = id.getBytes(StandardCharsets.UTF_8).length;
    return bytes > 0 && bytes <= Workload.MAX_CONTAINER_ID_BYTES;
  }

  boolean hasLongId() {
    return id.length() == LONG_ID_DIGITS;
  }

  /** Whether it is known to be in a pod, also where the path does not name the pod. */
  boolean isOfKubernetes() {
    return KUBERNETES.equals(runtime);
  }
}
