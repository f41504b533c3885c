// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CgroupDirectoryTest {
  private static final String ROOT_FS = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw";
  private static final String V1 =
      "35 30 0:30 / /sys/fs/cgroup/memory rw,nosuid shared:16 - cgroup cgroup rw,memory";

  private static Optional<Path> root(String... mounts) {
    return CgroupDirectory.root(List.of(mounts));
  }

  @Test
  void findsAPureV2Host() {
    assertThat(
            root(
                ROOT_FS,
                "34 24 0:29 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"))
        .contains(Path.of("/sys/fs/cgroup"));
  }

  @Test
  void findsV2BesideV1() {
    assertThat(
            root(
                ROOT_FS,
                V1,
                "36 30 0:31 / /sys/fs/cgroup/unified rw shared:10 - cgroup2 cgroup2 rw",
                V1))
        .contains(Path.of("/sys/fs/cgroup/unified"));
  }

  @Test
  void findsNothingWithoutV2() {
    assertThat(root(ROOT_FS, V1)).isEmpty();
    assertThat(root()).isEmpty();
    assertThat(root("", "garbage", "1 2 3 4 5 6 7 8 9 - x", "1 2 0:3 / /m rw -")).isEmpty();
  }

  @Test
  void isNotMisledByTheNameOfAMount() {
    assertThat(root("34 24 0:29 / /cgroup2 rw shared:4 - tmpfs cgroup2 rw,cgroup2")).isEmpty();
  }

  @Test
  void readsMountsWithoutAndWithManyOptionalFields() {
    assertThat(root("34 24 0:29 / /a rw - cgroup2 none rw")).contains(Path.of("/a"));
    assertThat(root("34 24 0:29 / /b rw shared:4 master:7 propagate_from:2 - cgroup2 none rw"))
        .contains(Path.of("/b"));
  }

  @Test
  void prefersAMountThatShowsTheRoot() {
    String pod = "34 24 0:29 /kubepods/pod7 /pod rw - cgroup2 none rw";
    String whole = "35 24 0:29 / /host/cgroup rw - cgroup2 none rw";
    assertThat(root(pod, whole)).contains(Path.of("/host/cgroup"));
    assertThat(root(pod)).contains(Path.of("/pod"));
    assertThat(root(whole, "36 24 0:29 / /second rw - cgroup2 none rw"))
        .contains(Path.of("/host/cgroup"));
  }

  @Test
  void readsBlanksAndBackslashesInThePath() {
    assertThat(root("34 24 0:29 / /my\\040cgroup\\011dir rw - cgroup2 none rw"))
        .contains(Path.of("/my cgroup\tdir"));
    assertThat(root("34 24 0:29 / /back\\134slash\\134040 rw - cgroup2 none rw"))
        .contains(Path.of("/back\\slash\\040"));
  }
}
