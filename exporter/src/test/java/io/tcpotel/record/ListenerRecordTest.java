// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.ListenerImage;
import io.tcpotel.testing.RecordImage;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListenerRecordTest {
  private static final int SIZE = 96;

  @Test
  void readsEveryField() {
    ListenerRecord record = new ListenerImage(0xa1b2L).view();
    assertThat(record.check(SIZE)).isEqualTo(RecordCheck.OK);
    assertThat(record.type()).isEqualTo(10);
    assertThat(record.port()).isEqualTo(8443);
    assertThat(record.address(0)).isZero();
    assertThat(record.address(1)).isEqualTo(1L << 56);
    assertThat(record.socketCookie()).isEqualTo(0xa1b2L);
    assertThat(record.netnsCookie()).isEqualTo(4_294_967_299L);
    assertThat(record.cgroupId()).isEqualTo(4_294_968_001L);
    assertThat(record.backlog()).isEqualTo(3);
    assertThat(record.limit()).isEqualTo(128);
    assertThat(record.newDrops()).isEqualTo(34);
    assertThat(record.halfOpen()).isEqualTo(5);
    assertThat(record.pid()).isEqualTo(4711);
    assertThat(record.command()).isEqualTo("nginx");
  }

  @ParameterizedTest
  @CsvSource({"0, 0, 0", "-1, -3, 2", "1, -1, 2", "-2147483648, 0, 2147483648"})
  void dropsAreCountedIn32Bits(int drops, int reported, long expected) {
    assertThat(new ListenerImage(1).drops(drops, reported).view().newDrops()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 8, 95, 97, 104, 352})
  void refusesAnotherLength(int length) {
    assertThat(new ListenerImage(1).view().check(length)).isEqualTo(RecordCheck.TRUNCATED);
  }

  @Test
  void refusesAnotherVersionKindOrFamilyAndWhatIsCutOff() {
    assertThat(new ListenerImage(1).version(2).view().check(SIZE))
        .isEqualTo(RecordCheck.UNKNOWN_TYPE);
    assertThat(new ListenerImage(1).type(3).view().check(SIZE)).isEqualTo(RecordCheck.UNKNOWN_TYPE);
    MemorySegment connection = RecordImage.close().size(SIZE).data();
    assertThat(new ListenerRecord().copyFrom(connection, 0).check(SIZE))
        .isEqualTo(RecordCheck.UNKNOWN_TYPE);
    MemorySegment cut = new ListenerImage(1).data().asSlice(0, SIZE - 8);
    assertThat(new ListenerRecord().copyFrom(cut, 0).check(SIZE)).isNotEqualTo(RecordCheck.OK);
  }
}
