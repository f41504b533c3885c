// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.CgroupNames;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.Errno;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.TestSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A cgroup's id leads to its path, also when the cgroup is gone by then. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class CgroupNamesKernelTest {
  private static final int CGROUPS = 200;
  private static final Endpoint NOBODY = Endpoint.of("127.0.0.1", 9);

  private CapturedConnections captured;
  private CgroupNames names;
  private Path directory;
  private String path;

  @BeforeEach
  void observe() {
    captured = CapturedConnections.begin();
    names = captured.cgroupNames();
    directory = captured.cgroup().path();
    path = names.path(captured.cgroup().id());
  }

  @AfterEach
  void end() {
    captured.close();
  }

  /** Makes a cgroup, connects in it, which is refused, and removes it. */
  private void connectIn(Path cgroup) throws IOException {
    Files.createDirectory(cgroup);
    enter(cgroup);
    captured.run(
        () -> {
          try (TestSocket socket = TestSocket.like(NOBODY)) {
            assertThat(socket.tryConnect(NOBODY)).isEqualTo(Errno.ECONNREFUSED);
          }
        });
    enter(directory);
    Files.delete(cgroup);
  }

  private static void enter(Path cgroup) throws IOException {
    Files.writeString(cgroup.resolve("cgroup.procs"), "0", StandardOpenOption.WRITE);
  }

  private static long id(Path cgroup) throws IOException {
    return (Long) Files.getAttribute(cgroup, "unix:ino");
  }

  @Test
  void aCgroupThatIsOlderThanTheProgramHasItsPath() {
    assertThat(path).endsWith("/" + directory.getFileName());
    assertThat(names.path(1)).isEqualTo("/");
  }

  @Test
  void aCgroupThatIsGoneKeepsItsName() throws IOException {
    for (int i = 0; i < CGROUPS; i++) {
      connectIn(directory.resolve("job-" + i));
    }
    List<ConnectionRecord> ends = captured.awaitEnds(CGROUPS);
    assertThat(ends).hasSize(CGROUPS);
    for (int i = 0; i < CGROUPS; i++) {
      assertThat(names.path(ends.get(i).cgroupId())).isEqualTo(path + "/job-" + i);
    }
  }

  @Test
  void aRemovedCgroupIsForgottenLater() throws IOException {
    Path parent = Files.createDirectory(directory.resolve("parent"));
    Path child = Files.createDirectory(parent.resolve("child"));
    long parentId = id(parent);
    long childId = id(child);
    Files.delete(child);
    names.forgetRemovedBefore(System.nanoTime());
    assertThat(names.path(childId)).isNull();
    assertThat(names.path(parentId)).isEqualTo(path + "/parent");
    long beforeNs = System.nanoTime();
    Files.delete(parent);
    names.forgetRemovedBefore(beforeNs);
    assertThat(names.path(parentId)).isEqualTo(path + "/parent");
    names.forgetRemovedBefore(System.nanoTime());
    assertThat(names.path(parentId)).isNull();
  }

  @Test
  void aLongNameIsCutToItsField() throws IOException {
    String name = "x".repeat(239) + "yz";
    Path cgroup = Files.createDirectory(directory.resolve(name));
    try {
      assertThat(names.path(id(cgroup))).isEqualTo(path + "/" + "x".repeat(239));
    } finally {
      Files.delete(cgroup);
    }
  }

  @Test
  void anUnknownIdHasNoPath() {
    assertThat(names.path(Long.MAX_VALUE)).isNull();
  }
}
