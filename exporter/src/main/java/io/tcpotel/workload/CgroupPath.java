// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The things that the path of a cgroup names. Each may be null.
 *
 * @param path up to the container or the unit, without those of its cgroups below
 * @param container the innermost one
 * @param podUid of the pod around the container, else of the innermost pod
 * @param unit the innermost unit of systemd other than a slice; null in a container
 * @param slice around the unit; null in a container
 * @param service the name of the unit's service, without instance; null in a container
 */
record CgroupPath(
    String path, Container container, String podUid, String unit, String slice, String service) {
  /** The directory in the name of the kubelet's cgroup driver, or the slice of the other driver. */
  private static final Pattern POD =
      Pattern.compile(
          "(?:.*-)?pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})"
              + "(?:\\.slice)?(?::.*)?");

  /** Of a static pod the kubelet makes a hash of its file; the API server knows another uid. */
  private static final int HASH_LENGTH = 32;

  /** Talos has no systemd; a directory in one of these is a service of its own. */
  private static final Set<String> TALOS = Set.of("system", "podruntime");

  /** Every text is taken; a path of a private namespace may begin with {@code /..}. */
  static CgroupPath of(String path) {
    List<String> segments =
        Arrays.stream(path.split("/"))
            .filter(segment -> !segment.isEmpty() && !segment.equals(".") && !segment.equals(".."))
            .toList();
    Container container = Container.innermost(segments);
    if (container != null) {
      List<String> whole = segments.subList(0, container.depth());
      return new CgroupPath(join(whole), container, podUid(whole), null, null, null);
    }
    if (segments.size() > 1 && TALOS.contains(segments.getFirst())) {
      List<String> whole = segments.subList(0, 2);
      return new CgroupPath(join(whole), null, null, null, null, whole.getLast());
    }
    int last = SystemdUnit.lastIndex(segments);
    List<String> whole = last < 0 ? segments : segments.subList(0, last + 1);
    String unit = last < 0 ? null : SystemdUnit.name(whole.getLast());
    String service = unit == null ? null : SystemdUnit.service(unit);
    String slice = SystemdUnit.lastSlice(whole);
    return new CgroupPath(join(whole), null, podUid(whole), unit, slice, service);
  }

  private static String join(List<String> segments) {
    return "/" + String.join("/", segments);
  }

  private static String podUid(List<String> segments) {
    for (String segment : segments.reversed()) {
      Matcher pod = POD.matcher(segment);
      if (pod.matches()) {
        return pod.group(1).replace('_', '-');
      }
    }
    return null;
  }

  boolean isInPod() {
    return podUid != null || container != null && container.isOfKubernetes();
  }

  /** Whether the pod is known to the API server under the uid in the path. */
  boolean hasKnownPodUid() {
    return podUid != null && podUid.length() != HASH_LENGTH;
  }

  /** Names of containers are those of one runtime only. */
  String identity() {
    return container == null || !container.hasLongId() ? path : container.id();
  }

  /**
   * Containers of one directory have a group of their own for each runtime. No path has two
   * slashes: the group is not the workload of the directory itself.
   */
  String groupIdentity() {
    if (podUid != null) {
      return podUid;
    }
    String parent = path.substring(0, path.lastIndexOf('/'));
    String runtime = container == null ? null : container.runtime();
    return parent + "//" + (runtime == null ? "" : runtime);
  }
}
