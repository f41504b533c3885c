// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.Failure;
import io.tcpotel.testing.RecordImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PairKeyFileTest {
  private static final String KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
  private static final byte[] BYTES = {
    0x0f,
    0x1e,
    0x2d,
    0x3c,
    0x4b,
    0x5a,
    0x69,
    0x78,
    (byte) 0x87,
    (byte) 0x96,
    (byte) 0xa5,
    (byte) 0xb4,
    (byte) 0xc3,
    (byte) 0xd2,
    (byte) 0xe1,
    (byte) 0xf0
  };

  @TempDir private Path folder;

  private PairKeyFile file(String content) throws IOException {
    return new PairKeyFile(Files.writeString(folder.resolve("key"), content));
  }

  private static long traceId(PairIds ids) {
    ids.take(RecordImage.close().view());
    return ids.traceIdHigh();
  }

  @ParameterizedTest
  @ValueSource(strings = {KEY, KEY + "\n", "0F1E2D3C4B5A69788796A5B4C3D2E1F0\n"})
  void holdsTheBytesInTheirOrder(String content) throws IOException {
    PairKey key = file(content).read();
    assertThat(key.isOwn()).isTrue();
    assertThat(traceId(key.newIds())).isEqualTo(traceId(new PairIds(BYTES)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                     | ' holds 0 characters'",
        "'0f1e2d3c4b5a69788796a5b4c3d2e1f'      | ' holds 31 characters'",
        "'0f1e2d3c4b5a69788796a5b4c3d2e1f0a'    | ' holds more than 32 characters'",
        "'0f1e2d3c4b5a69788796a5b4c3d2e1f0 '    | ' holds more than 32 characters'",
        "'0f1e2d3c-4b5a69788796a5b4c3d2e1f0'    | ': character 9 is no hexadecimal digit'",
        "'0f1e2d3c4b5a69788796a5b4c3d2e1fo'     | ': character 32 is no hexadecimal digit'",
        "'0f1e2d3c4b5a6978é796a5b4c3d2e1f0'     | ': character 17 is no hexadecimal digit'"
      })
  void anythingElseIsRefusedWithItsRemedyAndWithoutItsContent(String content, String reason)
      throws IOException {
    PairKeyFile file = file(content);
    assertThatThrownBy(file::read)
        .isInstanceOfSatisfying(
            Failure.class, failure -> assertThat(failure.exitCode()).isEqualTo(Failure.USAGE))
        .hasMessage(
            "pair key file: %s%s%n  write 32 hexadecimal digits into it, as by: openssl rand -hex 16",
            file.path(), reason);
  }

  @Test
  void aFileThatIsMissingOrNoneSaysSo() {
    assertThatThrownBy(() -> new PairKeyFile(folder.resolve("absent")).read())
        .hasMessageStartingWith("pair key file: %s/absent does not exist%n  write 32", folder);
    assertThatThrownBy(() -> new PairKeyFile(folder).read())
        .hasMessageStartingWith("pair key file: %s is no regular file%n  write 32", folder);
  }

  @ParameterizedTest
  @CsvSource({"rw-------, false", "rw-r-----, false", "rw-r--r--, true"})
  void isPublicIfAnyUserCanReadIt(String rights, boolean isPublic) throws IOException {
    PairKeyFile file = file(KEY);
    Files.setPosixFilePermissions(file.path(), PosixFilePermissions.fromString(rights));
    assertThat(file.isPublic()).isEqualTo(isPublic);
  }
}
