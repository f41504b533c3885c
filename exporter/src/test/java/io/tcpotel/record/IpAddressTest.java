// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.RecordImage;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
  private static final Pattern ZERO_GROUPS = Pattern.compile("(?<![0-9a-f])0(:0)+(?![0-9a-f])");

  private static String text(byte[] address) {
    return IpAddress.text(half(address, 0), half(address, 1));
  }

  /** Eight bytes as the record's reader finds them. */
  private static long half(byte[] address, int half) {
    return ByteBuffer.wrap(address).order(ByteOrder.LITTLE_ENDIAN).getLong(8 * half);
  }

  /** The examples of RFC 5952, and the edges of its rules. */
  @ParameterizedTest
  @CsvSource({
    // 4.1 no leading zeros
    "2001:0db8:0000:0000:0001:0000:0000:0001, 2001:db8::1:0:0:1",
    "2001:0db8:0001:0002:0003:0004:0005:0006, 2001:db8:1:2:3:4:5:6",
    // 4.2.1 as short as it can be
    "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
    "2001:db8:0:0:0:0:0:1, 2001:db8::1",
    // 4.2.2 no "::" for one group
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "0:1:2:3:4:5:6:7, 0:1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:0, 1:2:3:4:5:6:7:0",
    "1:0:2:0:3:0:4:0, 1:0:2:0:3:0:4:0",
    // 4.2.3 the longest run, the first of equals
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "0:0:1:0:0:0:1:1, 0:0:1::1:1",
    "0:0:1:0:0:1:0:0, ::1:0:0:1:0:0",
    "1:0:0:0:1:0:0:0, 1::1:0:0:0",
    // 4.3 lower case
    "2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:AAAA, 2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa",
    // both ends
    "0:0:0:0:0:0:0:0, ::",
    "0:0:0:0:0:0:0:1, ::1",
    "1:0:0:0:0:0:0:0, 1::",
    "0:0:0:0:0:0:1:2, ::1:2",
    "1:2:3:4:5:6:0:0, 1:2:3:4:5:6::",
    "0:0:3:4:5:6:7:8, ::3:4:5:6:7:8",
    "ff02::2, ff02::2",
    "fe80::a00:20ff:fe0b:1e5a, fe80::a00:20ff:fe0b:1e5a",
    // IPv4 lies in an IPv6 address of its own
    "0.0.0.0, 0.0.0.0",
    "127.0.0.1, 127.0.0.1",
    "9.10.99.100, 9.10.99.100",
    "255.255.255.255, 255.255.255.255",
    "192.0.2.33, 192.0.2.33"
  })
  void writesTheFormOfRfc5952(String address, String expected) {
    assertThat(text(RecordImage.stored(address))).isEqualTo(expected);
  }

  @Property
  void anyAddressReadsBackToTheSameBytes(@ForAll("addresses") byte[] address)
      throws UnknownHostException {
    assertThat(text(address)).hasSizeLessThanOrEqualTo(IpAddress.MAX_TEXT_BYTES);
    InetAddress parsed = InetAddress.getByName(text(address));
    assertThat(RecordImage.stored(parsed.getHostAddress())).isEqualTo(address);
  }

  @Property
  void anyAddressIsReadAgain(@ForAll("addresses") byte[] address) {
    byte[] read = new byte[20];
    Arrays.fill(read, (byte) 0x5a);
    assertThat(IpAddress.read(text(address), MemorySegment.ofArray(read), 2)).isTrue();
    assertThat(Arrays.copyOfRange(read, 2, 18)).isEqualTo(address);
    assertThat(read).startsWith(0x5a, 0x5a).endsWith(0x5a, 0x5a);
  }

  @Test
  void anIpv4AddressIsReadAsAMappedOne() {
    byte[] read = new byte[18];
    Arrays.fill(read, (byte) 0x5a);
    assertThat(IpAddress.read("192.0.2.33", MemorySegment.ofArray(read), 2)).isTrue();
    assertThat(HexFormat.of().formatHex(read)).isEqualTo("5a5a00000000000000000000ffffc0000221");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "localhost",
        "1",
        "10.1",
        "10.1.2",
        "10.1.2.256",
        "10.1.2.3.4",
        "1234",
        ":",
        ":::",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "12345::",
        "fe80::1%lo",
        "[::1]",
        "::g"
      })
  void whatIsNoAddressIsNotRead(String text) {
    assertThat(IpAddress.read(text, MemorySegment.ofArray(new byte[16]), 0)).isFalse();
  }

  @Property
  void anyIpv6AddressIsAsShortAsTheRulesAllow(@ForAll("addresses") byte[] address) {
    String text = text(address);
    if (text.indexOf('.') >= 0) {
      return;
    }
    assertThat(text).isEqualTo(shortest(address));
  }

  /** An independent way to the same text: Java's long form, and a search for its runs of zeros. */
  private static String shortest(byte[] address) {
    StringBuilder groups = new StringBuilder();
    for (int i = 0; i < 16; i += 2) {
      groups.append(i == 0 ? "" : ":");
      groups.append(
          Integer.toHexString((address[i] & 0xff) << 8 | Byte.toUnsignedInt(address[i + 1])));
    }
    String longest = "";
    Matcher run = ZERO_GROUPS.matcher(groups);
    while (run.find()) {
      longest = run.group().length() > longest.length() ? run.group() : longest;
    }
    if (longest.isEmpty()) {
      return groups.toString();
    }
    run.reset().find();
    while (run.group().length() != longest.length()) {
      run.find();
    }
    String left = groups.substring(0, run.start());
    String right = groups.substring(run.end());
    String begin = left.isEmpty() ? "" : left.substring(0, left.length() - 1);
    return begin + "::" + (right.isEmpty() ? "" : right.substring(1));
  }

  @Property
  void writesBehindWhatIsThereAndNotBeyondItsRoom(@ForAll("addresses") byte[] address) {
    byte[] to = new byte[IpAddress.MAX_TEXT_BYTES + 10];
    Arrays.fill(to, (byte) 'x');
    int end = IpAddress.write(half(address, 0), half(address, 1), to, 5);
    assertThat(new String(to, 5, end - 5, java.nio.charset.StandardCharsets.US_ASCII))
        .isEqualTo(text(address));
    for (int i = 0; i < to.length; i++) {
      if (i < 5 || i >= 5 + IpAddress.MAX_TEXT_BYTES) {
        assertThat(to[i]).as("byte %d", i).isEqualTo((byte) 'x');
      }
    }
  }

  @Provide
  Arbitrary<byte[]> addresses() {
    Arbitrary<Integer> group =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(3, Arbitraries.just(0)),
            net.jqwik.api.Tuple.of(1, Arbitraries.just(0xffff)),
            net.jqwik.api.Tuple.of(1, Arbitraries.integers().between(1, 0xf)),
            net.jqwik.api.Tuple.of(2, Arbitraries.integers().between(0, 0xffff)));
    return group
        .array(Integer[].class)
        .ofSize(8)
        .map(
            groups -> {
              byte[] address = new byte[16];
              for (int i = 0; i < 8; i++) {
                address[2 * i] = (byte) (groups[i] >> 8);
                address[2 * i + 1] = groups[i].byteValue();
              }
              return address;
            });
  }
}
