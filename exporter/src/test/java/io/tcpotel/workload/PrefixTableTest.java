// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.AddressPrefix;
import io.tcpotel.testing.RecordImage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PrefixTableTest {
  private static String get(PrefixTable<String> table, byte[] address) {
    MemorySegment stored = MemorySegment.ofArray(address);
    return table.get(
        stored.get(ValueLayout.JAVA_LONG_UNALIGNED, 0),
        stored.get(ValueLayout.JAVA_LONG_UNALIGNED, 8));
  }

  private static String get(PrefixTable<String> table, String address) {
    return get(table, RecordImage.stored(address));
  }

  @Test
  void theLongestPrefixDecides() {
    Map<AddressPrefix, String> values = new HashMap<>();
    values.put(AddressPrefix.parse("10.0.0.0/8"), "ten");
    values.put(AddressPrefix.parse("10.1.0.0/16"), "ten one");
    values.put(AddressPrefix.parse("10.1.2.3"), "host");
    values.put(AddressPrefix.parse("10.2.0.0/16"), null);
    values.put(AddressPrefix.parse("ff00::/8"), "last");
    values.put(AddressPrefix.parse("::1"), "loopback");
    PrefixTable<String> table = PrefixTable.of(values);
    assertThat(get(table, "9.255.255.255")).isNull();
    assertThat(get(table, "10.0.0.0")).isEqualTo("ten");
    assertThat(get(table, "10.1.2.2")).isEqualTo("ten one");
    assertThat(get(table, "10.1.2.3")).isEqualTo("host");
    assertThat(get(table, "10.1.2.4")).isEqualTo("ten one");
    assertThat(get(table, "10.2.3.4")).isNull();
    assertThat(get(table, "10.3.0.0")).isEqualTo("ten");
    assertThat(get(table, "10.255.255.255")).isEqualTo("ten");
    assertThat(get(table, "11.0.0.0")).isNull();
    assertThat(get(table, "::1")).isEqualTo("loopback");
    assertThat(get(table, "::2")).isNull();
    assertThat(get(table, "feff::1")).isNull();
    assertThat(get(table, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")).isEqualTo("last");
  }

  /** Against a walk over all prefixes, at and beside their borders. */
  @Test
  void answersAsAPlainSearchDoes() throws UnknownHostException {
    Random random = new Random(15);
    for (int round = 0; round < 300; round++) {
      Map<AddressPrefix, String> values = new HashMap<>();
      for (int i = random.nextInt(40); i > 0; i--) {
        AddressPrefix prefix = prefix(random);
        values.put(prefix, random.nextInt(5) == 0 ? null : "n" + i);
      }
      PrefixTable<String> table = PrefixTable.of(values);
      for (AddressPrefix prefix : values.keySet()) {
        byte[] address = prefix.address().clone();
        assertThat(get(table, address)).isEqualTo(plain(values, address));
        for (int bit = prefix.bits(); bit < 128; bit++) {
          address[bit / 8] |= (byte) (0x80 >> bit % 8);
        }
        assertThat(get(table, address)).isEqualTo(plain(values, address));
        for (int i = 0; i < 4; i++) {
          address[15 - random.nextInt(random.nextInt(3) + 1)] +=
              (byte) (random.nextBoolean() ? 1 : -1);
          assertThat(get(table, address)).isEqualTo(plain(values, address));
        }
      }
    }
  }

  private static AddressPrefix prefix(Random random) throws UnknownHostException {
    byte[] address = new byte[random.nextBoolean() ? 4 : 16];
    int bits = random.nextInt(address.length * 8 + 1);
    for (int bit = 0; bit < bits; bit++) {
      // Few different ones, so that prefixes are often in each other, and many borders of all bits.
      int isSet = bit < bits - 4 ? address.length == 4 ? 1 : bit >> 5 & 1 : random.nextInt(2);
      address[bit / 8] |= (byte) (isSet << 7 - bit % 8);
    }
    return AddressPrefix.parse(InetAddress.getByAddress(address).getHostAddress() + "/" + bits);
  }

  private static String plain(Map<AddressPrefix, String> values, byte[] address) {
    int longest = -1;
    String value = null;
    for (Map.Entry<AddressPrefix, String> each : values.entrySet()) {
      int bits = each.getKey().bits();
      byte[] cut = address.clone();
      for (int bit = bits; bit < 128; bit++) {
        cut[bit / 8] &= (byte) ~(0x80 >> bit % 8);
      }
      if (bits > longest && Arrays.equals(cut, each.getKey().address())) {
        longest = bits;
        value = each.getValue();
      }
    }
    return value;
  }
}
