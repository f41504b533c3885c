// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import io.tcpotel.testing.TestCgroup;
import java.nio.file.Path;

/** The workloads of the recording, made up, by the cgroups that make them so. */
enum RecordedWorkload {
  /** A container of a pod. */
  SHOP(
      "kubepods.slice/kubepods-burstable.slice"
          + "/kubepods-burstable-pod6c0b41f2_93da_4e0c_8a57_2f1d70be94c8.slice"
          + "/cri-containerd-"
          + "3f9c61d20ab47e85c6140f7d2b98e3a1550cd9742e6fb813a0d45c97f2816be3.scope"),
  /** Another one. */
  CART(
      "kubepods.slice/kubepods-besteffort.slice"
          + "/kubepods-besteffort-podb82e75d1_06af_47c3_9d14_e5a90c3f6b27.slice"
          + "/cri-containerd-"
          + "a71e04c8d95b3f62870d1ea4c5b96f20e83d7a1450fcb2968d37e0f4195ac86b.scope"),
  DATABASE("system.slice/postgresql.service"),
  BACKUP("system.slice/backup.service");

  private final String path;

  RecordedWorkload(String path) {
    this.path = path;
  }

  /** Below the cgroup in which all is recorded. */
  Path below(TestCgroup recorded) {
    return recorded.path().resolve(path);
  }

  /** As if the recorded cgroup were the root. */
  String path() {
    return "/" + path;
  }
}
