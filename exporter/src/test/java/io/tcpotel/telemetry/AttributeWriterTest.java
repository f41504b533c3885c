// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class AttributeWriterTest {
  private static final AttributeWriter MSS = AttributeWriter.of(LogAttribute.MSS);

  private static void assertAttribute(Consumer<WireWriter> written, AnyValue.Builder value)
      throws InvalidProtocolBufferException {
    WireWriter to = new WireWriter();
    to.moveTo(new byte[300], 1);
    written.accept(to);
    KeyValue expected = KeyValue.newBuilder().setKey("tcpotel.mss").setValue(value).build();
    assertThat(LogRecord.parseFrom(Arrays.copyOfRange(to.bytes, 1, to.at)))
        .isEqualTo(LogRecord.newBuilder().addAttributes(expected).build());
  }

  @Test
  void writesEachTypeOfValueBehindTheKey() throws InvalidProtocolBufferException {
    assertAttribute(to -> MSS.writeInt(to, 1448), AnyValue.newBuilder().setIntValue(1448));
    assertAttribute(to -> MSS.writeDouble(to, 0.3), AnyValue.newBuilder().setDoubleValue(0.3));
    byte[] text = "seven letters".getBytes(StandardCharsets.US_ASCII);
    assertAttribute(
        to -> MSS.writeString(to, text, 5), AnyValue.newBuilder().setStringValue("seven"));
  }

  @Test
  void makesAttributesWhoseValueNeverChanges() throws InvalidProtocolBufferException {
    assertAttribute(to -> to.constant(MSS.of(true)), AnyValue.newBuilder().setBoolValue(true));
    assertAttribute(to -> to.constant(MSS.of(false)), AnyValue.newBuilder().setBoolValue(false));
    assertAttribute(
        to -> to.constant(MSS.of("ipv6")), AnyValue.newBuilder().setStringValue("ipv6"));
  }

  @Test
  void constantBytesOfAnyLengthAreWrittenWhole() {
    for (int length = 0; length <= 25; length++) {
      String text = "abcdefghijklmnopqrstuvwxy".substring(0, length);
      byte[] to = new byte[40];
      int end = ConstantBytes.ascii(text).write(to, 3);
      assertThat(end).isEqualTo(3 + length);
      assertThat(new String(to, 3, length, StandardCharsets.US_ASCII)).isEqualTo(text);
      assertThat(ConstantBytes.ascii(text).eights()).hasSize((length + 7) / 8);
    }
  }
}
