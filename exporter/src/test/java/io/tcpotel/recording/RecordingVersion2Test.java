// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Messages;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.testing.Version2;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A recording of the program before: what it lacks is absent. */
class RecordingVersion2Test {
  @Test
  void eachRecordIsReadAsOneOfThisVersion() {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    List<ConnectionRecord> records = new ArrayList<>();
    try (Recording recording =
        Recording.read(Version2.recording(), new Messages(new PrintStream(said, true)))) {
      assertThat(recording.header().getRecordVersion()).isEqualTo(2);
      var reader = recording.ring().reader();
      recording.ring().publish(recording.records());
      reader.drain(
          (data, offset, length) -> {
            ConnectionRecord record = new ConnectionRecord().copyFrom(data, offset);
            assertThat(record.check(length)).isEqualTo(RecordCheck.OK);
            Version2.requireNoDetails(record);
            records.add(record);
          });
    }
    assertThat(said.toString()).isEmpty();
    assertThat(records)
        .extracting(ConnectionRecord::kind)
        .containsExactly(
            RecordKind.CLOSE,
            RecordKind.FAILED,
            RecordKind.UPDATE,
            RecordKind.OPEN,
            RecordKind.UNOBSERVED,
            RecordKind.ADOPTED);
    Version2.requireClose(records.get(0));
    assertThat(records.get(0).socketCookie()).isEqualTo(0xa1b2c3L);
    assertThat(records.get(0).generation()).isEqualTo(3);
    assertThat(records.get(0).closeNs()).isEqualTo(77_000_000_123L);
  }
}
