// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryRoomTest {
  private static final long MIB = 1 << 20;

  @TempDir private Path root;

  @BeforeEach
  void makeCgroups() throws IOException {
    write("", "", 7, 0); // the root has no limit and no such file
    write("pod", "max", 900 * MIB, 0);
    write("pod/agent", Long.toString(96 * MIB), 50 * MIB, 3 * MIB);
  }

  private void write(String cgroup, String max, long current, long inactiveFile)
      throws IOException {
    Path directory = Files.createDirectories(root.resolve(cgroup));
    if (!max.isEmpty()) {
      Files.writeString(directory.resolve("memory.max"), max + "\n");
    }
    Files.writeString(directory.resolve("memory.current"), current + "\n");
    Files.writeString(
        directory.resolve("memory.stat"),
        "anon 1\nfile 2\ninactive_file " + inactiveFile + "\nactive_file 4\n");
  }

  private MemoryRoom room() {
    return new MemoryRoom(root, root.resolve("pod/agent"));
  }

  @Test
  void isShortInTheLastEighthOfTheLimit() throws IOException {
    MemoryRoom room = room();
    assertThat(room.isShort()).isFalse();
    write("pod/agent", Long.toString(96 * MIB), 84 * MIB, 0);
    assertThat(room.isShort()).isFalse();
    write("pod/agent", Long.toString(96 * MIB), 84 * MIB + 1, 0);
    assertThat(room.isShort()).isTrue();
    write("pod/agent", Long.toString(96 * MIB), 81 * MIB + 1, 0);
    assertThat(room.isShort()).as("a quarter of 12 MiB less").isTrue();
    write("pod/agent", Long.toString(96 * MIB), 81 * MIB, 0);
    assertThat(room.isShort()).isFalse();
  }

  @Test
  void pagesOfFilesThatTheKernelCanDropAreRoom() throws IOException {
    write("pod/agent", Long.toString(96 * MIB), 95 * MIB, 11 * MIB);
    assertThat(room().isShort()).isFalse();
    write("pod/agent", Long.toString(96 * MIB), 95 * MIB, 11 * MIB - 1);
    assertThat(room().isShort()).isTrue();
  }

  @Test
  void theLimitOfACgroupAboveCounts() throws IOException {
    write("pod", Long.toString(4096 * MIB), 4064 * MIB, 0);
    assertThat(room().isShort()).isFalse();
    write("pod", Long.toString(4096 * MIB), 4064 * MIB + 1, 0);
    assertThat(room().isShort()).as("32 MiB of a large limit are enough").isTrue();
  }

  @Test
  void thereIsRoomWithoutALimitOrWithoutItsFiles() throws IOException {
    write("pod/agent", "max", 95 * MIB, 0);
    assertThat(room().isShort()).isFalse();
    assertThat(new MemoryRoom(root, root.resolve("elsewhere")).isShort()).isFalse();
    assertThat(MemoryRoom.ofThisProcess()).isNotNull();
  }
}
