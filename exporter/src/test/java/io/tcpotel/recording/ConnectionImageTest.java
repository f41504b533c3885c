// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.proto.v1.Connection;
import io.tcpotel.testing.AnyRecord;
import io.tcpotel.testing.RecordImage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A record, as a message and back. */
class ConnectionImageTest {
  private static final long TIME_UNIX_NANO = 1_787_184_122_006_101_000L;

  private static byte[] image(Connection message) {
    MemorySegment image = Arena.ofAuto().allocate(ConnectionImage.bytes(message), 8);
    ConnectionImage.write(message, image);
    return image.toArray(ValueLayout.JAVA_BYTE);
  }

  private static Connection message(RecordImage record) {
    return ConnectionMessage.of(record.view(), TIME_UNIX_NANO);
  }

  @Provide
  Arbitrary<RecordImage> records() {
    return Arbitraries.randomValue(ConnectionImageTest::record);
  }

  /** Of any kind, with any values of what it waited for and who closed it. */
  private static RecordImage record(Random random) {
    if (random.nextInt(8) == 0) {
      return RecordImage.unobserved().socketCookie(random.nextLong());
    }
    RecordImage record = AnyRecord.of(random);
    MemorySegment data = record.data();
    tcp_probe_info.syn_retransmits(data, (byte) random.nextInt());
    tcp_probe_info.timeouts_in_a_row(data, (byte) random.nextInt());
    tcp_probe_info.window_probes(data, (byte) random.nextInt());
    if (data.byteSize() > ProbeAbi.TCP_PROBE_SHORT_BYTES()) {
      long end = tcp_probe_info.closer_command$offset();
      for (long at = ProbeAbi.TCP_PROBE_SHORT_BYTES(); at < end; at++) {
        data.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
      }
      fillText(tcp_probe_info.closer_command(data), random);
      fillText(tcp_probe_info.congestion(data), random);
    }
    return record;
  }

  private static void fillText(MemorySegment field, Random random) {
    field.fill((byte) 0);
    field.asSlice(0, random.nextLong(field.byteSize())).fill((byte) (' ' + random.nextInt(95)));
  }

  @Property
  void everyByteComesBack(@ForAll("records") RecordImage record) {
    assertThat(image(message(record))).isEqualTo(record.bytes());
  }

  private static final int FIELDS_OF_PATHS = 2;

  /** With a value in each field of the record, so that none can be forgotten on both ways. */
  @Test
  void everyFieldIsInTheMessage() {
    RecordImage record = RecordImage.close().skErr(104).preexisting(true);
    tcp_probe_info.reported_flags(record.data(), (short) ProbeAbi.TCP_PROBE_STALLED());
    tcp_probe_info.syn_retransmits(record.data(), (byte) 6);
    Connection message = message(record.unackedBytes(97).unreadBytes(89));
    assertThat(message.getAllFields())
        .hasSize(Connection.getDescriptor().getFields().size() - FIELDS_OF_PATHS);
    assertThat(message.getTuple().getAllFields()).hasSize(4);
    assertThat(image(message)).isEqualTo(record.bytes());
  }

  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "curl, curl",
    "fifteen-bytes-x, fifteen-bytes-x",
    "sixteen-bytes-xy, sixteen-bytes-x",
    "vierzehnbytes-ü, vierzehnbytes-",
    "dreizehnbytes-, dreizehnbytes-",
    "ein-Umlaut-ööö, ein-Umlaut-öö"
  })
  void aCommandIsCutToItsFieldAtACharacter(String command, String kept) {
    Connection message = message(RecordImage.close()).toBuilder().setCommand(command).build();
    assertThat(image(message)).isEqualTo(RecordImage.close().command(kept).bytes());
  }

  private static void requireRefusal(Consumer<Connection.Builder> change, String message) {
    Connection.Builder builder = message(RecordImage.close()).toBuilder();
    change.accept(builder);
    assertThatThrownBy(() -> image(builder.build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void whatNoRecordCanHaveIsRefused() {
    requireRefusal(message -> message.setKindValue(0), "kind is 0");
    requireRefusal(message -> message.setKindValue(7), "kind is 7");
    requireRefusal(message -> message.setKindValue(-1), "kind is 4294967295");
    requireRefusal(message -> message.setTypeValue(1), "type is 1");
    requireRefusal(message -> message.setProtocol(256), "protocol is 256");
    requireRefusal(message -> message.setTimeouts(65538), "timeouts is 65538");
    requireRefusal(message -> message.setReportedTimeouts(65539), "reported_timeouts is 65539");
    requireRefusal(message -> message.setFlags(65540), "flags is 65540");
    requireRefusal(message -> message.setReportedFlags(65541), "reported_flags is 65541");
    requireRefusal(message -> message.setSynRetransmits(260), "syn_retransmits is 260");
    requireRefusal(message -> message.setTimeoutsInARow(261), "timeouts_in_a_row is 261");
    requireRefusal(message -> message.setWindowProbes(262), "window_probes is 262");
    requireRefusal(message -> message.setDirectionValue(-2), "direction is 4294967294");
    requireRefusal(message -> message.setStateValue(257), "state is 257");
    requireRefusal(message -> message.setPreviousStateValue(258), "previous_state is 258");
    requireRefusal(message -> message.setClosedByValue(259), "closed_by is 259");
    requireRefusal(message -> message.setSkErr(65536), "sk_err is 65536");
    requireRefusal(message -> message.getTupleBuilder().setLocalPort(65537), "local_port is 65537");
    requireRefusal(message -> message.getTupleBuilder().setPeerPort(-1), "peer_port is 4294967295");
    requireRefusal(
        message -> message.getTupleBuilder().setLocalAddress("localhost"),
        "local_address is no address");
    requireRefusal(Connection.Builder::clearTuple, "local_address is no address");
    requireRefusal(
        message -> message.getTupleBuilder().setPeerAddress("fe80::1%lo"),
        "peer_address is no address");
  }
}
