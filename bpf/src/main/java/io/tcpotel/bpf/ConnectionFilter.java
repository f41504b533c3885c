// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import java.nio.file.Path;
import java.util.Map;

/**
 * Selects connections in the kernel, when each is created. Each entry wants (true) or refuses
 * (false) the connections that match it; if any entry of a kind wants, connections that match none
 * are refused.
 *
 * @param ownNetns only those of this process' network namespace
 * @param noLoopback none of 127.0.0.0/8 and ::1
 * @param cgroups cgroup v2 directories, each with all below it; the nearest decides
 * @param netns files of network namespaces, such as /run/netns/NAME or /proc/PID/ns/net
 * @param prefixes of the peer's address; the longest decides
 * @param ports of the server's end
 */
public record ConnectionFilter(
    boolean ownNetns,
    boolean noLoopback,
    Map<Path, Boolean> cgroups,
    Map<Path, Boolean> netns,
    Map<AddressPrefix, Boolean> prefixes,
    Map<Integer, Boolean> ports) {
  /** Everything is wanted. */
  public static final ConnectionFilter NONE =
      new ConnectionFilter(false, false, Map.of(), Map.of(), Map.of(), Map.of());
}
