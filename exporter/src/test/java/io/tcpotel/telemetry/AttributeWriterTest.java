// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.trace.v1.Span;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class AttributeWriterTest {
  private static final AttributeWriter MSS = AttributeWriter.of(LogAttribute.MSS);
  private static final AttributeWriter RTT = AttributeWriter.of(LogAttribute.RTT_MIN);
  private static final AttributeWriter ERROR = AttributeWriter.of(LogAttribute.ERROR_TYPE);
  private static final AttributeWriter OLDER =
      AttributeWriter.of(LogAttribute.CONNECTION_PREEXISTING);

  private static byte[] written(
      int field, Set<LogAttribute> selected, Consumer<AttributeOutput> writer) {
    AttributeOutput to = new AttributeOutput(field, selected);
    to.moveTo(new byte[300], 1);
    writer.accept(to);
    return Arrays.copyOfRange(to.bytes, 1, to.at);
  }

  /** In a log record and in a span, and in neither if it is not selected. */
  private static void assertAttribute(
      LogAttribute attribute, Consumer<AttributeOutput> writer, AnyValue.Builder value)
      throws InvalidProtocolBufferException {
    KeyValue expected = KeyValue.newBuilder().setKey(attribute.key()).setValue(value).build();
    assertThat(LogRecord.parseFrom(written(6, EnumSet.of(attribute), writer)))
        .isEqualTo(LogRecord.newBuilder().addAttributes(expected).build());
    assertThat(Span.parseFrom(written(9, EnumSet.of(attribute), writer)))
        .isEqualTo(Span.newBuilder().addAttributes(expected).build());
    assertThat(written(6, EnumSet.complementOf(EnumSet.of(attribute)), writer)).isEmpty();
  }

  @Test
  void writesEachTypeOfValueBehindTheKey() throws InvalidProtocolBufferException {
    assertAttribute(
        LogAttribute.MSS, to -> MSS.writeInt(to, 1448), AnyValue.newBuilder().setIntValue(1448));
    assertAttribute(
        LogAttribute.RTT_MIN,
        to -> RTT.writeDouble(to, 0.3),
        AnyValue.newBuilder().setDoubleValue(0.3));
    byte[] text = "seven letters".getBytes(StandardCharsets.US_ASCII);
    assertAttribute(
        LogAttribute.ERROR_TYPE,
        to -> ERROR.writeString(to, text, 5),
        AnyValue.newBuilder().setStringValue("seven"));
  }

  @Test
  void makesAttributesWhoseValueNeverChanges() throws InvalidProtocolBufferException {
    for (boolean value : new boolean[] {true, false}) {
      assertAttribute(
          LogAttribute.CONNECTION_PREEXISTING,
          to -> OLDER.of(value).write(to),
          AnyValue.newBuilder().setBoolValue(value));
    }
    assertAttribute(
        LogAttribute.ERROR_TYPE,
        to -> ERROR.of("ipv6").write(to),
        AnyValue.newBuilder().setStringValue("ipv6"));
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
