// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.PeerNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressUseTest {
  private static ConnectionRecord masked(AddressUse use, String local, String peer) {
    RecordImage image = RecordImage.close().localAddress(local).peerAddress(peer);
    ConnectionRecord record = new ConnectionRecord().copyFrom(image.data(), 0);
    record.mask(use);
    return record;
  }

  @ParameterizedTest
  @CsvSource({
    "FULL, 10.1.2.3, 255.254.253.252, 10.1.2.3, 255.254.253.252",
    "MASKED, 10.1.2.3, 255.254.253.252, 10.1.2.0, 255.254.253.0",
    "MASKED, 2001:db8:1:2::7, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 2001:db8:1::, ffff:ffff:ffff::",
    "MASKED, 10.1.2.3, 2001:db8:1:2::7, 10.1.2.0, 2001:db8:1::",
  })
  void prefixesAreLeft(
      AddressUse use, String local, String peer, String shownLocal, String shownPeer) {
    ConnectionRecord record = masked(use, local, peer);
    assertThat(record.localAddressText()).isEqualTo(shownLocal);
    assertThat(record.peerAddressText()).isEqualTo(shownPeer);
    assertThat(record.localPort()).isEqualTo(41528);
    assertThat(record.peerPort()).isEqualTo(5432);
    record.mask(use);
    assertThat(record.peerAddressText()).as("masked twice").isEqualTo(shownPeer);
  }

  @Test
  void nothingIsLeftOfBothAddresses() {
    for (String address : new String[] {"10.1.2.3", "2001:db8:1:2::7"}) {
      ConnectionRecord record = masked(AddressUse.NONE, address, address);
      assertThat(record.localAddressText()).isEqualTo("::");
      assertThat(record.peerAddressText()).isEqualTo("::");
      assertThat(record.hasAddresses()).isFalse();
      assertThat(masked(AddressUse.MASKED, address, address).hasAddresses()).isTrue();
    }
  }

  @Test
  void aPeerHasTheNameOfItsWholeAddressUntilTheRecordIsCopied(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("names");
    PeerNames names = PeerNames.of(Files.writeString(file, "10.9.8.0/24 net\n10.9.8.7 database\n"));
    ConnectionRecord record = masked(AddressUse.MASKED, "10.1.2.3", "10.9.8.7");
    assertThat(names.of(record).name()).isEqualTo("database");

    RecordImage copy = RecordImage.of(record);
    ConnectionRecord waited = new ConnectionRecord().copyFrom(copy.data(), 0);
    waited.maskCopy(AddressUse.MASKED);
    assertThat(names.of(waited)).as("it is not known whether it is 10.9.8.7").isNull();
    waited.copyFrom(copy.data(), 0).maskCopy(AddressUse.FULL);
    assertThat(names.of(waited).name()).as("an address that is not masked").isEqualTo("net");
  }

  @Test
  void aCopyOfEarlierTimesIsMaskedToo() {
    ConnectionRecord waited = new ConnectionRecord().copyFrom(RecordImage.close().data(), 0);
    waited.maskCopy(AddressUse.MASKED);
    assertThat(waited.peerAddressText()).isEqualTo("10.9.8.0");
    assertThat(waited.localAddressText()).isEqualTo("10.1.2.0");
  }
}
