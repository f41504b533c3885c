// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class WireWriterTest {
  private static final int AT = 3;
  private static final int LONGEST = 10;

  private final byte[] to = new byte[AT + LONGEST];
  private final WireWriter writer = new WireWriter();

  private void requireSameAsProtobuf(long value) throws IOException {
    Arrays.fill(to, (byte) 0xaa);
    writer.moveTo(to, AT);
    writer.varint(value);
    byte[] expected = new byte[CodedOutputStream.computeUInt64SizeNoTag(value)];
    CodedOutputStream.newInstance(expected).writeUInt64NoTag(value);
    assertThat(Arrays.copyOfRange(to, AT, writer.at)).isEqualTo(expected);
    assertThat(Arrays.copyOf(to, AT)).containsOnly(0xaa);
    assertThat(CodedInputStream.newInstance(to, AT, LONGEST).readUInt64()).isEqualTo(value);
  }

  @Property
  void writesAnyNumberAsProtobufDoes(@ForAll("numbers") long value) throws IOException {
    requireSameAsProtobuf(value);
  }

  @Provide
  Arbitrary<Long> numbers() {
    return Arbitraries.integers()
        .between(0, 63)
        .flatMap(bits -> Arbitraries.longs().map(random -> random >>> bits));
  }

  @Test
  void writesNumbersAroundEachLength() throws IOException {
    for (int bits = 0; bits < Long.SIZE; bits++) {
      requireSameAsProtobuf((1L << bits) - 1);
      requireSameAsProtobuf(1L << bits);
    }
    requireSameAsProtobuf(-1);
  }
}
