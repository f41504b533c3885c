// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.RecordImage;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommunityIdTest {
  private static String id(String local, int localPort, String peer, int peerPort) {
    RecordImage image = RecordImage.close().localAddress(local).peerAddress(peer);
    byte[] text = new byte[CommunityId.TEXT_BYTES];
    int length = new CommunityId().write(image.ports(localPort, peerPort).view(), text);
    return new String(text, 0, length, StandardCharsets.US_ASCII);
  }

  /** The examples of the specification. */
  @ParameterizedTest
  @CsvSource({
    "128.232.110.120, 34855, 66.35.250.204, 80, 1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
    "2001:470:e5bf:dead:4957:2174:e82c:4887, 63943, 2607:f8b0:400c:c03::1a, 25,"
        + " 1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
  })
  void bothEndsHaveTheIdOfTheSpecification(
      String address, int port, String otherAddress, int otherPort, String expected) {
    assertThat(id(address, port, otherAddress, otherPort)).isEqualTo(expected);
    assertThat(id(otherAddress, otherPort, address, port)).isEqualTo(expected);
  }

  /** Worked out by other means; the first of each pair of ends is the lower one. */
  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 9, 10.0.0.1, 80",
    "9.255.255.255, 9, 10.0.0.1, 8",
    "127.0.0.1, 9, 128.0.0.1, 8",
    "fe80::1:0:0:0, 9, fe80::8000:0:0:0, 8",
    "::1, 9, ::8000:0:0:0, 8",
    "7fff::, 9, 8000::, 8",
  })
  void theLowerEndIsFirst(String low, int lowPort, String high, int highPort) throws Exception {
    byte[] lowBytes = InetAddress.ofLiteral(low).getAddress();
    ByteBuffer input = ByteBuffer.allocate(100).putShort((short) 0).put(lowBytes);
    input.put(InetAddress.ofLiteral(high).getAddress()).put((byte) 6).put((byte) 0);
    input.putShort((short) lowPort).putShort((short) highPort);
    byte[] all = Arrays.copyOf(input.array(), input.position());
    byte[] hash = MessageDigest.getInstance("SHA-1").digest(all);
    String expected = "1:" + Base64.getEncoder().encodeToString(hash);
    assertThat(id(low, lowPort, high, highPort)).isEqualTo(expected);
    assertThat(id(high, highPort, low, lowPort)).isEqualTo(expected);
  }

  @Test
  void anIdDoesNotDependOnTheOneBefore() {
    CommunityId ids = new CommunityId();
    byte[] first = new byte[CommunityId.TEXT_BYTES];
    byte[] again = new byte[CommunityId.TEXT_BYTES];
    ids.write(RecordImage.close().view(), first);
    ids.write(RecordImage.close().localAddress("2001:db8::7").peerAddress("::1").view(), again);
    assertThat(again).isNotEqualTo(first);
    ids.write(RecordImage.close().view(), again);
    assertThat(again).isEqualTo(first);
  }
}
