// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

/** Whose sockets the fleet's traffic has, by the cgroups that make it so. */
enum Workload {
  /** A client. */
  CHECKOUT("11112222-3333-4444-5555-666677778888", "a1"),
  /** Another client. */
  BATCH("99992222-3333-4444-5555-666677778888", "b2"),
  /** A server. */
  STORE("77772222-3333-4444-5555-666677778888", "c3"),
  /** Another server, a service of systemd. */
  LEDGER("system.slice", "ledger.service", "", "", "ledger");

  private static final int ID_DIGITS = 64;

  private final String group;
  private final String cgroup;
  private final String podUid;
  private final String containerId;
  private final String serviceName;

  /** A container of a pod, as the kubelet names their cgroups. */
  Workload(String podUid, String digits) {
    this(
        "kubepods-burstable-pod" + podUid.replace('-', '_') + ".slice",
        "cri-containerd-" + digits.repeat(ID_DIGITS / digits.length()) + ".scope",
        podUid,
        digits.repeat(ID_DIGITS / digits.length()),
        "");
  }

  Workload(String group, String cgroup, String podUid, String containerId, String serviceName) {
    this.group = group;
    this.cgroup = cgroup;
    this.podUid = podUid;
    this.containerId = containerId;
    this.serviceName = serviceName;
  }

  /** The cgroup around {@link #cgroup}. */
  String group() {
    return group;
  }

  String cgroup() {
    return cgroup;
  }

  /** Empty if it is in no pod. */
  String podUid() {
    return podUid;
  }

  /** Empty if it is none. */
  String containerId() {
    return containerId;
  }

  /** Empty if nothing but the Collector could tell. */
  String serviceName() {
    return serviceName;
  }
}
