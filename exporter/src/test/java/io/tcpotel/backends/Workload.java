// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

/** A container of a pod, as the kubelet names its cgroups. */
enum Workload {
  /** A client. */
  CHECKOUT("11112222-3333-4444-5555-666677778888", "a1"),
  /** Another client. */
  BATCH("99992222-3333-4444-5555-666677778888", "b2"),
  /** The server. */
  STORE("77772222-3333-4444-5555-666677778888", "c3");

  private static final int ID_DIGITS = 64;

  private final String podUid;
  private final String containerId;

  Workload(String podUid, String digits) {
    this.podUid = podUid;
    this.containerId = digits.repeat(ID_DIGITS / digits.length());
  }

  String podUid() {
    return podUid;
  }

  String containerId() {
    return containerId;
  }

  String podCgroup() {
    return "kubepods-burstable-pod" + podUid.replace('-', '_') + ".slice";
  }

  String containerCgroup() {
    return "cri-containerd-" + containerId + ".scope";
  }
}
