// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.AllocatedBytes;
import io.tcpotel.testing.RecordImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeerNamesTest {
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final Messages messages = new Messages(new PrintStream(said, true));
  private final Path file;
  private NamesReload reload;
  private int versions;

  PeerNamesTest(@TempDir Path directory) {
    file = directory.resolve("names");
  }

  private PeerNames names(String content) throws IOException {
    Files.writeString(file, content);
    PeerNames names = PeerNames.of(file);
    reload = new NamesReload(names, messages);
    return names;
  }

  private void replace(String content) throws IOException {
    Files.writeString(file, content);
    // Two versions within a tick of the file system's clock.
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L + versions++));
  }

  private static ConnectionRecord to(String peer) {
    return new ConnectionRecord().copyFrom(RecordImage.close().peerAddress(peer).data(), 0);
  }

  private static String shown(PeerNames names, String peer) {
    PeerName name = names.of(to(peer));
    return name == null ? null : name.name() + "|" + name.namespace();
  }

  private String messages() {
    String text = said.toString(StandardCharsets.UTF_8).replace(file.toString(), "FILE");
    said.reset();
    return text;
  }

  @Test
  void aPeerHasTheNameOfItsPrefix() throws IOException {
    PeerNames names =
        names(
            "\ufeff# the network\n\n10.20.0.0/16  payments\tprod # theirs\r\n"
                + "10.20.7.0/24 pay#ments\n2001:db8::/32 caf\u00e9 prod");
    assertThat(shown(names, "10.20.1.1")).isEqualTo("payments|prod");
    assertThat(shown(names, "10.20.7.1")).isEqualTo("pay#ments|");
    assertThat(shown(names, "2001:db8::7")).isEqualTo("caf\u00e9|prod");
    assertThat(shown(names, "10.21.0.1")).isNull();
    assertThat(messages()).isEmpty();
    assertThat(shown(PeerNames.none(), "10.20.1.1")).isNull();
  }

  @Test
  void twoNamesForOnePrefixAreNoneAndTheLinesAreNamed() throws IOException {
    PeerNames names =
        names(
            "10.0.0.0/8 all\n10.1.0.0/16 one\n10.1.0.0/16 one\n10.1.0.0/16 one other\n"
                + "2001:db8:0:0::/48 two\n2001:db8::/48 three");
    assertThat(shown(names, "10.1.0.1")).isNull();
    assertThat(shown(names, "2001:db8::1")).isNull();
    assertThat(shown(names, "10.3.0.1")).isEqualTo("all|");
    reload.start();
    reload.close();
    assertThat(messages())
        .isEqualTo(
            "tcpotel: FILE: lines 2 and 4, 5 and 6 give one prefix two names: it has none"
                + System.lineSeparator());
    reload.look();
    assertThat(messages()).as("without a change").isEmpty();
    replace("10.0.0.0/8 a\n10.0.0.0/8 b");
    reload.look();
    assertThat(messages()).contains("FILE as it is now", "FILE: lines 1 and 2 give one prefix");
  }

  @Test
  void aNumberIsThatOfOneNameForEver() throws IOException {
    PeerNames names = names("10.0.0.0/8 a\n11.0.0.0/8 b x\n12.0.0.0/8 b\n13.0.0.0/8 a");
    PeerName a = names.of(to("10.0.0.1"));
    assertThat(names.of(to("13.0.0.1"))).isSameAs(a);
    int b = names.of(to("11.0.0.1")).number();
    int c = names.of(to("12.0.0.1")).number();
    replace("11.0.0.0/8 new\n12.0.0.0/8 a");
    reload.look();
    assertThat(names.of(to("12.0.0.1"))).isSameAs(a);
    assertThat(names.of(to("11.0.0.1")).number()).isNotIn(0, a.number(), b, c);
    assertThat(names.of(to("10.0.0.1"))).isNull();
    assertThat(messages()).contains("names of peers are those of FILE as it is now");
  }

  @Test
  void aVersionThatCannotBeUsedChangesNothingAndIsSaidOnce() throws IOException {
    PeerNames names = names("10.0.0.0/8 a");
    replace("11.0.0.0/8 b\n10.0.0.0/8");
    reload.look();
    assertThat(shown(names, "10.0.0.1")).isEqualTo("a|");
    assertThat(shown(names, "11.0.0.1")).isNull();
    assertThat(messages())
        .isEqualTo(
            "tcpotel: FILE, line 2: not a prefix, a name and perhaps a"
                + " namespace; the names of peers stay as they are"
                + System.lineSeparator());
    reload.look();
    Files.delete(file);
    assertThat(messages()).isEmpty();
    reload.look();
    reload.look();
    assertThat(messages()).containsOnlyOnce("FILE cannot be read");
    replace("10.0.0.0/8 b");
    reload.look();
    assertThat(shown(names, "10.0.0.1")).isEqualTo("b|");
  }

  @Test
  void aFileThatHasNotChangedIsNotReadAgain() throws IOException {
    PeerNames names = names("10.0.0.0/8 a");
    FileTime before = Files.getLastModifiedTime(file);
    Files.writeString(file, "10.0.0.0/8 b");
    Files.setLastModifiedTime(file, before);
    reload.look();
    assertThat(shown(names, "10.0.0.1")).isEqualTo("a|");
    Files.writeString(file, "10.0.0.0/8 longer");
    Files.setLastModifiedTime(file, before);
    reload.look();
    assertThat(shown(names, "10.0.0.1")).isEqualTo("longer|");
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, line 1: not a prefix",
    "a b c d, line 1: 'a' is no address",
    "10.0.0.0/8 a b c, line 1: not a prefix",
    "10.0.0.1/8 a, line 1: '10.0.0.1/8' has bits set behind its prefix",
    "10.0.0.0/40 a, line 1: /40 is no length",
  })
  void aLineThatIsNoneIsNamedWithTheReason(String content, String reason) {
    assertThatThrownBy(() -> names(content))
        .isInstanceOf(Failure.class)
        .hasMessageStartingWith("names: " + file + ", " + reason)
        .hasMessageEndingWith("name a file of lines like '10.20.0.0/16 payments prod'");
  }

  @Test
  void aFileThatIsNotThereOrTooLargeOrNoTextIsRefused() throws IOException {
    assertThatThrownBy(() -> PeerNames.of(file)).hasMessageContaining("cannot be read");
    Files.write(file, new byte[] {(byte) 0xc3, ' '});
    assertThatThrownBy(() -> PeerNames.of(file)).hasMessageContaining("is not in UTF-8");
    Files.writeString(file, "#" + " ".repeat(NamesFile.MAX_BYTES));
    assertThatThrownBy(() -> PeerNames.of(file)).hasMessageContaining("than 4 MiB");
    String longest = "x".repeat(PeerName.MAX_BYTES);
    assertThat(shown(names("::/0 " + longest), "::1")).isEqualTo(longest + "|");
    assertThatThrownBy(() -> names("::/0 a " + longest + "x"))
        .hasMessageContaining("line 1: a name is longer than 63 bytes");
  }

  @Test
  void moreNamesThanHaveNumbersAreRefused() throws IOException {
    PeerNames names = names("10.0.0.0/8 first");
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < PeerNames.MAX_NAMES; i++) {
      many.append("10.0." + (i >> 8) + "." + (i & 255) + " n" + i + "\n");
    }
    replace(many.toString());
    reload.look();
    assertThat(messages()).contains("has, with its earlier versions, more than 65536 names");
    assertThat(shown(names, "10.0.0.1")).isEqualTo("first|");
  }

  @Test
  void lookingUpANameAllocatesNothing() throws IOException {
    PeerNames names = names("10.0.0.0/8 a\n10.9.0.0/16 b\n2001:db8::/32 c");
    ConnectionRecord known = to("10.9.8.7");
    ConnectionRecord unknown = to("192.0.2.1");
    int[] sum = new int[1];
    AllocatedBytes.requireNone(
        "PeerNames.of",
        () -> sum[0] += names.of(known).number() + (names.of(unknown) == null ? 1 : 0));
    assertThat(sum[0]).isPositive();
  }
}
